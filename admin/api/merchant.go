package api

import (
	"context"
	"fmt"
	"time"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/money"
)

// Merchant is a shop.
type Merchant struct {
	ID        int64    `json:"id" example:"1"`
	Slug      string   `json:"slug" example:"meadow" doc:"In links; unique, and never another."`
	Name      Wording  `json:"name" example:"{\"en\":\"Meadow\"}"`
	About     Wording  `json:"about"`
	Languages []string `json:"languages" example:"[\"en\",\"ru\"]" doc:"The first is the shop's own."`
	Currency  string   `json:"currency" example:"EUR" doc:"ISO 4217. It stays once there are products."`
	State     string   `json:"state" enum:"draft,active,archived" doc:"Buyers see active ones only."`
}

// NewMerchant is what a shop is made of.
type NewMerchant struct {
	Slug      string   `json:"slug" pattern:"^[a-z0-9-]{1,40}$" example:"boots"`
	Name      Wording  `json:"name" minProperties:"1" example:"{\"en\":\"Boots & Co\"}"`
	About     Wording  `json:"about,omitempty"`
	Languages []string `json:"languages" minItems:"1" maxItems:"50" example:"[\"en\"]"`
	Currency  string   `json:"currency" pattern:"^[A-Z]{3}$" example:"EUR"`
	TimeZone  string   `json:"time_zone,omitempty" maxLength:"64" example:"Europe/Berlin" doc:"IANA; UTC unless set."`
	State     string   `json:"state,omitempty" enum:"draft,active" doc:"active unless set."`
}

// MerchantChange is what changes of a shop; what is not there stays.
type MerchantChange struct {
	Name      Wording   `json:"name,omitempty" minProperties:"1" doc:"All of its wordings."`
	About     *Wording  `json:"about,omitempty"`
	Languages *[]string `json:"languages,omitempty" minItems:"1" maxItems:"50"`
	Currency  *string   `json:"currency,omitempty" pattern:"^[A-Z]{3}$"`
	State     *string   `json:"state,omitempty" enum:"draft,active,archived"`
}

// Settings is how a shop works.
type Settings struct {
	TimeZone    string     `json:"time_zone" minLength:"1" maxLength:"64" example:"Europe/Berlin" doc:"IANA."`
	HoldMinutes int        `json:"hold_minutes" minimum:"1" maximum:"43200" example:"30" doc:"How long a checkout keeps stock."`
	Phone       string     `json:"phone,omitempty" maxLength:"100"`
	Email       string     `json:"email,omitempty" maxLength:"254"`
	Address     Wording    `json:"address,omitempty"`
	Hours       Wording    `json:"hours,omitempty"`
	Delivery    []Delivery `json:"delivery" maxItems:"100" doc:"In the order in which they are offered."`
}

// Delivery is one way that goods reach the buyer.
type Delivery struct {
	ID       int64   `json:"id,omitempty" minimum:"0" doc:"0: a new one."`
	Kind     string  `json:"kind" enum:"pickup,courier" doc:"A pickup point has an address, a courier asks for one."`
	Name     Wording `json:"name" minProperties:"1" example:"{\"en\":\"Courier\"}"`
	Address  Wording `json:"address,omitempty" doc:"Of a pickup point."`
	Price    *Money  `json:"price,omitempty" doc:"Absent: free."`
	FreeFrom *Money  `json:"free_from,omitempty" doc:"Goods worth this much are delivered free; absent: never."`
}

func merchantView(m catalog.Merchant) Merchant {
	return Merchant{
		ID: int64(m.ID), Slug: m.Slug, Name: wording(m.Name), About: wording(m.About), Languages: append([]string{}, m.Languages...),
		Currency: string(m.Currency), State: string(m.State),
	}
}

func (m Merchant) subject() string { return fmt.Sprintf("merchant:%d", m.ID) }

func settingsView(m catalog.Merchant) Settings {
	return Settings{
		TimeZone: m.TimeZone, HoldMinutes: int(m.HoldFor / time.Minute), Phone: m.Contacts.Phone, Email: m.Contacts.Email,
		Address: Wording(m.Contacts.Address), Hours: Wording(m.Contacts.Hours),
		Delivery: all(m.Delivery, func(d catalog.DeliveryMethod) Delivery {
			return Delivery{int64(d.ID), string(d.Kind), wording(d.Name), Wording(d.Address), optional(d.Price), optional(d.FreeFrom)}
		}),
	}
}

func (a *API) merchantOperations() {
	const one = "/merchants/{merchant}"
	read(a, op{id: "list-merchants", does: "GET /merchants", tag: "Merchants", scope: "merchants:read", summary: "List my shops"}, a.listMerchants)
	write(a, op{id: "create-merchant", does: "POST /merchants", tag: "Merchants", roles: owners, scope: "merchants:write", status: 201, summary: "Open a shop",
		about: "Only for owners of all shops."}, a.createMerchant)
	read(a, op{id: "get-merchant", does: "GET " + one, tag: "Merchants", scope: "merchants:read", summary: "Show a shop"}, a.getMerchant)
	write(a, op{id: "change-merchant", does: "PATCH " + one, tag: "Merchants", roles: owners, scope: "merchants:write", matched: true, summary: "Change a shop"}, a.changeMerchant)
	read(a, op{id: "get-settings", does: "GET " + one + "/settings", tag: "Merchants", scope: "merchants:read", summary: "Show how a shop works"}, a.getSettings)
	write(a, op{id: "set-settings", does: "PUT " + one + "/settings", tag: "Merchants", roles: owners, scope: "merchants:write", matched: true,
		summary: "Set how a shop works", about: "Ways of delivery that are not named are no longer offered."}, a.setSettings)
}

