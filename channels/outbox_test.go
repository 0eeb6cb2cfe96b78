package channels_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/channels"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

// wire is a network that answers as it is told to and remembers what it has shown.
type wire struct {
	mu      sync.Mutex
	limits  channels.Limits
	answers []error // to the next sendings, one each; then all succeed
	shown   []string
	tries   int
	told    chan struct{} // gets a signal for each try
	thanked []string
}

func newWire() *wire {
	return &wire{limits: channels.Limits{Text: 1000}, told: make(chan struct{}, 1000)}
}

func (w *wire) Limits() channels.Limits { return w.limits }

func (w *wire) Send(_ context.Context, to channels.Address, m channels.Message) (string, error) {
	return w.show(to.Buyer + ": " + m.Text)
}

func (w *wire) Edit(_ context.Context, to channels.Address, id string, m channels.Message) (string, error) {
	return w.show(to.Buyer + " " + id + ": " + m.Text)
}

func (w *wire) Acknowledge(_ context.Context, answer string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.thanked = append(w.thanked, answer)
	w.told <- struct{}{}
	return nil
}

func (w *wire) show(line string) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer func() { w.told <- struct{}{} }()
	w.tries++
	if len(w.answers) > 0 {
		answer := w.answers[0]
		if w.answers = w.answers[1:]; answer != nil {
			return "", answer
		}
	}
	w.shown = append(w.shown, line)
	return "n" + strconv.Itoa(len(w.shown)), nil
}

func (w *wire) lines() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.shown...)
}

// desk is an outbox over a wire.
type desk struct {
	t      *testing.T
	db     *db.DB
	wire   *wire
	now    atomic.Int64 // microseconds by which the outbox's clock is ahead
	outbox *channels.Outbox
	stop   func()
}

func newDesk(t *testing.T, d *db.DB) *desk {
	k := &desk{t: t, db: d, wire: newWire(), stop: func() {}}
	k.outbox = k.another()
	return k
}

func (k *desk) another() *channels.Outbox {
	o := channels.NewOutbox(k.db, func() time.Time { return time.Now().Add(time.Duration(k.now.Load()) * time.Microsecond).UTC() })
	o.Connect("test", k.wire)
	return o
}

// keep has the outbox send until the test ends or stop.
func (k *desk) keep() {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	outbox := k.outbox
	go func() { defer close(done); outbox.Keep(ctx, 4, func(db.Job, error, bool) {}) }()
	k.stop = sync.OnceFunc(func() { stop(); <-done })
	k.t.Cleanup(k.stop)
}

func to(buyer string) channels.Address { return channels.Address{Channel: "test", Buyer: buyer} }

func (k *desk) post(buyer string, letters ...channels.Letter) {
	k.t.Helper()
	err := k.db.InTx(k.t.Context(), func(ctx context.Context) error {
		return k.outbox.Post(ctx, channels.Talk{With: to(buyer)}, nil, letters...)
	})
	if err != nil {
		k.t.Fatal(err)
	}
}

func letter(text string) channels.Letter {
	return channels.Letter{Message: channels.Message{Text: text}}
}

// until waits for a condition, looking again whenever the wire tells of a try, and now and then.
func (k *desk) until(what string, holds func() bool) {
	k.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for patience := time.After(30 * time.Second); !holds(); {
		select {
		case <-k.wire.told:
		case <-tick.C:
		case <-patience:
			k.t.Fatalf("it never came that %s; shown: %v, states: %v", what, k.wire.lines(), k.states())
		}
	}
}

// states are those of the outgoing messages in order.
func (k *desk) states() (states string) {
	k.t.Helper()
	var all []string
	if err := k.db.On(context.Background()).Raw("select state from messages where way = 'out' order by id").Scan(&all).Error; err != nil {
		k.t.Fatal(err)
	}
	return strings.Join(all, " ")
}

func (k *desk) untilStates(want string) {
	k.t.Helper()
	k.until("the messages are "+want, func() bool { return k.states() == want })
}

func (k *desk) expect(want ...string) {
	k.t.Helper()
	if got := k.wire.lines(); strings.Join(got, "|") != strings.Join(want, "|") {
		k.t.Errorf("shown: %q, not %q", got, want)
	}
}

func each(t *testing.T, test func(t *testing.T, k *desk)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { test(t, newDesk(t, d)) })
}

func TestLettersOfOneBuyerLeaveInOrder(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.keep()
		var want strings.Builder
		for n := range 30 {
			k.post("anna", letter(fmt.Sprint("a", n)), letter(fmt.Sprint("b", n)))
			k.post("boris", letter(fmt.Sprint("c", n)))
			fmt.Fprintf(&want, "anna: a%d|anna: b%d|", n, n)
		}
		k.until("all are shown", func() bool { return len(k.wire.lines()) == 90 })
		var annas strings.Builder
		for _, line := range k.wire.lines() {
			if strings.HasPrefix(line, "anna") {
				annas.WriteString(line + "|")
			}
		}
		if annas.String() != want.String() {
			t.Errorf("anna read %s", annas.String())
		}
	})
}

