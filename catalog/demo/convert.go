package demo

import (
	"fmt"
	"slices"

	"parley/catalog"
	"parley/catalog/money"
)

func (s shop) merchant() (catalog.Merchant, error) {
	m := catalog.Merchant{
		Slug: s.Slug, Name: catalog.Text(s.Name), About: catalog.Text(s.About), Languages: s.Languages,
		Currency: s.Currency, TimeZone: s.TimeZone, State: catalog.Active,
		Contacts: catalog.Contacts{
			Phone: s.Contacts.Phone, Email: s.Contacts.Email,
			Address: catalog.Text(s.Contacts.Address), Hours: catalog.Text(s.Contacts.Hours),
		},
	}
	for _, draft := range s.Delivery {
		method, err := draft.method(s.Currency)
		if err != nil {
			return catalog.Merchant{}, fmt.Errorf("delivery %s: %w", draft.Name["en"], err)
		}
		m.Delivery = append(m.Delivery, method)
	}
	return m, nil
}

func (d delivery) method(c money.Currency) (catalog.DeliveryMethod, error) {
	price, err := money.Parse(d.Price, c)
	if err != nil {
		return catalog.DeliveryMethod{}, err
	}
	freeFrom, err := optional(d.FreeFrom, c)
	return catalog.DeliveryMethod{
		Kind: catalog.DeliveryKind(d.Kind), Name: catalog.Text(d.Name), Address: catalog.Text(d.Address),
		Price: price, FreeFrom: freeFrom,
	}, err
}

// optional is the zero amount for an empty text.
func optional(text string, c money.Currency) (money.Amount, error) {
	if text == "" {
		return money.Amount{}, nil
	}
	return money.Parse(text, c)
}

// product is the draft as something to be saved: its options, values and images are numbered from one.
func (p product) product(m catalog.Merchant, shelf catalog.CategoryID) (catalog.Product, error) {
	out := catalog.Product{
		Merchant: m.ID, Category: shelf, Handle: p.Handle, Kind: catalog.Kind(p.Kind), State: catalog.Active,
		Title: catalog.Text(p.Title), Description: catalog.Text(p.Description), Vendor: p.Vendor, Tags: p.Tags,
		Options: p.options(),
	}
	for _, a := range p.Attributes {
		out.Attributes = append(out.Attributes, catalog.Attribute{Name: catalog.Text(a.Name), Value: catalog.Text(a.Value)})
	}
	for i, img := range p.Images {
		out.Images = append(out.Images, catalog.Image{ID: catalog.ImageID(i + 1), Src: img.Src, Alt: catalog.Text(img.Alt)})
	}
	for _, draft := range p.Variants {
		v, err := draft.variant(out, m.Currency)
		if err != nil {
			return catalog.Product{}, fmt.Errorf("variant %s: %w", draft.SKU, err)
		}
		out.Variants = append(out.Variants, v)
	}
	return out, nil
}

func (p product) options() (options []catalog.Option) {
	last := catalog.ValueID(0)
	for i, draft := range p.Options {
		o := catalog.Option{ID: catalog.OptionID(i + 1), Name: catalog.Text(draft.Name)}
		for _, name := range draft.Values {
			last++
			o.Values = append(o.Values, catalog.Value{ID: last, Name: catalog.Text(name)})
		}
		options = append(options, o)
	}
	return options
}

func (v variant) variant(of catalog.Product, c money.Currency) (out catalog.Variant, err error) {
	out = catalog.Variant{SKU: v.SKU, Barcode: v.Barcode, Weight: v.Weight, State: catalog.Active}
	if v.Stock != nil {
		out.Tracked, out.OnHand = true, *v.Stock
	}
	if out.Price, err = money.Parse(v.Price, c); err != nil {
		return out, err
	}
	if out.CompareAt, err = optional(v.Was, c); err != nil {
		return out, err
	}
	if out.Values, err = chosen(of.Options, v.Choose); err != nil {
		return out, err
	}
	out.Image, err = shown(of.Images, v.Image)
	return out, err
}

// chosen are the values that have the names, one of each option.
func chosen(options []catalog.Option, names []string) (values []catalog.ValueID, err error) {
	if len(names) != len(options) {
		return nil, fmt.Errorf("chooses %d of %d options", len(names), len(options))
	}
	for i, option := range options {
		at := slices.IndexFunc(option.Values, func(v catalog.Value) bool { return v.Name["en"] == names[i] })
		if at < 0 {
			return nil, fmt.Errorf("no %s is %q", option.Name["en"], names[i])
		}
		values = append(values, option.Values[at].ID)
	}
	return values, nil
}

// shown is the image with the src; zero, the product's first, for none.
func shown(images []catalog.Image, src string) (catalog.ImageID, error) {
	if src == "" {
		return 0, nil
	}
	at := slices.IndexFunc(images, func(i catalog.Image) bool { return i.Src == src })
	if at < 0 {
		return 0, fmt.Errorf("no image is %q", src)
	}
	return images[at].ID, nil
}
