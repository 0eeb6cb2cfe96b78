package api

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"parley/catalog"
	"parley/catalog/fault"
)

func (a *API) variantOperations() {
	const of, at = "/merchants/{merchant}/products/{id}/variants", "/merchants/{merchant}/variants"
	write(a, op{id: "create-variant", does: "POST " + of, tag: "Variants", roles: sellers, scope: "catalog:write", status: 201,
		summary: "Add a variant to a product"}, a.createVariant)
	read(a, op{id: "get-variant", does: "GET " + at + "/{id}", tag: "Variants", scope: "catalog:read", summary: "Show a variant",
		about: "Its ETag does not change with what is in stock."}, a.getVariant)
	write(a, op{id: "change-variant", does: "PATCH " + at + "/{id}", tag: "Variants", roles: sellers, scope: "catalog:write", matched: true,
		summary: "Change a variant", about: "What is in stock is changed by adjusting it."}, a.changeVariant)
	write(a, op{id: "archive-variant", does: "DELETE " + at + "/{id}", tag: "Variants", roles: sellers, scope: "catalog:write", matched: true,
		summary: "Archive a variant", about: "It is kept because stock and orders name it."}, a.archiveVariant)
}

type createVariant struct {
	ItemPath
	Body NewVariant
}

func (a *API) createVariant(ctx context.Context, c *call, in *createVariant) (*made[Variant], []deed, error) {
	before, after, err := a.editProduct(ctx, c, in.ID, Matching{IfMatch: "*"}, func(p *catalog.Product) error {
		v, err := in.Body.variant(*p, c.shop.Currency, "")
		if err != nil {
			return err
		}
		if slices.ContainsFunc(p.Variants, func(old catalog.Variant) bool { return slices.Equal(old.Values, v.Values) }) {
			return fault.New(fault.Invalid, "catalog.same_values").With("field", "values")
		}
		p.Variants = append(p.Variants, v)
		return nil
	})
	if err != nil {
		return nil, nil, alone(err)
	}
	for _, v := range after.Variants {
		if before.variant(v.ID).ID == 0 {
			at := fmt.Sprintf("%s/merchants/%d/variants/%d", Base, c.shop.ID, v.ID)
			return &made[Variant]{ETag: v.etag(), Location: at, Body: v}, []deed{{subject: v.subject(), became: v}}, nil
		}
	}
	return nil, nil, fault.New(fault.Invalid, "catalog.same_values").With("field", "values")
}

func (a *API) getVariant(ctx context.Context, c *call, in *ItemPath) (*shown[Variant], error) {
	v, err := a.Catalog.Stock(ctx, c.shop.ID, catalog.VariantID(in.ID))
	if err != nil {
		return nil, err
	}
	view := variantView(v)
	return &shown[Variant]{ETag: view.etag(), Body: view}, nil
}

// editVariant changes one variant if it still is as its author saw it.
func (a *API) editVariant(ctx context.Context, c *call, id int64, m Matching, edit func(p *catalog.Product, place int) error) (was, is Variant, err error) {
	product, err := a.Catalog.ProductOf(ctx, c.shop.ID, catalog.VariantID(id))
	if err != nil {
		return was, is, err
	}
	before, after, err := a.editProduct(ctx, c, int64(product), Matching{IfMatch: "*"}, func(p *catalog.Product) error {
		place := slices.IndexFunc(p.Variants, func(v catalog.Variant) bool { return v.ID == catalog.VariantID(id) })
		if place < 0 {
			return fault.New(fault.Missing, "catalog.no_variant").With("variant", fmt.Sprint(id))
		}
		if err := m.check(c, variantView(p.Variants[place]).etag()); err != nil {
			return err
		}
		return edit(p, place)
	})
	return before.variant(id), after.variant(id), alone(err)
}

var amongVariants = regexp.MustCompile(`^variants\[\d+\]\.`)

// alone is a refusal of a product as a refusal of the one variant that was sent.
func alone(err error) error {
	known, is := fault.Of(err)
	if !is || !amongVariants.MatchString(known.Args["field"]) {
		return err
	}
	return known.With("field", amongVariants.ReplaceAllString(known.Args["field"], ""))
}

type changeVariant struct {
	ItemPath
	Matching
	Body VariantChange
}

func (a *API) changeVariant(ctx context.Context, c *call, in *changeVariant) (*shown[Variant], []deed, error) {
	was, is, err := a.editVariant(ctx, c, in.ID, in.Matching, func(p *catalog.Product, place int) error {
		return in.Body.apply(*p, &p.Variants[place], c.shop.Currency)
	})
	if err != nil {
		return nil, nil, err
	}
	return &shown[Variant]{ETag: is.etag(), Body: is}, []deed{{subject: is.subject(), was: was, became: is}}, nil
}

func (a *API) archiveVariant(ctx context.Context, c *call, in *matchedItem) (*done, []deed, error) {
	was, _, err := a.editVariant(ctx, c, in.ID, in.Matching, func(p *catalog.Product, place int) error {
		p.Variants = slices.Delete(p.Variants, place, place+1)
		return nil
	})
	return &done{}, []deed{{subject: was.subject(), was: was}}, err
}
