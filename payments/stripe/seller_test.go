package stripe_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"parley/catalog/fault"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
	"parley/payments/settlement"
)

// sells makes the merchant a seller of the platform, who may be paid, and the platform keep 10 % and 0.30.
func (s *shop) sells() payments.Seller {
	s.t.Helper()
	if err := s.SetCut(s.t.Context(), s.orders.Merchant, payments.Cut{Rate: 100_000, Fixed: usd(30)}); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.Onboard(s.t.Context(), s.orders.Merchant, "stripe", payments.Enrolment{Shop: "Boots", Email: "boots@example.com"}); err != nil {
		s.t.Fatal(err)
	}
	s.deliver(s.stripe.Seller(s.t, "acct_test_1", ""))
	return s.seller()
}

func (s *shop) seller() payments.Seller {
	s.t.Helper()
	one, err := s.SellerOf(s.t.Context(), s.orders.Merchant, "stripe")
	if err != nil {
		s.t.Fatal(err)
	}
	return one
}

// in is what is in accounts, by their names.
func (s *shop) in(accounts ...payments.Account) (sums []int64) {
	s.t.Helper()
	all, err := s.Balances(s.t.Context(), s.orders.Merchant)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, account := range accounts {
		sum := int64(0)
		for _, one := range all {
			if one.Account == account {
				sum += one.Amount.Minor
			}
		}
		sums = append(sums, sum)
	}
	return sums
}

var sellersAccounts = []payments.Account{payments.SellerPayable, payments.PlatformFee, payments.SellerBalance("stripe"), payments.Clearing("stripe"), payments.Receivable}

func (s *shop) expect(what string, want ...int64) {
	s.t.Helper()
	if got := s.in(sellersAccounts...); !slices.Equal(got, want) {
		s.t.Errorf("%s: owed to the seller, the platform's, the seller's balance, ours, receivable are %v, want %v", what, got, want)
	}
	s.sound()
}

func TestASellerIsPaidOnceTheProcessorAllowsIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		offered := func() string {
			due, err := s.orders.Owed(t.Context(), theOrder)
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(s.Methods(t.Context(), s.orders.Merchant, due))
		}
		if offered() != "[{stripe false}]" {
			t.Errorf("without an account of the merchant's %s are offered", offered())
		}
		who := payments.Enrolment{Shop: "Boots", Email: "boots@example.com"}
		s.stripe.Lose(2)
		if _, err := s.Onboard(t.Context(), s.orders.Merchant, "stripe", who); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("with lost answers: %v", err)
		}
		first, err := s.Onboard(t.Context(), s.orders.Merchant, "stripe", who)
		if err != nil || first != s.stripe.URL+"/setup/acct_test_1/1" {
			t.Fatalf("%s, %v", first, err)
		}
		again, err := s.OnboardAgain(t.Context(), s.seller().Key)
		if err != nil || again != s.stripe.URL+"/setup/acct_test_1/2" {
			t.Errorf("a page that is not good any more leads to %s, %v", again, err)
		}
		if offered() != "[]" {
			t.Errorf("while it is being set up %s are offered", offered())
		}
		if _, err := s.Start(t.Context(), theOrder, "stripe"); fault.KindOf(err) != fault.Conflict {
			t.Errorf("while it is being set up: %v", err)
		}
		more := s.stripe.Seller(t, "acct_test_1", "requirements.past_due", "external_account", "business_profile.url")
		s.deliver(more)
		if one := s.seller(); one.Charges || !one.Submitted || one.Barred != "requirements.past_due" || fmt.Sprint(one.Due) != "[business_profile.url external_account]" || one.Live {
			t.Errorf("%+v", one)
		}
		s.stripe.Seller(t, "acct_test_1", "") // and its event is late
		if one, err := s.Onboarded(t.Context(), s.seller().Key); err != nil || !one.Charges || !one.Payouts || len(one.Due) != 0 {
			t.Errorf("back from the processor's page: %+v, %v", one, err)
		}
		s.deliver(more) // old news is read again
		if offered() != "[{stripe false}]" || !s.seller().Charges {
			t.Errorf("once it may be paid %s are offered", offered())
		}
		p := s.opened(theOrder)
		if made := s.stripe.Sessions()[0]; p.Seller != "acct_test_1" || made.Destination != "acct_test_1" || made.Fee != 0 {
			t.Errorf("%+v is %+v", p, made)
		}
		s.deliver(s.stripe.Other(t, "account.updated", map[string]any{"id": "acct_strange"}))
		s.sound()
	})
}

