package payments_test

import (
	"fmt"
	"maps"
	"sync"
	"testing"

	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
)

func TestMoneyIsBookedAndTheOrderPaidAndTheBuyerTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		n := s.bank.say(p, payments.Settled, "ch_1")
		fee := money.Of(175, "USD")
		n.Fee = &fee
		s.hear(n)
		if p = s.now(p); p.Status != payments.Settled || p.Captured != price {
			t.Errorf("the payment is %s with %s", p.Status, p.Captured)
		}
		if paid, times := s.orders.Paid(t, theOrder); paid != price.Minor || times != 1 {
			t.Errorf("the order got %d in %d parts", paid, times)
		}
		want := map[string]int64{"receivable": -4999, "clearing:bank": 4999 - 175, "fees:bank": 175}
		if got := s.balances(p); !maps.Equal(got, want) {
			t.Errorf("the books say %v, want %v", got, want)
		}
		if got := fmt.Sprint(s.told(theOrder)); got != "[ready settled]" {
			t.Errorf("the buyer was told %s", got)
		}
		s.sound()
	})
}

// scene is notices about one payment, made for an order so that no two orders share an id.
type scene func(s *shop, p payments.Payment) []payments.Notice

func like(n payments.Notice, event string, change func(*payments.Notice)) payments.Notice {
	n.Event = event + n.Payment
	change(&n)
	return n
}

var scenes = map[string]scene{
	"a settled one with its twin": func(s *shop, p payments.Payment) []payments.Notice {
		settled := s.bank.say(p, payments.Settled, "ch_"+p.Key)
		return []payments.Notice{
			s.bank.say(p, payments.Working, ""), s.bank.say(p, payments.Failed, ""), s.bank.say(p, payments.Expired, ""),
			settled, like(settled, "twin", func(*payments.Notice) {}),
		}
	},
	"one that nobody paid": func(s *shop, p payments.Payment) []payments.Notice {
		return []payments.Notice{
			s.bank.say(p, payments.Working, ""), s.bank.say(p, payments.Declined, ""), s.bank.say(p, payments.Failed, ""),
			s.bank.say(p, payments.Expired, ""), like(s.bank.say(p, payments.Settled, "no_"+p.Key), "live", func(n *payments.Notice) { n.Live = true }),
		}
	},
	"a delayed one that failed": func(s *shop, p payments.Payment) []payments.Notice {
		return []payments.Notice{s.bank.say(p, payments.Working, ""), s.bank.say(p, payments.Declined, ""), s.bank.say(p, payments.Failed, "")}
	},
	"one that was paid too little": func(s *shop, p payments.Payment) []payments.Notice {
		less := like(s.bank.say(p, payments.Settled, "less_"+p.Key), "less", func(n *payments.Notice) { n.Amount.Minor-- })
		return []payments.Notice{s.bank.say(p, payments.Working, ""), less, like(less, "twin", func(*payments.Notice) {})}
	},
	"one with money that does not fit": func(s *shop, p payments.Payment) []payments.Notice {
		settled := s.bank.say(p, payments.Settled, "ch_"+p.Key)
		return []payments.Notice{
			settled, s.bank.say(p, payments.Working, ""), s.bank.say(p, payments.Failed, ""),
			like(settled, "less", func(n *payments.Notice) { n.Amount.Minor--; n.Key = "less_" + p.Key }),
			like(settled, "euros", func(n *payments.Notice) { n.Amount.Currency = "EUR"; n.Key = "euro_" + p.Key }),
		}
	},
}

// outcome is everything that must not depend on the order of notices.
func (s *shop) outcome(p payments.Payment) string {
	s.t.Helper()
	p = s.now(p)
	paid, times := s.orders.Paid(s.t, p.Order)
	var reasons []string
	err := s.d.On(s.t.Context()).Raw("select reason from payment_reviews where payment_id = ? order by reason", int64(p.ID)).Scan(&reasons).Error
	if err != nil {
		s.t.Fatal(err)
	}
	return fmt.Sprint(p.Status, p.Captured, paid, times, s.balances(p), reasons)
}

func permutations(n int) (all [][]int) {
	if n == 0 {
		return [][]int{nil}
	}
	for _, shorter := range permutations(n - 1) {
		for at := range n {
			longer := append(append(append([]int{}, shorter[:at]...), n-1), shorter[at:]...)
			all = append(all, longer)
		}
	}
	return all
}

// P5, P6.
func TestEveryOrderOfTheSameNoticesEndsAlikeHoweverOftenTheyAreSaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		order := theOrder
		for name, notices := range scenes {
			want := ""
			for _, turn := range permutations(len(notices(s, payments.Payment{}))) {
				order++
				s.orders.Place(t, order, price)
				p := s.start(order, "till")
				said := notices(s, p)
				for _, i := range turn {
					for range 1 + i%2 {
						if err := s.Hear(t.Context(), "till", said[i]); err != nil {
							t.Fatal(err)
						}
					}
				}
				got := s.outcome(p)
				if want == "" {
					want = got
					t.Log(name, "ends as", want)
				}
				if got != want {
					t.Errorf("%s in the order %v ends as\n%s\nand not as\n%s", name, turn, got, want)
				}
			}
		}
		s.sound()
	})
}

