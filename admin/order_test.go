package admin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parley/admin"
	"parley/orders"
	"parley/payments"
)

func TestAnOrderIsPaidByHandShippedAndCompleted(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		maria := h.hires("maria", admin.Owner)
		order := h.places(h.meadow, h.asks(h.meadow, "Mila", "Hello?").Contact, "trail-boot", "Mila Brandt", 2)
		p := h.as("maria")
		path := fmt.Sprintf("/admin/shops/meadow/orders/%d", order.ID)
		p.wantPage(p.get("/admin/shops/meadow/orders?q=brandt"), http.StatusOK, order.Number)
		p.wantPage(p.get("/admin/shops/meadow/orders?q=nobody"), http.StatusOK, "Nothing found")
		p.wantPage(p.get("/admin/shops/meadow/orders?state=shipped"), http.StatusOK, "No orders here")
		p.wantPage(p.get(path), http.StatusOK, "Trail Boot", "2 × $129.00", `value="`+order.Totals.Total.Major()+`"`)

		wrong := p.post(path+"/confirm", "way", "transfer", "amount", "12 boots")
		p.wantPage(wrong, http.StatusUnprocessableEntity, `id="amount-wrong"`, "“12 boots” is not an amount", `value="12 boots"`)
		p.wantPage(p.post(path+"/confirm", "way", "transfer", "amount", "0"), http.StatusUnprocessableEntity, `id="amount-wrong"`)
		p.wantPage(p.post(path+"/confirm", "way", "sandbox", "amount", order.Totals.Total.Major()), http.StatusUnprocessableEntity)
		p.wantPage(p.post(path+"/complete"), http.StatusConflict)
		if deeds := h.deeds()[1:]; len(deeds) != 0 {
			t.Errorf("what was refused is in the audit trail: %q", deeds)
		}

		for range 2 { // the same form twice
			p.wantPage(p.post(path+"/confirm", "way", "transfer", "amount", order.Totals.Total.Major(), "once", "c"), http.StatusSeeOther)
		}
		p.wantPage(p.post(path+"/ship", "tracking", strings.Repeat("x", 201)), http.StatusUnprocessableEntity, `id="tracking-wrong"`)
		p.wantPage(p.post(path+"/ship", "tracking", "PX 1 <b>"), http.StatusSeeOther)
		p.wantPage(p.post(path+"/ship", "tracking", "again"), http.StatusConflict, "PX 1 &lt;b&gt;")
		p.wantPage(p.post(path+"/complete"), http.StatusSeeOther)
		p.wantPage(p.get(path), http.StatusOK, "Completed", "Bank transfer", `<strong>Paid</strong> <span class="soft">by Maria`)

		found, err := h.orders.Find(t.Context(), h.meadow.ID, order.ID)
		h.check(err)
		if found.State != orders.Completed || found.Paid != order.Totals.Total {
			t.Errorf("it is %s, %v was paid", found.State, found.Paid)
		}
		about := fmt.Sprintf("order:%d", order.ID)
		want := []string{
			maria.ID.Who() + " order.confirmed " + about + " transfer " + order.Totals.Total.Major(),
			maria.ID.Who() + " order.shipped " + about + " PX 1 <b>", maria.ID.Who() + " order.completed " + about + " ",
		}
		if deeds := h.deeds()[1:]; strings.Join(deeds, "\n") != strings.Join(want, "\n") {
			t.Errorf("audit %q, want %q", deeds, want)
		}
		var shipped string
		h.check(h.db.On(t.Context()).Raw("select was || ' ' || became from audit where what = 'order.shipped'").Scan(&shipped).Error)
		total := order.Totals.Total.String()
		if want := fmt.Sprintf(`{"received":"%s","state":"paid","tracking":""} {"received":"%s","state":"shipped","tracking":"PX 1 \u003cb\u003e"}`, total, total); shipped != want {
			t.Errorf("before and after: %s, want %s", shipped, want)
		}
	})
}

func TestAnOrderIsCancelledWithItsReason(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.hires("anna", admin.Operator)
		order := h.places(h.meadow, h.asks(h.meadow, "Mila", "Hello?").Contact, "trail-boot", "Mila", 1)
		p := h.as("anna")
		path := fmt.Sprintf("/admin/shops/meadow/orders/%d", order.ID)
		p.wantPage(p.post(path+"/cancel", "note", strings.Repeat("x", 1001)), http.StatusUnprocessableEntity, `id="note-wrong"`)
		p.wantPage(p.post(path+"/cancel", "note", "Out of boxes."), http.StatusSeeOther)
		p.wantPage(p.get(path), http.StatusOK, "Cancelled", "Out of boxes.", "by Anna")
	})
}

func TestAPaymentThatDoesNotFitIsClosedWithANote(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.hires("fred", admin.Finance)
		ours, nobodys := h.stray(payments.MerchantID(h.meadow.ID)), h.stray(0)
		p := h.as("fred")
		p.wantPage(p.get("/admin/shops/meadow/reviews"), http.StatusOK, "Another amount than was asked for", "$9.90")
		path := fmt.Sprintf("/admin/shops/meadow/reviews/%d/close", ours)
		p.wantPage(p.post(path, "note", "  "), http.StatusUnprocessableEntity, fmt.Sprintf(`id="note-%d-wrong"`, ours))
		p.wantPage(p.post(path, "note", "Sent back."), http.StatusSeeOther)
		p.wantPage(p.post(path, "note", "Sent back."), http.StatusConflict)
		p.wantPage(p.get("/admin/shops/meadow/reviews"), http.StatusOK, "All money fits")
		p.wantPage(p.get("/admin/shops/meadow/reviews?closed=1"), http.StatusOK, "Sent back.", "by Fred")
		p.wantPage(p.get("/admin/unclaimed"), http.StatusOK, "$9.90")
		p.wantPage(p.post(fmt.Sprintf("/admin/unclaimed/%d/close", nobodys), "note", "Written off."), http.StatusSeeOther)
	})
}

func TestOrdersAreTurnedPageByPage(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.hires("anna", admin.Operator)
		talk := h.asks(h.meadow, "Mila", "Hello?")
		first := h.places(h.meadow, talk.Contact, "trail-boot", "Mila", 1)
		h.check(h.db.On(t.Context()).Exec(`insert into orders (merchant_id, buyer_id, key, state, stock, currency, goods, discount, shipping, tax, total, placed_at)
			select o.merchant_id, o.buyer_id, 'copy ' || cast(o.id as text) || ' ' || cast(v.id as text), 'cancelled', 'let_go', 'USD', 0, 0, 0, 0, 0, o.placed_at
			from orders o, variants v where o.id = ? order by v.id limit 25`, int64(first.ID)).Error)
		p := h.as("anna")
		one, two := p.get("/admin/shops/meadow/orders").body, p.get("/admin/shops/meadow/orders?page=2").body
		if strings.Contains(one, ">"+first.Number+"<") || !strings.Contains(one, `rel="next"`) || strings.Contains(one, `rel="prev"`) {
			t.Error("the first page is not the newest twenty with a way on")
		}
		if !strings.Contains(two, ">"+first.Number+"<") || strings.Contains(two, `rel="next"`) || !strings.Contains(two, `rel="prev"`) {
			t.Error("the second page is not the rest with a way back")
		}
	})
}
