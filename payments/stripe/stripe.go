// Package stripe takes payments by Stripe's Checkout: a link that works on every channel.
package stripe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	stripego "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"parley/catalog/fault"
	"parley/payments"
)

// Name is what payments call this gateway.
const Name = "stripe"

// Settings are what the gateway is made of. None of it is ever logged.
type Settings struct {
	SecretKey      string           // sk_test_…, sk_live_… or a restricted rk_… key
	WebhookSecrets []string         // one, or two while one is rolled; at least one and none empty
	APIURL         string           // empty: Stripe's own
	Now            func() time.Time // nil: time.Now
	HTTP           *http.Client     // nil: one that gives up after 20 seconds
}

// Gateway is one Stripe account in one mode.
type Gateway struct {
	api     *client.API
	live    bool
	secrets []string
	now     func() time.Time
}

// New fails with a sentence that names the setting that is wrong. It calls nobody.
func New(s Settings) (*Gateway, error) {
	live, err := mode(s.SecretKey)
	if err != nil {
		return nil, err
	}
	if len(s.WebhookSecrets) == 0 {
		return nil, errors.New("PARLEY_STRIPE_WEBHOOK_SECRET is missing: without it anybody could say that an order is paid")
	}
	for _, secret := range s.WebhookSecrets {
		if len(strings.TrimSpace(secret)) < 8 {
			return nil, errors.New("PARLEY_STRIPE_WEBHOOK_SECRET is empty or too short; it should look like whsec_…")
		}
	}
	if at, err := url.Parse(s.APIURL); s.APIURL != "" && (err != nil || at.Host == "" || !strings.HasPrefix(at.Scheme, "http")) {
		return nil, errors.New("PARLEY_STRIPE_API_URL is not an address; it should look like https://api.stripe.com, or be left out")
	}
	g := &Gateway{api: dial(s), live: live, secrets: s.WebhookSecrets, now: s.Now}
	if g.now == nil {
		g.now = time.Now
	}
	return g, nil
}

func mode(key string) (live bool, err error) {
	for _, prefix := range []string{"sk_", "rk_"} {
		switch {
		case strings.HasPrefix(key, prefix+"test_"):
			return false, nil
		case strings.HasPrefix(key, prefix+"live_"):
			return true, nil
		}
	}
	return false, errors.New("PARLEY_STRIPE_SECRET_KEY is not a secret key of Stripe; it should look like sk_test_… or sk_live_…")
}

func dial(s Settings) *client.API {
	config := &stripego.BackendConfig{
		HTTPClient:        s.HTTP,
		LeveledLogger:     &stripego.LeveledLogger{Level: stripego.LevelNull}, // it would log what buyers typed
		MaxNetworkRetries: stripego.Int64(1),
		EnableTelemetry:   stripego.Bool(false),
	}
	if config.HTTPClient == nil {
		config.HTTPClient = &http.Client{Timeout: 20 * time.Second}
	}
	if s.APIURL != "" {
		config.URL = stripego.String(strings.TrimRight(s.APIURL, "/"))
	}
	backend := stripego.GetBackendWithConfig(stripego.APIBackend, config)
	return client.New(s.SecretKey, &stripego.Backends{API: backend, Connect: backend, Uploads: backend})
}

// Name is "stripe".
func (*Gateway) Name() string { return Name }

// Live says whether the key is one for real money.
func (g *Gateway) Live() bool { return g.live }

// Offers leaves out what Stripe cannot charge exactly.
func (*Gateway) Offers(_ context.Context, due payments.Due) bool {
	_, err := minor(due.Amount)
	return err == nil
}

// Open makes a Checkout Session; the same payment always gets the same one.
func (g *Gateway) Open(ctx context.Context, p payments.Payment, due payments.Due, back payments.Return) (payments.Opened, error) {
	asked, err := params(p, due, back)
	if err != nil {
		return payments.Opened{}, err
	}
	asked.Context = ctx
	asked.SetIdempotencyKey(p.Key)
	made, err := g.api.CheckoutSessions.New(asked)
	if err != nil {
		return payments.Opened{}, inOurWords(err)
	}
	opened := payments.Opened{Ref: made.ID, URL: made.URL, Expires: time.Unix(made.ExpiresAt, 0).UTC()}
	if !due.Expires.IsZero() && due.Expires.Before(opened.Expires) {
		opened.Expires = due.Expires // then we close it ourselves
	}
	return opened, nil
}

// Look reads the session and its charge again, in the version of the API that this package was written for.
func (g *Gateway) Look(ctx context.Context, p payments.Payment) (payments.Notice, error) {
	found, err := g.session(ctx, p.Ref)
	if err != nil {
		return payments.Notice{}, err
	}
	return notice(found), nil
}

func (g *Gateway) session(ctx context.Context, ref string) (*stripego.CheckoutSession, error) {
	asked := &stripego.CheckoutSessionParams{}
	asked.Context = ctx
	asked.AddExpand("payment_intent.latest_charge.balance_transaction")
	found, err := g.api.CheckoutSessions.Get(ref, asked)
	return found, inOurWords(err)
}

// sessionOf is the session that a payment intent belongs to; fault.Missing when there is none.
func (g *Gateway) sessionOf(ctx context.Context, intent string) (string, error) {
	asked := &stripego.CheckoutSessionListParams{PaymentIntent: stripego.String(intent)}
	asked.Context = ctx
	asked.Limit = stripego.Int64(1)
	asked.Single = true
	found := g.api.CheckoutSessions.List(asked)
	if found.Next() {
		return found.CheckoutSession().ID, nil
	}
	if err := found.Err(); err != nil {
		return "", inOurWords(err)
	}
	return "", fault.New(fault.Missing, "payment.missing")
}

// Close expires the session. Stripe refuses that for one that is over already; then it is asked how it ended.
func (g *Gateway) Close(ctx context.Context, p payments.Payment) error {
	asked := &stripego.CheckoutSessionExpireParams{}
	asked.Context = ctx
	_, refused := g.api.CheckoutSessions.Expire(p.Ref, asked)
	if refused == nil {
		return nil
	}
	found, err := g.session(ctx, p.Ref)
	if err != nil {
		return err
	}
	switch news(found) {
	case payments.Expired, payments.Failed:
		return nil
	case payments.Settled, payments.Working:
		return fault.New(fault.Conflict, "payment.was_paid").Because(refused)
	}
	return inOurWords(refused)
}

// inOurWords says whether asking again can help. What Stripe wrote goes to the log without what was sent.
func inOurWords(err error) error {
	if err == nil {
		return nil
	}
	var said *stripego.Error
	if !errors.As(err, &said) {
		return fault.New(fault.Unavailable, "payment.processor_unavailable").Because(withoutAddress(err))
	}
	cause := fmt.Errorf("stripe answered %d %s %s %s (request %s)", said.HTTPStatusCode, said.Type, said.Code, said.Param, said.RequestID)
	switch {
	case said.HTTPStatusCode == http.StatusNotFound:
		return fault.New(fault.Missing, "payment.missing").Because(cause)
	case said.HTTPStatusCode == http.StatusTooManyRequests, said.HTTPStatusCode == http.StatusConflict, said.HTTPStatusCode >= 500:
		return fault.New(fault.Unavailable, "payment.processor_unavailable").Because(cause)
	}
	return fault.New(fault.Denied, "payment.processor_refused").Because(cause)
}

// withoutAddress keeps what a transport error says and drops the URL, which names a session.
func withoutAddress(err error) error {
	var transport *url.Error
	if errors.As(err, &transport) {
		return transport.Err
	}
	return err
}
