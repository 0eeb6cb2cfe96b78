package stripe_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
	"parley/payments/paymentstest"
	"parley/payments/stripe"
	"parley/payments/stripe/stripetest"
)

const (
	testKey  = "sk_test_1234567890"
	secret   = "whsec_the_new_one"
	rolled   = "whsec_the_old_one"
	theOrder = payments.OrderID(17)
	hookURL  = "https://shop.example/webhooks/stripe"
)

var price = money.Of(4999, "USD")

// shop is a service that is paid by a stateful Stripe, and its webhook.
type shop struct {
	*payments.Service
	t       *testing.T
	d       *db.DB
	stripe  *stripetest.Server
	gateway *stripe.Gateway
	orders  *paymentstest.Orders
	app     *fiber.App
	mu      sync.Mutex // the processor reads the clock too
	clock   time.Time
	broken  error // our own database
}

func open(t *testing.T, d *db.DB) *shop {
	t.Helper()
	s := &shop{t: t, d: d, clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), app: fiber.New()}
	now := func() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return s.clock }
	s.stripe = stripetest.New(t, testKey, now)
	gateway, err := stripe.New(stripe.Settings{SecretKey: testKey, WebhookSecrets: []string{secret, rolled}, APIURL: s.stripe.URL, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	s.gateway = gateway
	s.orders = paymentstest.NewOrders(t, d, s.clock.Add(30*time.Minute))
	s.orders.Place(t, theOrder, price)
	s.Service = payments.New(d, s.orders, now, "https://shop.example", gateway)
	s.app.Post("/webhooks/stripe", gateway.Webhook(func(ctx context.Context, name string, n payments.Notice) error {
		if s.broken != nil {
			return s.broken
		}
		return s.Hear(ctx, name, n)
	}))
	return s
}

func (s *shop) setClock(to time.Time) { s.mu.Lock(); defer s.mu.Unlock(); s.clock = to }

func (s *shop) work() error { s.t.Helper(); return paymentstest.Work(s.t, s.d, s.Keepers()) }

func (s *shop) opened(order payments.OrderID) payments.Payment {
	s.t.Helper()
	p, err := s.Start(s.t.Context(), order, "stripe")
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.work(); err != nil {
		s.t.Fatal(err)
	}
	return s.now(p)
}

func (s *shop) now(p payments.Payment) payments.Payment {
	s.t.Helper()
	found, err := s.Find(s.t.Context(), p.Merchant, p.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return found
}

func (s *shop) send(r *http.Request) int {
	s.t.Helper()
	answer, err := s.app.Test(r, -1)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode
}

// deliver brings events to the webhook and wants each to be taken.
func (s *shop) deliver(events ...stripetest.Event) {
	s.t.Helper()
	for _, event := range events {
		if status := s.send(event.Request(s.t, hookURL, secret, s.clock)); status != http.StatusOK {
			s.t.Errorf("%s was answered %d", event.Type, status)
		}
	}
}

func (s *shop) told(order payments.OrderID) (whats []string) {
	s.t.Helper()
	for _, told := range paymentstest.Told(s.t, s.d, order) {
		whats = append(whats, told.What)
	}
	return whats
}

func (s *shop) reasons(merchant payments.MerchantID) (reasons []string) {
	s.t.Helper()
	reviews, err := s.Reviews(s.t.Context(), merchant, true, 0, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, review := range reviews {
		reasons = append(reasons, review.Reason)
	}
	return reasons
}

func (s *shop) sound() {
	s.t.Helper()
	findings, err := s.Verify(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, found := range findings {
		if found.Count > 0 {
			s.t.Errorf("%s is broken: %v", found.Invariant, found.First)
		}
	}
}

func TestALostAnswerMakesOneSession(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p, err := s.Start(t.Context(), theOrder, "stripe")
		if err != nil || len(s.stripe.Calls()) != 0 {
			t.Fatalf("%v; in the transaction Stripe was called: %v", err, s.stripe.Calls())
		}
		s.stripe.Lose(2) // the client itself asks twice
		if err := s.work(); fault.KindOf(err) != fault.Unavailable || strings.Contains(err.Error(), testKey) {
			t.Fatalf("with lost answers: %v", err)
		}
		s.setClock(s.clock.Add(10 * time.Minute))
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		sessions := s.stripe.Sessions()
		if len(sessions) != 1 || len(s.stripe.Calls()) != 3 {
			t.Fatalf("%d sessions after %v", len(sessions), s.stripe.Calls())
		}
		made, now := sessions[0], s.now(p)
		if made.Reference != p.Key || made.Amount != price.Minor || made.Currency != "usd" || made.SuccessURL != "https://shop.example/pay/return/"+p.Key {
			t.Errorf("asked for %+v", made)
		}
		if now.Status != payments.Open || now.Ref != made.ID || now.URL != s.stripe.URL+"/pay/"+made.ID || !now.Expires.Equal(p.Opened.Add(30*time.Minute)) {
			t.Errorf("opened as %+v", now)
		}
	})
}

func TestEventsOfASessionEndAsStripeSaysInWhateverOrderTheyCome(t *testing.T) {
	rows := []struct {
		happens string
		status  payments.Status
	}{
		{"pay", payments.Settled},
		{"later", payments.Working},
		{"later settle", payments.Settled},
		{"later fail", payments.Failed},
		{"decline", payments.Open},
		{"decline pay", payments.Settled},
		{"decline later settle", payments.Settled},
		{"expire", payments.Expired},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		order := theOrder
		for _, row := range rows {
			for _, backwards := range []bool{false, true} {
				order++
				s.orders.Place(t, order, price)
				p := s.opened(order)
				events := []stripetest.Event{}
				for _, what := range strings.Fields(row.happens) {
					events = append(events, s.stripe.Happen(t, p.Ref, what))
				}
				if backwards {
					slices.Reverse(events)
				}
				s.deliver(append(events, events...)...)
				if now := s.now(p); now.Status != row.status {
					t.Errorf("%s (backwards %v): %s", row.happens, backwards, now.Status)
				}
				paid, times := s.orders.Paid(t, order)
				if settled := row.status == payments.Settled; settled != (paid == price.Minor) || settled != (times == 1) {
					t.Errorf("%s: the order got %d in %d parts", row.happens, paid, times)
				}
			}
		}
		if got := s.reasons(s.orders.Merchant); len(got) != 0 {
			t.Errorf("queued %v", got)
		}
		s.sound()
	})
}

func TestADeclinedCardIsToldAndThePageStaysOpen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		s.deliver(s.stripe.Happen(t, p.Ref, "decline"))
		s.deliver(s.stripe.Happen(t, p.Ref, "pay"))
		if got := fmt.Sprint(s.told(theOrder), " ", s.now(p).Status); got != "[ready failed settled] settled" {
			t.Error(got)
		}
	})
}

