package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"parley/channels/telegram/telegramtest"
	main "parley/cmd/parley"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments/stripe/stripetest"
)

var killPoints = flag.Int("kill.points", 0, "how often TestKilledAtAnyPointItGoesOnAsIfNothingWas kills the program on each engine; 0: a few times, in few deeds")

// kills is how often the program is killed, and in the middle of how many deeds: all of them when it is killed often.
func kills() (rounds, deeds int) {
	switch {
	case *killPoints > 0:
		return *killPoints, max(*killPoints/10, 1)
	case raceEnabled:
		return 4, 1 // a life takes long
	}
	return 12, 3
}

// afterlife is the world in which a shop is killed again and again: its processor, its messenger and its buyer live on,
// and tell it again what it did not acknowledge.
type afterlife struct {
	t      *testing.T
	at     place
	stripe *stripetest.Server
	api    *telegramtest.Server
	life   main.Life
	chance *rand.Rand
	mu     sync.Mutex
	whim   *rand.Rand         // the processor's
	news   []stripetest.Event // the processor's, not acknowledged yet
	old    []stripetest.Event
	counts map[string]int // what the last life counted, when it survived its deed
}

const (
	theBuyer    = 900
	testKey     = "sk_test_1234567890"
	testHooking = "whsec_of_the_test"
)

func newAfterlife(t *testing.T, at place, seed uint64) *afterlife {
	t.Helper()
	a := &afterlife{t: t, at: at, chance: rand.New(rand.NewPCG(seed, 1)), whim: rand.New(rand.NewPCG(seed, 2))}
	a.stripe = stripetest.New(t, testKey, time.Now)
	a.api = telegramtest.New(t, telegramtest.Options{})
	a.api.Introduce(theBuyer, telegramtest.Person{FirstName: "Wilhelmina", LastName: "Sandoval", Language: "en"})
	world := httptest.NewServer(a)
	t.Cleanup(world.Close)
	a.life = main.Life{
		Address: freeAddress(t), URL: at.where.URL, Processor: a.stripe.URL, Key: testKey, Secret: testHooking,
		Messenger: a.api.URL, Token: a.api.Token, World: world.URL,
	}
	if at.engine == db.SQLite {
		a.life.Data = dbtest.Folder(t)
	}
	return a
}

// ServeHTTP does what a life asks for.
func (a *afterlife) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = a.do(r.Context(), strings.TrimPrefix(r.URL.Path, "/"), body)
	}
	if err != nil && r.Context().Err() == nil {
		http.Error(w, err.Error(), http.StatusTeapot)
	}
}

func (a *afterlife) do(ctx context.Context, what string, more []byte) error {
	if what == "survived" {
		a.mu.Lock()
		defer a.mu.Unlock()
		return json.Unmarshal(more, &a.counts)
	}
	var session string
	if err := json.Unmarshal(more, &session); err != nil {
		return err
	}
	switch what {
	case "awake":
		if err := a.api.AwaitTaken(ctx); err != nil {
			return err
		}
	case "pay":
		a.happens(a.stripe.Happen(a.t, session, "pay"))
	case "overpay":
		a.stripe.Tamper(a.t, session, func(s *stripetest.Session) { s.Amount += 100 })
		a.happens(a.stripe.Happen(a.t, session, "pay"))
	case "slow refunds":
		a.stripe.Refunds("pending")
		return nil
	case "fail refund":
		a.stripe.Refunds("succeeded")
		a.happens(a.stripe.MoveRefund(a.t, "failed"))
	case "dispute":
		a.happens(a.stripe.Dispute(a.t, session, true))
	case "pay out":
		a.happens(a.stripe.PayOut(a.t, true), a.stripe.MovePayout(a.t, "paid"), a.stripe.MovePayout(a.t, "reconciled"))
	case "talk":
		a.api.SendText(theBuyer, "cart")
		return a.api.AwaitTaken(ctx)
	default:
		return fmt.Errorf("nobody knows how to %s", what)
	}
	return a.deliver(ctx)
}

