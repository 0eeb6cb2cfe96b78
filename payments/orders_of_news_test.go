package payments_test

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
)

// elsewhere is news of a refund that somebody made at the processor's.
func elsewhere(p payments.Payment, id string, minor int64, news payments.RefundStatus) payments.Notice {
	return payments.Notice{
		Event: fmt.Sprint("evt_", id, news), Ref: p.Ref, Payment: p.Key, Refund: id, RefundNews: news, Amount: money.Of(minor, "USD"), Live: p.Live,
	}
}

// histories are news of one payment, up to six, each as the processor said it at the time: stale content included.
var histories = map[string]func(s *shop, p payments.Payment, charge string) []payments.Notice{
	"paid, disputed and won": func(s *shop, p payments.Payment, charge string) []payments.Notice {
		return []payments.Notice{
			s.bank.say(p, payments.Working, ""), s.bank.say(p, payments.Failed, ""), s.bank.say(p, payments.Settled, charge),
			s.disputed(p, charge, payments.DisputeOpen), s.disputed(p, charge, payments.DisputeReview, -4999), s.disputed(p, charge, payments.DisputeWon, -4999, 4999),
		}
	},
	"paid with its twin, disputed, lost and turned over": func(s *shop, p payments.Payment, charge string) []payments.Notice {
		settled := s.bank.say(p, payments.Settled, charge)
		return []payments.Notice{
			settled, like(settled, "twin", func(*payments.Notice) {}), s.bank.say(p, payments.Working, ""),
			s.disputed(p, charge, payments.DisputeInquiry), s.disputed(p, charge, payments.DisputeLost, -4999), s.disputed(p, charge, payments.DisputeWon, -4999, 4999),
		}
	},
	"paid, refunded in two parts, one of which came back": func(s *shop, p payments.Payment, charge string) []payments.Notice {
		return []payments.Notice{
			s.bank.say(p, payments.Settled, charge), s.bank.say(p, payments.Failed, ""),
			elsewhere(p, "re_a"+charge, 1000, payments.RefundWorking), elsewhere(p, "re_a"+charge, 1000, payments.RefundDone),
			elsewhere(p, "re_b"+charge, 500, payments.RefundDone), elsewhere(p, "re_b"+charge, 500, payments.RefundFailed),
		}
	},
	"paid, refunded and disputed": func(s *shop, p payments.Payment, charge string) []payments.Notice {
		settled := s.bank.say(p, payments.Settled, charge)
		return []payments.Notice{
			settled, s.bank.say(p, payments.Working, ""), s.bank.say(p, payments.Expired, ""), elsewhere(p, "re_a"+charge, 4999, payments.RefundDone),
			s.disputed(p, charge, payments.DisputeOpen, -4999), s.disputed(p, charge, payments.DisputeLost, -4999),
		}
	},
	"paid with a fee that came later": func(s *shop, p payments.Payment, charge string) []payments.Notice {
		settled := s.bank.say(p, payments.Settled, charge)
		fee := money.Of(175, "USD")
		return []payments.Notice{
			settled, like(settled, "fee", func(n *payments.Notice) { n.Fee = &fee }), like(settled, "fee again", func(n *payments.Notice) { n.Fee = &fee }),
			s.bank.say(p, payments.Working, ""), s.bank.say(p, payments.Failed, ""), elsewhere(p, "re_a"+charge, 4999, payments.RefundDone),
		}
	},
}

// ends is everything that must not depend on the order of news, without accounts in which nothing is left.
func (s *shop) ends(p payments.Payment) string {
	s.t.Helper()
	p = s.now(p)
	paid, times := s.orders.Paid(s.t, p.Order)
	var reasons, disputes, refunds []string
	for into, sql := range map[*[]string]string{
		&reasons:  "select reason || ' ' || amount from payment_reviews where payment_id = ? order by reason, amount",
		&disputes: "select status || ' ' || amount from disputes where payment_id = ? order by id",
		&refunds:  "select status || ' ' || amount from refunds where payment_id = ? order by amount",
	} {
		if err := s.d.On(s.t.Context()).Raw(sql, int64(p.ID)).Scan(into).Error; err != nil {
			s.t.Fatal(err)
		}
	}
	return fmt.Sprint(p.Status, p.Captured, paid, times, s.orders.Refunded(s.t, p.Order), without(maps.Clone(s.balances(p))), reasons, disputes, refunds)
}

var everyOrder = flag.Bool("every-order", false, "say the news of each history in all 720 orders on both engines; it takes minutes")

// P5, P6, P10. Some orders of each history are said, with -every-order all.
func TestEveryOrderOfNewsOfAPaymentEndsAlike(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		order := theOrder
		chance := rand.New(rand.NewPCG(4, 2))
		for _, name := range slices.Sorted(maps.Keys(histories)) {
			want, few := "", 60
			if name == "paid, refunded and disputed" && d.ForUpdate() == "" {
				few = 12
			}
			for _, turn := range permutations(6) {
				if want != "" && !*everyOrder && chance.IntN(few) > 0 {
					continue
				}
				order++
				s.orders.Place(t, order, price)
				p := s.start(order, "till")
				news := histories[name](s, p, fmt.Sprint("ch_", order))
				for _, i := range turn {
					for range 1 + chance.IntN(2) {
						if err := s.Hear(t.Context(), "till", news[i]); err != nil {
							t.Fatalf("%s in the order %v: %v", name, turn, err)
						}
					}
				}
				got := s.ends(p)
				if want == "" {
					want = got
					t.Log(name, "ends as", want)
				}
				if got != want {
					t.Fatalf("%s in the order %v ends as\n%s\nand not as\n%s", name, turn, got, want)
				}
			}
		}
		s.sound()
	})
}
