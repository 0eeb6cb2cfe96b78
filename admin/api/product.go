package api

import (
	"context"
	"fmt"
	"time"

	"parley/catalog"
)

func (a *API) productOperations() {
	const at = "/merchants/{merchant}/products"
	read(a, op{id: "list-products", does: "GET " + at, tag: "Products", scope: "catalog:read", summary: "List products",
		about: "In whatever state. A page costs the same wherever it is."}, a.listProducts)
	write(a, op{id: "create-product", does: "POST " + at, tag: "Products", roles: sellers, scope: "catalog:write", status: 201,
		summary: "Add a product"}, a.createProduct)
	read(a, op{id: "get-product", does: "GET " + at + "/{id}", tag: "Products", scope: "catalog:read", summary: "Show a product",
		about: "Its ETag does not change with what is in stock."}, a.getProduct)
	write(a, op{id: "change-product", does: "PATCH " + at + "/{id}", tag: "Products", roles: sellers, scope: "catalog:write", matched: true,
		summary: "Change a product"}, a.changeProduct)
	write(a, op{id: "archive-product", does: "DELETE " + at + "/{id}", tag: "Products", roles: sellers, scope: "catalog:write", matched: true,
		summary: "Archive a product", about: "It is kept because orders name it; `state` brings it back."}, a.archiveProduct)
	write(a, op{id: "set-options", does: "PUT " + at + "/{id}/options", tag: "Products", roles: sellers, scope: "catalog:write", matched: true,
		summary: "Set what variants differ in", about: "Options and values with an `id` stay the same ones. Variants choose the first value of an option that is new."}, a.setOptions)
	write(a, op{id: "set-attributes", does: "PUT " + at + "/{id}/attributes", tag: "Products", roles: sellers, scope: "catalog:write", matched: true,
		summary: "Set the attributes"}, a.setAttributes)
	write(a, op{id: "set-tags", does: "PUT " + at + "/{id}/tags", tag: "Products", roles: sellers, scope: "catalog:write", matched: true,
		summary: "Set the tags"}, a.setTags)
}

type listProducts struct {
	ShopPath
	Paging
	State    string    `query:"state" enum:"draft,active,archived"`
	Category int64     `query:"category" minimum:"1" doc:"Right in this category."`
	Vendor   string    `query:"vendor" maxLength:"255"`
	Tag      string    `query:"tag" maxLength:"255"`
	Since    time.Time `query:"updated_since" doc:"Changed at this time or later."`
	Sort     string    `query:"sort" enum:"id,-id,updated_at,-updated_at" default:"id"`
}

func (in listProducts) filter() catalog.ProductFilter {
	return catalog.ProductFilter{
		State: catalog.State(in.State), Category: catalog.CategoryID(in.Category), Vendor: in.Vendor, Tag: in.Tag, Since: in.Since, Sort: catalog.Sort(in.Sort),
	}
}