func TestTheReturnPageSettlesBeforeTheWebhookAndOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		event := s.stripe.Happen(t, p.Ref, "pay")
		for range 2 {
			if now, err := s.Return(t.Context(), p.Key); err != nil || now.Status != payments.Settled {
				t.Fatalf("on return: %s, %v", now.Status, err)
			}
		}
		s.deliver(event)
		if paid, times := s.orders.Paid(t, theOrder); paid != price.Minor || times != 1 {
			t.Errorf("the order got %d in %d parts", paid, times)
		}
		var fees int64
		if err := d.On(t.Context()).Raw("select sum(amount) from ledger_postings where to_account = 'fees:stripe'").Scan(&fees).Error; err != nil || fees != 4999/50+25 {
			t.Errorf("fees of %d, %v", fees, err)
		}
		s.sound()
	})
}

func TestExpiryClosesTheSessionUnlessItWasPaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		s.orders.Place(t, 18, price)
		unpaid, paid := s.opened(theOrder), s.opened(18)
		s.stripe.Happen(t, paid.Ref, "pay") // and its event is lost
		s.setClock(unpaid.Expires)
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		if s.now(unpaid).Status != payments.Expired || s.now(paid).Status != payments.Settled || s.stripe.Sessions()[0].Status != "expired" {
			t.Errorf("%s, %s, %s", s.now(unpaid).Status, s.now(paid).Status, s.stripe.Sessions()[0].Status)
		}
		if err := s.gateway.Close(t.Context(), unpaid); err != nil {
			t.Errorf("closing twice: %v", err)
		}
		if err := s.gateway.Close(t.Context(), paid); fault.KindOf(err) != fault.Conflict {
			t.Errorf("closing what was paid: %v", err)
		}
		s.sound()
	})
}

func TestAnExpiredSessionIsPaidByItsRecoveryLink(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		expired := s.stripe.Happen(t, p.Ref, "expire")
		s.deliver(expired)
		if now := s.now(p); now.Status != payments.Expired || now.URL != s.stripe.URL+"/recover/"+p.Ref {
			t.Fatalf("%+v", now)
		}
		second, err := s.Start(t.Context(), theOrder, "stripe") // and meanwhile another link was asked for
		if err != nil || second.ID == p.ID {
			t.Fatalf("%+v, %v", second, err)
		}
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		recovered := s.stripe.Recover(t, p.Ref)
		paid := s.stripe.Happen(t, recovered, "pay")
		s.deliver(paid, s.stripe.About(t, "charge.updated", recovered), expired, paid)
		if now := s.now(p); now.Status != payments.Settled || now.Via != recovered || s.now(second).Status != payments.Replaced {
			t.Errorf("%+v, the second link %s", now, s.now(second).Status)
		}
		if err := s.work(); err != nil {
			t.Fatal(err)
		}
		if sessions := s.stripe.Sessions(); sessions[1].Status != "expired" {
			t.Errorf("the second link is %s", sessions[1].Status)
		}
		if _, err := s.GrantRefund(t.Context(), payments.RefundAsk{Merchant: p.Merchant, Order: theOrder, Amount: price, Reason: "torn", Request: "1", Who: "ann"}); err != nil {
			t.Fatal(err)
		}
		if err := s.work(); err != nil || s.now(p).Status != payments.Refunded {
			t.Errorf("given back: %s, %v", s.now(p).Status, err)
		}
		s.sound()
	})
}

