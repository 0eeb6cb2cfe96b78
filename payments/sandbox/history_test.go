package sandbox_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/migrations/dbtest"
	"parley/payments"
	"parley/payments/paymentstest"
)

// history is a shop to which things happen at random: news is lost, late and repeated on its way.
type history struct {
	*shop
	on       *rapid.T
	payments []payments.Payment
	late     []payments.Notice
	asked    int
}

// fine ends the history when something failed that was not refused.
func (h *history) fine(what string, err error) {
	if err != nil && fault.KindOf(err) != fault.Conflict {
		h.on.Fatalf("%s: %v", what, err)
	}
}

func (h *history) payment() payments.Payment {
	p := rapid.SampledFrom(h.payments).Draw(h.on, "payment")
	found, err := h.Find(h.t.Context(), p.Merchant, p.ID)
	h.fine("find", err)
	return found
}

// happens is one thing at the processor, whose news arrives, or is late, or lost until somebody asks.
func (h *history) happens() {
	p := h.payment()
	can, err := h.gateway.Can(h.t.Context(), p.Ref)
	h.fine("can", err)
	news, err := h.gateway.Act(h.t.Context(), p.Ref, rapid.SampledFrom(can).Draw(h.on, "deed"))
	h.fine("act", err)
	for _, n := range news {
		switch rapid.SampledFrom([]string{"heard", "heard", "late", "lost"}).Draw(h.on, "news") {
		case "heard":
			h.fine("hear", h.Hear(h.t.Context(), "sandbox", n))
		case "late":
			h.late = append(h.late, n)
		}
	}
}

func (h *history) hears() {
	if len(h.late) > 0 {
		h.fine("hear late", h.Hear(h.t.Context(), "sandbox", rapid.SampledFrom(h.late).Draw(h.on, "late")))
	}
}

func (h *history) refunds() {
	p := h.payment()
	h.asked++
	_, err := h.GrantRefund(h.t.Context(), payments.RefundAsk{
		Merchant: p.Merchant, Order: p.Order, Amount: money.Of(rapid.Int64Range(1, 3000).Draw(h.on, "refund"), "USD"), Reason: "r",
		Request: fmt.Sprint(h.clock.UnixNano(), h.asked), Who: "ann",
	})
	h.fine("refund", err)
}

func (h *history) resolves() {
	all, err := h.Reviews(h.t.Context(), h.orders.Merchant, true, 0, 200)
	h.fine("queue", err)
	if len(all) == 0 {
		return
	}
	item := rapid.SampledFrom(all).Draw(h.on, "item")
	action := rapid.SampledFrom(item.Suggested()).Draw(h.on, "action")
	if action == payments.AttachTo {
		_, err = h.Attach(h.t.Context(), item.Merchant, item.ID, h.payment().Order, "ann", "n")
	} else {
		err = h.Resolve(h.t.Context(), item.Merchant, item.ID, action, "ann", "n")
	}
	h.fine("resolve", err)
}

func (h *history) contests() {
	all, err := h.Disputes(h.t.Context(), h.orders.Merchant, true, 0, 200)
	h.fine("disputes", err)
	if len(all) > 0 {
		_, err = h.SubmitEvidence(h.t.Context(), h.orders.Merchant, rapid.SampledFrom(all).Draw(h.on, "dispute").ID, "ann", "")
		h.fine("contest", err)
	}
}

func (h *history) paysOut() {
	_, err := h.gateway.PayOut(h.t.Context(), "USD", rapid.Bool().Draw(h.on, "automatic"))
	h.fine("pay out", err)
}

func (h *history) works() {
	h.clock = h.clock.Add(time.Duration(rapid.IntRange(0, 40).Draw(h.on, "minutes")) * time.Minute)
	h.fine("work", paymentstest.Work(h.t, h.orders.DB(), h.Keepers()))
}

// ends hears everything that was lost, does every job, and looks whether every cent is explained.
func (h *history) ends() {
	for range 3 {
		h.fine("work", paymentstest.Work(h.t, h.orders.DB(), h.Keepers()))
		h.fine("catch up", h.CatchUp(h.t.Context()))
	}
	findings, err := h.Verify(h.t.Context())
	h.fine("verify", err)
	for _, found := range findings {
		if found.Count > 0 {
			h.on.Fatalf("%s is broken: %s: %v", found.Invariant, found.Sentence, found.First)
		}
	}
	held := int64(0) // R3: what the processor holds, payouts aside, is what the books say it does
	err = h.gateway.Transactions(h.t.Context(), time.Time{}, func(row payments.Transaction) error {
		if row.Category != "payout" {
			held += row.Net.Minor
		}
		return nil
	})
	h.fine("balance", err)
	balances, err := h.Balances(h.t.Context(), h.orders.Merchant)
	h.fine("balances", err)
	for _, one := range balances {
		if one.Account == payments.Clearing("sandbox") && one.Amount.Minor != held {
			h.on.Fatalf("the books say that the processor holds %s, it holds %s", one.Amount, money.Of(held, "USD"))
		}
	}
}

// atMost has rapid try so many cases, unless more were asked for: each of these lives in a database.
func atMost(t *testing.T, cases string) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	if was := checks.Value.String(); was == checks.DefValue {
		if err := checks.Value.Set(cases); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = checks.Value.Set(was) })
	}
}

func TestWhateverHappensInWhateverOrderEveryCentIsExplained(t *testing.T) {
	atMost(t, "30")
	s := open(t, dbtest.SQLite(t))
	order := payments.OrderID(0)
	rapid.Check(t, func(on *rapid.T) {
		h := &history{shop: s, on: on}
		for range rapid.IntRange(1, 3).Draw(on, "orders") {
			order++
			s.clock = s.clock.Add(time.Minute)
			h.payments = append(h.payments, s.start(order))
		}
		for range rapid.IntRange(1, 14).Draw(on, "steps") {
			step := rapid.SampledFrom([]func(){h.happens, h.happens, h.happens, h.hears, h.refunds, h.works, h.resolves, h.contests, h.paysOut}).Draw(on, "step")
			step()
		}
		h.ends()
	})
}
