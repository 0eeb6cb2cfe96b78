package admin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"parley/admin"
	"parley/migrations/db"
)

func eachHouse(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	stocked.Each(t, func(t *testing.T, d *db.DB) { test(t, openHouse(t, d)) })
}

// wantPage fails the test unless a page was answered that says something.
func (p *person) wantPage(got reply, status int, says ...string) {
	p.Helper()
	if got.status != status {
		p.Errorf("status %d, want %d; it goes to %q and says:\n%s", got.status, status, got.header.Get("Location"), got.body)
	}
	for _, one := range says {
		if !strings.Contains(got.body, one) {
			_, main, _ := strings.Cut(got.body, "<main")
			p.Errorf("the page does not say %q:\n%s", one, main)
		}
	}
}

func TestAnOperatorAnswersABuyerWhoAskedForAPerson(t *testing.T) {
	eachHouse(t, func(t *testing.T, h *house) {
		anna := h.hires("anna", admin.Operator, h.meadow.ID)
		talk := h.asks(h.meadow, "Mila", "Does the boot run small?")
		p := h.as("anna")
		p.wantPage(p.get("/admin/shops/meadow/inbox"), http.StatusOK, "Mila", "Waiting")
		path := fmt.Sprintf("/admin/shops/meadow/inbox/%d", talk.ID)
		p.wantPage(p.get(path), http.StatusOK, "Does the boot run small?", "Mila")

		got := p.post(path+"/reply", "text", "It runs true to size.", "once", "a")
		if got.status != http.StatusSeeOther || got.header.Get("Location") != path+"?done=replied" {
			t.Fatalf("status %d to %s", got.status, got.header.Get("Location"))
		}
		again := p.post(path+"/reply", "text", "It runs true to size.", "once", "a")
		p.wantPage(again, http.StatusSeeOther)
		p.wantPage(p.get(path), http.StatusOK, "It runs true to size.", ">Anna<", "Yours")
		if n := h.count("select count(*) from messages where author = ?", anna.ID.Who()); n != 1 {
			t.Errorf("%d answers left, want one however often the form is sent", n)
		}
		p.wantPage(p.post(path+"/hand-back"), http.StatusSeeOther)
		if waiting := h.waiting(h.meadow); len(waiting) != 0 {
			t.Errorf("%d still wait", len(waiting))
		}
		want := []string{fmt.Sprintf("staff:%d conversation.replied conversation:%d ", anna.ID, talk.ID), fmt.Sprintf("staff:%d conversation.handed_back conversation:%d ", anna.ID, talk.ID)}
		if deeds := h.deeds()[1:]; strings.Join(deeds, "\n") != strings.Join(want, "\n") {
			t.Errorf("audit %q, want %q", deeds, want)
		}
	})
}
