package payments_test

import (
	"fmt"
	"testing"
	"time"

	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
)

func (s *shop) queue() []payments.Review {
	s.t.Helper()
	all, err := s.Reviews(s.t.Context(), s.orders.Merchant, true, 0, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func (s *shop) resolve(r payments.Review, action payments.Action) {
	s.t.Helper()
	if err := s.Resolve(s.t.Context(), s.orders.Merchant, r.ID, action, "ann", "talked to the buyer"); err != nil {
		s.t.Fatalf("%s: %v", action, err)
	}
	if err := s.work(); err != nil {
		s.t.Fatal(err)
	}
}

// strays are the ways in which money comes that no order takes.
var strays = map[string]func(s *shop) payments.Payment{
	"paid after it was cancelled": func(s *shop) payments.Payment {
		p := s.opened(theOrder)
		s.orders.Cancel(s.t, theOrder)
		s.hear(s.bank.say(p, payments.Settled, "ch_1"))
		return p
	},
	"too much": func(s *shop) payments.Payment {
		p := s.opened(theOrder)
		n := s.bank.say(p, payments.Settled, "ch_1")
		n.Amount.Minor++
		s.hear(n)
		return p
	},
	"euros": func(s *shop) payments.Payment {
		p := s.opened(theOrder)
		n := s.bank.say(p, payments.Settled, "ch_1")
		n.Amount.Currency = "EUR"
		s.hear(n)
		return p
	},
	"paid twice": func(s *shop) payments.Payment {
		p := s.paid(theOrder)
		s.hear(s.bank.say(p, payments.Settled, "ch_again"))
		return p
	},
}

var suggestions = map[string]string{
	payments.OrderRefused: "[refund attach write_off note]", payments.SecondCapture: "[refund attach write_off note]",
	payments.WrongAmount: "[attach refund write_off note]", payments.WrongCurrency: "[attach refund write_off note]",
}

func TestMoneyThatNoOrderTookGoesBackWhenAPersonSaysSo(t *testing.T) {
	for name, stray := range strays {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				s := open(t, d)
				s.bank.rich = true
				p := stray(s)
				all := s.queue()
				if len(all) != 1 || fmt.Sprint(all[0].Suggested()) != suggestions[all[0].Reason] {
					t.Fatalf("queued are %+v", all)
				}
				s.resolve(all[0], payments.GiveBack)
				back, err := s.RefundsOf(t.Context(), p.Merchant, theOrder)
				if err != nil || len(back) != 1 || back[0].Status != payments.RefundDone || back[0].Amount != all[0].Amount || s.orders.Refunded(t, theOrder) != 0 {
					t.Errorf("given back is %+v, %v", back, err)
				}
				if s.balances(p)["unmatched"] != 0 || len(s.queue()) != 0 {
					t.Errorf("the books say %v", s.balances(p))
				}
				err = s.Resolve(t.Context(), p.Merchant, all[0].ID, payments.GiveBack, "bob", "again")
				if keyOf(err) != "conflict payment.review_closed" {
					t.Errorf("again: %v", err)
				}
				s.sound()
			})
		})
	}
}

func TestMoneyThatNobodyWillClaimIsWrittenOff(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := strays["too much"](s)
		if err := s.Resolve(t.Context(), p.Merchant, s.queue()[0].ID, "wish", "ann", "?"); keyOf(err) != "invalid payment.review_action" || len(s.queue()) != 1 {
			t.Errorf("a wish: %v", err)
		}
		s.resolve(s.queue()[0], payments.WriteOff)
		if got := fmt.Sprint(s.balances(p)); got != "map[clearing:bank:5000 unmatched:0 written_off:-5000]" || len(s.queue()) != 0 {
			t.Errorf("the books say %s", got)
		}
		s.sound()
	})
}

func TestARefundThatCameBackIsTriedAgainOrWrittenOff(t *testing.T) {
	for action, want := range map[payments.Action]string{
		payments.GiveBack: "map[clearing:bank:1999 owed:0 receivable:-4999 refunds:bank:3000]",
		payments.WriteOff: "map[clearing:bank:4999 owed:0 receivable:-4999 refunds:bank:3000 written_off:-3000]",
	} {
		t.Run(string(action), func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				s := open(t, d)
				p := s.paid(theOrder)
				r := s.given(s.ask(3000, "one"))
				delete(s.bank.gave, r.Key)
				s.hear(s.bank.sayRefund(p, r, payments.RefundFailed))
				s.resolve(s.queue()[0], action)
				if got := fmt.Sprint(s.balances(p)); got != want {
					t.Errorf("the books say %s, want %s", got, want)
				}
				s.sound()
			})
		})
	}
}

func TestStrandedMoneyGoesBackByItselfWhenTheMerchantWantsThat(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		rules := payments.Rules{TwoStep: true, Stranded: 48 * time.Hour}
		if err := s.SetRules(t.Context(), s.orders.Merchant, rules); err != nil {
			t.Fatal(err)
		}
		if got, err := s.RulesOf(t.Context(), s.orders.Merchant); err != nil || got != rules {
			t.Errorf("%+v, %v", got, err)
		}
		p := strays["paid after it was cancelled"](s)
		var due int64
		if err := d.On(t.Context()).Raw("select run_at from jobs where kind = 'payments.stranded'").Scan(&due).Error; err != nil || due != s.clock.Add(48*time.Hour).UnixMicro() {
			t.Errorf("it is due at %d, %v", due, err)
		}
		for range 2 { // the item first, and then its refund
			if err := s.work(); err != nil {
				t.Fatal(err)
			}
		}
		back, err := s.RefundsOf(t.Context(), p.Merchant, theOrder)
		if err != nil || len(back) != 1 || back[0].Status != payments.RefundDone || back[0].ExecutedBy != payments.ByTime || len(s.queue()) != 0 {
			t.Errorf("%+v, %v", back, err)
		}
		s.sound()
	})
}

func TestAnItemThatAPersonDealtWithIsLeftAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		if err := s.SetRules(t.Context(), s.orders.Merchant, payments.Rules{Stranded: time.Hour}); err != nil {
			t.Fatal(err)
		}
		p := strays["too much"](s)
		if err := s.CloseReview(t.Context(), p.Merchant, s.queue()[0].ID, "ann", "paid back in cash"); err != nil {
			t.Fatal(err)
		}
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		if back, err := s.RefundsOf(t.Context(), p.Merchant, theOrder); err != nil || len(back) != 0 {
			t.Errorf("%+v, %v", back, err)
		}
		s.sound()
	})
}