// The second letter waits for the first, however often that is tried.
func TestANetworkThatIsDownIsTriedAgainInOrder(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.wire.answers = []error{&channels.Refused{Why: channels.Down, Said: "502"}, errors.New("no route")}
		k.keep()
		k.post("anna", letter("one"), letter("two"))
		k.post("anna", letter("three"))
		k.untilStates("sent sent sent")
		k.expect("anna: one", "anna: two", "anna: three")
	})
}

// A letter that was shown is not shown again when the one behind it has to be.
func TestARetryBeginsWhereTheLastTryEnded(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.wire.answers = []error{nil, &channels.Refused{Why: channels.Down}}
		k.keep()
		k.post("anna", letter("one"), letter("two"))
		k.untilStates("sent sent")
		k.expect("anna: one", "anna: two")
	})
}

func TestSlowIsHonoured(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.wire.answers = []error{&channels.Refused{Why: channels.Slow, After: time.Hour}}
		k.keep()
		k.post("anna", letter("one"))
		k.until("anna's was tried", func() bool {
			k.wire.mu.Lock()
			defer k.wire.mu.Unlock()
			return k.wire.tries == 1
		})
		k.post("boris", letter("other"))
		k.until("boris is served meanwhile", func() bool { return len(k.wire.lines()) > 0 })
		var wait float64
		k.until("the job waits", func() bool {
			var due []int64
			if err := k.db.On(t.Context()).Raw("select run_at from jobs where state = 'ready'").Scan(&due).Error; err != nil {
				t.Fatal(err)
			}
			if len(due) == 1 {
				wait = time.Until(time.UnixMicro(due[0])).Minutes()
			}
			return len(due) == 1 && wait > 1
		})
		if wait < 59 || wait > 61 {
			t.Errorf("it is tried again in %.0f minutes, not in an hour", wait)
		}
		k.expect("boris: other")
		if got := k.states(); !strings.Contains(got, "queued") {
			t.Errorf("the letter is %s", got)
		}
	})
}

// Whoever left gets no more letters, and somebody is told.
func TestGoneFailsTheRestAndTells(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		left := make(chan channels.Address, 1)
		k.outbox.Gone = func(_ context.Context, buyer channels.Address) { left <- buyer }
		k.wire.answers = []error{nil, &channels.Refused{Why: channels.Gone, Said: "blocked by the user"}}
		k.keep()
		k.post("anna", letter("one"), letter("two"), letter("three"))
		k.untilStates("sent failed failed")
		if buyer := <-left; buyer.Buyer != "anna" {
			t.Errorf("%v has left", buyer)
		}
		k.expect("anna: one")
		entries, err := channels.NewTranscript(k.db).After(t.Context(), to("anna"), 0, 10)
		if err != nil || entries[2].Error != "blocked by the user" {
			t.Errorf("%+v %v", entries, err)
		}
	})
}

func TestABadLetterFailsAloneAndTheNextFollows(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.wire.answers = []error{&channels.Refused{Why: channels.Bad, Said: "malformed"}, &channels.Refused{Why: channels.Closed, Said: "window"}}
		k.keep()
		k.post("anna", letter("one"), letter("two"), letter("three"))
		k.untilStates("failed failed sent")
		k.expect("anna: three")
	})
}

// The process ends between the commit and the sending: the next one sends.
func TestUnsentLettersLeaveAfterACrash(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.post("anna", letter("one"))
		k.post("anna", letter("two"), letter("three"))
		k.outbox = k.another()
		k.keep()
		k.untilStates("sent sent sent")
		k.expect("anna: one", "anna: two", "anna: three")
	})
}

// The process ends while it sends: what was shown and marked is not shown again.
func TestAParcelHalfSentIsFinishedByAnotherProcess(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.wire.answers = []error{nil, &channels.Refused{Why: channels.Slow, After: time.Millisecond}}
		k.keep()
		k.post("anna", letter("one"), letter("two"))
		k.until("the first is shown", func() bool { return len(k.wire.lines()) >= 1 })
		k.stop()
		k.outbox = k.another()
		k.keep()
		k.untilStates("sent sent")
		k.expect("anna: one", "anna: two")
	})
}

func TestNothingIsPostedWhenTheTransactionFails(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.keep()
		err := k.db.InTx(t.Context(), func(ctx context.Context) error {
			if err := k.outbox.Post(ctx, channels.Talk{With: to("anna")}, nil, letter("never")); err != nil {
				return err
			}
			return errors.New("changed my mind")
		})
		if err == nil {
			t.Fatal("it committed")
		}
		k.post("anna", letter("one"))
		k.untilStates("sent")
		k.expect("anna: one")
	})
}

