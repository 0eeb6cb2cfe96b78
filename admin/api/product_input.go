package api

import (
	"fmt"
	"slices"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/money"
)

// NewProduct is what a product is made of.
type NewProduct struct {
	Handle      string       `json:"handle" minLength:"1" maxLength:"255" example:"trail-boot"`
	Category    int64        `json:"category,omitempty" minimum:"0" doc:"0: none."`
	Position    int          `json:"position,omitempty" minimum:"-1000000" maximum:"1000000"`
	Kind        string       `json:"kind,omitempty" enum:"physical,digital,service" doc:"physical unless set."`
	State       string       `json:"state,omitempty" enum:"draft,active" doc:"draft unless set."`
	Title       Wording      `json:"title" minProperties:"1" example:"{\"en\":\"Trail boot\"}"`
	Description Wording      `json:"description,omitempty"`
	Vendor      string       `json:"vendor,omitempty" maxLength:"255"`
	Attributes  []Attribute  `json:"attributes,omitempty" maxItems:"250"`
	Tags        []string     `json:"tags,omitempty" maxItems:"250"`
	Options     []NewOption  `json:"options,omitempty" maxItems:"3"`
	Variants    []NewVariant `json:"variants,omitempty" maxItems:"2000"`
}

// NewOption is what an option is made of.
type NewOption struct {
	Name   Wording   `json:"name" minProperties:"1" example:"{\"en\":\"Size\"}"`
	Values []Wording `json:"values" minItems:"1" maxItems:"500" example:"[{\"en\":\"42\"},{\"en\":\"43\"}]"`
}

// NewVariant is what a variant is made of.
type NewVariant struct {
	Values    []string `json:"values,omitempty" maxItems:"3" example:"[\"42\"]" doc:"The name, in any language, of one value of each option, in their order."`
	SKU       string   `json:"sku,omitempty" maxLength:"255" example:"TB-42"`
	Barcode   string   `json:"barcode,omitempty" maxLength:"255"`
	Price     Money    `json:"price"`
	CompareAt *Money   `json:"compare_at,omitempty" doc:"The price before."`
	Weight    int      `json:"weight,omitempty" minimum:"0" maximum:"1000000000" doc:"In grams."`
	Tracked   *bool    `json:"tracked,omitempty" doc:"false: it never runs out; true unless set."`
	OnHand    int      `json:"on_hand,omitempty" minimum:"0" maximum:"1000000000" doc:"The opening stock."`
	State     string   `json:"state,omitempty" enum:"draft,active" doc:"active unless set."`
}

// ProductChange is what changes of a product; what is not there stays.
type ProductChange struct {
	Handle      *string      `json:"handle,omitempty" minLength:"1" maxLength:"255"`
	Category    *int64       `json:"category,omitempty" minimum:"0" doc:"0: none."`
	Position    *int         `json:"position,omitempty" minimum:"-1000000" maximum:"1000000"`
	Kind        *string      `json:"kind,omitempty" enum:"physical,digital,service"`
	State       *string      `json:"state,omitempty" enum:"draft,active,archived"`
	Title       Wording      `json:"title,omitempty" minProperties:"1" doc:"All of its wordings."`
	Description *Wording     `json:"description,omitempty" doc:"All of its wordings."`
	Vendor      *string      `json:"vendor,omitempty" maxLength:"255"`
	Attributes  *[]Attribute `json:"attributes,omitempty" maxItems:"250" doc:"All of them."`
	Tags        *[]string    `json:"tags,omitempty" maxItems:"250" doc:"All of them."`
}

// VariantChange is what changes of a variant; what is not there stays.
type VariantChange struct {
	Values    []string `json:"values,omitempty" minItems:"1" maxItems:"3" doc:"The name, in any language, of one value of each option, in their order."`
	SKU       *string  `json:"sku,omitempty" maxLength:"255"`
	Barcode   *string  `json:"barcode,omitempty" maxLength:"255"`
	Price     *Money   `json:"price,omitempty"`
	CompareAt *Money   `json:"compare_at,omitempty" doc:"0: none."`
	Weight    *int     `json:"weight,omitempty" minimum:"0" maximum:"1000000000" doc:"In grams."`
	Tracked   *bool    `json:"tracked,omitempty" doc:"false: it never runs out."`
	State     *string  `json:"state,omitempty" enum:"draft,active"`
	Image     *int64   `json:"image,omitempty" minimum:"0" doc:"A picture of the product; 0: its first."`
}

