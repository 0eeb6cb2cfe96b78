// Package sandbox is a processor of no real money, for demonstrations and tests. It keeps its own memory of what was
// asked and paid, of its balance and its payouts, and can do to a shop whatever other processors do: decline, delay,
// charge late or twice, repeat itself, dispute. It has a pay page and a desk of its own, and exists in demo mode only.
package sandbox

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"strings"
	"time"

	"parley/catalog/fault"
	"parley/migrations/db"
	"parley/payments"
)

// Name is what payments call this gateway.
const Name = "sandbox"

// patience is how long a session waits for an order that never gives up.
const patience = 30 * time.Minute

// Gateway is the sandbox's side that payments ask.
type Gateway struct {
	store  store
	secret []byte
	url    string
	now    func() time.Time
}

// New makes the sandbox for a shop at publicURL. It fails outside of demo mode and without a secret of at
// least 16 bytes, from which the addresses of pay pages are made.
func New(d *db.DB, demo bool, secret []byte, publicURL string, now func() time.Time) (*Gateway, error) {
	switch {
	case !demo:
		return nil, errors.New("the sandbox takes no real money and is for demo mode only: set PARLEY_DEMO, or leave the sandbox out")
	case len(secret) < 16:
		return nil, errors.New("the sandbox needs a secret of at least 16 bytes: set PARLEY_SECRET_KEY")
	}
	return &Gateway{store: store{d}, secret: secret, url: strings.TrimRight(publicURL, "/"), now: now}, nil
}

// Name is "sandbox".
func (*Gateway) Name() string { return Name }

// Instant says that opening needs no network: the sandbox lives in the same database.
func (*Gateway) Instant() {}

// Live says that no money is real.
func (*Gateway) Live() bool { return false }

// ref is unguessable without the secret and the same for each repetition of a key.
func (g *Gateway) ref(key string) string {
	mac := hmac.New(sha256.New, g.secret)
	mac.Write([]byte("sandbox:" + key))
	return "sb_" + strings.ToLower(base32.StdEncoding.EncodeToString(mac.Sum(nil))[:32])
}

// Open makes a session; the same key always gives the same one.
func (g *Gateway) Open(ctx context.Context, p payments.Payment, due payments.Due, back payments.Return) (payments.Opened, error) {
	made := session{
		ref: g.ref(p.Key), key: p.Key, number: due.Number, amount: p.Amount, language: due.Language,
		back: back.URL, state: stateOpen, expires: due.Expires.UTC(),
	}
	if due.Expires.IsZero() {
		made.expires = p.Opened.Add(patience)
	}
	if err := g.store.insert(ctx, made); err != nil {
		return payments.Opened{}, err
	}
	return payments.Opened{Ref: made.ref, URL: g.url + "/sandbox/pay/" + made.ref, Expires: made.expires}, nil
}

// Look is what the session says.
func (g *Gateway) Look(ctx context.Context, p payments.Payment) (payments.Notice, error) {
	s, err := g.sceneOf(ctx, p.Ref, "")
	if err != nil {
		return payments.Notice{}, err
	}
	return s.session.notice(s.charges), nil
}

// Close ends a session that nobody has paid.
func (g *Gateway) Close(ctx context.Context, p payments.Payment) error {
	err := g.store.d.InTx(ctx, func(ctx context.Context) error {
		s, err := g.sceneOf(ctx, p.Ref, g.store.d.ForUpdate())
		if err != nil {
			return err
		}
		_, err = g.advance(ctx, s, doClose)
		return err
	})
	if fault.KindOf(err) == fault.Conflict {
		return fault.New(fault.Conflict, "payment.was_paid").Because(err)
	}
	return err
}
