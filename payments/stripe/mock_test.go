package stripe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"parley/catalog/money"
	"parley/payments"
	"parley/payments/stripe"
	"parley/payments/stripe/stripetest"
)

// mock starts Stripe's own stripe-mock, which knows the published schema of every request and nothing else.
func mock(t *testing.T) *http.Client {
	t.Helper()
	program, err := exec.LookPath("stripe-mock")
	if err != nil {
		program = filepath.Join(os.Getenv("GOBIN"), "stripe-mock")
	}
	if _, err := os.Stat(program); err != nil {
		t.Skip("SKIPPED, REQUEST SHAPES NOT PROVEN: no stripe-mock; go install github.com/stripe/stripe-mock@v0.183.0")
	}
	dir, err := os.MkdirTemp("", "mock") // t.TempDir is too long for the name of a socket
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	running := exec.CommandContext(t.Context(), program, "-http-unix", socket, "-strict-version-check")
	out, err := running.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := running.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = running.Process.Kill()
		_ = running.Wait()
		_ = os.RemoveAll(dir)
	})
	if _, err := out.Read(make([]byte, 1)); err != nil { // it has begun to talk, and soon listens
		t.Fatal(err)
	}
	dial := func(ctx context.Context, _, _ string) (conn net.Conn, err error) {
		for ctx.Err() == nil {
			if conn, err = (&net.Dialer{}).DialContext(ctx, "unix", socket); err == nil {
				return conn, nil
			}
			select {
			case <-ctx.Done():
			case <-time.After(10 * time.Millisecond):
			}
		}
		return nil, err
	}
	return &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
}

// transferring is a processor whose payments were passed on, which none of stripe-mock's are.
type transferring struct{ http.RoundTripper }

func (f transferring) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := f.RoundTripper.RoundTrip(request)
	if err != nil || !strings.HasPrefix(request.URL.Path, "/v1/checkout/sessions/") {
		return answer, err
	}
	var session map[string]any
	err = json.NewDecoder(answer.Body).Decode(&session)
	_ = answer.Body.Close()
	session["payment_intent"] = map[string]any{"id": "pi_1", "object": "payment_intent", "latest_charge": map[string]any{"id": "ch_1", "object": "charge", "transfer": "tr_1"}}
	body, failed := json.Marshal(session)
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return answer, errors.Join(err, failed)
}