// product is what is to be saved.
func (n NewProduct) product(shop catalog.Merchant) (catalog.Product, error) {
	p := catalog.Product{
		Merchant: shop.ID, Handle: n.Handle, Category: catalog.CategoryID(n.Category), Position: n.Position, Kind: catalog.Kind(n.Kind),
		State: catalog.State(n.State), Title: catalog.Text(n.Title), Description: catalog.Text(n.Description), Vendor: n.Vendor,
		Attributes: attributes(n.Attributes), Tags: n.Tags,
	}
	next := catalog.ValueID(1) // only says which is meant
	for _, option := range n.Options {
		o := catalog.Option{Name: catalog.Text(option.Name)}
		for _, name := range option.Values {
			o.Values = append(o.Values, catalog.Value{ID: next, Name: catalog.Text(name)})
			next++
		}
		p.Options = append(p.Options, o)
	}
	for i, variant := range n.Variants {
		v, err := variant.variant(p, shop.Currency, fmt.Sprintf("variants[%d].", i))
		if err != nil {
			return p, err
		}
		p.Variants = append(p.Variants, v)
	}
	return p, nil
}

func attributes(given []Attribute) (facts []catalog.Attribute) {
	for _, fact := range given {
		facts = append(facts, catalog.Attribute{Name: catalog.Text(fact.Name), Value: catalog.Text(fact.Value)})
	}
	return facts
}

// variant is what is to be saved; its fields were given behind a prefix.
func (n NewVariant) variant(p catalog.Product, c money.Currency, prefix string) (v catalog.Variant, err error) {
	v = catalog.Variant{SKU: n.SKU, Barcode: n.Barcode, Weight: n.Weight, Tracked: true, OnHand: n.OnHand, State: catalog.State(n.State)}
	if n.Tracked != nil {
		v.Tracked = *n.Tracked
	}
	if v.Values, err = chosen(p.Options, n.Values, prefix+"values"); err != nil {
		return v, err
	}
	if v.Price, err = amount(&n.Price, c, prefix+"price"); err != nil {
		return v, err
	}
	v.CompareAt, err = amount(n.CompareAt, c, prefix+"compare_at")
	return v, err
}

// chosen is the ids of values by their names.
func chosen(options []catalog.Option, names []string, field string) (ids []catalog.ValueID, err error) {
	if len(names) != len(options) {
		return nil, fault.New(fault.Invalid, "catalog.values").With("field", field)
	}
	for i, name := range names {
		k := slices.IndexFunc(options[i].Values, func(v catalog.Value) bool {
			for _, word := range v.Name {
				if word == name {
					return true
				}
			}
			return false
		})
		if k < 0 {
			return nil, fault.New(fault.Invalid, "catalog.no_such_value").With("value", name).With("field", fmt.Sprintf("%s[%d]", field, i))
		}
		ids = append(ids, options[i].Values[k].ID)
	}
	return ids, nil
}

// apply changes a product.
func (n ProductChange) apply(p *catalog.Product) {
	set(&p.Handle, n.Handle)
	set(&p.Position, n.Position)
	set(&p.Vendor, n.Vendor)
	if n.Category != nil {
		p.Category = catalog.CategoryID(*n.Category)
	}
	if n.Kind != nil {
		p.Kind = catalog.Kind(*n.Kind)
	}
	if n.State != nil {
		p.State = catalog.State(*n.State)
	}
	if n.Title != nil {
		p.Title = catalog.Text(n.Title)
	}
	if n.Description != nil {
		p.Description = catalog.Text(*n.Description)
	}
	if n.Attributes != nil {
		p.Attributes = attributes(*n.Attributes)
	}
	if n.Tags != nil {
		p.Tags = *n.Tags
	}
}

// apply changes a variant of a product.
func (n VariantChange) apply(p catalog.Product, v *catalog.Variant, c money.Currency) (err error) {
	set(&v.SKU, n.SKU)
	set(&v.Barcode, n.Barcode)
	set(&v.Weight, n.Weight)
	set(&v.Tracked, n.Tracked)
	if n.State != nil {
		v.State = catalog.State(*n.State)
	}
	if n.Image != nil {
		v.Image = catalog.ImageID(*n.Image)
	}
	if n.Values != nil {
		if v.Values, err = chosen(p.Options, n.Values, "values"); err != nil {
			return err
		}
	}
	if n.Price != nil {
		if v.Price, err = amount(n.Price, c, "price"); err != nil {
			return err
		}
	}
	if n.CompareAt != nil {
		v.CompareAt, err = amount(n.CompareAt, c, "compare_at")
	}
	return err
}

// set changes what was given.
func set[T any](target *T, value *T) {
	if value != nil {
		*target = *value
	}
}
