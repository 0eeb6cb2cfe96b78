package api

import (
	"context"

	"parley/catalog"
)

// Found is a product for sale that was searched for, as buyers see it in a list.
type Found struct {
	ID        int64   `json:"id"`
	Kind      string  `json:"kind" enum:"physical,digital,service"`
	Title     Wording `json:"title"`
	Image     string  `json:"image" doc:"Empty: none."`
	From      Money   `json:"from" doc:"The lowest price."`
	CompareAt *Money  `json:"compare_at,omitempty" doc:"The price before."`
	Same      bool    `json:"one_price" doc:"All variants cost the same."`
	Free      bool    `json:"available" doc:"Some variant can be bought now."`
}

func foundView(s catalog.Summary) Found {
	return Found{
		ID: int64(s.ID), Kind: string(s.Kind), Title: wording(s.Title), Image: s.Image, From: moneyView(s.From), CompareAt: optional(s.CompareAt),
		Same: s.Same, Free: s.Free,
	}
}

func (a *API) searchOperations() {
	read(a, op{id: "search-products", does: "GET /merchants/{merchant}/search", tag: "Products", scope: "catalog:read", summary: "Search as buyers do",
		about: "Products for sale, the best first."}, a.searchProducts)
}

type searchProducts struct {
	ShopPath
	Paging
	Query    string `query:"q" required:"true" minLength:"1" maxLength:"500" example:"boots" doc:"As a buyer types it."`
	Language string `query:"language" maxLength:"35" default:"en" doc:"The buyer's."`
}

// furthest is how far into what was found one can go.
const furthest = 10_000

func (a *API) searchProducts(ctx context.Context, c *call, in *searchProducts) (*listed[Found], error) {
	list := c.listOf([]string{in.Query, in.Language})
	at, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := a.Catalog.Search(ctx, c.shop.ID, catalog.Query{Words: in.Query, Page: catalog.Page{Offset: int(at.ID), Limit: in.Limit}})
	if err != nil {
		return nil, err
	}
	page := Page[Found]{Items: all(found.Products, foundView)}
	if next := int(at.ID) + len(found.Products); next < found.Total && next < furthest && len(found.Products) > 0 {
		page.Next = a.cursor(list, place{ID: int64(next)})
	}
	if in.Total {
		page.Total = &Total{Count: min(found.Total, mostCounted), Exact: found.Total <= mostCounted}
	}
	return &listed[Found]{page}, nil
}
