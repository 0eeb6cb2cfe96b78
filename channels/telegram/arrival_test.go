package telegram_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/channels"
	"parley/channels/telegram"
	"parley/channels/telegram/telegramtest"
)

// inbox counts what is received, and fails the first times.
type inbox struct {
	mu    sync.Mutex
	fails int
	texts []string
	ids   []string
	got   chan struct{}
}

func newInbox(fails int) *inbox { return &inbox{fails: fails, got: make(chan struct{}, 1000)} }

func (b *inbox) receive(_ context.Context, in channels.Inbound) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails > 0 {
		b.fails--
		return errors.New("the database is away")
	}
	b.texts, b.ids = append(b.texts, in.Text), append(b.ids, in.ID)
	b.got <- struct{}{}
	return nil
}

// wait waits for so many more to be received, and returns all texts.
func (b *inbox) wait(t *testing.T, more int) []string {
	t.Helper()
	for range more {
		select {
		case <-b.got:
		case <-time.After(20 * time.Second):
			t.Fatal("nothing was received")
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.texts)
}

func TestPollingLosesNothingAndKeepsTheOrder(t *testing.T) {
	api := telegramtest.New(t, telegramtest.Options{})
	box := newInbox(2)
	var unknown []string
	a := newAdapter(t, api, telegram.Config{Receive: box.receive, Unknown: func(_ context.Context, channel string, raw []byte) error {
		unknown = append(unknown, channel+string(raw))
		return nil
	}})
	api.Fail(telegramtest.Failure{Method: "getMe", Status: 502})
	api.Fail(telegramtest.Failure{Method: "deleteWebhook", Status: 500})
	api.Fail(telegramtest.Failure{Method: "getUpdates", Status: 500})
	api.Fail(telegramtest.Failure{Method: "getUpdates"})
	api.SendText(5, "one")
	api.Inject(telegramtest.Update{ID: 2000, JSON: []byte(`{"update_id":2000,"poll":{}}`)})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	if texts := box.wait(t, 1); !slices.Equal(texts, []string{"one"}) {
		t.Errorf("received %q", texts)
	}
	api.Inject(telegramtest.Update{ID: 2001, JSON: []byte(strings.Replace(string(api.SendText(6, "two").JSON), "1002", "2001", 1))})
	box.wait(t, 1)
	if err := api.AwaitTaken(t.Context()); err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if len(unknown) != 1 || unknown[0] != `telegram:42{"update_id":2000,"poll":{}}` {
		t.Errorf("kept %q", unknown)
	}
}

func TestAWebhookThatFailsIsDeliveredAgainInOrder(t *testing.T) {
	api := telegramtest.New(t, telegramtest.Options{})
	box := newInbox(1)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := newAdapter(t, api, telegram.Config{Receive: box.receive, PublicURL: "http://" + listener.Addr().String(), Secret: secret})
	serveHook(t, a, listener)
	if err := a.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	api.Repeat(1)
	for _, text := range []string{"one", "two", "three"} {
		api.SendText(5, text)
	}
	if texts := box.wait(t, 6); !slices.Equal(texts, []string{"one", "one", "two", "two", "three", "three"}) {
		t.Errorf("received %q", texts)
	}
	if box.ids[0] != box.ids[1] || box.ids[1] == box.ids[2] {
		t.Errorf("ids %q", box.ids)
	}
}

func TestWithoutASecretNothingIsTaken(t *testing.T) {
	api := telegramtest.New(t, telegramtest.Options{})
	box := newInbox(0)
	a := newAdapter(t, api, telegram.Config{Receive: box.receive})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serveHook(t, a, listener)
	h := &harness{t: t, address: "http://" + listener.Addr().String() + a.Path()}
	if status := h.post("", string(api.SendText(5, "hi").JSON)); status != 401 || len(box.texts) != 0 {
		t.Errorf("answered with %d, received %q", status, box.texts)
	}
}

func TestAnUpdateThatCannotBeKeptComesAgain(t *testing.T) {
	h := newHarness(t, telegram.Config{Unknown: func(context.Context, string, []byte) error { return errors.New("the disk is full") }})
	if status := h.post(secret, `{"update_id":1,"guest_message":{}}`); status != 500 {
		t.Errorf("answered with %d", status)
	}
	if status := h.post(secret, `{"update_id":1,"edited_message":{}}`); status != 200 {
		t.Errorf("what is of no concern was answered with %d", status)
	}
}

func TestATapByWebhookIsAcknowledgedByItsAnswer(t *testing.T) {
	var calls []string
	api := telegramtest.New(t, telegramtest.Options{Called: func(c telegramtest.Call) { calls = append(calls, c.Method) }})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	taps := make(chan channels.Inbound, 10)
	a := newAdapter(t, api, telegram.Config{PublicURL: "http://" + listener.Addr().String(), Secret: secret, Receive: func(_ context.Context, in channels.Inbound) error {
		taps <- in
		return nil
	}})
	serveHook(t, a, listener)
	if err := a.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	api.SendText(5, "hi")
	from := (<-taps).From
	if _, err := a.Send(t.Context(), from, channels.Message{Text: "Well?", Choices: []channels.Choice{{Label: "Yes", Token: "y"}}}); err != nil {
		t.Fatal(err)
	}
	calls = nil
	if _, err := api.Tap(5, "Yes"); err != nil {
		t.Fatal(err)
	}
	if err := api.AwaitTaken(t.Context()); err != nil {
		t.Fatal(err)
	}
	if in := <-taps; in.Answer != "" || in.Token != "y" {
		t.Errorf("the tap is to be acknowledged again: %+v", in)
	}
	if api.Unanswered() != 0 || !slices.Equal(calls, []string{"answerCallbackQuery"}) {
		t.Errorf("%d taps wait; calls were %q", api.Unanswered(), calls)
	}
}
