package sandbox_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
	"parley/payments/paymentstest"
	"parley/payments/sandbox"
)

// desk is the desk of a payment, after buttons were pressed.
func (s *shop) desk(p payments.Payment, buttons ...string) string {
	s.t.Helper()
	for _, one := range buttons {
		request := httptest.NewRequest(http.MethodPost, "/sandbox/pay/"+p.Ref+"/desk", strings.NewReader(url.Values{"do": {one}}.Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer, err := s.app.Test(request, -1)
		if err != nil || answer.StatusCode != http.StatusSeeOther {
			s.t.Fatalf("%s: %v, %v", one, answer, err)
		}
		s.clock = s.clock.Add(time.Second)
	}
	looked := p
	looked.URL = "https://shop.example/sandbox/pay/" + p.Ref + "/desk"
	status, text := s.page(looked, "")
	if status != http.StatusOK {
		s.t.Fatalf("the desk is %d: %s", status, text)
	}
	return text
}

func (s *shop) reasons(merchant payments.MerchantID) []string {
	s.t.Helper()
	return paymentstest.Reasons(s.t, s.Service, merchant)
}

func (s *shop) sound() {
	s.t.Helper()
	paymentstest.Sound(s.t, s)
}

func TestWhateverTheDeskDoesTheShopStaysSound(t *testing.T) {
	rows := []struct {
		buttons  string
		status   payments.Status
		paid     int64
		refunded int64
		queued   string
	}{
		{"pay say_twice say_backward", payments.Settled, 4999, 0, "[]"},
		{"later settle say_backward say_twice", payments.Settled, 4999, 0, "[]"},
		{"later fail pay_late", payments.Settled, 4999, 0, "[]"},
		{"decline pay_late", payments.Settled, 4999, 0, "[]"},
		{"pay_part", payments.Failed, 0, 0, "[wrong_amount]"},
		{"pay pay_again", payments.Settled, 4999, 0, "[second_capture]"},
		{"pay give_back give_back say_backward", payments.Settled, 4999, 3750, "[]"},
		{"pay give_back refund_fail say_backward", payments.Settled, 4999, 0, "[refund_failed]"},
		{"pay dispute dispute_review dispute_win say_backward say_twice", payments.Settled, 4999, 0, "[]"},
		{"pay dispute dispute_lose dispute_win say_backward", payments.Settled, 4999, 0, "[]"},
		{"pay dispute dispute_lose say_backward", payments.Settled, 4999, 0, "[]"},
		{"pay give_back dispute dispute_lose", payments.Settled, 4999, 2500, "[]"},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		before := 0
		for i, row := range rows {
			order := payments.OrderID(i + 1)
			p := s.start(order)
			text := s.desk(p, strings.Fields(row.buttons)...)
			paid, _ := s.orders.Paid(t, order)
			queued := s.reasons(p.Merchant)
			if s.status(p) != row.status || paid != row.paid || s.orders.Refunded(t, order) != row.refunded || fmt.Sprint(queued[before:]) != row.queued {
				t.Errorf("after %s it is %s, paid %d, refunded %d, queued %v", row.buttons, s.status(p), paid, s.orders.Refunded(t, order), queued[before:])
			}
			before = len(queued)
			if !strings.Contains(text, "no real money") || !strings.Contains(text, "<table>") {
				t.Errorf("the desk says %s", text)
			}
			s.sound()
		}
	})
}

func TestMoneyAfterTheLinkExpiredIsStillMoney(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.start(1)
		s.clock = p.Expires.Add(time.Minute)
		can, err := s.gateway.Can(t.Context(), p.Ref)
		if err != nil || fmt.Sprint(can) != "[pay_late say_twice say_backward]" {
			t.Errorf("possible are %v, %v", can, err)
		}
		s.desk(p, "pay", "pay_late")
		if s.status(p) != payments.Settled {
			t.Errorf("it is %s", s.status(p))
		}
		s.sound()
	})
}

func TestTheBalanceIsPaidOutAndMaySometimesComeBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.start(1)
		text := s.desk(p, "pay", "payout", "payout", "payout_in_transit:po_1", "payout_paid:po_1", "payout_reconciled:po_1")
		if !strings.Contains(text, "po_1") || strings.Contains(text, "po_2") || !strings.Contains(text, "automatic, rows complete") {
			t.Errorf("the desk says %s", text)
		}
		s.desk(p, "payout_failed:po_1", "payout_by_hand", "payout_paid:po_2")
		var all []payments.Payout
		if err := s.gateway.Payouts(t.Context(), time.Time{}, func(p payments.Payout) error { all = append(all, p); return nil }); err != nil || len(all) != 2 {
			t.Fatalf("%+v, %v", all, err)
		}
		if all[0].Status != payments.PayoutFailed || all[0].Returned != "txn_po_1_back" || all[1].Amount != all[0].Amount || all[1].Automatic {
			t.Errorf("%+v", all)
		}
		total := money.Of(0, "USD")
		if err := s.gateway.Transactions(t.Context(), time.Time{}, func(row payments.Transaction) error { total.Minor += row.Net.Minor; return nil }); err != nil || !total.IsZero() {
			t.Errorf("left on the balance is %s, %v", total, err)
		}
		s.sound()
	})
}

func TestTheDeskKeepsStrangersOutAndKnowsItsButtons(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	p := s.start(1)
	for address, want := range map[string]int{"/sandbox/pay/" + p.Ref + "x/desk": 404, "/sandbox/pay/" + p.Ref + "/desk": 400} {
		request := httptest.NewRequest(http.MethodPost, address, strings.NewReader("do=steal"))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if answer, err := s.app.Test(request, -1); err != nil || answer.StatusCode != want {
			t.Errorf("%s: %v, %v", address, answer, err)
		}
	}
	if _, err := s.gateway.Act(t.Context(), p.Ref, sandbox.Settle); err == nil {
		t.Error("what is not on its way was settled")
	}
}
