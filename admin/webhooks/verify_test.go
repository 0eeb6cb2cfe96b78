package webhooks_test

import (
	"strings"
	"testing"

	"parley/catalog/event"
	"parley/migrations/db"
)

// broken is the rules that do not hold.
func (h *house) broken() (names []string) {
	h.t.Helper()
	findings, err := h.Verify(h.t.Context())
	ok(h.t, err)
	for _, f := range db.Broken(findings) {
		names = append(names, f.Invariant)
	}
	return names
}

func TestWhatIsOnItsWayWithoutAJobIsFound(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.endpoint("/in", event.OrderPaid)
		h.happens(h.shop, event.OrderPaid, "five boots")
		h.drain()
		if broken := h.broken(); len(broken) > 0 {
			t.Errorf("on its way: %v", broken)
		}
		ok(t, h.d.On(t.Context()).Exec("update jobs set state = 'dead' where kind = 'webhooks.deliver'").Error)
		if broken := h.broken(); strings.Join(broken, " ") != "H2.jobs" {
			t.Errorf("given up without a word: %v", broken)
		}
		ok(t, h.d.On(t.Context()).Exec("update jobs set state = 'ready' where kind = 'webhooks.deliver'").Error)
		h.work(1)
		if broken := h.broken(); len(broken) > 0 {
			t.Errorf("taken: %v", broken)
		}
		ok(t, h.d.On(t.Context()).Exec("delete from webhook_attempts").Error)
		if broken := h.broken(); strings.Join(broken, " ") != "H3.tries" {
			t.Errorf("taken and never tried: %v", broken)
		}
	})
}
