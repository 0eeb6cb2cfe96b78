package main_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/channels/telegram/telegramtest"
	"parley/migrations/db"
)

var (
	killRounds = flag.Int("kill.rounds", 3, "how often TestNothingIsLostByKilling kills the program on each engine")
	killBuyers = flag.Int("kill.buyers", 6, "how many buyers go on shopping meanwhile")
	killSeed   = flag.Uint64("kill.seed", 0, "when to kill; 0: another each time")
)

// shopper is a buyer who wants to buy a number of times, whatever happens to the shop: it looks at the screen and does
// what is next.
type shopper struct {
	api     *telegramtest.Server
	id      int64
	bought  int
	did     map[int64]string // the last thing done to a message, so as not to do it twice
	thanked map[string]bool  // by their words, which name the order
}

// road is what to do about the newest message, by how its text begins or what it holds.
var road = []struct{ says, tap, types string }{
	{says: "is paid", types: "paper boat"},
	{says: "Who is the order for", types: buyerName + ", " + buyerPhone},
	{says: "How would you like to get it", tap: "Pick up at the shop"},
	{says: "Anything we should know", tap: "Skip"},
	{says: "Please check your order", tap: "Place the order"},
	{says: "How would you like to pay", tap: "Pay by card (test)"},
	{says: "Your cart is empty", types: "paper boat"},
	{says: "Your cart", tap: "Check out"},
	{says: "Choose: Size", tap: "Small"},
	{says: "In stock", tap: "Add to cart"},
	{says: "found for", tap: "Paper boat"},
	{says: "What are you looking for", types: "paper boat"},
	{says: "Something went wrong", types: "cart"},
	{says: "waiting for payment", tap: "Pay"},
	{says: "View the order", tap: "View the order"},
}

// shop goes on until the shopper has bought often enough, or ctx ends.
func (s *shopper) shop(ctx context.Context, times int) error {
	s.api.Start(s.id, "s_meadow")
	for s.bought < times {
		stuck, cancel := context.WithTimeout(ctx, 5*time.Second)
		screen, err := s.api.Await(stuck, s.id, func(screen []telegramtest.Message) bool { return len(screen) > 0 && s.isNew(screen[len(screen)-1]) })
		cancel()
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("bought %d of %d times; sees %q", s.bought, times, lastText(screen))
		case errors.Is(err, context.DeadlineExceeded):
			s.api.SendText(s.id, "cart") // as people do when nothing comes
		case err != nil:
			return err
		default:
			s.react(screen)
		}
	}
	return nil
}

func lastText(screen []telegramtest.Message) string {
	if len(screen) == 0 {
		return ""
	}
	return screen[len(screen)-1].Text
}

func (s *shopper) isNew(m telegramtest.Message) bool {
	return s.did[m.ID] != fmt.Sprint(m.Text, m.Edits)
}

// react does what the newest message asks for.
func (s *shopper) react(screen []telegramtest.Message) {
	m := screen[len(screen)-1]
	s.did[m.ID] = fmt.Sprint(m.Text, m.Edits)
	if page := payPageOn([]telegramtest.Message{m}); page != "" {
		pay(page)
		return
	}
	for _, step := range road {
		if !strings.Contains(m.Text, step.says) {
			continue
		}
		if step.says == "is paid" && !s.thanked[m.Text] {
			s.bought++ // thanks that were sent again, because a kill came before that they were sent was written, count once
			s.thanked[m.Text] = true
		}
		if step.types != "" {
			s.api.SendText(s.id, step.types)
			return
		}
		if label := labelOf([]telegramtest.Message{m}, step.tap); label != "" {
			_, _ = s.api.Tap(s.id, label) // the button may have gone by now; then there is a newer message
			return
		}
	}
}

// pay presses Pay until the page takes it: the shop may be down right now.
func pay(page string) {
	for range 100 {
		answer, err := http.PostForm(page, url.Values{"do": {"pay"}})
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(50 * time.Millisecond) // another process's return has no signal
	}
}

