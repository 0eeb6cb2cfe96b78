package catalog

import (
	"context"
	"slices"

	"parley/catalog/event"
	"parley/catalog/money"
)

// ---- what is told ----

// productTold is a product as programs of others hear of it. Stock is told of by itself.
type productTold struct {
	ID          ProductID     `json:"id"`
	Handle      string        `json:"handle"`
	Category    CategoryID    `json:"category"` // 0: none
	Position    int           `json:"position"`
	Kind        Kind          `json:"kind"`
	State       State         `json:"state"`
	Title       Text          `json:"title"`
	Description Text          `json:"description"`
	Vendor      string        `json:"vendor"`
	Attributes  []Attribute   `json:"attributes"`
	Tags        []string      `json:"tags"`
	Options     []optionTold  `json:"options"`
	Variants    []variantTold `json:"variants"`
	Images      []imageTold   `json:"images"`
}

type optionTold struct {
	ID     OptionID    `json:"id"`
	Name   Text        `json:"name"`
	Values []valueTold `json:"values"`
}

type valueTold struct {
	ID   ValueID `json:"id"`
	Name Text    `json:"name"`
}

type variantTold struct {
	ID        VariantID  `json:"id"`
	SKU       string     `json:"sku"`
	Barcode   string     `json:"barcode"`
	Price     moneyTold  `json:"price"`
	CompareAt *moneyTold `json:"compare_at,omitempty"`
	Weight    int        `json:"weight"` // grams
	Tracked   bool       `json:"tracked"`
	Values    []ValueID  `json:"values"`
	Image     ImageID    `json:"image"`
	State     State      `json:"state"`
}

type imageTold struct {
	ID  ImageID `json:"id"`
	Src string  `json:"src"`
	Alt Text    `json:"alt"`
}

// moneyTold is a sum in minor units.
type moneyTold struct {
	Minor    int64          `json:"minor"`
	Currency money.Currency `json:"currency"`
}

// stockTold is how many pieces of a variant there are after some came or went.
type stockTold struct {
	Product  ProductID `json:"product"`
	Variant  VariantID `json:"variant"`
	SKU      string    `json:"sku"`
	Change   int       `json:"change"`
	Reason   string    `json:"reason"`
	Ref      string    `json:"ref"` // "order:5"
	OnHand   int       `json:"on_hand"`
	Reserved int       `json:"reserved"`
	Free     int       `json:"free"`
}

type categoryTold struct {
	ID       CategoryID `json:"id"`
	Parent   CategoryID `json:"parent"` // 0: at the top
	Slug     string     `json:"slug"`
	Name     Text       `json:"name"`
	Position int        `json:"position"`
}

func (p Product) told() productTold {
	told := productTold{
		ID: p.ID, Handle: p.Handle, Category: p.Category, Position: p.Position, Kind: p.Kind, State: p.State, Title: p.Title,
		Description: p.Description, Vendor: p.Vendor, Attributes: listed(p.Attributes), Tags: listed(p.Tags),
		Options: []optionTold{}, Variants: []variantTold{}, Images: []imageTold{},
	}
	for _, o := range p.Options {
		option := optionTold{o.ID, o.Name, []valueTold{}}
		for _, value := range o.Values {
			option.Values = append(option.Values, valueTold(value))
		}
		told.Options = append(told.Options, option)
	}
	for _, v := range p.Variants {
		if v.State != Archived {
			told.Variants = append(told.Variants, v.told())
		}
	}
	for _, i := range p.Images {
		told.Images = append(told.Images, imageTold{i.ID, i.Src, i.Alt})
	}
	return told
}

func (v Variant) told() variantTold {
	told := variantTold{
		ID: v.ID, SKU: v.SKU, Barcode: v.Barcode, Price: moneyTold(v.Price), Weight: v.Weight, Tracked: v.Tracked,
		Values: listed(v.Values), Image: v.Image, State: v.State,
	}
	if !v.CompareAt.IsZero() {
		before := moneyTold(v.CompareAt)
		told.CompareAt = &before
	}
	return told
}

// listed is a list that encodes as one when it is empty.
func listed[T any](all []T) []T { return append([]T{}, all...) }

// ---- when ----

// happened notes what is to be told of a product that was written, and tells of its stock.
func (w *writer) happened(ctx context.Context, p, was Product) error {
	moved := w.moved
	w.moved = nil
	if err := w.stockHappened(ctx, w.shop.ID, w.reason, "", moved); err != nil {
		return err
	}
	what := event.ProductUpdated
	switch {
	case was.ID == 0:
		what = event.ProductCreated
	case p.State == Archived && was.State != Archived:
		what = event.ProductArchived
	}
	if !w.Listener.Wants(ctx, int64(w.shop.ID), what) {
		return nil
	}
	w.news = append(w.news, event.Of(int64(w.shop.ID), what, w.at, p.told()))
	if len(w.news) < 100 {
		return nil
	}
	return w.tell(ctx)
}

// tell promises what was noted.
func (w *writer) tell(ctx context.Context) error {
	news := w.news
	w.news = nil
	return event.Promise(ctx, w.db, news...)
}

// stockHappened tells that pieces of variants came or went, for a reason. It costs nothing when nobody wants to hear.
func (s *Service) stockHappened(ctx context.Context, merchant MerchantID, reason, ref string, changes []Want) error {
	if len(changes) == 0 || !s.Listener.Wants(ctx, int64(merchant), event.StockChanged, event.StockOut) {
		return nil
	}
	var rows []variantRow
	err := s.db.On(ctx).Raw("select "+variantColumns+" from variants v where v.merchant_id = ? and v.id in ? order by v.id",
		int64(merchant), variantsOf(changes)).Scan(&rows).Error
	if err != nil {
		return err
	}
	var news []event.Happened
	for _, row := range rows {
		v := row.variant("")
		change := changes[slices.IndexFunc(changes, func(w Want) bool { return w.Variant == v.ID })].Quantity
		told := stockTold{
			Product: v.Product, Variant: v.ID, SKU: v.SKU, Change: change, Reason: reason, Ref: ref, OnHand: v.OnHand, Reserved: v.Reserved, Free: v.Free(),
		}
		if s.Listener.Wants(ctx, int64(merchant), event.StockChanged) {
			news = append(news, event.Of(int64(merchant), event.StockChanged, s.at(), told))
		}
		if v.Tracked && change < 0 && v.OnHand <= 0 && s.Listener.Wants(ctx, int64(merchant), event.StockOut) {
			news = append(news, event.Of(int64(merchant), event.StockOut, s.at(), told))
		}
	}
	return event.Promise(ctx, s.db, news...)
}

// categoryHappened tells what became of a category.
func (s *Service) categoryHappened(ctx context.Context, what event.Type, c Category) error {
	if !s.Listener.Wants(ctx, int64(c.Merchant), what) {
		return nil
	}
	return event.Promise(ctx, s.db, event.Of(int64(c.Merchant), what, s.at(), categoryTold{c.ID, c.Parent, c.Slug, c.Name, c.Position}))
}

// negative is what was taken, as changes.
func negative(taken []Want) []Want {
	changes := slices.Clone(taken)
	for i := range changes {
		changes[i].Quantity = -changes[i].Quantity
	}
	return changes
}
