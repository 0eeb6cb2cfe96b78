package api

import (
	"fmt"
	"slices"
	"time"

	"parley/catalog"
)

// Product is something sold, in one or more variants.
type Product struct {
	ID          int64       `json:"id" example:"12"`
	Handle      string      `json:"handle" example:"trail-boot" doc:"In links and imports; unique within the shop."`
	Category    int64       `json:"category" doc:"0: none."`
	Position    int         `json:"position" doc:"Its place on the shelf; of equals the older comes first."`
	Kind        string      `json:"kind" enum:"physical,digital,service" doc:"Only physical ones are delivered."`
	State       string      `json:"state" enum:"draft,active,archived" doc:"Only active ones are sold."`
	Title       Wording     `json:"title" example:"{\"en\":\"Trail boot\"}"`
	Description Wording     `json:"description" doc:"Plain text."`
	Vendor      string      `json:"vendor"`
	Attributes  []Attribute `json:"attributes"`
	Tags        []string    `json:"tags"`
	Options     []Option    `json:"options" doc:"What variants differ in; none when there is one variant."`
	Variants    []Variant   `json:"variants" doc:"Without the archived ones."`
	Images      []Picture   `json:"images"`
}

// Attribute is a fact about a product.
type Attribute struct {
	Name  Wording `json:"name" minProperties:"1" example:"{\"en\":\"Material\"}"`
	Value Wording `json:"value" minProperties:"1" example:"{\"en\":\"Wool\"}"`
}

// Option is something to choose: a size, a colour.
type Option struct {
	ID     int64   `json:"id"`
	Name   Wording `json:"name" example:"{\"en\":\"Size\"}"`
	Values []Value `json:"values"`
}

// Value is one way to choose an option.
type Value struct {
	ID   int64   `json:"id"`
	Name Wording `json:"name" example:"{\"en\":\"42\"}"`
}

// Picture is one picture of a product, in order.
type Picture struct {
	ID  int64   `json:"id"`
	Src string  `json:"src"`
	Alt Wording `json:"alt"`
}

// Variant is what is priced, stocked and sold: one value of each option.
type Variant struct {
	ID        int64   `json:"id" example:"31"`
	Product   int64   `json:"product"`
	SKU       string  `json:"sku" example:"TB-42" doc:"Unique within the shop when not empty."`
	Barcode   string  `json:"barcode"`
	Price     Money   `json:"price"`
	CompareAt *Money  `json:"compare_at,omitempty" doc:"The price before; absent: none."`
	Weight    int     `json:"weight" doc:"In grams."`
	Tracked   bool    `json:"tracked" doc:"false: it never runs out."`
	OnHand    int     `json:"on_hand" doc:"Pieces there, promised ones included."`
	Reserved  int     `json:"reserved" doc:"Pieces promised to checkouts and orders."`
	Free      int     `json:"free" doc:"Pieces that can still be bought."`
	Values    []int64 `json:"values" doc:"Ids of option values, in the order of the options."`
	Image     int64   `json:"image" doc:"0: the product's first."`
	State     string  `json:"state" enum:"draft,active,archived"`
}

func productView(p catalog.Product) Product {
	return Product{
		ID: int64(p.ID), Handle: p.Handle, Category: int64(p.Category), Position: p.Position, Kind: string(p.Kind), State: string(p.State),
		Title: wording(p.Title), Description: wording(p.Description), Vendor: p.Vendor, Tags: append([]string{}, p.Tags...),
		Attributes: all(p.Attributes, func(at catalog.Attribute) Attribute { return Attribute{wording(at.Name), wording(at.Value)} }),
		Options:    all(p.Options, optionView), Variants: all(p.Variants, variantView),
		Images: all(p.Images, func(i catalog.Image) Picture { return Picture{int64(i.ID), i.Src, wording(i.Alt)} }),
	}
}

func wording(t catalog.Text) Wording {
	if t == nil {
		return Wording{}
	}
	return Wording(t)
}

func optionView(o catalog.Option) Option {
	return Option{int64(o.ID), wording(o.Name), all(o.Values, func(v catalog.Value) Value { return Value{int64(v.ID), wording(v.Name)} })}
}

func variantView(v catalog.Variant) Variant {
	return Variant{
		ID: int64(v.ID), Product: int64(v.Product), SKU: v.SKU, Barcode: v.Barcode, Price: moneyView(v.Price), CompareAt: optional(v.CompareAt),
		Weight: v.Weight, Tracked: v.Tracked, OnHand: v.OnHand, Reserved: v.Reserved, Free: v.Free(), Image: int64(v.Image), State: string(v.State),
		Values: all(v.Values, func(id catalog.ValueID) int64 { return int64(id) }),
	}
}

// still leaves out what sales change.
func (v Variant) still() Variant {
	v.OnHand, v.Reserved, v.Free = 0, 0, 0
	return v
}

func (v Variant) etag() string { return etagOf(v.still()) }

func (v Variant) subject() string { return fmt.Sprintf("variant:%d", v.ID) }

func (p Product) etag() string {
	p.Variants = slices.Clone(p.Variants)
	for i := range p.Variants {
		p.Variants[i] = p.Variants[i].still()
	}
	return etagOf(p)
}

func (p Product) subject() string { return fmt.Sprintf("product:%d", p.ID) }

// variant is one of them. It is the zero one when there is none.
func (p Product) variant(id int64) Variant {
	for _, v := range p.Variants {
		if v.ID == id {
			return v
		}
	}
	return Variant{}
}

// ProductRow is a product in a list.
type ProductRow struct {
	ID       int64     `json:"id" example:"12"`
	Handle   string    `json:"handle" example:"trail-boot"`
	Category int64     `json:"category" doc:"0: none."`
	Kind     string    `json:"kind" enum:"physical,digital,service"`
	State    string    `json:"state" enum:"draft,active,archived"`
	Title    Wording   `json:"title"`
	Vendor   string    `json:"vendor"`
	Tags     []string  `json:"tags"`
	Image    string    `json:"image" doc:"Of the first picture; empty: none."`
	From     Money     `json:"from" doc:"The lowest price."`
	Created  time.Time `json:"created_at"`
	Updated  time.Time `json:"updated_at"`
}

func rowView(l catalog.Listed) ProductRow {
	return ProductRow{
		ID: int64(l.ID), Handle: l.Handle, Category: int64(l.Category), Kind: string(l.Kind), State: string(l.State), Title: wording(l.Title),
		Vendor: l.Vendor, Tags: append([]string{}, l.Tags...), Image: l.Image, From: moneyView(l.From), Created: l.Created, Updated: l.Updated,
	}
}
