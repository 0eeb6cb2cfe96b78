package admin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parley/admin"
	"parley/catalog"
	"parley/catalog/money"
	"parley/dialogs"
	"parley/orders"
	"parley/payments"
)

// paysFor is an order of two pairs of boots whose money came by transfer.
func (h *house) paysFor(shop catalog.Merchant, buyer dialogs.ContactID) orders.Order {
	h.Helper()
	order := h.places(shop, buyer, "trail-boot", "Mila Brandt", 2)
	_, err := h.payments.Confirm(h.Context(), payments.Receipt{
		Merchant: payments.MerchantID(shop.ID), Order: payments.OrderID(order.ID), Gateway: "transfer", Amount: order.Totals.Total, Request: "all of it", Who: "staff:0",
	})
	h.check(err)
	return order
}

// owes is a refund that somebody has granted.
func (h *house) owes(order orders.Order, minor int64) payments.Refund {
	h.Helper()
	h.said++
	r, err := h.payments.GrantRefund(h.Context(), payments.RefundAsk{
		Merchant: payments.MerchantID(order.Merchant), Order: payments.OrderID(order.ID), Amount: money.Of(minor, order.Totals.Total.Currency),
		Reason: "torn", Request: fmt.Sprint("test", h.said), Who: "staff:0",
	})
	h.check(err)
	return r
}

func TestMoneyGoesBackByPiecesInTwoSteps(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		olga, fritz := h.hires("olga", admin.Operator), h.hires("fritz", admin.Finance)
		order := h.paysFor(h.meadow, h.asks(h.meadow, "Mila", "Hello?").Contact)
		path, m := fmt.Sprintf("/admin/shops/meadow/orders/%d", order.ID), payments.MerchantID(h.meadow.ID)
		p, f := h.as("olga"), h.as("fritz")
		if page := p.get(path); strings.Contains(page.body, "Give money back") {
			t.Error("an operator is offered to send money back alone")
		}
		p.wantPage(p.post(path+"/refund", "amount", "1.00", "reason", "torn"), http.StatusForbidden)
		h.check(h.payments.SetRules(t.Context(), m, payments.Rules{TwoStep: true}))

		p.wantPage(p.get(path), http.StatusOK, "Give money back", "Somebody else executes it")
		p.wantPage(p.post(path+"/refund", "amount", "9000.00", "reason", "torn"), http.StatusConflict, "can be given back", `value="9000.00"`)
		p.wantPage(p.post(path+"/refund", "amount", "", "reason", "torn"), http.StatusUnprocessableEntity, `id="refund-wrong"`)
		for range 2 { // the same form twice
			p.wantPage(p.post(path+"/refund", "line-1", "1", "amount", "", "reason", "torn sole", "once", "r"), http.StatusSeeOther)
		}
		f.wantPage(f.get("/admin/shops/meadow/refunds"), http.StatusOK, "torn sole", "1 × line 1", "Send $129.00 back", "by Olga")
		granted, err := h.payments.RefundsOf(t.Context(), m, payments.OrderID(order.ID))
		h.check(err)
		if len(granted) != 1 || granted[0].Status != payments.RefundGranted {
			t.Fatalf("granted are %+v", granted)
		}
		f.wantPage(f.post(fmt.Sprintf("/admin/shops/meadow/refunds/%d/execute", granted[0].ID)), http.StatusSeeOther)
		f.wantPage(f.post(fmt.Sprintf("/admin/shops/meadow/refunds/%d/withdraw", granted[0].ID)), http.StatusConflict, "it is over already")
		f.wantPage(f.get(path), http.StatusOK, "torn sole", "being sent", "In the books", "The buyer paid")
		want := []string{
			olga.ID.Who() + fmt.Sprintf(" order.granted order:%d torn sole", order.ID),
			fritz.ID.Who() + fmt.Sprintf(" refund.executed refund:%d ", granted[0].ID),
		}
		if deeds := h.deeds()[2:]; strings.Join(deeds, "\n") != strings.Join(want, "\n") {
			t.Errorf("audit %q, want %q", deeds, want)
		}
	})
}

