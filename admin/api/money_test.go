package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parley/admin"
	"parley/payments"
)

func TestAnOrderIsPaidByHandInPartsByAProgram(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.as(h.hires("olga", admin.Finance, h.meadow.ID), "payments:write")
		order := h.order(h.meadow, h.contact(h.meadow))
		at := fmt.Sprintf("POST /merchants/%d/orders/%d/payments", h.meadow.ID, order.ID)
		total := order.Totals.Total.Minor
		for range 2 { // the same request is one sum
			got := p.with("Idempotency-Key", "first").ask(at, is{"gateway": "transfer", "minor": 100})
			if got.status != http.StatusCreated || !strings.Contains(got.body, fmt.Sprintf(`"left":{"minor":%d`, total-100)) {
				t.Fatalf("%d: %s", got.status, got.body)
			}
		}
		if got := p.ask(at, is{"gateway": "transfer", "minor": 100, "received": 0}); got.status != http.StatusConflict || !strings.Contains(got.body, "payment.received_meanwhile") {
			t.Errorf("by somebody who has not seen the first: %d: %s", got.status, got.body)
		}
		got := p.ask(at, is{"gateway": "cod", "minor": total, "received": 100})
		if got.status != http.StatusCreated || !strings.Contains(got.body, `"surplus":{"minor":100`) || !strings.Contains(got.body, `"left":{"minor":0`) {
			t.Errorf("%d: %s", got.status, got.body)
		}
		queue, err := h.payments.Reviews(t.Context(), payments.MerchantID(h.meadow.ID), true, 0, 10)
		if err != nil || len(queue) != 1 || queue[0].Reason != payments.Surplus {
			t.Errorf("%+v, %v", queue, err)
		}
		trail := h.count("select count(*) from audit where what = 'confirm-payment' and was <> '' and became like '%paid%'")
		if trail != 2 {
			t.Errorf("the audit trail has %d of 2 receipts with what they changed", trail)
		}
	})
}

func TestFinanceDoesByProgramWhatThePagesDo(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		things := h.stock(h.meadow)
		p := h.as(h.hires("olga", admin.Finance), "payments:read")
		w := h.as(h.hires("oleg", admin.Finance), "payments:write")
		shop := fmt.Sprintf("/merchants/%d", h.meadow.ID)
		for asked, want := range map[string]string{
			"GET " + shop + "/disputes": `"status":"open"`, "GET " + shop + fmt.Sprint("/disputes/", things["dispute"]): `"contestable":true`,
			"GET " + shop + fmt.Sprintf("/disputes/%d/evidence", things["dispute"]): "EVIDENCE IN DISPUTE", "GET " + shop + fmt.Sprintf("/disputes/%d/evidence?format=zip", things["dispute"]): "PK",
			"GET " + shop + "/differences?class=fee_without_charge": `"actions":[`, "GET " + shop + fmt.Sprint("/differences/", things["difference"]): `"detail":"a fee"`,
			"GET " + shop + "/payouts": `"items":[]`, "GET " + shop + "/transactions?payout=po_1": `"items":[]`, "GET /unclaimed": `"items":[]`,
			"GET " + shop + fmt.Sprint("/orders/", things["order"]): "",
		} {
			if got := p.ask(asked, nil); want != "" && (got.status != http.StatusOK || !strings.Contains(got.body, want)) {
				t.Errorf("%s: %d: %.300s", asked, got.status, got.body)
			}
		}
		decided := w.ask("POST "+shop+fmt.Sprintf("/differences/%d/decide", things["difference"]), is{"action": "dismiss", "note": "paid by the owner"})
		if decided.status != http.StatusOK || !strings.Contains(decided.body, `"state":"dismissed"`) || !strings.Contains(decided.body, "paid by the owner") {
			t.Errorf("%d: %s", decided.status, decided.body)
		}
		if got := w.ask("POST "+shop+fmt.Sprintf("/disputes/%d/evidence", things["dispute"]), is{"note": "It was delivered."}); got.status != http.StatusConflict || !strings.Contains(got.body, "payment.dispute_elsewhere") {
			t.Errorf("cash has no processor that takes evidence: %d: %s", got.status, got.body)
		}
		const statement = "Date,Amount,Currency,Description\n2026-03-04,12.00,EUR,Rent back\n"
		for _, want := range []string{`"lines":1`, `"lines":0`} {
			if got := w.ask("POST "+shop+"/statements?name=bank.csv", []byte(statement)); got.status != http.StatusCreated || !strings.Contains(got.body, want) {
				t.Errorf("a statement: %d: %s", got.status, got.body)
			}
		}
		long := "Date,Amount,Currency,Description\n" + strings.Repeat("2026-03-04,1.00,EUR,x\n", 200_000) + "2026-13-04,1.00,EUR,x\n"
		if got := w.ask("POST "+shop+"/statements?name=bank.csv", []byte(long)); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "row 200002") {
			t.Errorf("a year's lines are read to the end: %d: %.300s", got.status, got.body)
		}
		if got := w.ask("POST "+shop+"/statements?name=bank.csv", []byte("Date,Amount,Currency,Description\n2026-13-04,12.00,EUR,x\n")); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "row 2") {
			t.Errorf("a broken one: %d: %s", got.status, got.body)
		}
	})
}

func TestNobodysMoneyIsGivenToAnOrderByAProgramOfAllShops(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		order := h.order(h.meadow, h.contact(h.meadow))
		h.check(h.payments.Hear(t.Context(), "transfer", payments.Notice{
			Event: "evt_1", Ref: "cs_strange", Key: "ch_9", News: payments.Settled, Amount: order.Totals.Total, Live: true,
		}))
		stray := h.count("select id from payment_reviews where merchant_id is null")
		at := fmt.Sprintf("POST /unclaimed/%d/resolve", stray)
		body := is{"action": "attach", "order": int64(order.ID), "note": "the buyer said so"}
		if got := h.as(h.hires("anna", admin.Finance, h.meadow.ID), "payments:write").ask(at, body); got.status != http.StatusForbidden {
			t.Errorf("somebody of one shop: %d: %s", got.status, got.body)
		}
		if got := h.as(h.hires("olga", admin.Finance), "payments:write").ask(at, body); got.status != http.StatusNoContent {
			t.Errorf("%d: %s", got.status, got.body)
		}
		if h.count("select count(*) from orders where state = 'paid' and received = total") != 1 {
			t.Error("the order is not paid")
		}
	})
}
