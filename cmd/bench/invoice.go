package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// providerToken is a payment provider's that moves no money.
const providerToken = "284685063:TEST:bench"

// Invoices that are open, and people who look around meanwhile.
const (
	openInvoices = 64
	lookers      = 16
)

// answerWithin is the most that 99 of 100 buyers may wait until Telegram is told whether they may pay; Telegram itself gives
// up after ten seconds.
const answerWithin = 2 * time.Second

// demand is an invoice as its buyer's app has it.
type demand struct {
	buyer             int64
	payload, currency string
	total             int64
}

// measureInvoice is how soon Telegram is told whether a buyer may pay, while others look around in the same shop.
func measureInvoice(ctx context.Context, b *bench) error {
	database, err := b.postgres.database(ctx)
	if err != nil {
		return err
	}
	defer b.postgres.drop(context.WithoutCancel(ctx), database)
	paid := *b
	paid.env = append(paid.env, "PARLEY_TELEGRAM_PROVIDER_TOKEN="+providerToken)
	program, err := paid.start(ctx, database, b.dir)
	if err != nil {
		return err
	}
	err = fillShelves(ctx, database)
	if err == nil {
		err = paid.invoices(ctx, program)
	}
	b.report = paid.report
	return errors.Join(err, program.stop())
}

func (b *bench) invoices(ctx context.Context, program *child) error {
	phone := newPhone(b.api.hook.Load())
	buyers := b.crowd(openInvoices).chats
	for _, buyer := range buyers {
		if err := phone.demanded(ctx, buyer); err != nil {
			return err
		}
	}
	stop := phone.lookAround(ctx, b.crowd(lookers).chats)
	defer stop()
	var asked, may atomic.Int64
	var rounds []round
	for range b.Rounds {
		one, err := b.load(ctx, program.command.Process.Pid, 32, func(context.Context, int) func() (time.Duration, error) {
			return func() (time.Duration, error) {
				began := time.Now()
				yes, err := phone.mayPay(buyers[rand.IntN(len(buyers))].demand())
				asked.Add(1)
				if yes {
					may.Add(1)
				}
				return time.Since(began), err
			}
		})
		if err != nil {
			return err
		}
		rounds = append(rounds, one)
	}
	f := compared("pre-checkout, 32 at once beside 16 at it", "answers/s", rounds)
	f.Note = fmt.Sprintf("T3: p99 under %s; %d of %d may pay, the others are being paid just now", answerWithin, may.Load(), asked.Load())
	b.report.add(f)
	if f.P99 > ms(answerWithin) {
		return fmt.Errorf("T3 is broken: 99 of 100 wait up to %.0f ms for an answer", f.P99)
	}
	return nil
}

// demanded is somebody who buys one thing up to the invoice.
func (p *phone) demanded(ctx context.Context, c *chat) error {
	c.keep = true
	update := c.says("/start s_" + demoShop)
	for range mostTurns {
		if _, err := p.turn(ctx, c, update); err != nil {
			return err
		}
		if c.demand().payload != "" {
			return nil
		}
		buttons, _, _, _ := c.screen()
		if at := slices.IndexFunc(buttons, func(data string) bool { return strings.HasSuffix(data, ".telegram") }); at >= 0 {
			c.clear()
			update = c.taps(buttons[at])
			continue
		}
		var err error
		if update, err = c.towardsPaying(ctx); err != nil {
			return err
		}
	}
	return fmt.Errorf("a purchase came to no invoice: %q", c.heard())
}

// lookAround has people be at it until stop is called.
func (p *phone) lookAround(ctx context.Context, chats []*chat) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var at sync.WaitGroup
	for _, c := range chats {
		at.Go(func() {
			for ctx.Err() == nil {
				if _, err := p.turn(ctx, c, c.next(demoShop)); err != nil {
					return
				}
			}
		})
	}
	return func() { cancel(); at.Wait() }
}

// mayPay asks the program what Telegram asks before it takes money.
func (p *phone) mayPay(d demand) (bool, error) {
	n := updates.Add(1)
	said, err := p.ask(fmt.Appendf(nil, `{"update_id":%d,"pre_checkout_query":{"id":"q%d","from":{"id":%d,"is_bot":false,"first_name":"Buyer","language_code":"en"},`+
		`"currency":%q,"total_amount":%d,"invoice_payload":%q}}`, n, n, d.buyer, d.currency, d.total, d.payload))
	if err != nil {
		return false, err
	}
	if !bytes.Contains(said, []byte(`"answerPreCheckoutQuery"`)) {
		return false, fmt.Errorf("a pre-checkout query was answered %q", said)
	}
	return bytes.Contains(said, []byte(`"ok":true`)), nil
}

// demand is the newest invoice in the chat.
func (c *chat) demand() demand {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.due
}

// bill reads an invoice out of a call.
func (c *chat) bill(body []byte) {
	var prices []struct{ Amount int64 }
	if json.Unmarshal(value(body, "prices"), &prices) != nil {
		return
	}
	due := demand{buyer: c.id, payload: string(value(body, "payload")), currency: string(value(body, "currency"))}
	for _, price := range prices {
		due.total += price.Amount
	}
	c.mu.Lock()
	c.due = due
	c.mu.Unlock()
}

// ask delivers an update and returns what it is answered with.
func (p *phone) ask(update []byte) ([]byte, error) {
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	request.SetRequestURI(p.hook.url)
	request.Header.SetMethod(fasthttp.MethodPost)
	request.Header.SetContentType("application/json")
	request.Header.Set("X-Telegram-Bot-Api-Secret-Token", p.hook.secret)
	request.SetBodyRaw(update)
	if err := p.client.Do(request, response); err != nil {
		return nil, fmt.Errorf("post an update: %w", err)
	}
	if code := response.StatusCode(); code != fasthttp.StatusOK {
		return nil, fmt.Errorf("an update was answered %d", code)
	}
	return bytes.Clone(response.Body()), nil
}