func TestRequestsHaveTheShapeThatStripePublished(t *testing.T) {
	client := mock(t)
	now := time.Now().UTC()
	g, err := stripe.New(stripe.Settings{
		SecretKey: testKey, WebhookSecrets: []string{secret}, APIURL: "http://stripe.invalid", HTTP: client,
		Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	p := payments.Payment{Key: "pay_shape", Amount: price, Opened: now}
	for _, due := range []payments.Due{
		{Number: "B-17"},
		{Number: "B-17", Language: "ru", Email: "buyer@example.com", Lines: []payments.DueLine{
			{Title: "Boots", Quantity: 2, Amount: money.Of(4000, "USD")}, {Title: "Socks", Quantity: 3, Amount: money.Of(999, "USD")},
		}},
	} {
		opened, err := g.Open(t.Context(), p, due, payments.Return{URL: "https://shop.example/pay/return/pay_shape"})
		if err != nil || opened.Ref == "" {
			t.Fatalf("open: %+v, %v", opened, err)
		}
		p.Ref = opened.Ref
	}
	passedOn := payments.Payment{Key: "pay_seller", Amount: price, Opened: now, Seller: "acct_1", Cut: usd(530)}
	made, err := g.Open(t.Context(), passedOn, payments.Due{Number: "B-18"}, payments.Return{URL: "https://shop.example/pay/return/pay_seller"})
	if err != nil {
		t.Errorf("open for a seller: %v", err)
	}
	passedOn.Ref = made.Ref
	if _, err := g.Refund(t.Context(), passedOn, usd(100), "key of a seller's"); err != nil {
		t.Errorf("refund of a seller's: %v", err)
	}
	client.Transport = transferring{client.Transport}
	if _, err := g.Recover(t.Context(), passedOn, usd(100), "key of a loss"); err != nil {
		t.Errorf("take a loss back: %v", err)
	}
	if _, err := g.Look(t.Context(), p); err != nil {
		t.Errorf("look: %v", err)
	}
	if err := g.Close(t.Context(), p); err != nil {
		t.Errorf("close: %v", err)
	}
	if _, err := g.Refund(t.Context(), p, price, "key"); err != nil {
		t.Errorf("refund: %v", err)
	}
	for _, charge := range []string{"ch_1", "pi_1"} {
		if _, err := g.RefundCharge(t.Context(), charge, price, "key"); err != nil {
			t.Errorf("refund of %s: %v", charge, err)
		}
	}
	for what, ask := range map[string]func() error{
		"transactions": func() error {
			return g.Transactions(t.Context(), now.Add(-time.Hour), func(payments.Transaction) error { return nil })
		},
		"payouts": func() error {
			return g.Payouts(t.Context(), now.Add(-time.Hour), func(payments.Payout) error { return nil })
		},
		"itemised": func() error { return g.Itemised(t.Context(), "po_1", func(payments.Transaction) error { return nil }) },
		"catch": func() error {
			return g.Catch(t.Context(), now.Add(-time.Hour), func(payments.Notice) error { return nil })
		},
		"enrol": func() error {
			_, err := g.Enrol(t.Context(), payments.Seller{Key: "seller"}, payments.Enrolment{Shop: "Boots", Email: "boots@example.com"})
			return err
		},
		"onboard": func() error {
			_, err := g.Onboard(t.Context(), "acct_1", payments.Onboarding{Return: "https://shop.example/connect/return/k", Refresh: "https://shop.example/connect/again/k"})
			return err
		},
		"how a seller stands": func() error { _, err := g.SellerNow(t.Context(), "acct_1"); return err },
		"concede": func() error {
			_, err := g.Concede(t.Context(), payments.Dispute{Ref: "dp_1"}, "key of giving up")
			return err
		},
		"contest": func() error {
			story := payments.Story{
				Number: "B-17", Buyer: payments.Person{Name: "Bob", Email: "bob@example.com"}, Address: "Street 1", Delivery: "Courier", Tracking: "T-1", Shipped: now,
				Lines: []payments.DueLine{{Title: "Boots", Quantity: 1, Amount: price}},
			}
			return g.Contest(t.Context(), payments.Dispute{Ref: "dp_1"}, payments.Evidence{Story: story}, "key")
		},
	} {
		if err := ask(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	app, heard := fiber.New(), payments.Notice{}
	app.Post("/kinds", g.Webhook(func(context.Context, string, payments.Notice) error { return nil }))
	for kind, id := range map[string]string{
		"transfer.created": "tr_1", "application_fee.created": "fee_1", "payout.paid": "po_1", "account.updated": "acct_1", "charge.updated": "ch_1",
	} {
		body := fmt.Sprintf(`{"id":"evt_%[1]s","object":"event","type":"%[2]s","account":"%[3]s","data":{"object":{"id":"%[1]s","payment_intent":"pi_1"}}}`, id, kind, map[string]string{"po_1": "acct_1", "acct_1": "acct_1"}[id])
		answer, err := app.Test(stripetest.Event{Body: []byte(body)}.Request(t, "https://shop.example/kinds", secret, now), -1)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %v, %v", kind, answer, err)
		}
	}
	app.Post("/", g.Webhook(func(_ context.Context, _ string, n payments.Notice) error { heard = n; return nil }))
	declined := stripetest.Event{Body: []byte(`{"id":"evt_1","object":"event","type":"payment_intent.payment_failed","data":{"object":{"id":"pi_1"}}}`)}
	answer, err := app.Test(declined.Request(t, "https://shop.example/", secret, now), -1)
	if err != nil || answer.StatusCode != http.StatusOK || heard.Ref == "" {
		t.Errorf("looking for the session of a payment intent: %v, %+v", err, heard)
	}
}
