package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"parley/admin"
	"parley/catalog"
	"parley/catalog/money"
	"parley/dialogs/flow"
	"parley/orders"
	"parley/payments"
)

// signedIn is somebody with a browser: a cookie, and what it sends with writes.
func (h *house) signedIn(account admin.Account) *program {
	h.Helper()
	p := (&program{house: h, header: http.Header{}}).with("Sec-Fetch-Site", "same-origin")
	got := p.does(http.StatusCreated, "POST /sessions", is{"login": account.Login, "password": secret})
	var me struct {
		CSRF string `json:"csrf_token"`
	}
	decode(h, got.body, &me)
	cookie, _, _ := strings.Cut(got.header.Get("Set-Cookie"), ";")
	return p.with("Cookie", cookie).with("X-Csrf-Token", me.CSRF)
}

func (h *house) tokenOf(account admin.Account) int64 {
	h.Helper()
	token, _, err := h.accounts.CreateToken(h.Context(), account.ID, admin.NewToken{Name: "theirs", Scopes: admin.Scopes()})
	h.check(err)
	return int64(token.ID)
}

func (h *house) sessionOf(account admin.Account) int64 {
	h.Helper()
	_, err := h.accounts.SignIn(h.Context(), account.ID, "test")
	h.check(err)
	sessions, err := h.accounts.Sessions(h.Context(), account.ID, 0, 1)
	h.check(err)
	return sessions[0].ID
}

// contact is a buyer who has spoken with a shop.
func (h *house) contact(shop catalog.Merchant) int64 {
	h.Helper()
	var id int64
	h.check(h.db.On(h.Context()).Raw("insert into contacts (channel, buyer, name, created_at) values ('web:'||cast(? as text), ?, 'Mila', ?) returning id",
		shop.Slug, fmt.Sprint("b", h.count("select count(*) from contacts")), h.now()).Scan(&id).Error)
	session, err := json.Marshal(flow.Begin())
	h.check(err)
	h.check(h.db.On(h.Context()).Exec("insert into conversations (merchant_id, contact_id, session, updated_at, created_at) values (?, ?, ?, ?, ?)",
		int64(shop.ID), id, string(session), h.now(), h.now()).Error)
	return id
}

// order is one of a shop, to be paid on delivery.
func (h *house) order(shop catalog.Merchant, buyer int64) orders.Order {
	h.Helper()
	var variant int64
	h.check(h.db.On(h.Context()).Raw("select v.id from variants v join products p on p.id = v.product_id where v.merchant_id = ? and v.state = 'active'"+
		" and p.state = 'active' and (not v.tracked or v.on_hand - v.reserved > 3) order by v.id limit 1", int64(shop.ID)).Scan(&variant).Error)
	b := orders.BuyerID(buyer)
	cart, err := h.orders.AddToCart(h.Context(), shop.ID, b, catalog.VariantID(variant), 1)
	h.check(err)
	checkout := orders.Checkout{
		Merchant: shop.ID, Buyer: b, Key: fmt.Sprint("k", h.count("select count(*) from orders")), Contact: orders.Contact{Name: "Mila", Phone: "+49 30 5550100"},
		Language: "en", Later: true, Expect: cart.Totals.Total,
	}
	if cart.Physical() {
		method := shop.Delivery[0]
		checkout.Delivery, checkout.Address = method.ID, "12 Linden Street"
		quote, err := h.orders.Quote(h.Context(), shop.ID, b, method.ID)
		h.check(err)
		checkout.Expect = quote.Totals.Total
	}
	order, err := h.orders.Place(h.Context(), checkout)
	h.check(err)
	return order
}

func (h *house) count(sql string, args ...any) (n int64) {
	h.Helper()
	h.check(h.db.On(h.Context()).Raw(sql, args...).Scan(&n).Error)
	return n
}

// stock is one id of each kind of a shop's things.
func (h *house) stock(shop catalog.Merchant) map[string]int64 {
	h.Helper()
	ids := map[string]int64{}
	for _, kind := range []string{"categories", "products", "variants"} {
		ids[kind] = h.count("select max(id) from "+kind+" where merchant_id = ?", int64(shop.ID))
	}
	ids["contact"] = h.contact(shop)
	ids["conversation"] = h.count("select id from conversations where contact_id = ?", ids["contact"])
	ids["order"] = int64(h.order(shop, ids["contact"]).ID)
	brought, err := h.shops.Upload(h.Context(), shop.ID, catalog.Upload{Name: "x.csv", Who: "test", File: strings.NewReader("Handle,Title,Variant Price\nlamp,Lamp,1\n")})
	h.check(err)
	ids["import"] = int64(brought.ID)
	paid := h.paid(shop, ids["contact"])
	ids["refund"], ids["review"] = h.owes(paid, 100), h.stray(paid)
	ids["dispute"], ids["difference"] = h.disputed(paid), h.differs(paid)
	return ids
}