func TestATestAccountIsNeverUsedWithRealMoney(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.sells()
		if err := d.On(t.Context()).Exec("update sellers set live = true").Error; err != nil {
			t.Fatal(err)
		}
		if _, err := s.SellerOf(t.Context(), s.orders.Merchant, "stripe"); fault.KindOf(err) != fault.Missing {
			t.Errorf("the account of the other mode: %v", err)
		}
		if p := s.opened(theOrder); p.Seller != "" || p.Live {
			t.Errorf("%+v", p)
		}
		s.sound()
	})
}

func TestASaleIsTheSellersLessWhatThePlatformKeeps(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.sells()
		p := s.opened(theOrder)
		if made := s.stripe.Sessions()[0]; p.Cut != usd(530) || made.Fee != 530 { // 10 % of 49.99 and 0.30
			t.Fatalf("the platform keeps %s, %+v", p.Cut, made)
		}
		paid := s.stripe.Happen(t, p.Ref, "pay")
		moved := s.stripe.Parts(t, p.Ref)
		s.deliver(moved...) // before the money is heard of
		s.deliver(paid, paid)
		s.deliver(moved...)
		fee := int64(4999/50 + 25)
		s.expect("paid", -4469, -530, 4469, 530-fee, 0)
		for i, minor := range []int64{1000, 1, 3998} {
			if _, err := s.GrantRefund(t.Context(), payments.RefundAsk{Merchant: p.Merchant, Order: theOrder, Amount: usd(minor), Reason: "torn", Request: fmt.Sprint(i), Who: "ann"}); err != nil {
				t.Fatal(err)
			}
			if err := s.work(); err != nil {
				t.Fatal(err)
			}
			s.deliver(s.stripe.Parts(t, p.Ref)...)
			if i == 0 {
				s.expect("a part went back", -4469+894, -530+106, 4469-894, 530-fee-106, -1000)
			}
		}
		s.expect("all went back", 0, 0, 0, -fee, -4999)
		if s.now(p).Status != payments.Refunded {
			t.Errorf("it is %s", s.now(p).Status)
		}
	})
}

func TestADisputeThatIsLostIsTheSellersLoss(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.sells()
		p := s.paid()
		s.deliver(s.stripe.Parts(t, p.Ref)...)
		fee := int64(4999/50 + 25)
		s.deliver(s.stripe.Dispute(t, p.Ref, true))
		s.expect("disputed", -4469, -530, 4469, 530-fee-4999-1500, 0)
		lost := s.stripe.MoveDispute(t, "lost")
		s.deliver(lost, lost)
		s.expect("lost", -4469+4999, -530, 4469, 530-fee-4999-1500, 0)
		won := s.stripe.MoveDispute(t, "won")
		s.deliver(s.stripe.MoveDispute(t, "reinstated"), won, lost)
		s.expect("won after all", -4469, -530, 4469, 530-fee-1500, 0)
	})
}

