package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"parley/admin"
	"parley/orders"
)

// disputed is a bank that wants the money of an order back.
func (h *house) disputed(order orders.Order) (id int64) {
	h.Helper()
	h.check(h.db.On(h.Context()).Raw(`insert into disputes (merchant_id, payment_id, order_id, gateway, ref, status, reason, amount, currency, live, opened_at, changed_at)
		select merchant_id, id, order_id, gateway, 'dp_1', 'open', 'fraudulent', amount, currency, live, opened_at, opened_at from payments where order_id = ? returning id`,
		int64(order.ID)).Scan(&id).Error)
	return id
}

func TestADisputeIsNotGivenUpWhereTheProcessorTakesThatOnItsOwnPages(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.disputed(h.paid(h.meadow, h.contact(h.meadow)))
		p := h.as(h.hires("fritz", admin.Finance))
		concede := "POST " + h.in(h.meadow, fmt.Sprintf("/disputes/%d/concede", id))
		if got := p.ask(concede, is{"note": "They are right."}); got.status != http.StatusConflict || got.code() != "payment.dispute_elsewhere" {
			t.Errorf("%d %s", got.status, got.body)
		}
		if got := p.ask(concede, is{"note": ""}); got.status != http.StatusUnprocessableEntity {
			t.Errorf("without a note: %d %s", got.status, got.body)
		}
	})
}