func TestAPaymentSettlesOnceWhenWebhooksAndTheReturnPageRace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		n := s.bank.say(p, payments.Settled, "ch_1")
		var racing sync.WaitGroup
		for i := range 12 {
			racing.Add(1)
			go func() {
				defer racing.Done()
				var err error
				if i%3 == 0 {
					_, err = s.Return(t.Context(), p.Key)
				} else {
					err = s.Hear(t.Context(), "bank", like(n, fmt.Sprint("evt_", i%2), func(*payments.Notice) {}))
				}
				if err != nil {
					t.Error(err)
				}
			}()
		}
		racing.Wait()
		if paid, times := s.orders.Paid(t, theOrder); paid != price.Minor || times != 1 {
			t.Errorf("the order got %d in %d parts", paid, times)
		}
		if got := fmt.Sprint(s.told(theOrder), s.reasons(p.Merchant)); got != "[ready settled] []" {
			t.Errorf("told and queued: %s", got)
		}
		s.sound()
	})
}

func TestMoneyThatTheOrderCannotTakeStaysVisible(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		s.orders.Cancel(t, theOrder)
		n := s.bank.say(p, payments.Settled, "ch_1")
		s.hear(n)
		s.hear(like(n, "twin", func(*payments.Notice) {}))
		if p = s.now(p); p.Status != payments.Settled || p.Captured != price {
			t.Errorf("the payment is %s with %s", p.Status, p.Captured)
		}
		if got, want := s.balances(p), map[string]int64{"unmatched": -4999, "clearing:bank": 4999}; !maps.Equal(got, want) {
			t.Errorf("the books say %v, want %v", got, want)
		}
		reviews, err := s.Reviews(t.Context(), p.Merchant, true, 0, 10)
		if err != nil || len(reviews) != 1 {
			t.Fatalf("%v, %v", reviews, err)
		}
		r := reviews[0]
		if r.Reason != payments.OrderRefused || r.Detail != "order.cancelled" || r.Amount != price || r.Payment != p.ID || r.Order != theOrder || r.Subject != "ch_1" {
			t.Errorf("queued as %+v", r)
		}
		if got := fmt.Sprint(s.told(theOrder)); got != "[ready stranded]" {
			t.Errorf("the buyer was told %s", got)
		}
		s.sound()
	})
}

func TestMoneyThatDoesNotFitIsQueuedAndPaysNothing(t *testing.T) {
	rows := map[string]struct {
		change func(*payments.Notice)
		status payments.Status
		told   string
	}{
		payments.WrongAmount:   {func(n *payments.Notice) { n.Amount.Minor = 4998 }, payments.Failed, "[ready stranded]"},
		payments.WrongCurrency: {func(n *payments.Notice) { n.Amount.Currency = "EUR" }, payments.Failed, "[ready stranded]"},
		payments.WrongMode:     {func(n *payments.Notice) { n.Live = true }, payments.Open, "[ready]"},
		payments.WrongAccount:  {func(n *payments.Notice) { n.Account = "acct_other" }, payments.Open, "[ready]"},
		payments.WrongRef:      {func(n *payments.Notice) { n.Ref = "cs_other" }, payments.Open, "[ready]"},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		order := theOrder
		for reason, row := range rows {
			order++
			s.orders.Place(t, order, price)
			p := s.opened(order)
			s.hear(like(s.bank.say(p, payments.Settled, "ch_"+reason), reason, row.change))
			reviews, err := s.Reviews(t.Context(), p.Merchant, true, 0, 200)
			if err != nil || len(reviews) == 0 || reviews[len(reviews)-1].Reason != reason || reviews[len(reviews)-1].Payment != p.ID {
				t.Errorf("%s: queued %+v, %v", reason, reviews, err)
			}
			if paid, _ := s.orders.Paid(t, order); paid != 0 || s.now(p).Status != row.status {
				t.Errorf("%s: the order got %d, the payment is %s", reason, paid, s.now(p).Status)
			}
			if got := fmt.Sprint(s.told(order)); got != row.told {
				t.Errorf("%s: told %s, want %s", reason, got, row.told)
			}
		}
		s.sound()
	})
}

func TestMoneyForNoPaymentOfOursIsKeptForThePlatform(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.hear(payments.Notice{Event: "evt_1", Ref: "cs_strange", Key: "ch_9", News: payments.Settled, Amount: price, Raw: []byte("a\x00b")})
		s.hear(payments.Notice{Event: "evt_2", Ref: "cs_strange", Key: "ch_9", News: payments.Settled, Amount: price})
		s.hear(payments.Notice{Event: "evt_3", Ref: "cs_strange", News: payments.Expired})
		s.hear(payments.Notice{Event: "evt_4"})
		if got := fmt.Sprint(s.reasons(0), s.reasons(s.orders.Merchant)); got != "[unknown_payment] []" {
			t.Errorf("queued %s", got)
		}
		var kept int64
		if err := d.On(t.Context()).Raw("select count(*) from payment_events").Scan(&kept).Error; err != nil || kept != 4 {
			t.Errorf("%d events kept, %v", kept, err)
		}
		s.sound()
	})
}

func TestANoticeThatOvertakesTheProcessorsAnswerFindsItsPayment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.start(theOrder, "bank")
		p.Ref = "cs_" + p.Key
		s.hear(s.bank.say(p, payments.Settled, "ch_1"))
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		if now := s.now(p); now.Status != payments.Settled || now.Ref != p.Ref {
			t.Errorf("the payment is %s as %q", now.Status, now.Ref)
		}
		if got := fmt.Sprint(s.told(theOrder)); got != "[settled]" {
			t.Errorf("the buyer was told %s", got)
		}
		s.sound()
	})
}
