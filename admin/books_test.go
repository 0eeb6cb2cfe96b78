package admin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"parley/admin"
	"parley/payments"
)

func TestAMonthOfTheBooksIsSeenDrilledIntoAndDownloaded(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.hires("fritz", admin.Finance)
		order := h.paysFor(h.meadow, h.asks(h.meadow, "Mila", "Hello?").Contact)
		f := h.as("fritz")
		f.wantPage(f.get("/admin/shops/meadow/books"), http.StatusOK, "March 2026", "Orders paid", "Channels", "Web chat", "100.0 %", "Held by the processor (bank transfer)", "The month is not over",
			"month=2026-03&amp;account=clearing%3atransfer&amp;currency=USD")
		f.wantPage(f.get("/admin/shops/meadow/books/entries?month=2026-03&account=clearing:transfer&currency=USD"), http.StatusOK,
			"The buyer paid "+order.Totals.Total.String()+" (bank transfer), and the order took it.", order.Number, "clearing:transfer</code> ← <code>receivable")
		f.wantPage(f.get("/admin/shops/meadow/books?month=2026-02"), http.StatusOK, "Nothing was booked")
		f.wantPage(f.get("/admin/shops/meadow/books?month=tomorrow"), http.StatusNotFound)
		for format, begins := range map[string]string{"csv&kind=journal": "date,time,", "xlsx": "PK", "1c": "1CClientBankExchange", "xero": "*Narration"} {
			got := f.get("/admin/shops/meadow/books/export?month=2026-03&format=" + format)
			if got.status != http.StatusOK || !strings.HasPrefix(got.body, begins) || !strings.Contains(got.header.Get("Content-Disposition"), `filename="parley-meadow-2026-03-`) {
				t.Errorf("%s: status %d, %v, begins %.40q", format, got.status, got.header, got.body)
			}
		}
		f.wantPage(f.get("/admin/shops/meadow/books/export?month=2026-03&format=pdf"), http.StatusUnprocessableEntity, "is no format")
	})
}

func TestAMonthIsClosedWithWhatIsOpenNamed(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		fritz := h.hires("fritz", admin.Finance)
		h.paysFor(h.meadow, h.asks(h.meadow, "Mila", "Hello?").Contact)
		open := h.stray(payments.MerchantID(h.meadow.ID))
		h.pass(28 * 24 * time.Hour)
		f := h.as("fritz")
		const path = "/admin/shops/meadow/books"
		name := fmt.Sprintf("review:%d", open)
		f.wantPage(f.get(path+"?month=2026-03"), http.StatusOK, "Close March 2026", "Close although 1 wait", `value="`+name)
		f.wantPage(f.post(path+"/close", "month", "2026-03", "despite", name), http.StatusConflict, name+" (wrong_amount, 9.90 USD)", `id="close-wrong"`)
		f.wantPage(f.post(path+"/close", "month", "2026-03", "despite", name, "despite_too", "1"), http.StatusUnprocessableEntity)
		f.wantPage(f.post(path+"/close", "month", "2026-03", "despite", name, "despite_too", "1", "note", "the bank is slow"), http.StatusSeeOther)
		f.wantPage(f.get(path+"?month=2026-03"), http.StatusOK, "March 2026 is closed", "by Fritz", "the bank is slow", name)
		f.wantPage(f.post(path+"/close", "month", "2026-03"), http.StatusConflict, "closed already")
		if deeds := h.deeds(); deeds[len(deeds)-1] != fritz.ID.Who()+" books.closed month:2026-03 the bank is slow" {
			t.Errorf("audit %q", deeds)
		}
	})
}

func TestAnItemOfTheQueueIsDealtWithAsItSuggests(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		h.hires("fritz", admin.Finance)
		order := h.paysFor(h.meadow, h.asks(h.meadow, "Mila", "Hello?").Contact)
		id := h.stray(payments.MerchantID(h.meadow.ID))
		h.check(h.db.On(t.Context()).Exec("update payment_reviews set payment_id = (select id from payments where order_id = ?), order_id = ? where id = ?", int64(order.ID), int64(order.ID), id).Error)
		f := h.as("fritz")
		f.wantPage(f.get("/admin/shops/meadow/reviews"), http.StatusOK, "Give the money back", "Write it off", fmt.Sprintf("reviews/%d/resolve", id))
		resolve := fmt.Sprintf("/admin/shops/meadow/reviews/%d/resolve", id)
		f.wantPage(f.post(resolve, "action", "wish", "note", "mine"), http.StatusUnprocessableEntity)
		f.wantPage(f.post(resolve, "action", "attach", "note", "mine", "order", "9999"), http.StatusUnprocessableEntity, "no order with this number", `value="9999"`)
		f.wantPage(f.post(resolve, "action", "attach", "note", "mine", "order", order.Number), http.StatusConflict)
		f.wantPage(f.post(resolve, "action", "write_off", "note", ""), http.StatusUnprocessableEntity, fmt.Sprintf("note-%d-wrong", id))
		f.wantPage(f.post(resolve, "action", "write_off", "note", "a rounding"), http.StatusSeeOther)
		f.wantPage(f.get("/admin/shops/meadow/reviews?closed=1"), http.StatusOK, "write_off: a rounding")
	})
}
