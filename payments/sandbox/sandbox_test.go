package sandbox_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
	"parley/payments/paymentstest"
	"parley/payments/sandbox"
)

var secret = []byte("0123456789abcdef0123456789abcdef")

// shop is a service whose only processor is the sandbox, and the sandbox's page.
type shop struct {
	*payments.Service
	t       *testing.T
	orders  *paymentstest.Orders
	gateway *sandbox.Gateway
	app     *fiber.App
	clock   time.Time
	deaf    bool
}

func open(t *testing.T, d *db.DB) *shop {
	t.Helper()
	s := &shop{t: t, clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), app: fiber.New(fiber.Config{Immutable: true})}
	now := func() time.Time { return s.clock }
	gateway, err := sandbox.New(d, true, secret, "https://shop.example", now)
	if err != nil {
		t.Fatal(err)
	}
	s.gateway = gateway
	s.orders = paymentstest.NewOrders(t, d, s.clock.Add(30*time.Minute))
	s.Service = payments.New(d, s.orders, now, "https://shop.example", gateway)
	gateway.Routes(s.app, func(ctx context.Context, name string, n payments.Notice) error {
		if s.deaf {
			return errors.New("the database is away")
		}
		return s.Hear(ctx, name, n)
	})
	return s
}

func (s *shop) start(order payments.OrderID) payments.Payment {
	s.t.Helper()
	s.orders.Place(s.t, order, money.Of(4999, "USD"))
	p, err := s.Start(s.t.Context(), order, "sandbox")
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// page is the pay page's status and text; a button is pressed unless it is empty.
func (s *shop) page(p payments.Payment, button string) (int, string) {
	s.t.Helper()
	address := strings.TrimPrefix(p.URL, "https://shop.example")
	request := httptest.NewRequest(http.MethodGet, address, nil)
	if button != "" {
		request = httptest.NewRequest(http.MethodPost, address, strings.NewReader(url.Values{"do": {button}}.Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := s.app.Test(request, -1)
	if err != nil {
		s.t.Fatal(err)
	}
	if answer.StatusCode == http.StatusSeeOther {
		if to := answer.Header.Get("Location"); to != address {
			s.t.Errorf("sent to %s", to)
		}
		return s.page(p, "")
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

func (s *shop) status(p payments.Payment) payments.Status {
	s.t.Helper()
	found, err := s.Find(s.t.Context(), p.Merchant, p.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return found.Status
}

func TestABuyerPaysDeclinesOrPaysLater(t *testing.T) {
	rows := []struct {
		buttons string
		status  payments.Status
		says    string
	}{
		{"", payments.Open, "Sandbox — no real money"},
		{"pay", payments.Settled, "Paid — return to the chat."},
		{"pay pay decline", payments.Settled, "Paid — return to the chat."},
		{"decline", payments.Failed, "Declined."},
		{"decline pay", payments.Failed, "Declined."},
		{"later", payments.Working, "Settle now"},
		{"later settle", payments.Settled, "Paid — return to the chat."},
		{"later fail", payments.Failed, "Declined."},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		for i, row := range rows {
			p := s.start(payments.OrderID(i + 1))
			status, text := s.page(p, "")
			if status != 200 || !strings.Contains(text, "B-17") || !strings.Contains(text, "$49.99") || !strings.Contains(text, p.Key) {
				t.Fatalf("the page is %d: %s", status, text)
			}
			for _, button := range strings.Fields(row.buttons) {
				status, text = s.page(p, button)
			}
			if status != 200 || !strings.Contains(text, row.says) || s.status(p) != row.status {
				t.Errorf("after %q the payment is %s and the page says %d %s", row.buttons, s.status(p), status, text)
			}
		}
	})
}

func TestAPaymentWhoseNewsWasLostIsFoundOnReturn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.start(1)
		s.deaf = true
		if status, _ := s.page(p, "pay"); status != 500 || s.status(p) != payments.Open {
			t.Fatalf("%d, %s", status, s.status(p))
		}
		if now, err := s.Return(t.Context(), p.Key); err != nil || now.Status != payments.Settled {
			t.Errorf("on return it is %s, %v", now.Status, err)
		}
	})
}

func TestAnExpiredOrClosedSessionTakesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		late, closed, paid := s.start(1), s.start(2), s.start(3)
		s.page(paid, "pay")
		if err := s.gateway.Close(t.Context(), closed); err != nil {
			t.Fatal(err)
		}
		if err := s.gateway.Close(t.Context(), paid); fault.KindOf(err) != fault.Conflict {
			t.Errorf("closing what was paid: %v", err)
		}
		s.clock = late.Expires
		for _, p := range []payments.Payment{late, closed} {
			if _, text := s.page(p, "pay"); !strings.Contains(text, "no longer valid") || s.status(p) == payments.Settled {
				t.Errorf("%s: %s", s.status(p), text)
			}
		}
	})
}