func TestAnUpdateActsOnce(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		in := channels.Inbound{ID: "u1", From: to("anna"), Text: "hi", Answer: "spinner"}
		post := func() error {
			return k.db.InTx(t.Context(), func(ctx context.Context) error {
				return k.outbox.Post(ctx, channels.Talk{With: to("anna")}, &in, letter("hello"), letter("again"))
			})
		}
		k.keep()
		if err := post(); err != nil {
			t.Fatal(err)
		}
		if err := post(); !channels.IsRepeated(err) {
			t.Errorf("the second time: %v", err)
		}
		k.untilStates("sent sent")
		k.until("the tap is acknowledged", func() bool {
			k.wire.mu.Lock()
			defer k.wire.mu.Unlock()
			return len(k.wire.thanked) == 1 && k.wire.thanked[0] == "spinner"
		})
		k.expect("anna: hello", "anna: again")
	})
}

func TestALetterTakesThePlaceOfAnother(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.keep()
		k.post("anna", channels.Letter{Message: channels.Message{Text: "now"}, Edits: "n7"}, letter("below"))
		k.untilStates("sent sent")
		k.expect("anna n7: now", "anna: below")
	})
}

// Delivered comes after Sent, Read after Delivered, and nothing comes back.
func TestStatesOnlyGoForward(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.keep()
		k.post("anna", letter("one"))
		k.untilStates("sent")
		for _, heard := range []struct{ news, then channels.State }{
			{channels.Delivered, channels.Delivered}, {channels.Read, channels.Read}, {channels.Delivered, channels.Read}, {channels.Read, channels.Read},
		} {
			if err := k.outbox.Hear(t.Context(), to("anna"), "n1", heard.news); err != nil {
				t.Fatal(err)
			}
			if got := k.states(); got != string(heard.then) {
				t.Errorf("after %s it is %s", heard.news, got)
			}
		}
		if err := k.outbox.Hear(t.Context(), to("boris"), "n1", channels.Read); err != nil {
			t.Error("news of a message of nobody:", err)
		}
	})
}

// A buyer gets Burst messages at once and the rest at the pace of the network; another buyer need not wait.
func TestEachBuyerIsWrittenToAtThePaceOfTheNetwork(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.wire.limits.PerChat = channels.Rate{PerSecond: 1.0 / 3600, Burst: 2}
		k.keep()
		k.post("anna", letter("one"), letter("two"), letter("three"))
		k.post("boris", letter("other"))
		k.until("boris and two of anna's", func() bool { return len(k.wire.lines()) == 3 })
		k.until("the third waits", func() bool {
			var due []int64
			if err := k.db.On(t.Context()).Raw("select run_at from jobs where state = 'ready'").Scan(&due).Error; err != nil {
				t.Fatal(err)
			}
			return len(due) == 1 && time.Until(time.UnixMicro(due[0])) > 50*time.Minute
		})
		k.now.Add(time.Hour.Microseconds())
		if err := k.db.On(t.Context()).Exec("update jobs set run_at = 1").Error; err != nil {
			t.Fatal(err)
		}
		k.untilStates("sent sent sent sent")
		if got := strings.Join(k.wire.lines(), "|"); !strings.HasSuffix(got, "|anna: three") || len(k.wire.lines()) != 4 {
			t.Errorf("shown: %s", got)
		}
	})
}

func TestAChannelIsWrittenToAtThePaceOfTheNetwork(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.wire.limits.Overall = channels.Rate{PerSecond: 1.0 / 3600, Burst: 3}
		k.keep()
		for n := range 5 {
			k.post(fmt.Sprint("buyer", n), letter("hello"))
		}
		k.until("three are shown and two wait", func() bool {
			var waiting int64
			if err := k.db.On(t.Context()).Raw("select count(*) from jobs where state = 'ready' and run_at > ?", time.Now().Add(50*time.Minute).UnixMicro()).Scan(&waiting).Error; err != nil {
				t.Fatal(err)
			}
			return waiting == 2 && len(k.wire.lines()) == 3
		})
	})
}

func TestAChannelThatIsNotConnectedWaits(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		err := k.db.InTx(t.Context(), func(ctx context.Context) error {
			return k.outbox.Post(ctx, channels.Talk{With: channels.Address{Channel: "gone:1", Buyer: "anna"}}, nil, letter("one"))
		})
		if err != nil {
			t.Fatal(err)
		}
		k.keep()
		k.post("anna", letter("here"))
		k.until("the connected one is served", func() bool { return strings.HasSuffix(k.states(), "sent") })
		if got := k.states(); got != "queued sent" {
			t.Errorf("they are %s", got)
		}
	})
}
