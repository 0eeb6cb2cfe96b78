package api

import (
	"context"

	"parley/catalog"
)

// Hit is a product that was searched for, as buyers see it in a list.
type Hit struct {
	ID        int64   `json:"id"`
	Kind      string  `json:"kind" enum:"physical,digital,service"`
	Title     Wording `json:"title"`
	Image     string  `json:"image" doc:"Empty: none."`
	From      Money   `json:"from" doc:"The lowest price."`
	CompareAt *Money  `json:"compare_at,omitempty" doc:"The price before."`
	Same      bool    `json:"one_price" doc:"All variants cost the same."`
	Free      bool    `json:"available" doc:"Some variant can be bought now."`
}

// Findings is a page of what a search found.
type Findings struct {
	Page[Hit]
	Nearest    []Hit        `json:"nearest" doc:"When nothing fits: what comes nearest."`
	Understood []Understood `json:"understood" doc:"What each word was taken for."`
	Least      *Money       `json:"price_from,omitempty" doc:"The price wanted at least."`
	Most       *Money       `json:"price_to,omitempty" doc:"The price wanted at most."`
	Elsewhere  string       `json:"other_currency,omitempty" doc:"Named with a price, and not the shop's: such a price bounds nothing."`
}

// Understood is what one word or phrase of a search was taken for.
type Understood struct {
	Words   string  `json:"words" example:"rhjccjdrb"`
	Guesses []Guess `json:"guesses" doc:"A product fits that has any of them."`
}

// Guess is one thing that was looked for.
type Guess struct {
	Terms    []string `json:"terms" example:"[\"кроссовк\"]"`
	How      string   `json:"how" doc:"How the word became it."`
	Products int      `json:"products" doc:"That have it, as far as is known."`
}

func hitView(s catalog.Summary) Hit {
	return Hit{
		ID: int64(s.ID), Kind: string(s.Kind), Title: wording(s.Title), Image: s.Image, From: moneyView(s.From), CompareAt: optional(s.CompareAt),
		Same: s.Same, Free: s.Free,
	}
}

func understoodView(u catalog.Understood) Understood {
	return Understood{u.Words, all(u.Guesses, func(g catalog.Guess) Guess {
		return Guess{append([]string{}, g.Terms...), string(g.How), g.Products}
	})}
}

func (a *API) searchOperations() {
	const at = "/merchants/{merchant}"
	read(a, op{id: "search-products", does: "GET " + at + "/search", tag: "Search", scope: "catalog:read", summary: "Search as buyers do",
		about: "The best first: word forms, typing errors, the wrong keyboard layout, prices and options in words. When nothing fits, `nearest` offers what comes nearest."}, a.searchProducts)
	read(a, op{id: "get-synonyms", does: "GET " + at + "/synonyms", tag: "Search", scope: "catalog:read", summary: "Show the shop's synonyms"}, a.getSynonyms)
	write(a, op{id: "set-synonyms", does: "PUT " + at + "/synonyms", tag: "Search", roles: sellers, scope: "catalog:write", matched: true,
		summary: "Set the shop's synonyms", about: "Groups of words that mean the same to its buyers."}, a.setSynonyms)
}

type searchProducts struct {
	ShopPath
	Paging
	Query  string `query:"q" required:"true" minLength:"1" maxLength:"500" example:"boots under 100" doc:"As a buyer types it."`
	Hidden bool   `query:"hidden" doc:"Drafts and archived products, too."`
}

func (a *API) searchProducts(ctx context.Context, c *call, in *searchProducts) (*plain[Findings], error) {
	list := c.listOf([]any{in.Query, in.Hidden})
	at, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := a.Catalog.Search(ctx, c.shop.ID, catalog.Query{Words: in.Query, Hidden: in.Hidden, Page: catalog.Page{Limit: in.Limit, After: at.Key}})
	if err != nil {
		return nil, err
	}
	view := Findings{
		Page: Page[Hit]{Items: all(found.Products, hitView)}, Nearest: all(found.Nearest, hitView), Understood: all(found.Understood, understoodView),
		Least: optional(found.From), Most: optional(found.To), Elsewhere: string(found.Elsewhere),
	}
	if found.Next != "" {
		view.Next = a.cursor(list, place{Key: found.Next})
	}
	if in.Total {
		view.Total = &Total{Count: min(found.Total, mostCounted), Exact: found.Total <= mostCounted}
	}
	return &plain[Findings]{view}, nil
}

// Synonyms is the words that mean the same to a shop's buyers.
type Synonyms struct {
	Groups [][]string `json:"synonyms" maxItems:"2000" example:"[[\"trainers\",\"sneakers\"]]" doc:"Of 2 to 30 words or phrases each."`
}

func synonymsView(groups [][]string) Synonyms {
	return Synonyms{all(groups, func(words []string) []string { return append([]string{}, words...) })}
}

func (a *API) getSynonyms(ctx context.Context, c *call, _ *ShopPath) (*shown[Synonyms], error) {
	groups, err := a.Catalog.Synonyms(ctx, c.shop.ID)
	view := synonymsView(groups)
	return &shown[Synonyms]{ETag: etagOf(view), Body: view}, err
}

type setSynonyms struct {
	ShopPath
	Matching
	Body Synonyms
}

func (a *API) setSynonyms(ctx context.Context, c *call, in *setSynonyms) (*shown[Synonyms], []deed, error) {
	// Holding the shop has whoever sets them too wait.
	if _, _, err := a.Catalog.EditMerchant(ctx, c.shop.ID, func(*catalog.Merchant) error { return nil }); err != nil {
		return nil, nil, err
	}
	was, err := a.Catalog.Synonyms(ctx, c.shop.ID)
	if err != nil {
		return nil, nil, err
	}
	before := synonymsView(was)
	if err := in.check(c, etagOf(before)); err != nil {
		return nil, nil, err
	}
	if err := a.Catalog.SetSynonyms(ctx, c.shop.ID, in.Body.Groups); err != nil {
		return nil, nil, err
	}
	is, err := a.Catalog.Synonyms(ctx, c.shop.ID)
	after := synonymsView(is)
	return &shown[Synonyms]{ETag: etagOf(after), Body: after}, []deed{{subject: merchantView(c.shop).subject(), was: before, became: after}}, err
}