func TestThePageSpeaksRussianAndKeepsStrangersOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := payments.Payment{Key: "pay_x", Amount: money.Of(123450, "RUB"), Opened: s.clock}
		opened, err := s.gateway.Open(t.Context(), p, payments.Due{Number: "B-18", Language: "ru-RU"}, payments.Return{URL: "https://shop.example/back"})
		if err != nil {
			t.Fatal(err)
		}
		again, err := s.gateway.Open(t.Context(), p, payments.Due{Number: "B-18"}, payments.Return{})
		if err != nil || again.URL != opened.URL || strings.Contains(opened.URL, "pay_x") {
			t.Errorf("opened again at %s, %v", again.URL, err)
		}
		p.URL = opened.URL
		if _, text := s.page(p, ""); !strings.Contains(text, `lang="ru"`) || !strings.Contains(text, "Песочница — деньги ненастоящие") || !strings.Contains(text, "1\u00a0234,50\u00a0₽") {
			t.Error(text)
		}
		if status, _ := s.page(p, "steal"); status != 400 {
			t.Errorf("an unknown button: %d", status)
		}
		if status, _ := s.page(p, "close"); status != 400 {
			t.Errorf("our own button: %d", status)
		}
		p.URL += "x"
		for _, button := range []string{"", "pay"} {
			if status, _ := s.page(p, button); status != 404 {
				t.Errorf("a guessed address: %d", status)
			}
		}
	})
}

func TestThePagesPolicyAllowsItsOwnStyle(t *testing.T) {
	s := open(t, dbtest.SQLite(t))
	answer, err := s.app.Test(httptest.NewRequest(http.MethodGet, strings.TrimPrefix(s.start(1).URL, "https://shop.example"), nil), -1)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	_, style, _ := strings.Cut(string(body), "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	sum := sha256.Sum256([]byte(style))
	if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; style == "" || !strings.Contains(answer.Header.Get("Content-Security-Policy"), want) {
		t.Errorf("the policy is %s, want %s in it", answer.Header.Get("Content-Security-Policy"), want)
	}
}

func TestRefundsNeverExceedWhatWasPaid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d)
		p := s.start(1)
		s.page(p, "pay")
		refund := func(key string, minor int64) string {
			_, err := s.gateway.Refund(t.Context(), p, money.Of(minor, "USD"), key)
			return fmt.Sprint(fault.KindOf(err))
		}
		got := []string{refund("a", 3000), refund("a", 3000), refund("b", 2000), refund("b", 1999), refund("c", 1)}
		if fmt.Sprint(got) != "[  conflict  conflict]" {
			t.Errorf("got %q", got)
		}
	})
}

func TestThereIsNoSandboxOutsideOfDemoMode(t *testing.T) {
	if _, err := sandbox.New(nil, false, secret, "", time.Now); err == nil {
		t.Error("a sandbox outside of demo mode")
	}
	if _, err := sandbox.New(nil, true, []byte("short"), "", time.Now); err == nil {
		t.Error("a sandbox with a guessable secret")
	}
}