func TestNothingIsLostByKilling(t *testing.T) {
	everyPlace(t, func(t *testing.T, at place) {
		seed := *killSeed
		if seed == 0 {
			seed = rand.Uint64()
		}
		t.Logf("-kill.seed=%d", seed)
		api := telegramtest.New(t, telegramtest.Options{})
		address := freeAddress(t)
		settings := bot(api, "PARLEY_ADDR="+address, "PARLEY_PUBLIC_URL=http://"+address, "PARLEY_DEMO=true", "PARLEY_LOG_LEVEL=warn")
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(*killRounds)*10*time.Second+3*patience)
		defer cancel()
		stocked := at.run(t, strings.Replace(ourCSV, "shopify,7", "shopify,7000", 1), "import", "--merchant", "meadow", "-")
		if stocked.code != 0 {
			t.Fatal(stocked.out, stocked.err)
		}
		s := at.serve(t, settings...)
		shoppers := startShopping(ctx, t, api, *killBuyers, *killRounds)
		chance := rand.New(rand.NewPCG(seed, uint64(len(at.engine))))
		for range *killRounds {
			killAt(ctx, api, s, int64(20+chance.IntN(120)), time.Duration(chance.IntN(20_000))*time.Microsecond)
			s = at.serve(t, settings...)
		}
		shoppers.Wait()
		if err := api.AwaitTaken(ctx); err != nil {
			t.Error(err)
		}
		eventually(t, "every promised job is done", func() bool {
			return !strings.Contains(ask(t, http.MethodGet, s.url+"/metrics", "", "").body, `parley_jobs{kind="channels.send"} `) ||
				strings.Contains(ask(t, http.MethodGet, s.url+"/metrics", "", "").body, `parley_jobs{kind="channels.send"} 0`)
		})
		s.stop(t)
		at.verify(t)
		holds(t, at.open(t), api.Taken(), *killBuyers**killRounds)
	})
}

// startShopping sends the shoppers off. Each buys as often as there are kills, so that every kill meets some of them.
func startShopping(ctx context.Context, t *testing.T, api *telegramtest.Server, buyers, times int) *sync.WaitGroup {
	t.Helper()
	var all sync.WaitGroup
	for n := range buyers {
		one := &shopper{api: api, id: int64(900 + n), did: map[int64]string{}, thanked: map[string]bool{}}
		api.Introduce(one.id, telegramtest.Person{FirstName: "Wilhelmina", LastName: "Sandoval", Language: "en"})
		all.Go(func() {
			if err := one.shop(ctx, times); err != nil {
				t.Errorf("buyer %d can't finish: %v", one.id, err)
			}
		})
	}
	return &all
}

// killAt kills the program after so many more calls of the network, and a moment: in the middle of something.
func killAt(ctx context.Context, api *telegramtest.Server, s *process, calls int64, moment time.Duration) {
	until, tick := api.Calls()+calls, time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for api.Calls() < until && ctx.Err() == nil {
		<-tick.C
	}
	<-time.After(moment)
	s.kill()
}

// holds is what must be true of the database after any number of kills.
func holds(t *testing.T, d *db.DB, taken []int64, wanted int) {
	t.Helper()
	for _, update := range taken {
		if n := count(t, d, "select count(*) from messages where way = 'in' and network_id = ?", fmt.Sprint(update)); n != 1 {
			t.Errorf("update %d was acknowledged and is in the transcript %d times", update, n)
		}
	}
	for what, query := range map[string]string{
		"messages that never left":               "select count(*) from messages where way = 'out' and state = 'queued'",
		"messages that failed":                   "select count(*) from messages where way = 'out' and state = 'failed'",
		"jobs that were set aside":               "select count(*) from jobs where state = 'dead'",
		"orders without lines":                   "select count(*) from orders o where not exists (select 1 from order_lines l where l.order_id = o.id)",
		"orders that moved without a trace":      "select count(*) from orders o where o.state <> 'pending' and not exists (select 1 from order_events e where e.order_id = o.id)",
		"paid orders without a settled payment":  "select count(*) from orders o where o.state = 'paid' and not exists (select 1 from payments p where p.order_id = o.id and p.status = 'settled')",
		"paid orders without an entry":           "select count(*) from orders o where o.state = 'paid' and not exists (select 1 from ledger_entries l where l.order_id = o.id and l.reason = 'capture')",
		"settled payments of unpaid orders":      "select count(*) from payments p join orders o on o.id = p.order_id where p.status = 'settled' and o.state <> 'paid'",
		"checkouts that placed two orders":       "select count(*) from (select 1 from orders group by merchant_id, buyer_id, key having count(*) > 1) as twice",
		"orders that were paid twice":            "select count(*) from (select 1 from payments where status = 'settled' group by order_id having count(*) > 1) as twice",
		"payments that wait for a person":        "select count(*) from payment_reviews",
		"buyers who were thanked other than due": "select abs((select count(*) from orders where state = 'paid') - (select count(*) from messages where way = 'out' and body like '%is paid:%'))",
	} {
		if n := count(t, d, query); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	if paid := count(t, d, "select count(*) from orders where state = 'paid'"); paid < int64(wanted) {
		t.Errorf("%d orders are paid, want %d", paid, wanted)
	}
}
