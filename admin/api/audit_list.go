package api

import (
	"context"
	"encoding/json"
	"maps"
	"time"

	"parley/admin"
	"parley/catalog"
)

// Deed is something that was done to a shop.
type Deed struct {
	ID       int64          `json:"id"`
	Merchant int64          `json:"merchant" doc:"0: about no shop."`
	At       time.Time      `json:"at"`
	Who      string         `json:"who" example:"staff:1" doc:"staff:1, token:7, or console."`
	What     string         `json:"what" example:"change-product" doc:"The id of the operation, or what was done on the pages."`
	Subject  string         `json:"subject" example:"product:12"`
	Note     string         `json:"note"`
	Before   map[string]any `json:"before,omitempty" doc:"The fields that changed, as they were."`
	After    map[string]any `json:"after,omitempty" doc:"And as they became."`
}

func deedView(d admin.Deed) Deed {
	return Deed{
		ID: d.ID, Merchant: int64(d.Merchant), At: d.At, Who: d.Who, What: d.What, Subject: d.Subject, Note: d.Note,
		Before: changed(d.Was), After: changed(d.Became),
	}
}

func changed(text string) (named map[string]any) {
	if json.Unmarshal([]byte(text), &named) != nil {
		return nil
	}
	maps.DeleteFunc(named, func(_ string, value any) bool { return value == nil }) // nothing is not there
	return named
}

func (a *API) auditOperations() {
	read(a, op{id: "list-audit", does: "GET /audit", tag: "Audit", roles: owners, scope: "audit:read", summary: "Show who did what",
		about: "Newest first: of the caller's shops, and for owners of all shops also what is about none. Entries are never changed."}, a.listAudit)
}

type listAudit struct {
	Paging
	Merchant int64     `query:"merchant" minimum:"1" doc:"Only of this shop."`
	Who      string    `query:"who" maxLength:"100" example:"staff:1"`
	What     string    `query:"what" maxLength:"100" example:"change-product"`
	Subject  string    `query:"subject" maxLength:"100" example:"product:12"`
	Since    time.Time `query:"since"`
	Until    time.Time `query:"until"`
}

func (in listAudit) filter(c *call) admin.DeedFilter {
	f := admin.DeedFilter{AllShops: c.account.AllShops, Shops: c.account.Shops, Who: in.Who, What: in.What, Subject: in.Subject, Since: in.Since, Until: in.Until}
	if in.Merchant != 0 {
		f.AllShops, f.Shops = false, []catalog.MerchantID{catalog.MerchantID(in.Merchant)}
	}
	return f
}

func (a *API) listAudit(ctx context.Context, c *call, in *listAudit) (*listed[Deed], error) {
	if in.Merchant != 0 && !c.sees(catalog.MerchantID(in.Merchant)) {
		return &listed[Deed]{Page[Deed]{Items: []Deed{}}}, nil
	}
	f := in.filter(c)
	list := c.listOf(f)
	at, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	f.Before = at.ID
	found, err := a.Accounts.Deeds(ctx, f, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := pageOf(a, list, in.Paging, found, deedView, func(d admin.Deed) place { return place{ID: d.ID} })
	page.Total, err = in.counted(ctx, func(ctx context.Context, most int) (int, error) {
		f.Before = 0
		return a.Accounts.CountDeeds(ctx, f, most)
	})
	return &listed[Deed]{page}, err
}
