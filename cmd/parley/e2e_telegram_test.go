package main_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"parley/channels/telegram/telegramtest"
)

// What the buyer of these tests is called, which no log may know.
const (
	buyerName  = "Wilhelmina Sandoval"
	buyerPhone = "+15550147392"
)

// chatter is somebody with Telegram in their hand.
type chatter struct {
	t   *testing.T
	api *telegramtest.Server
	id  int64
}

func newChatter(t *testing.T, api *telegramtest.Server, id int64) chatter {
	api.Introduce(id, telegramtest.Person{FirstName: "Wilhelmina", LastName: "Sandoval", Language: "en"})
	return chatter{t, api, id}
}

// bot is what the program is told of the fake Bot API.
func bot(api *telegramtest.Server, more ...string) []string {
	return append([]string{"PARLEY_TELEGRAM_TOKEN=" + api.Token, "PARLEY_TELEGRAM_API_URL=" + api.URL, "PARLEY_TELEGRAM_RATE=1000"}, more...)
}

func (c chatter) await(what string, wanted func([]telegramtest.Message) bool) []telegramtest.Message {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	screen, err := c.api.Await(ctx, c.id, wanted)
	if err != nil {
		c.t.Fatalf("waiting for %s: %v", what, err)
	}
	return screen
}

// reads waits until a message has these words, and returns it.
func (c chatter) reads(words string) (found telegramtest.Message) {
	c.t.Helper()
	c.await(words, func(screen []telegramtest.Message) bool {
		for _, m := range screen {
			if strings.Contains(m.Text, words) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

// taps waits for a button whose label begins like this, and taps the newest such.
func (c chatter) taps(label string) {
	c.t.Helper()
	full := ""
	c.await("a button "+label, func(screen []telegramtest.Message) bool {
		full = labelOf(screen, label)
		return full != ""
	})
	if _, err := c.api.Tap(c.id, full); err != nil {
		c.t.Fatal(err)
	}
}

// labelOf is the newest label that begins like this.
func labelOf(screen []telegramtest.Message, begin string) string {
	for i := len(screen) - 1; i >= 0; i-- {
		for _, row := range screen[i].Buttons {
			for _, b := range row {
				if strings.HasPrefix(b.Text, begin) && b.URL == "" {
					return b.Text
				}
			}
		}
	}
	return ""
}

// fillsCart goes from the first word to a cart with one boot in it.
func (c chatter) fillsCart() {
	c.t.Helper()
	c.api.Start(c.id, "s_meadow")
	c.taps("Footwear")
	c.taps("Trail Boot")
	c.taps("42")
	c.taps("Chestnut")
	c.taps("Add to cart")
	c.reads("Added: Trail Boot")
}

// checksOut goes from the cart to a placed order.
func (c chatter) checksOut() {
	c.t.Helper()
	c.taps("Check out")
	c.reads("Who is the order for")
	c.api.SendText(c.id, buyerName+", "+buyerPhone)
	c.taps("Pick up at the shop")
	c.taps("Skip")
	c.taps("Place the order")
	c.reads("is placed")
}

// pays goes from the placed order to the thanks.
func (c chatter) pays() {
	c.t.Helper()
	c.taps("Pay by card (test)")
	press(c.t, c.payPage(), "pay")
	c.reads("is paid: $129.00")
}

var payLink = regexp.MustCompile(`http://\S+/sandbox/pay/\w+`)

// payPage is the newest address of a pay page on the screen, in a button or in words.
func (c chatter) payPage() (page string) {
	c.t.Helper()
	c.await("a pay page", func(screen []telegramtest.Message) bool {
		page = payPageOn(screen)
		return page != ""
	})
	return page
}

func payPageOn(screen []telegramtest.Message) (page string) {
	for _, m := range screen {
		if found := payLink.FindString(m.Text); found != "" {
			page = found
		}
		for _, row := range m.Buttons {
			for _, b := range row {
				if found := payLink.FindString(b.URL); found != "" {
					page = found
				}
			}
		}
	}
	return page
}

// press presses a button of the sandbox's pay page.
func press(t *testing.T, page, button string) {
	t.Helper()
	answer, err := http.PostForm(page, url.Values{"do": {button}})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("the pay page answers %s %v\n%s", answer.Status, err, body)
	}
}

// quiet fails the test when the log knows who bought, or a secret.
func quiet(t *testing.T, s *process, secrets ...string) {
	t.Helper()
	for _, private := range append(secrets, "Wilhelmina", "Sandoval", buyerPhone, buyerPhone[2:], testSecret) {
		if strings.Contains(s.err.String(), private) {
			t.Errorf("the log says %q:\n%s", private, last(s.err.String(), 3000))
		}
	}
}

func TestABuyerBuysOnTelegramByPolling(t *testing.T) {
	everyPlace(t, func(t *testing.T, at place) {
		api := telegramtest.New(t, telegramtest.Options{})
		s := at.serve(t, bot(api)...)
		buyer := newChatter(t, api, 501)
		buyer.fillsCart()
		buyer.checksOut()
		buyer.pays()
		if hook := api.Hook(); hook.URL != "" {
			t.Errorf("without a public address the webhook is %s", hook.URL)
		}
		s.stop(t)
		quiet(t, s, api.Token)
		at.verify(t)
	})
}

func TestABuyerBuysOnTelegramByWebhook(t *testing.T) {
	everyPlace(t, func(t *testing.T, at place) {
		api := telegramtest.New(t, telegramtest.Options{})
		api.Repeat(1) // Telegram delivers again when it doubts
		address := freeAddress(t)
		s := at.serve(t, bot(api, "PARLEY_ADDR="+address, "PARLEY_PUBLIC_URL=http://"+address, "PARLEY_DEMO=true")...)
		eventually(t, "the webhook is set", func() bool { return api.Hook().URL != "" })
		buyer := newChatter(t, api, 502)
		buyer.fillsCart()
		buyer.taps("Check out")
		buyer.reads("Who is the order for")
		api.ShareContact(buyer.id, buyerPhone)
		buyer.taps("Parcel point")
		buyer.taps("Skip")
		buyer.taps("Place the order")
		buyer.reads("is placed")
		buyer.pays()
		hook := api.Hook()
		if hook.Secret == "" || !strings.HasPrefix(hook.URL, "http://"+address) {
			t.Errorf("the webhook is %+v", hook)
		}
		if status := postHook(t, hook.URL, "guessed", `{"update_id":1}`); status != http.StatusUnauthorized {
			t.Errorf("an update with a wrong secret is answered %d", status)
		}
		if status := postHook(t, hook.URL, hook.Secret, `{"update_id":`); status != http.StatusBadRequest {
			t.Errorf("a malformed update is answered %d", status)
		}
		if status := postHook(t, hook.URL, hook.Secret, `{"update_id":77777777,"poll":{"id":"5"}}`); status != http.StatusOK {
			t.Errorf("an update of an unknown kind is answered %d", status)
		}
		s.stop(t)
		quiet(t, s, api.Token, hook.Secret)
		at.verify(t)
		d := at.open(t)
		kept := count(t, d, "select count(*) from unknown_updates where body like '%77777777%'")
		orders := count(t, d, "select count(*) from orders")
		if kept != 1 || orders != 1 {
			t.Errorf("%d unknown updates are kept and %d orders made, want 1 and 1", kept, orders)
		}
	})
}

// postHook posts an update to the program's webhook and returns the status.
func postHook(t *testing.T, address, secret, body string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}
