package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	stripehook "github.com/stripe/stripe-go/v76/webhook"
	"github.com/valyala/fasthttp"

	"parley/migrations/db"
)

// What the program and its processor share, and whose payments are spoken of.
const (
	hookSecret  = "whsec_only_for_benchmarks"
	hookKey     = "sk_test_onlyforbenchmarks"
	hookSales   = 20_000
	hooksAtOnce = 32
)

// heard is what taking in one event is to PostgreSQL: the payment is looked up, the event is kept, the order and the
// payment are held, the books are looked into, the payment is written.
const heard = `\set n random(1, :sales)
\set event random(1, 9000000000000000000)
begin;
select * from payments where gateway = 'stripe' and ref = 'cs_' || cast(:n as text);
insert into payment_events (merchant_id, payment_id, gateway, event_id, ref, charge, news, amount, currency, live, account, raw, at)
	values (1, cast(:n as bigint), 'stripe', 'evt_p' || cast(:event as text), 'cs_' || cast(:n as text), 'ch_' || cast(:n as text), 'settled', 4990, 'EUR', false, '', '{"id":"evt_1","object":"event","type":"checkout.session.completed"}', now())
	on conflict (gateway, event_id) do nothing returning id;
select * from orders where id = cast(:n as bigint) for update;
select * from payments where id = cast(:n as bigint) for update;
select count(*) from ledger_entries where source = 'stripe' and business_key = 'capture' || chr(58) || 'ch_' || cast(:n as text);
update payments set status = 'settled', captured = 4990, changed_at = now() where id = cast(:n as bigint);
commit;
`

// measureWebhooks is how many of Stripe's events a second are taken in: signed, asked back about, stored, judged and
// acknowledged. They say again, under new names, what is in the books already, as Stripe does.
func measureWebhooks(ctx context.Context, b *bench) error {
	database, err := b.postgres.database(ctx)
	if err != nil {
		return err
	}
	defer b.postgres.drop(context.WithoutCancel(ctx), database)
	d, err := db.Open(ctx, db.Where{URL: database})
	if err != nil {
		return err
	}
	if err := errors.Join(sellMuch(ctx, d, hookSales), d.Close()); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(b.dir, "heard"), []byte(strings.ReplaceAll(heard, ":sales", fmt.Sprint(hookSales))), 0o600); err != nil {
		return err
	}
	processor := httptest.NewServer(http.HandlerFunc(tellSession))
	defer processor.Close()
	paid := *b
	paid.env = append(paid.env, "PARLEY_STRIPE_SECRET_KEY="+hookKey, "PARLEY_STRIPE_WEBHOOK_SECRET="+hookSecret, "PARLEY_STRIPE_API_URL="+processor.URL)
	program, err := paid.start(ctx, database, b.dir)
	if err != nil {
		return err
	}
	err = paid.webhooks(ctx, program, &yardstick{b.postgres, database, b.dir})
	b.report = paid.report
	return errors.Join(err, program.stop())
}

func (b *bench) webhooks(ctx context.Context, program *child, yard *yardstick) error {
	var rounds []round
	client := &fasthttp.Client{MaxConnsPerHost: 2 * hooksAtOnce}
	for range b.Rounds {
		base, err := yard.pace(ctx, "heard", hooksAtOnce, b.Seconds)
		if err != nil {
			return err
		}
		one, err := b.load(ctx, program.command.Process.Pid, hooksAtOnce, func(context.Context, int) func() (time.Duration, error) {
			return func() (time.Duration, error) {
				began := time.Now()
				err := announce(client, program.url)
				return time.Since(began), err
			}
		})
		if err != nil {
			return err
		}
		one.base = base
		rounds = append(rounds, one)
	}
	b.report.add(compared(fmt.Sprintf("webhook intake, %d at once", hooksAtOnce), "events/s", rounds))
	return nil
}

var announced atomic.Int64

// announce delivers an event as Stripe does, and wants it acknowledged.
func announce(client *fasthttp.Client, url string) error {
	n, now := 1+rand.IntN(hookSales), time.Now()
	body := fmt.Appendf(nil, `{"id":"evt_b%d","object":"event","type":"checkout.session.completed","created":%d,"livemode":false,"data":{"object":{"id":"cs_%d","object":"checkout.session"}}}`,
		announced.Add(1), now.Unix(), n)
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	request.SetRequestURI(url + "/hooks/stripe")
	request.Header.SetMethod(fasthttp.MethodPost)
	request.Header.SetContentType("application/json")
	request.Header.Set("Stripe-Signature", fmt.Sprintf("t=%d,v1=%x", now.Unix(), stripehook.ComputeSignature(now, body, hookSecret)))
	request.SetBodyRaw(body)
	if err := client.Do(request, response); err != nil {
		return fmt.Errorf("announce an event: %w", err)
	}
	if code := response.StatusCode(); code != fasthttp.StatusOK {
		return fmt.Errorf("an event was answered %d", code)
	}
	return nil
}

// tellSession is Stripe asked about a session: it is paid. Of everything else it has nothing.
func tellSession(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	n, ok := strings.CutPrefix(r.URL.Path, "/v1/checkout/sessions/cs_")
	if !ok {
		_ = json.NewEncoder(w).Encode(map[string]any{"object": "list", "data": []any{}, "has_more": false})
		return
	}
	_, _ = fmt.Fprintf(w, `{"id":"cs_%s","object":"checkout.session","client_reference_id":"pay_%s","status":"complete","payment_status":"paid","amount_total":4990,"currency":"eur",`+
		`"livemode":false,"payment_intent":{"id":"pi_%s","object":"payment_intent","latest_charge":{"id":"ch_%s","object":"charge"}}}`, n, n, n, n)
}
