// What the shop knows, as the machine decides with it: pure translations, named after their results.

package dialogs

import (
	"time"

	"parley/catalog"
	"parley/catalog/money"
	"parley/dialogs/flow"
	"parley/dialogs/texts"
	"parley/orders"
)

func productCard(p catalog.Product, language string) flow.Product {
	card := flow.Product{
		ID: int64(p.ID), Title: p.Title.In(language), Description: p.Description.In(language), Kind: string(p.Kind), Category: int64(p.Category),
	}
	for _, option := range p.Options {
		view := flow.Option{Name: option.Name.In(language)}
		for _, value := range option.Values {
			view.Values = append(view.Values, flow.Named{ID: int64(value.ID), Name: value.Name.In(language)})
		}
		card.Options = append(card.Options, view)
	}
	src := map[catalog.ImageID]string{}
	for _, image := range p.Images {
		if image.Shown() == "" {
			continue
		}
		src[image.ID] = image.Shown()
		alt := image.Alt.In(language)
		if alt == "" {
			alt = card.Title
		}
		card.Photos = append(card.Photos, flow.Photo{Name: image.Shown(), Alt: alt})
	}
	for _, attribute := range p.Attributes {
		card.Facts = append(card.Facts, flow.Pair{Name: attribute.Name.In(language), Value: attribute.Value.In(language)})
	}
	for _, variant := range p.Variants {
		if variant.State == catalog.Active {
			card.Variants = append(card.Variants, variantCard(variant, src))
		}
	}
	card.Price, card.From = cheapest(card.Variants)
	return card
}

func variantCard(v catalog.Variant, src map[catalog.ImageID]string) flow.Variant {
	card := flow.Variant{ID: int64(v.ID), Price: v.Price, Was: v.CompareAt, Free: v.Free(), Photo: src[v.Image]}
	for _, value := range v.Values {
		card.Values = append(card.Values, int64(value))
	}
	return card
}

func cheapest(variants []flow.Variant) (least money.Amount, differ bool) {
	for i, v := range variants {
		if i == 0 || v.Price.Minor < least.Minor {
			least = v.Price
		}
		differ = differ || v.Price != variants[0].Price
	}
	return least, differ
}

func cartView(c orders.Cart, language string) flow.Cart {
	view := flow.Cart{Subtotal: c.Totals.Goods, Shipping: c.Totals.Shipping, Discount: c.Totals.Discount, Total: c.Totals.Total}
	for _, l := range c.Lines {
		line := flow.Line{
			Variant: int64(l.Variant), Product: int64(l.Product), Title: titled(l.Title.In(language), l.Options.In(language)),
			Count: l.Quantity, Price: l.Price, Total: l.Total, Available: l.Available,
		}
		if l.WasPrice != l.Price {
			line.Was = l.WasPrice
		}
		view.Goods += l.Quantity
		view.Lines = append(view.Lines, line)
	}
	return view
}

func titled(title, options string) string {
	if options == "" {
		return title
	}
	return title + ", " + options
}

func deliveryWays(shop catalog.Merchant, cart orders.Cart, language string) (ways []flow.Way) {
	for _, m := range shop.Delivery {
		price := m.Price
		if m.FreeFrom.Minor > 0 && cart.Totals.Goods.Minor >= m.FreeFrom.Minor {
			price = money.Of(0, shop.Currency)
		}
		ways = append(ways, flow.Way{ID: int64(m.ID), Name: m.Name.In(language), Courier: m.Kind == catalog.Courier, Price: price})
	}
	return ways
}

func orderView(o orders.Order, shop catalog.Merchant, language string) flow.Order {
	view := flow.Order{
		ID: int64(o.ID), Number: o.Number, State: string(o.State), Subtotal: o.Totals.Goods, Shipping: o.Totals.Shipping,
		Discount: o.Totals.Discount, Total: o.Totals.Total, Received: o.Received(), Delivery: o.Delivery.Name, Address: o.Delivery.Address, Tracking: o.Tracking,
		Placed:     texts.Date(o.Placed.In(zone(shop.TimeZone)), language),
		CanCancel:  o.State == orders.Pending || o.State == orders.Agreed,
		NeedsMoney: (o.State == orders.Pending || o.State == orders.Agreed) && o.Owed().Minor > 0,
	}
	if o.State == orders.Shipped && o.Delivery.Kind == catalog.Pickup {
		view.State = flow.Ready
	}
	for _, l := range o.Lines {
		view.Lines = append(view.Lines, flow.Line{Variant: int64(l.Variant), Title: titled(l.Title, l.Options), Count: l.Quantity, Price: l.Price, Total: l.Total})
	}
	return view
}

func zone(name string) *time.Location {
	if zone, err := time.LoadLocation(name); err == nil {
		return zone
	}
	return time.UTC
}
