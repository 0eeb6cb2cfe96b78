package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"parley/admin"
	"parley/admin/api"
)

func TestMoneyOfAnOrderGoesBackInTwoStepsByPrograms(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		order := h.paid(h.meadow, h.contact(h.meadow))
		granter, executer, operator := h.as(h.hires("anna", admin.Owner)), h.as(h.hires("fritz", admin.Finance)), h.as(h.hires("olga", admin.Operator))
		at := fmt.Sprintf("/merchants/%d", h.meadow.ID)
		grant := fmt.Sprintf("POST %s/orders/%d/refunds", at, order.ID)
		var made, again api.Refund
		decode(t, granter.with("Idempotency-Key", "r1").ask(grant, is{"minor": 500, "reason": "torn"}).body, &made)
		decode(t, granter.with("Idempotency-Key", "r1").ask(grant, is{"minor": 500, "reason": "torn"}).body, &again)
		if made.ID == 0 || made.ID != again.ID || made.Status != "granted" || made.Amount.Minor != 500 {
			t.Fatalf("granted %+v and %+v", made, again)
		}
		if got := operator.ask(grant, is{"pieces": []any{is{"position": 1, "quantity": 1}}, "reason": "all of it"}); got.status != http.StatusConflict || got.code() != "payment.refund_too_much" {
			t.Errorf("more than is left: %d %s", got.status, got.body)
		}
		step := fmt.Sprintf("POST %s/refunds/%d/", at, made.ID)
		if got := granter.ask(step+"execute", nil); got.status != http.StatusForbidden || got.code() != "payment.refund_same_person" {
			t.Errorf("by the same person: %d %s", got.status, got.body)
		}
		if got := executer.ask(step+"execute", nil); got.status != http.StatusOK || !strings.Contains(got.body, `"status":"sending"`) {
			t.Errorf("executed: %d %s", got.status, got.body)
		}
		if got := executer.ask(step+"withdraw", nil); got.status != http.StatusConflict {
			t.Errorf("too late: %d %s", got.status, got.body)
		}
		var shown api.Order
		decode(t, operator.ask(fmt.Sprintf("GET %s/orders/%d", at, order.ID), nil).body, &shown)
		if len(shown.Refunds) != 1 || shown.Refunds[0].ID != made.ID {
			t.Errorf("the order names %+v", shown.Refunds)
		}
	})
}

func TestAMonthIsReadPageByPageDownloadedAndClosed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		buyer := h.contact(h.meadow)
		for range 3 {
			h.paid(h.meadow, buyer)
		}
		review := h.stray(h.paid(h.meadow, buyer))
		p := h.as(h.hires("fritz", admin.Finance))
		at := fmt.Sprintf("GET /merchants/%d", h.meadow.ID)
		var balances api.Balances
		decode(t, p.ask(at+"/books/balances?month=2026-03", nil).body, &balances)
		sum := int64(0)
		for _, one := range balances.Items {
			sum += one.Closing.Minor
		}
		if len(balances.Items) != 2 || sum != 0 || balances.Items[0].Closing.Minor <= 0 || balances.Items[0].Name != "Held by the processor (bank transfer)" {
			t.Errorf("balances are %+v", balances)
		}
		var revenue api.Revenue
		decode(t, p.ask(at+"/books/revenue?month=2026-03", nil).body, &revenue)
		if len(revenue.Days) != 1 || len(revenue.Channels) != 1 || len(revenue.Ways) != 1 {
			t.Fatalf("the month brought %+v", revenue)
		}
		day, channel, way := revenue.Days[0], revenue.Channels[0], revenue.Ways[0]
		if day.Received != balances.Items[0].Closing || channel.Received != day.Received || way.Received != day.Received {
			t.Errorf("the sides of the month differ: %+v", revenue)
		}
		if day.Day != "2026-03-05" || channel.Channel != "web" || channel.Orders != 4 || way.Way != "transfer" || way.Fees.Minor != 0 {
			t.Errorf("the month brought %+v", revenue)
		}
		if got := p.ask(at+"/books/revenue?month=2026-02", nil); got.status != http.StatusOK || !strings.Contains(got.body, `"days":[]`) {
			t.Errorf("an empty month: %s", got.body)
		}
		seen, cursor := map[int64]bool{}, ""
		for {
			var page api.Page[api.Entry]
			decode(t, p.ask(at+"/books/entries?limit=3&cursor="+cursor, nil).body, &page)
			for _, entry := range page.Items {
				seen[entry.ID] = true
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if len(seen) != 4 {
			t.Errorf("entries %v", seen)
		}
		if got := p.ask(at+"/books/export?month=2026-03&format=csv&kind=journal", nil); got.status != http.StatusOK || strings.Count(got.body, "\n") != 5 {
			t.Errorf("the journal is %d %s", got.status, got.body)
		}
		if got := p.ask(at+"/books/export?month=2026-03&format=pdf", nil); got.status != http.StatusUnprocessableEntity || got.code() != "books.format" {
			t.Errorf("pdf: %d %s", got.status, got.body)
		}

		h.pass(28 * 24 * time.Hour)
		closing := fmt.Sprintf("POST /merchants/%d/books/periods", h.meadow.ID)
		if got := p.ask(closing, is{"month": "2026-03"}); got.status != http.StatusConflict || !strings.Contains(got.body, fmt.Sprintf("review:%d", review)) {
			t.Errorf("with an open item: %d %s", got.status, got.body)
		}
		resolve := fmt.Sprintf("POST /merchants/%d/reviews/%d/resolve", h.meadow.ID, review)
		if got := p.ask(resolve, is{"action": "write_off", "note": "a rounding"}); got.status != http.StatusNoContent {
			t.Errorf("resolved: %d %s", got.status, got.body)
		}
		if got := p.ask(at+"/books/open", nil); got.body != `{"items":[]}`+"\n" && got.body != `{"items":[]}` {
			t.Errorf("open are %s", got.body)
		}
		if got := p.ask(closing, is{"month": "2026-03"}); got.status != http.StatusCreated || !strings.Contains(got.body, `"chain_hash":"`) {
			t.Errorf("closed: %d %s", got.status, got.body)
		}
		if got := p.ask(at+"/books/periods", nil); got.status != http.StatusOK || strings.Count(got.body, `"month":"2026-03"`) != 1 {
			t.Errorf("periods are %d %s", got.status, got.body)
		}
	})
}