func TestWhoGrantedARefundDoesNotExecuteIt(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.hires("fritz", admin.Finance)
		order := h.paysFor(h.meadow, h.asks(h.meadow, "Mila", "Hello?").Contact)
		h.check(h.payments.SetRules(t.Context(), payments.MerchantID(h.meadow.ID), payments.Rules{TwoStep: true}))
		f := h.as("fritz")
		f.wantPage(f.post(fmt.Sprintf("/admin/shops/meadow/orders/%d/refund", order.ID), "amount", "5.00", "reason", "late"), http.StatusSeeOther)
		f.wantPage(f.get("/admin/shops/meadow/refunds"), http.StatusOK, "You agreed to it")
		all, err := h.payments.RefundsOf(t.Context(), payments.MerchantID(h.meadow.ID), payments.OrderID(order.ID))
		h.check(err)
		f.wantPage(f.post(fmt.Sprintf("/admin/shops/meadow/refunds/%d/execute", all[0].ID)), http.StatusForbidden, "Somebody else")
		f.wantPage(f.post(fmt.Sprintf("/admin/shops/meadow/refunds/%d/withdraw", all[0].ID)), http.StatusSeeOther)
		f.wantPage(f.get("/admin/shops/meadow/refunds?state=withdrawn"), http.StatusOK, "late", "taken back")
	})
}

// disputes is a bank that wants the money of an order back.
func (h *house) disputes(order orders.Order) (id int64) {
	h.Helper()
	h.check(h.db.On(h.Context()).Raw(`insert into disputes (merchant_id, payment_id, order_id, gateway, ref, status, reason, amount, currency, live, opened_at, changed_at, due_at)
		select merchant_id, id, order_id, gateway, 'dp_1', 'open', 'fraudulent', amount, currency, live, opened_at, opened_at, '2026-03-12 12:00:00+00:00' from payments where order_id = ? returning id`,
		int64(order.ID)).Scan(&id).Error)
	return id
}

// differs is something that the processor says and the books do not.
func (h *house) differs(order orders.Order) (id int64) {
	h.Helper()
	h.check(h.db.On(h.Context()).Raw(`insert into settlement_items (merchant_id, gateway, class, subject, amount, currency, order_id, detail, since, opened_at)
		values (?, '', 'bank_only', 'line:7', 1234, 'USD', ?, 'a line of the bank', ?, ?) returning id`, int64(order.Merchant), int64(order.ID), h.now(), h.now()).Scan(&id).Error)
	return id
}

func TestDisputesDifferencesAndPayoutsAreShown(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.hires("fritz", admin.Finance)
		order := h.paysFor(h.meadow, h.asks(h.meadow, "Mila", "Hello?").Contact)
		dispute, item := h.disputes(order), h.differs(order)
		f := h.as("fritz")
		f.wantPage(f.get("/admin/shops/meadow/disputes"), http.StatusOK, "fraudulent", "evidence is awaited", "Evidence by", "Send the evidence")
		f.wantPage(f.post(fmt.Sprintf("/admin/shops/meadow/disputes/%d/evidence", dispute), "note", "It was delivered."), http.StatusConflict, "dispute-wrong")
		if got := f.get(fmt.Sprintf("/admin/shops/meadow/disputes/%d/evidence", dispute)); got.status != http.StatusOK || !strings.Contains(got.body, "EVIDENCE IN DISPUTE dp_1") {
			t.Errorf("the evidence is %d %.200s", got.status, got.body)
		}
		f.wantPage(f.get("/admin/shops/meadow/differences"), http.StatusOK, "At the bank, and no payout", "$12.34", "a line of the bank", "It needs nothing")
		f.wantPage(f.get("/admin/shops/meadow/payouts"), http.StatusOK, "No payouts yet")
		decide := fmt.Sprintf("/admin/shops/meadow/differences/%d/decide", item)
		f.wantPage(f.post(decide, "action", "dismiss", "note", ""), http.StatusUnprocessableEntity, `id="difference-wrong"`)
	})
}
