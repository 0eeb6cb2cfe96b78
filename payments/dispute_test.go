package payments_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"testing"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
)

const charge17 = "ch_17" // of theOrder, once it is paid

// disputed is news of a dispute over a charge of a payment; moves are signed sums that left or came back, in order.
func (s *shop) disputed(p payments.Payment, charge string, status payments.DisputeStatus, moves ...int64) payments.Notice {
	said := &payments.DisputeSaid{
		ID: "dp_" + charge, Status: status, Reason: "fraudulent", Amount: p.Amount, Due: s.clock.Add(7 * 24 * time.Hour),
	}
	for i, sum := range moves {
		move := payments.DisputeMove{Transaction: fmt.Sprint("txn_", charge, "_", i), Amount: money.Of(sum, "USD"), Fee: money.Of(0, "USD")}
		if sum < 0 {
			move.Fee.Minor = 1500
		}
		said.Moves = append(said.Moves, move)
	}
	return payments.Notice{
		Event: fmt.Sprint("evt_", status, len(moves), "_", charge), Ref: p.Ref, Payment: p.Key, Key: charge, Live: p.Live, Dispute: said,
	}
}

// theDispute is the only dispute of the order.
func (s *shop) theDispute() payments.Dispute {
	s.t.Helper()
	all, err := s.DisputesOf(s.t.Context(), s.orders.Merchant, theOrder)
	if err != nil || len(all) != 1 {
		s.t.Fatalf("%d disputes, %v", len(all), err)
	}
	return all[0]
}

// without drops accounts in which nothing is left.
func without(balances map[string]int64) map[string]int64 {
	maps.DeleteFunc(balances, func(_ string, sum int64) bool { return sum == 0 })
	return balances
}

// P10.
func TestADisputeTakesTheMoneyOnceAndWinningBringsItBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.paid(theOrder)
		opened := s.disputed(p, charge17, payments.DisputeOpen, -4999)
		s.hear(opened)
		s.hear(opened)
		s.hear(like(opened, "twin", func(*payments.Notice) {}))
		if got := fmt.Sprint(without(s.balances(p))); got != "map[clearing:bank:-1500 disputes:bank:4999 fees:bank:1500 receivable:-4999]" {
			t.Errorf("the books say %s", got)
		}
		if paid, _ := s.orders.Paid(t, theOrder); paid != price.Minor || s.now(p).Status != payments.Settled {
			t.Errorf("the order has %d and the payment is %s", paid, s.now(p).Status)
		}
		open, err := s.Disputes(t.Context(), p.Merchant, true, 0, 10)
		if err != nil || len(open) != 1 || open[0].Due != s.clock.Add(7*24*time.Hour) || len(open[0].Moves) != 1 {
			t.Errorf("%+v, %v", open, err)
		}
		s.refused(s.ask(100, "while it is disputed"), "conflict payment.refund_disputed")
		s.hear(s.disputed(p, charge17, payments.DisputeWon, -4999, 4999))
		s.hear(s.disputed(p, charge17, payments.DisputeReview, -4999))
		if got := fmt.Sprint(without(s.balances(p))); got != "map[clearing:bank:3499 fees:bank:1500 receivable:-4999]" {
			t.Errorf("once it is won the books say %s", got)
		}
		if d := s.theDispute(); d.Status != payments.DisputeWon || d.Closed != s.clock {
			t.Errorf("%+v", d)
		}
		s.given(s.ask(100, "once it is won"))
		s.sound()
	})
}

func TestALostDisputeIsALossUntilItIsTurnedOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.paid(theOrder)
		s.hear(s.disputed(p, charge17, payments.DisputeLost, -4999))
		if got := fmt.Sprint(without(s.balances(p))); got != "map[clearing:bank:-1500 disputes_lost:bank:4999 fees:bank:1500 receivable:-4999]" {
			t.Errorf("the books say %s", got)
		}
		s.refused(s.ask(100, "the buyer has it already"), "conflict payment.refund_disputed")
		s.sound()
		s.hear(s.disputed(p, charge17, payments.DisputeWon, -4999, 4999))
		if got := fmt.Sprint(without(s.balances(p))); got != "map[clearing:bank:3499 fees:bank:1500 receivable:-4999]" {
			t.Errorf("turned over, the books say %s", got)
		}
		s.sound()
	})
}

func TestADisputeThatFitsNothingWaitsForAPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.paid(theOrder)
		s.hear(like(s.disputed(p, charge17, payments.DisputeOpen, -4999), "live", func(n *payments.Notice) { n.Live = true }))
		s.hear(like(s.disputed(p, "ch_strange", payments.DisputeOpen, -4999), "strange", func(n *payments.Notice) { n.Ref, n.Payment = "cs_strange", "" }))
		twice := s.disputed(p, charge17, payments.DisputeOpen, -4999, -4999)
		s.hear(twice)
		if got := fmt.Sprint(s.reasons(p.Merchant), s.reasons(0)); got != "[wrong_mode dispute_twice] [unknown_dispute]" {
			t.Errorf("queued %s", got)
		}
		s.sound()
	})
}

