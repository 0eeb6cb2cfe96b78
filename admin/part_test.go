package admin_test

import (
	"fmt"
	"net/http"
	"testing"

	"parley/admin"
	"parley/payments"
)

func TestStaffConfirmAPartAndTheRest(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.hires("fred", admin.Finance)
		order := h.places(h.meadow, h.asks(h.meadow, "Mila", "Hello?").Contact, "trail-boot", "Mila", 1)
		p := h.as("fred")
		at := fmt.Sprintf("/admin/shops/meadow/orders/%d", order.ID)
		total := order.Totals.Total
		p.wantPage(p.post(at+"/confirm", "way", "transfer", "amount", "1", "received", "0"), http.StatusSeeOther)
		p.wantPage(p.get(at), http.StatusOK, "Still to come", "Paid in part")
		p.wantPage(p.post(at+"/confirm", "way", "transfer", "amount", "1", "received", "0"), http.StatusConflict, "Meanwhile the order has received something else")
		p.wantPage(p.post(at+"/confirm", "way", "transfer", "amount", total.Major(), "received", "100"), http.StatusSeeOther)
		p.wantPage(p.get("/admin/shops/meadow/reviews"), http.StatusOK, "More came than was owed")
		if got, err := h.orders.Find(t.Context(), order.Merchant, order.ID); err != nil || got.Paid != total {
			t.Errorf("%v, %v", got.Paid, err)
		}
	})
}

func TestMoneyThatIsNobodysIsGivenToAnOrder(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.hires("fred", admin.Finance)
		order := h.places(h.meadow, h.asks(h.meadow, "Mila", "Hello?").Contact, "trail-boot", "Mila", 1)
		h.check(h.payments.Hear(t.Context(), "transfer", payments.Notice{Event: "evt_1", Ref: "cs_1", Key: "ch_1", News: payments.Settled, Amount: order.Totals.Total, Live: true}))
		queue, err := h.payments.Reviews(t.Context(), 0, true, 0, 1)
		h.check(err)
		p, path := h.as("fred"), fmt.Sprintf("/admin/unclaimed/%d/resolve", queue[0].ID)
		p.wantPage(p.get("/admin/unclaimed"), http.StatusOK, `name="order"`)
		p.wantPage(p.post(path, "action", "attach", "order", "x", "note", "hers"), http.StatusUnprocessableEntity, "no order with this number")
		p.wantPage(p.post(path, "action", "attach", "order", "999999", "note", "hers"), http.StatusUnprocessableEntity, "no order with this number")
		p.wantPage(p.post(path, "action", "attach", "order", order.Number, "note", "hers"), http.StatusSeeOther)
		if got, err := h.orders.Find(t.Context(), order.Merchant, order.ID); err != nil || got.Paid != order.Totals.Total {
			t.Errorf("%v, %v", got.Paid, err)
		}
	})
}