func TestTheBooksSayWhenStripeSaysThatMoneyMoved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.sells()
		p := s.paid()
		s.setClock(s.clock.Add(time.Hour))
		if _, err := s.GrantRefund(t.Context(), payments.RefundAsk{Merchant: p.Merchant, Order: theOrder, Amount: usd(1000), Reason: "torn", Request: "1", Who: "ann"}); err != nil {
			t.Fatal(err)
		}
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		s.deliver(s.stripe.Dispute(t, p.Ref, true))
		s.setClock(s.clock.Add(time.Hour)) // the books hear of it later
		s.deliver(s.stripe.MoveDispute(t, "lost"))
		var silent []string
		err := d.On(t.Context()).Raw("select reason from ledger_entries where happened_at is null and reason not like 'share%' and reason <> 'dispute_lost'").Scan(&silent).Error
		if err != nil || len(silent) != 0 {
			t.Errorf("without a time are %v, %v", silent, err)
		}
		var later int64
		err = d.On(t.Context()).Raw("select count(*) from ledger_entries where reason = 'dispute' and happened_at > at").Scan(&later).Error
		if err != nil || later != 0 {
			t.Errorf("%d happened after they were booked, %v", later, err)
		}
	})
}

func TestASellersOwnPayoutPaysWhatIsOwed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		heard := &news{}
		s.PayoutNews = heard
		s.sells()
		p := s.paid()
		s.deliver(s.stripe.Parts(t, p.Ref)...)
		fee := int64(4999/50 + 25)
		created, paid := s.stripe.SellerPayOut(t, "acct_test_1", "created", 4469), s.stripe.SellerPayOut(t, "acct_test_1", "paid", 0)
		s.deliver(created, paid, paid)
		s.expect("paid out", 0, -530, 0, 530-fee, 0)
		failed := s.stripe.SellerPayOut(t, "acct_test_1", "failed", 0)
		s.deliver(failed, paid, failed)
		s.expect("it came back", -4469, -530, 4469, 530-fee, 0)
		s.deliver(s.stripe.SellerPayOut(t, "acct_strange", "paid", 100))
		if len(*heard) != 0 {
			t.Errorf("as payouts of ours were heard %v", *heard)
		}
		s.sound()
	})
}

func TestARefundThatCameBackIsTakenFromTheSellerOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.sells()
		p := s.paid()
		give := func(key string) {
			t.Helper()
			if _, err := s.GrantRefund(t.Context(), payments.RefundAsk{Merchant: p.Merchant, Order: theOrder, Amount: usd(1000), Reason: "torn", Request: key, Who: "ann"}); err != nil {
				t.Fatal(err)
			}
			if err := s.work(); err != nil {
				t.Fatal(err)
			}
		}
		give("first")
		s.deliver(s.stripe.MoveRefund(t, "failed"))
		give("second") // pays off what the buyer is owed
		s.deliver(s.stripe.Parts(t, p.Ref)...)
		fee := int64(4999/50 + 25)
		s.expect("given back at last", -4469+894, -530+106, 4469-894, 530-fee-106, -1000)
	})
}

func TestRowsOfASaleForASellerAreMatchedWhicheverComesFirst(t *testing.T) {
	for _, early := range []bool{true, false} {
		dbtest.Each(t, func(t *testing.T, d *db.DB) {
			s := open(t, d)
			settled := settlement.New(d, s.Service, func() time.Time { return s.clock })
			s.sells()
			p := s.paid()
			if _, err := s.GrantRefund(t.Context(), payments.RefundAsk{Merchant: p.Merchant, Order: theOrder, Amount: usd(1000), Reason: "torn", Request: "1", Who: "ann"}); err != nil {
				t.Fatal(err)
			}
			if err := s.work(); err != nil {
				t.Fatal(err)
			}
			if early {
				s.deliver(s.stripe.Parts(t, p.Ref)...)
			}
			taken, err := settled.Pull(t.Context(), "stripe")
			if err != nil || taken.Rows != 6 || taken.Matched != 6 {
				t.Errorf("%+v, %v", taken, err)
			}
			s.deliver(s.stripe.Parts(t, p.Ref)...)
			findings, err := settled.Verify(t.Context())
			if err != nil || len(db.Broken(findings)) != 0 {
				t.Errorf("%+v, %v", db.Broken(findings), err)
			}
			s.expect("settled", -4469+894, -530+106, 4469-894, 530-106-4999/50-25, -1000)
		})
	}
}