func TestMoneyThatWentBackTwiceIsSeen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.paid(theOrder)
		s.given(s.ask(3000, "one"))
		s.hear(s.disputed(p, charge17, payments.DisputeOpen, -4999))
		queue := s.queue()
		if len(queue) != 1 || queue[0].Reason != payments.GivenTwice || queue[0].Amount != money.Of(3000, "USD") {
			t.Errorf("queued %+v", queue)
		}
		s.sound()
	})
}

// contesting is a bank that takes evidence.
type contesting struct {
	*processor
	took map[string]string
	says error
}

func (contesting) Name() string { return "court" }

func (c contesting) Contest(_ context.Context, _ payments.Dispute, e payments.Evidence, key string) error {
	if c.says == nil {
		c.took[key] = e.Text()
	}
	return c.says
}

type storyteller struct{ story payments.Story }

func (s storyteller) Story(context.Context, payments.MerchantID, payments.OrderID) (payments.Story, error) {
	return s.story, nil
}

func TestEvidenceIsPreparedDownloadedAndSubmittedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		court := contesting{newProcessor(), map[string]string{}, nil}
		s.Service = payments.New(d, s.orders, func() time.Time { return s.clock }, "https://shop.example/", s.bank, court)
		s.Stories = storyteller{payments.Story{
			Shop: "Boots", Number: "B-17", State: "shipped", Placed: s.clock, Buyer: payments.Person{Name: "Bob"}, Tracking: "TRACK-1",
			Lines: []payments.DueLine{{Title: "Boots", Quantity: 1, Amount: price}}, Total: price,
			Chat: []payments.Said{{At: s.clock, Who: "buyer", Text: "They fit, thank you!"}},
		}}
		p := s.start(theOrder, "court")
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		p = s.now(p)
		for _, n := range []payments.Notice{court.say(p, payments.Settled, "ch_1"), s.disputed(p, "ch_1", payments.DisputeOpen, -4999)} {
			if err := s.Hear(t.Context(), "court", n); err != nil {
				t.Fatal(err)
			}
		}
		id := s.theDispute().ID
		e, err := s.Evidence(t.Context(), p.Merchant, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"dp_ch_1", "49.99 USD", "fraudulent", "TRACK-1", "They fit, thank you!", "1 × Boots", "Bob"} {
			if !strings.Contains(e.Text(), want) {
				t.Errorf("the evidence lacks %q:\n%s", want, e.Text())
			}
		}
		if names := unzipped(t, e); fmt.Sprint(names) != "[evidence.txt conversation.txt]" {
			t.Errorf("the archive has %v", names)
		}
		for range 2 {
			if _, err := s.SubmitEvidence(t.Context(), p.Merchant, id, "ann", "They wrote that it fits."); err != nil {
				t.Fatal(err)
			}
			if err := s.work(); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.theDispute(); got.Evidence.State != payments.EvidenceSent || len(court.took) != 1 || !strings.Contains(court.took[got.Evidence.Key], "They wrote that it fits.") {
			t.Errorf("%+v took %v", got.Evidence, court.took)
		}
		if _, err := s.SubmitEvidence(t.Context(), p.Merchant+1, id, "ann", ""); keyOf(err) != "missing payment.dispute_missing" {
			t.Errorf("a stranger: %v", err)
		}
		s.sound()
	})
}

func unzipped(t *testing.T, e payments.Evidence) (names []string) {
	t.Helper()
	var packed bytes.Buffer
	if err := e.Zip(&packed); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range archive.File {
		opened, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(opened); err != nil || len(text) == 0 {
			t.Errorf("%s has %d bytes, %v", file.Name, len(text), err)
		}
		names = append(names, file.Name)
	}
	return names
}

func TestEvidenceThatTheProcessorRefusesCanBeSubmittedAgainUntilItIsTooLate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.paid(theOrder)
		s.hear(s.disputed(p, charge17, payments.DisputeOpen, -4999))
		id := s.theDispute().ID
		if _, err := s.SubmitEvidence(t.Context(), p.Merchant, id, "ann", ""); keyOf(err) != "conflict payment.dispute_elsewhere" {
			t.Errorf("a bank that takes none: %v", err)
		}
		court := contesting{s.bank, map[string]string{}, fault.New(fault.Denied, "payment.processor_refused").Because(errors.New("no"))}
		s.Service = payments.New(d, s.orders, func() time.Time { return s.clock }, "https://shop.example/", named{court})
		for range 2 {
			if _, err := s.SubmitEvidence(t.Context(), p.Merchant, id, "ann", ""); err != nil {
				t.Fatal(err)
			}
			if err := s.work(); err != nil {
				t.Fatal(err)
			}
			if got := s.theDispute().Evidence; got.State != payments.EvidenceRefused || got.Why != "payment.processor_refused" {
				t.Errorf("%+v", got)
			}
		}
		s.clock = s.theDispute().Due
		if _, err := s.SubmitEvidence(t.Context(), p.Merchant, id, "ann", ""); keyOf(err) != "conflict payment.dispute_over" {
			t.Errorf("too late: %v", err)
		}
	})
}

// named is a court that goes by the bank's name.
type named struct{ contesting }

func (named) Name() string { return "bank" }
