package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"parley/catalog/fault"
)

// Paging is which part of a list is wanted.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many at most."`
	Cursor string `query:"cursor" maxLength:"600" doc:"Where to go on: next of the answer before, with the same filters."`
	Total  bool   `query:"total" doc:"Count them all, to 10,000."`
}

// Page is a part of a list.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"The cursor of what follows; absent at the end."`
	Total *Total `json:"total,omitempty" doc:"Only when it was asked for."`
}

// Total is how long a list is.
type Total struct {
	Count int  `json:"count" minimum:"0" maximum:"10000" example:"137"`
	Exact bool `json:"exact" doc:"false: there are more than were counted."`
}

// mostCounted is where counting ends, so that it costs the same in a shop of any size.
const mostCounted = 10_000

// place is where a page ended: what the list is sorted by there, and the id.
type place struct {
	Key string `json:"k,omitempty"`
	ID  int64  `json:"i"`
}

// cursor names a place in a list so that nobody can make one up, or use it for another list.
func (a *API) cursor(list string, at place) string {
	text := encode(at)
	return base64.RawURLEncoding.EncodeToString(append(a.mark(list, text), text...))
}

const markSize = 12

func (a *API) mark(list string, text []byte) []byte {
	mac := hmac.New(sha256.New, a.Key)
	fmt.Fprintf(mac, "parley api cursor\x00%s\x00", list)
	mac.Write(text)
	return mac.Sum(nil)[:markSize]
}

// after is the place that a cursor names; the zero place for none. It fails with fault.Invalid for what is no cursor of
// this list.
func (a *API) after(list, cursor string) (at place, err error) {
	if cursor == "" {
		return place{}, nil
	}
	broken := fault.New(fault.Invalid, "request.cursor").With("field", "query.cursor")
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(raw) < markSize || !hmac.Equal(raw[:markSize], a.mark(list, raw[markSize:])) {
		return place{}, broken
	}
	if err := json.Unmarshal(raw[markSize:], &at); err != nil {
		return place{}, broken
	}
	return at, nil
}

// listOf names a list: the operation, the shop and what it is filtered and sorted by.
func (c *call) listOf(filters any) string {
	return fmt.Sprintf("%s %s %d %s", c.op.id, c.account.ID.Who(), c.shop.ID, encode(filters))
}

// pageOf is a page of what was read: one more than the page holds when there is more.
func pageOf[F, T any](a *API, list string, p Paging, found []F, show func(F) T, at func(F) place) Page[T] {
	page := Page[T]{}
	if len(found) > p.Limit {
		found = found[:p.Limit]
		page.Next = a.cursor(list, at(found[p.Limit-1]))
	}
	page.Items = all(found, show)
	return page
}

// counted is how many there are, when that was asked for. count counts to one more than most.
func (p Paging) counted(ctx context.Context, count func(ctx context.Context, most int) (int, error)) (*Total, error) {
	if !p.Total {
		return nil, nil
	}
	n, err := count(ctx, mostCounted+1)
	if err != nil {
		return nil, err
	}
	return &Total{Count: min(n, mostCounted), Exact: n <= mostCounted}, nil
}
