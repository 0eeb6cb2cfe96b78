package api

import (
	"context"
	"time"

	"parley/catalog"
	"parley/catalog/fault"
)

// Adjustment is how a variant's stock changes, and why.
type Adjustment struct {
	Delta  *int   `json:"delta,omitempty" minimum:"-1000000" maximum:"1000000" example:"-1" doc:"So many pieces more, or fewer."`
	OnHand *int   `json:"on_hand,omitempty" minimum:"0" maximum:"1000000000" doc:"Instead of delta: so many were counted."`
	Reason string `json:"reason" minLength:"1" maxLength:"200" example:"broken"`
}

// StockMove is one change of what is on hand, and why.
type StockMove struct {
	ID       int64     `json:"id"`
	Variant  int64     `json:"variant"`
	Quantity int       `json:"quantity" example:"-1" doc:"So many pieces more, or fewer."`
	Reason   string    `json:"reason" example:"broken" doc:"opened, imported, sold, returned, or the words of whoever adjusted it."`
	Ref      string    `json:"ref" example:"order:5" doc:"What it was for; empty: nothing known."`
	Who      string    `json:"who" example:"staff:1"`
	At       time.Time `json:"at"`
}

func moveView(m catalog.Move) StockMove {
	return StockMove{ID: m.ID, Variant: int64(m.Variant), Quantity: m.Quantity, Reason: m.Reason, Ref: m.Ref, Who: m.Who, At: m.At}
}

func (a *API) stockOperations() {
	const at = "/merchants/{merchant}/variants/{id}/stock"
	write(a, op{id: "adjust-stock", does: "POST " + at, tag: "Stock", roles: sellers, scope: "catalog:write", summary: "Adjust what is in stock",
		about: "By `delta` pieces, or to what was counted. Pieces that buyers were promised cannot be taken away."}, a.adjustStock)
	read(a, op{id: "list-stock-moves", does: "GET " + at, tag: "Stock", scope: "catalog:read", summary: "Show why the stock is what it is",
		about: "Newest first; the sum of all moves is what is on hand."}, a.listMoves)
}

type adjustStock struct {
	ItemPath
	Body Adjustment
}

func (a *API) adjustStock(ctx context.Context, c *call, in *adjustStock) (*shown[Variant], []deed, error) {
	was, is, err := a.adjust(ctx, c, in.ID, in.Body)
	if err != nil {
		return nil, nil, err
	}
	return &shown[Variant]{ETag: is.etag(), Body: is}, []deed{{subject: is.subject(), note: in.Body.Reason, was: was, became: is}}, nil
}

func (a *API) adjust(ctx context.Context, c *call, id int64, how Adjustment) (was, is Variant, err error) {
	variant := catalog.VariantID(id)
	before, err := a.Catalog.Stock(ctx, c.shop.ID, variant)
	if err != nil {
		return was, is, err
	}
	switch {
	case (how.Delta == nil) == (how.OnHand == nil):
		err = fault.New(fault.Invalid, "stock.delta_or_count").With("field", "delta")
	case how.Delta != nil:
		err = a.Catalog.Adjust(ctx, c.shop.ID, variant, *how.Delta, how.Reason, c.who)
	default:
		err = a.Catalog.SetStock(ctx, c.shop.ID, variant, *how.OnHand, how.Reason, c.who)
	}
	if err != nil {
		return was, is, err
	}
	after, err := a.Catalog.Stock(ctx, c.shop.ID, variant)
	return variantView(before), variantView(after), err
}

type listMoves struct {
	ItemPath
	Paging
}

func (a *API) listMoves(ctx context.Context, c *call, in *listMoves) (*listed[StockMove], error) {
	list := c.listOf(in.ID)
	at, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := a.Catalog.Moves(ctx, c.shop.ID, catalog.VariantID(in.ID), at.ID, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := pageOf(a, list, in.Paging, found, moveView, func(m catalog.Move) place { return place{ID: m.ID} })
	page.Total, err = in.counted(ctx, func(ctx context.Context, most int) (int, error) {
		all, err := a.Catalog.Moves(ctx, c.shop.ID, catalog.VariantID(in.ID), 0, most)
		return len(all), err
	})
	return &listed[StockMove]{page}, err
}