func (a *API) listMerchants(ctx context.Context, c *call, in *struct{ Paging }) (*listed[Merchant], error) {
	list := c.listOf(nil)
	after, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	only := c.account.Shops
	if c.account.AllShops {
		only = nil
	} else if only == nil {
		only = []catalog.MerchantID{}
	}
	found, err := a.Catalog.Shops(ctx, only, catalog.MerchantID(after.ID), in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := pageOf(a, list, in.Paging, found, merchantView, func(m catalog.Merchant) place { return place{ID: int64(m.ID)} })
	page.Total, err = in.counted(ctx, func(ctx context.Context, most int) (int, error) {
		all, err := a.Catalog.Shops(ctx, only, 0, most)
		return len(all), err
	})
	return &listed[Merchant]{page}, err
}

type createMerchant struct{ Body NewMerchant }

func (a *API) createMerchant(ctx context.Context, c *call, in *createMerchant) (*made[Merchant], []deed, error) {
	if !c.account.AllShops {
		return nil, nil, fault.New(fault.Denied, "account.not_permitted")
	}
	saved, err := a.Catalog.AddMerchant(ctx, catalog.Merchant{
		Slug: in.Body.Slug, Name: catalog.Text(in.Body.Name), About: catalog.Text(in.Body.About), Languages: in.Body.Languages,
		Currency: money.Currency(in.Body.Currency), TimeZone: in.Body.TimeZone, State: catalog.State(in.Body.State),
	})
	if err != nil {
		return nil, nil, err
	}
	c.shop = saved
	view := merchantView(saved)
	at := fmt.Sprintf("%s/merchants/%d", Base, view.ID)
	return &made[Merchant]{ETag: etagOf(view), Location: at, Body: view}, []deed{{subject: view.subject(), became: view}}, nil
}

func (a *API) getMerchant(_ context.Context, c *call, _ *ShopPath) (*shown[Merchant], error) {
	view := merchantView(c.shop)
	return &shown[Merchant]{ETag: etagOf(view), Body: view}, nil
}

type changeMerchant struct {
	ShopPath
	Matching
	Body MerchantChange
}

func (a *API) changeMerchant(ctx context.Context, c *call, in *changeMerchant) (*shown[Merchant], []deed, error) {
	was, is, err := a.Catalog.EditMerchant(ctx, c.shop.ID, func(m *catalog.Merchant) error {
		if err := in.check(c, etagOf(merchantView(*m))); err != nil {
			return err
		}
		in.Body.apply(m)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	before, after := merchantView(was), merchantView(is)
	return &shown[Merchant]{ETag: etagOf(after), Body: after}, []deed{{subject: after.subject(), was: before, became: after}}, nil
}

func (n MerchantChange) apply(m *catalog.Merchant) {
	if n.Name != nil {
		m.Name = catalog.Text(n.Name)
	}
	if n.About != nil {
		m.About = catalog.Text(*n.About)
	}
	set(&m.Languages, n.Languages)
	if n.Currency != nil {
		m.Currency = money.Currency(*n.Currency)
	}
	if n.State != nil {
		m.State = catalog.State(*n.State)
	}
}

func (a *API) getSettings(_ context.Context, c *call, _ *ShopPath) (*shown[Settings], error) {
	view := settingsView(c.shop)
	return &shown[Settings]{ETag: etagOf(view), Body: view}, nil
}

type setSettings struct {
	ShopPath
	Matching
	Body Settings
}

func (a *API) setSettings(ctx context.Context, c *call, in *setSettings) (*shown[Settings], []deed, error) {
	was, is, err := a.Catalog.EditMerchant(ctx, c.shop.ID, func(m *catalog.Merchant) error {
		if err := in.check(c, etagOf(settingsView(*m))); err != nil {
			return err
		}
		return in.Body.apply(m)
	})
	if err != nil {
		return nil, nil, err
	}
	before, after := settingsView(was), settingsView(is)
	return &shown[Settings]{ETag: etagOf(after), Body: after}, []deed{{subject: merchantView(is).subject(), was: before, became: after}}, nil
}

func (s Settings) apply(m *catalog.Merchant) (err error) {
	m.TimeZone, m.HoldFor = s.TimeZone, time.Duration(s.HoldMinutes)*time.Minute
	m.Contacts = catalog.Contacts{Phone: s.Phone, Email: s.Email, Address: catalog.Text(s.Address), Hours: catalog.Text(s.Hours)}
	m.Delivery = nil
	for i, given := range s.Delivery {
		field := fmt.Sprintf("delivery[%d]", i)
		way := catalog.DeliveryMethod{
			ID: catalog.DeliveryID(given.ID), Kind: catalog.DeliveryKind(given.Kind), Name: catalog.Text(given.Name), Address: catalog.Text(given.Address),
		}
		if way.Price, err = amount(given.Price, m.Currency, field+".price"); err != nil {
			return err
		}
		if way.FreeFrom, err = amount(given.FreeFrom, m.Currency, field+".free_from"); err != nil {
			return err
		}
		m.Delivery = append(m.Delivery, way)
	}
	return nil
}