func (a *afterlife) happens(all ...stripetest.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.news = append(a.news, all...)
	if len(a.old) > 0 {
		a.news = append(a.news, a.old[a.whim.IntN(len(a.old))]) // the processor repeats itself
	}
}

// deliver brings the news until all of it was acknowledged, or the program dies.
func (a *afterlife) deliver(ctx context.Context) error {
	for {
		a.mu.Lock()
		if len(a.news) == 0 {
			a.mu.Unlock()
			return nil
		}
		next := a.news[0]
		a.mu.Unlock()
		answer, err := http.DefaultClient.Do(next.Request(a.t, "http://"+a.life.Address+"/hooks/stripe", testHooking, time.Now()).WithContext(ctx))
		if err != nil {
			return err
		}
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("news of %s is answered %d", next.Type, answer.StatusCode)
		}
		a.mu.Lock()
		a.news, a.old = a.news[1:], append(a.old, next)
		a.mu.Unlock()
	}
}

// live has the program live once, and says whether it was killed; what it counted, if it was not.
func (a *afterlife) live(deed, point string, nth int) map[string]int {
	a.t.Helper()
	life := a.life
	life.Deed, life.Point, life.Nth = deed, point, nth
	life.Dir = dbtest.Folder(a.t)
	a.mu.Lock()
	a.counts = nil
	a.mu.Unlock()
	told, err := json.Marshal(life)
	if err != nil {
		a.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(a.t.Context(), patience)
	defer cancel()
	itself, err := os.Executable()
	if err != nil {
		a.t.Fatal(err)
	}
	c := exec.CommandContext(ctx, itself)
	c.Dir, c.Env = a.at.dir, append(os.Environ(), "GOGC=off", "TMPDIR="+life.Dir, main.KilledVariable+"="+string(told))
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	_ = c.Run() // how it ended is looked at
	alarm(a.t, said.String())
	status, _ := c.ProcessState.Sys().(syscall.WaitStatus)
	killed := status.Signaled() && status.Signal() == syscall.SIGKILL && ctx.Err() == nil
	if killed != (deed != "") || !killed && c.ProcessState.ExitCode() != 0 {
		a.t.Fatalf("%s, %s %d: it ended with %s and said\n%s", deed, point, nth, c.ProcessState, &said)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.counts
}

// moment is where a process is killed: at the nth time that a deed brings it to a point.
type moment struct {
	deed, point string
	nth         int
}

// moments are all there are in so many deeds, as each comes to them when nobody is killed.
func (a *afterlife) moments(deeds int) (all []moment) {
	a.t.Helper()
	names := slices.Sorted(maps.Keys(main.Deeds))
	a.chance.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, deed := range names[:min(deeds, len(names))] {
		counts := a.live(deed, "", 0)
		for _, point := range slices.Sorted(maps.Keys(counts)) {
			for nth := range counts[point] {
				all = append(all, moment{deed, point, nth + 1})
			}
		}
	}
	return all
}

// walk is the moments in an order of chance in which every point has its turn as often as any other while it has moments
// left, and every deed at that point.
func (a *afterlife) walk(all []moment) []moment {
	a.chance.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	evenly := func(of func(moment) string) {
		seen, turn := map[string]int{}, map[moment]int{}
		for _, m := range all {
			turn[m] = seen[of(m)]
			seen[of(m)]++
		}
		slices.SortStableFunc(all, func(x, y moment) int { return turn[x] - turn[y] })
	}
	evenly(func(m moment) string { return m.point + " " + m.deed })
	evenly(func(m moment) string { return m.point })
	return all
}

func TestKilledAtAnyPointItGoesOnAsIfNothingWas(t *testing.T) {
	everyNewPlace(t, func(t *testing.T, at place) {
		seed := *killSeed
		if seed == 0 {
			seed = rand.Uint64()
		}
		t.Logf("-kill.seed=%d", seed)
		a := newAfterlife(t, at, seed)
		a.begin()
		began := time.Now()
		rounds, deeds := kills()
		all := a.walk(a.moments(deeds))
		t.Logf("%d moments known after %s", len(all), time.Since(began).Round(time.Millisecond))
		killed, missed := map[string]int{}, 0
		for round := range rounds {
			m := all[round%len(all)]
			if a.live(m.deed, m.point, m.nth) != nil {
				missed++ // other jobs were at it in another order this time; it was killed when all was done
			}
			killed[m.point]++
		}
		a.live("", "", 0)
		took := time.Since(began)
		t.Logf("killed %d times in %s: %v; %d times only when all was done", rounds, took.Round(time.Millisecond), killed, missed)
		if missed > 2+rounds/5 {
			t.Errorf("%d of %d kills missed their moment", missed, rounds)
		}
		at.where.Dir = a.life.Data
		a.holds(at.open(t))
	})
}

// begin has the buyer meet the shop.
func (a *afterlife) begin() {
	a.t.Helper()
	a.api.Start(theBuyer, "s_meadow")
	a.life.First = true
	a.live("", "", 0)
	a.life.First = false
}

// holds is what must be true after any number of kills: paid once, charged once, told at least once, refunded once.
func (a *afterlife) holds(d *db.DB) {
	a.t.Helper()
	screen := strings.Builder{}
	for _, m := range a.api.Screen(theBuyer) {
		screen.WriteString(m.Text + "\n")
	}
	for _, session := range a.stripe.Sessions() {
		if n := count(a.t, d, "select count(*) from payments where ref = ?", session.ID); n != 1 {
			a.t.Errorf("the processor opened %s, which %d payments know", session.ID, n)
		}
		want := int64(0)
		if session.PaymentStatus == "paid" {
			want = 1
		}
		if n := count(a.t, d, "select count(*) from ledger_entries where business_key = ?", "capture:"+session.Charge()); n != want {
			a.t.Errorf("%s is %s, and %d times in the books", session.ID, session.PaymentStatus, n)
		}
	}
	var paid []int64
	if err := d.On(a.t.Context()).Raw("select id from orders where received > 0").Scan(&paid).Error; err != nil {
		a.t.Error(err)
	}
	for _, id := range paid {
		if said := fmt.Sprintf("Order %d is paid", 1000+id); !strings.Contains(screen.String(), said) {
			a.t.Errorf("the buyer never reads %q", said)
		}
	}
	made := int64(0)
	for _, row := range a.stripe.Rows() {
		if strings.HasPrefix(row, "txn_re_") && !strings.HasSuffix(row, "_failed") {
			made++
		}
	}
	if n := count(a.t, d, "select count(*) from refunds where ref <> ''"); n != made {
		a.t.Errorf("the processor made %d refunds, we know of %d", made, n)
	}
	for _, update := range a.api.Taken() {
		if n := count(a.t, d, "select count(*) from messages where way = 'in' and network_id = ?", fmt.Sprint(update)); n != 1 {
			a.t.Errorf("update %d was acknowledged and is in the transcript %d times", update, n)
		}
	}
	for what, query := range map[string]string{
		"messages that never left":           "select count(*) from messages where way = 'out' and state = 'queued'",
		"messages that failed":               "select count(*) from messages where way = 'out' and state = 'failed'",
		"jobs that were set aside":           "select count(*) from jobs where state = 'dead'",
		"charges that nobody knows":          "select count(*) from settlement_items where class in ('psp_only', 'ledger_only', 'duplicate_charge', 'refund_not_in_ledger')",
		"payments to nobody":                 "select count(*) from payment_reviews where reason = 'unknown_payment'",
		"orders that were paid twice":        "select count(*) from (select 1 from payments where status = 'settled' group by order_id having count(*) > 1) as twice",
		"disputes whose evidence never left": "select count(*) from disputes where evidence_state not in ('', 'sent')",
	} {
		if n := count(a.t, d, query); n != 0 {
			a.t.Errorf("%d %s", n, what)
		}
	}
}
