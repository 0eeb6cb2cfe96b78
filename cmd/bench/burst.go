package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// The burst: so many chats do so many things each at the same moment, and every third update comes twice.
const (
	burstChats = 200
	burstEach  = 4
)

// asked are the things, each with an answer of its own.
var asked = [burstEach]string{"cart", "help", "order status", "menu"}

// measureBurst counts what was lost, doubled or answered out of order when very much comes at once.
func measureBurst(ctx context.Context, b *bench) error {
	database, err := b.postgres.database(ctx)
	if err != nil {
		return err
	}
	defer b.postgres.drop(context.WithoutCancel(ctx), database)
	program, err := b.start(ctx, database, b.dir)
	if err != nil {
		return err
	}
	return errors.Join(b.bursts(ctx), program.stop())
}

func (b *bench) bursts(ctx context.Context) error {
	everybody := b.crowd(burstChats + 1)
	if err := b.greet(ctx, everybody.chats); err != nil {
		return err
	}
	phone := newPhone(b.api.hook.Load())
	wanted, err := phone.rehearse(ctx, everybody.chats[burstChats])
	if err != nil {
		return err
	}
	var total burst
	var took []float64
	for range b.Rounds {
		one, err := phone.burst(ctx, everybody.chats[:burstChats], wanted)
		if err != nil {
			return err
		}
		took = append(took, one.took.Seconds())
		total.lost, total.doubled, total.disordered = total.lost+one.lost, total.doubled+one.doubled, total.disordered+one.disordered
	}
	updates := burstChats * burstEach
	b.report.add(figure{
		Name: fmt.Sprintf("burst, %d chats × %d updates", burstChats, burstEach), Value: float64(updates) / median(took), Unit: "updates/s", Rounds: took,
		Note: fmt.Sprintf("in %d rounds of %d: %d lost, %d doubled, %d chats out of order", b.Rounds, updates, total.lost, total.doubled, total.disordered),
	})
	return nil
}

// rehearse learns the answers by asking one at a time.
func (p *phone) rehearse(ctx context.Context, c *chat) ([]string, error) {
	c.listen()
	for _, words := range asked {
		if _, err := p.turn(ctx, c, c.says(words)); err != nil {
			return nil, err
		}
	}
	return c.heard(), nil
}

// burst is what became of one burst.
type burst struct {
	took                      time.Duration
	lost, doubled, disordered int
}

// burst delivers everything at once and waits until everything is answered, or nothing has come for a while.
func (p *phone) burst(ctx context.Context, chats []*chat, wanted []string) (burst, error) {
	var deliveries [][]byte
	for _, c := range chats {
		c.listen()
		for _, words := range asked {
			update := c.says(words)
			deliveries = append(deliveries, update)
			if len(deliveries)%3 == 0 {
				deliveries = append(deliveries, update)
			}
		}
	}
	began := time.Now()
	failed := make(chan error, len(deliveries))
	var at sync.WaitGroup
	for _, update := range deliveries {
		at.Go(func() { failed <- p.post(update) })
	}
	at.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			return burst{}, err
		}
	}
	return judge(ctx, chats, wanted, began)
}

// quiet is how long nothing may come before what is missing is lost.
const quiet = 3 * time.Second

func judge(ctx context.Context, chats []*chat, wanted []string, began time.Time) (burst, error) {
	count, last := -1, time.Now()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for count < len(chats)*len(wanted) && time.Since(last) < quiet {
		select {
		case <-ctx.Done():
			return burst{}, ctx.Err()
		case <-tick.C:
		}
		now := 0
		for _, c := range chats {
			now += len(c.heard())
		}
		if now > count {
			count, last = now, time.Now()
		}
	}
	b := burst{took: last.Sub(began)}
	time.Sleep(time.Second / 4) // for what should not come at all
	for _, c := range chats {
		b.count(c.heard(), wanted)
	}
	return b, nil
}

func (b *burst) count(heard, wanted []string) {
	for _, answer := range wanted {
		switch n := len(slices.DeleteFunc(slices.Clone(heard), func(h string) bool { return h != answer })); {
		case n == 0:
			b.lost++
		case n > 1:
			b.doubled += n - 1
		}
	}
	if len(heard) == len(wanted) && !slices.Equal(heard, wanted) {
		b.disordered++
	}
}

// listen begins to keep what the chat shows.
func (c *chat) listen() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep, c.shown = true, nil
}

func (c *chat) heard() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.shown)
}
