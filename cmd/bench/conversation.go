package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"parley/catalog"
	"parley/migrations/db"
)

// measureConversation is the rate of whole purchases in the chat, from /start to "paid", through the sandbox.
func measureConversation(ctx context.Context, b *bench) error {
	database, err := b.postgres.database(ctx)
	if err != nil {
		return err
	}
	defer b.postgres.drop(context.WithoutCancel(ctx), database)
	program, err := b.start(ctx, database, b.dir)
	if err != nil {
		return err
	}
	return errors.Join(b.conversations(ctx, database, program), program.stop())
}

func (b *bench) conversations(ctx context.Context, database string, program *child) error {
	if err := fillShelves(ctx, database); err != nil {
		return err
	}
	phone := newPhone(b.api.hook.Load())
	var turns, bought atomic.Int64
	var rounds []round
	for range b.Rounds {
		base, err := b.pgbench(ctx, "eight", 32)
		if err != nil {
			return err
		}
		one, err := b.long().load(ctx, program.command.Process.Pid, 32, func(ctx context.Context, _ int) func() (time.Duration, error) {
			return func() (time.Duration, error) {
				began := time.Now()
				n, err := phone.purchase(ctx, b.crowd(1).chats[0])
				turns.Add(int64(n))
				bought.Add(1)
				return time.Since(began), err
			}
		})
		if err != nil {
			return err
		}
		one.base = base
		rounds = append(rounds, one)
	}
	f := compared("conversations /start → paid, 32 at once", "checkouts/s", rounds)
	f.Note += fmt.Sprintf("; %.1f turns each", float64(turns.Load())/float64(max(bought.Load(), 1)))
	b.report.add(f)
	return nil
}

// fillShelves stocks the demo shop of a running program.
func fillShelves(ctx context.Context, database string) error {
	d, err := db.Open(ctx, db.Where{URL: database, Conns: 2})
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	goods := catalog.New(d, time.Now)
	shop, err := goods.MerchantBySlug(ctx, demoShop)
	if err != nil {
		return err
	}
	_, err = stock(ctx, d, goods, shop.ID)
	return err
}

// mostTurns ends a purchase that leads nowhere.
const mostTurns = 60

// purchase is one person buying one thing; it returns how many turns that took.
func (p *phone) purchase(ctx context.Context, c *chat) (turns int, err error) {
	c.keep = true
	var shown []string
	var said string
	var path []string // what was shown, for the error
	update := c.says("/start s_" + demoShop)
	for turns = 1; turns < mostTurns; turns++ {
		if _, err := p.turn(ctx, c, update); err != nil {
			return turns, err
		}
		shown, _, _, said = c.screen()
		if link := payLink.FindString(said); link != "" {
			return turns, p.pay(ctx, c, link)
		}
		path = append(path, fmt.Sprintf("%v %q", shown, c.heard()))
		if update, err = c.towardsPaying(ctx); err != nil {
			return turns, err
		}
	}
	return turns, fmt.Errorf("a purchase came to no end; the last screen was %q after\n%s", said, strings.Join(path, "\n"))
}

// order in which buttons lead to a paid order.
var towards = []string{"m", "kp", "ks", "kd", "kk", "k", "a", "v", "p", "s"}

// towardsPaying is what a buyer who knows what they want does next: the button that leads on, else what is asked for.
func (c *chat) towardsPaying(ctx context.Context) ([]byte, error) {
	for {
		buttons, _, _, _ := c.screen()
		for _, code := range towards {
			if data := among(buttons, code); data != "" {
				c.clear()
				return c.taps(data), nil
			}
		}
		if answer := wanted(strings.Join(c.heard(), "\n")); answer != "" {
			c.clear()
			return c.says(answer), nil
		}
		select { // the rest of the answer is on its way
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-c.seen:
		case <-time.After(answerTime):
			return nil, fmt.Errorf("%w; the screen is %q with %v", errNoAnswer, c.heard(), buttons)
		}
	}
}

// wanted is what is typed where the shop asks for it; "" if a message asks for nothing. An answer may be several
// messages, of which one asks.
func wanted(text string) string {
	switch {
	case strings.Contains(text, "Who is the order for?"):
		return "Buyer, +1 555 010 0199"
	case strings.Contains(text, "Where shall we bring it?"):
		return "1 Long Street, Springfield"
	}
	return ""
}

// among is any of the buttons of a kind; of the ways to pay it is the sandbox.
func among(buttons []string, code string) string {
	var fit []string
	for _, b := range buttons {
		if b == code || strings.HasPrefix(b, code+".") && (code != "m" || strings.HasSuffix(b, ".sandbox")) {
			fit = append(fit, b)
		}
	}
	if len(fit) == 0 {
		return ""
	}
	return fit[rand.IntN(len(fit))]
}

// clear forgets the screen, so that what comes next is known to be new.
func (c *chat) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buttons, c.text, c.shown = nil, "", nil
}

// pay presses "pay" on the sandbox's page and waits for the shop's thanks.
func (p *phone) pay(ctx context.Context, c *chat, link string) error {
	c.clear()
	c.forget()
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	request.SetRequestURI(link)
	request.Header.SetMethod(fasthttp.MethodPost)
	request.Header.SetContentType("application/x-www-form-urlencoded")
	request.SetBodyString("do=pay")
	if err := p.client.Do(request, response); err != nil {
		return fmt.Errorf("pay: %w", err)
	}
	if code := response.StatusCode(); code >= 400 {
		return fmt.Errorf("paying was answered %d", code)
	}
	patience := time.NewTimer(answerTime)
	defer patience.Stop()
	for {
		select {
		case <-c.seen:
			if said := strings.ToLower(strings.Join(c.heard(), "\n")); strings.Contains(said, "thank") || strings.Contains(said, "paid") {
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		case <-patience.C:
			return fmt.Errorf("nobody thanked for the money; said was %q", c.heard())
		}
	}
}

// purchaseTime is the least time in which purchases are counted: each takes many turns.
const purchaseTime = 15 // seconds

// long is the benchmark with enough time for whole purchases.
func (b *bench) long() *bench {
	patient := *b
	patient.Seconds = max(b.Seconds, purchaseTime)
	return &patient
}