func TestWhatWasCapturedInPartGoesToAPerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		s.stripe.Happen(t, p.Ref, "pay")
		s.stripe.Tamper(t, p.Ref, func(made *stripetest.Session) { made.Received = made.Amount - 1000 })
		s.deliver(s.stripe.About(t, "charge.captured", p.Ref))
		reviews, err := s.Reviews(t.Context(), p.Merchant, true, 0, 10)
		if err != nil || len(reviews) != 1 || reviews[0].Reason != payments.WrongAmount || reviews[0].Amount != usd(3999) {
			t.Errorf("%+v, %v", reviews, err)
		}
		s.sound()
	})
}

func TestASessionThatIsNotWhatWeAskedForGoesToAPerson(t *testing.T) {
	rows := map[string]func(*stripetest.Session){
		payments.WrongAmount:   func(s *stripetest.Session) { s.Amount-- },
		payments.WrongCurrency: func(s *stripetest.Session) { s.Currency = "eur" },
		payments.WrongMode:     func(s *stripetest.Session) { s.Live = true },
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		order, want := theOrder, []string{}
		for reason, change := range rows {
			order++
			s.orders.Place(t, order, price)
			p := s.opened(order)
			s.stripe.Happen(t, p.Ref, "pay")
			s.deliver(s.stripe.Tamper(t, p.Ref, change))
			want = append(want, reason)
			if paid, _ := s.orders.Paid(t, order); paid != 0 {
				t.Errorf("%s: the order got %d", reason, paid)
			}
		}
		if got := s.reasons(s.orders.Merchant); !slices.Equal(got, want) {
			t.Errorf("queued %v, want %v", got, want)
		}
		s.sound()
	})
}

func TestMoneyGoesBackOnceForAKeyAndNeverMoreThanCame(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.opened(theOrder)
		if _, err := s.gateway.Refund(t.Context(), p, price, "early"); fault.KindOf(err) != fault.Conflict {
			t.Errorf("before it was paid: %v", err)
		}
		s.stripe.Happen(t, p.Ref, "pay")
		for i, row := range []struct {
			key   string
			minor int64
			kind  fault.Kind
		}{{"a", 3000, ""}, {"a", 3000, ""}, {"b", 2000, fault.Conflict}, {"c", 1999, ""}} {
			if back, err := s.gateway.Refund(t.Context(), p, money.Of(row.minor, "USD"), row.key); fault.KindOf(err) != row.kind || back.Done != (err == nil) {
				t.Errorf("%d: %+v, %v", i, back, err)
			}
		}
	})
}

func TestStripesRefusalEndsTheAttemptAndItsSilenceDoesNot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p, err := s.Start(t.Context(), theOrder, "stripe")
		if err != nil {
			t.Fatal(err)
		}
		s.stripe.Refuse(503, 503)
		if err := s.work(); err == nil || s.now(p).Status != payments.Opening {
			t.Errorf("silence: %v, %s", err, s.now(p).Status)
		}
		s.stripe.Refuse(402)
		if err := s.work(); err != nil || s.now(p).Status != payments.Failed {
			t.Errorf("refusal: %v, %s", err, s.now(p).Status)
		}
	})
}

func TestAWrongSettingIsNamed(t *testing.T) {
	good := stripe.Settings{SecretKey: testKey, WebhookSecrets: []string{secret}, Now: time.Now}
	for name, change := range map[string]func(*stripe.Settings){
		"PARLEY_STRIPE_SECRET_KEY":      func(s *stripe.Settings) { s.SecretKey = "pk_test_1" },
		"PARLEY_STRIPE_WEBHOOK_SECRET":  func(s *stripe.Settings) { s.WebhookSecrets = nil },
		"PARLEY_STRIPE_WEBHOOK_SECRET ": func(s *stripe.Settings) { s.WebhookSecrets = []string{secret, ""} },
		"PARLEY_STRIPE_API_URL":         func(s *stripe.Settings) { s.APIURL = "stripe" },
	} {
		settings := good
		change(&settings)
		if _, err := stripe.New(settings); err == nil || !strings.HasPrefix(err.Error(), strings.TrimSpace(name)) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	live := good
	live.SecretKey = "rk_live_1"
	if g, err := stripe.New(live); err != nil || !g.Live() {
		t.Errorf("a live key: %v", err)
	}
}

var errBroken = errors.New("our database is away")