func (a *API) listProducts(ctx context.Context, c *call, in *listProducts) (*listed[ProductRow], error) {
	f := in.filter()
	list := c.listOf(f)
	at, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	after := catalog.ProductPlace{ID: catalog.ProductID(at.ID)}
	if at.Key != "" {
		if after.Updated, err = time.Parse(time.RFC3339Nano, at.Key); err != nil {
			return nil, fmt.Errorf("a cursor of ours: %w", err)
		}
	}
	found, err := a.Catalog.Listings(ctx, c.shop.ID, f, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := pageOf(a, list, in.Paging, found, rowView, func(l catalog.Listed) place { return place{l.Updated.Format(time.RFC3339Nano), int64(l.ID)} })
	page.Total, err = in.counted(ctx, func(ctx context.Context, most int) (int, error) {
		return a.Catalog.CountListings(ctx, c.shop.ID, f, most)
	})
	return &listed[ProductRow]{page}, err
}

type createProduct struct {
	ShopPath
	Body NewProduct
}

func (a *API) createProduct(ctx context.Context, c *call, in *createProduct) (*made[Product], []deed, error) {
	p, err := in.Body.product(c.shop)
	if err != nil {
		return nil, nil, err
	}
	saved, err := a.Catalog.AddProduct(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	view := productView(saved)
	at := fmt.Sprintf("%s/merchants/%d/products/%d", Base, c.shop.ID, view.ID)
	return &made[Product]{ETag: view.etag(), Location: at, Body: view}, []deed{{subject: view.subject(), became: view}}, nil
}

func (a *API) getProduct(ctx context.Context, c *call, in *ItemPath) (*shown[Product], error) {
	found, err := a.Catalog.Find(ctx, c.shop.ID, catalog.ProductID(in.ID))
	if err != nil {
		return nil, err
	}
	view := productView(found)
	return &shown[Product]{ETag: view.etag(), Body: view}, nil
}

// editProduct changes one product if it still is as its author saw it.
func (a *API) editProduct(ctx context.Context, c *call, id int64, m Matching, edit func(p *catalog.Product) error) (before, after Product, err error) {
	was, is, err := a.Catalog.EditProduct(ctx, c.shop.ID, catalog.ProductID(id), func(p *catalog.Product) error {
		if err := m.check(c, productView(*p).etag()); err != nil {
			return err
		}
		return edit(p)
	})
	return productView(was), productView(is), err
}

// edited is the answer to a change of a product.
func (a *API) edited(ctx context.Context, c *call, id int64, m Matching, edit func(p *catalog.Product) error) (*shown[Product], []deed, error) {
	before, after, err := a.editProduct(ctx, c, id, m, edit)
	if err != nil {
		return nil, nil, err
	}
	return &shown[Product]{ETag: after.etag(), Body: after}, []deed{{subject: after.subject(), was: before, became: after}}, nil
}

type changeProduct struct {
	ItemPath
	Matching
	Body ProductChange
}

func (a *API) changeProduct(ctx context.Context, c *call, in *changeProduct) (*shown[Product], []deed, error) {
	return a.edited(ctx, c, in.ID, in.Matching, func(p *catalog.Product) error { in.Body.apply(p); return nil })
}

type matchedItem struct {
	ItemPath
	Matching
}

func (a *API) archiveProduct(ctx context.Context, c *call, in *matchedItem) (*done, []deed, error) {
	_, deeds, err := a.edited(ctx, c, in.ID, in.Matching, func(p *catalog.Product) error { p.State = catalog.Archived; return nil })
	return &done{}, deeds, err
}

// OptionsSet is all options of a product.
type OptionsSet struct {
	Options []OptionSet `json:"options" maxItems:"3"`
}

// OptionSet is an option that is new, or that was there when it has its id.
type OptionSet struct {
	ID     int64      `json:"id,omitempty" minimum:"0"`
	Name   Wording    `json:"name" minProperties:"1" example:"{\"en\":\"Size\"}"`
	Values []ValueSet `json:"values" minItems:"1" maxItems:"500"`
}

// ValueSet is a value that is new, or that was there when it has its id.
type ValueSet struct {
	ID   int64   `json:"id,omitempty" minimum:"0"`
	Name Wording `json:"name" minProperties:"1" example:"{\"en\":\"42\"}"`
}

type setOptions struct {
	ItemPath
	Matching
	Body OptionsSet
}

func (a *API) setOptions(ctx context.Context, c *call, in *setOptions) (*shown[Product], []deed, error) {
	options := make([]catalog.Option, len(in.Body.Options))
	for i, given := range in.Body.Options {
		options[i] = catalog.Option{ID: catalog.OptionID(given.ID), Name: catalog.Text(given.Name)}
		for _, value := range given.Values {
			options[i].Values = append(options[i].Values, catalog.Value{ID: catalog.ValueID(value.ID), Name: catalog.Text(value.Name)})
		}
	}
	return a.edited(ctx, c, in.ID, in.Matching, func(p *catalog.Product) error { return p.Reoption(options) })
}

// AttributesSet is all attributes of a product.
type AttributesSet struct {
	Attributes []Attribute `json:"attributes" maxItems:"250"`
}

type setAttributes struct {
	ItemPath
	Matching
	Body AttributesSet
}

func (a *API) setAttributes(ctx context.Context, c *call, in *setAttributes) (*shown[Product], []deed, error) {
	return a.edited(ctx, c, in.ID, in.Matching, func(p *catalog.Product) error { p.Attributes = attributes(in.Body.Attributes); return nil })
}

// TagsSet is all tags of a product.
type TagsSet struct {
	Tags []string `json:"tags" maxItems:"250" example:"[\"new\",\"winter\"]"`
}

type setTags struct {
	ItemPath
	Matching
	Body TagsSet
}

func (a *API) setTags(ctx context.Context, c *call, in *setTags) (*shown[Product], []deed, error) {
	return a.edited(ctx, c, in.ID, in.Matching, func(p *catalog.Product) error { p.Tags = in.Body.Tags; return nil })
}