// paid is an order whose money came by transfer, in a shop that wants two people for a refund.
func (h *house) paid(shop catalog.Merchant, buyer int64) orders.Order {
	h.Helper()
	order, m := h.order(shop, buyer), payments.MerchantID(shop.ID)
	h.check(h.payments.SetRules(h.Context(), m, payments.Rules{TwoStep: true}))
	_, err := h.payments.Confirm(h.Context(), payments.Receipt{
		Merchant: m, Order: payments.OrderID(order.ID), Gateway: "transfer", Amount: order.Totals.Total, Request: "all of it", Who: "staff:0",
	})
	h.check(err)
	return order
}

// owes is a refund that somebody has granted.
func (h *house) owes(order orders.Order, minor int64) int64 {
	h.Helper()
	r, err := h.payments.GrantRefund(h.Context(), payments.RefundAsk{
		Merchant: payments.MerchantID(order.Merchant), Order: payments.OrderID(order.ID), Amount: money.Of(minor, order.Totals.Total.Currency), Reason: "torn",
		Request: fmt.Sprint("test", order.ID, minor), Who: "staff:0",
	})
	h.check(err)
	return int64(r.ID)
}

// stray is money for an order that a person must look at.
func (h *house) stray(order orders.Order) (id int64) {
	h.Helper()
	var event int64
	h.check(h.db.On(h.Context()).Raw("insert into payment_events (merchant_id, gateway, event_id, live, at) values (?, 'bank', ?, true, ?) returning id",
		int64(order.Merchant), fmt.Sprint("e", order.ID), h.now()).Scan(&event).Error)
	h.check(h.db.On(h.Context()).Raw(`insert into payment_reviews (merchant_id, event_id, order_id, payment_id, gateway, reason, subject, amount, currency, opened_at)
		values (?, ?, ?, (select id from payments where order_id = ?), 'transfer', 'wrong_amount', ?, 990, ?, ?) returning id`, int64(order.Merchant), event, int64(order.ID),
		int64(order.ID), fmt.Sprint("s", order.ID), string(order.Totals.Total.Currency), h.now()).Scan(&id).Error)
	return id
}

// disputed is a buyer's bank that wants the money of an order back.
func (h *house) disputed(order orders.Order) int64 {
	h.Helper()
	m := payments.MerchantID(order.Merchant)
	made, err := h.payments.ListByOrder(h.Context(), m, payments.OrderID(order.ID))
	h.check(err)
	h.check(h.payments.Hear(h.Context(), "transfer", payments.Notice{
		Event: fmt.Sprint("dispute", order.ID), Key: made[0].Key, Ref: made[0].Ref, Payment: made[0].Key, Amount: order.Totals.Total, Live: made[0].Live,
		Dispute: &payments.DisputeSaid{ID: fmt.Sprint("dp_", order.ID), Status: payments.DisputeOpen, Reason: "fraudulent", Amount: order.Totals.Total, Due: h.now().Add(72 * time.Hour)},
	}))
	found, err := h.payments.Disputes(h.Context(), m, true, 0, 10)
	h.check(err)
	return int64(found[len(found)-1].ID)
}

// differs is something that a processor says about an order and the books do not.
func (h *house) differs(order orders.Order) (id int64) {
	h.Helper()
	h.check(h.db.On(h.Context()).Raw(`insert into settlement_items (merchant_id, gateway, class, subject, amount, currency, detail, since, opened_at)
		values (?, 'stripe', 'fee_without_charge', ?, 100, ?, 'a fee', ?, ?) returning id`, int64(order.Merchant), fmt.Sprint("txn:txn_", order.ID),
		string(order.Totals.Total.Currency), h.now(), h.now()).Scan(&id).Error)
	return id
}

// state is everything that strangers could have changed.
func (h *house) state() string {
	h.Helper()
	var parts []string
	for _, look := range []string{
		"select coalesce(max(id), 0) from stock_moves", "select count(*) from products where state = 'active'", "select count(*) from variants",
		"select count(*) from categories", "select count(*) from orders where state = 'agreed'", "select coalesce(max(id), 0) from order_events",
		"select count(*) from tokens where revoked_at is null", "select count(*) from sessions where revoked_at is null",
		"select count(*) from accounts where state = 'active'", "select coalesce(max(id), 0) from audit", "select coalesce(sum(weight), 0) from variants",
		"select count(*) from images", "select count(*) from messages", "select count(*) from conversations where owner = 'bot' and note = ''", "select count(*) from contacts where name <> ''",
		"select count(*) from webhook_endpoints where state = 'enabled'", "select count(*) from webhook_messages",
		"select count(*) from refunds where status = 'granted'", "select count(*) from payment_reviews where state = 'open'", "select count(*) from ledger_periods",
	} {
		parts = append(parts, fmt.Sprint(h.count(look)))
	}
	return strings.Join(parts, " ")
}
