package telegram_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"parley/catalog/fault"
	"parley/channels"
	"parley/channels/channelstest"
	"parley/channels/telegram"
	"parley/channels/telegram/telegramtest"
)

func (h *harness) send(buyer channels.Address, message channels.Message) {
	h.t.Helper()
	for _, part := range channels.Fit(message, h.adapter.Limits()) {
		if _, err := h.adapter.Send(h.t.Context(), buyer, part); err != nil {
			h.t.Fatal(err)
		}
	}
}

var square = &channels.Photo{Name: channelstest.Picture, Alt: "a square"}

func TestATitleIsBoldWhateverItIsMadeOf(t *testing.T) {
	h := newHarness(t, telegram.Config{})
	buyer := h.Buyer(1)
	for _, title := range []string{"Plain", "<b>&*_`", "👍🏽 Привет", " spaced "} {
		h.send(buyer, channels.Message{Title: title, Text: "words"})
		h.send(buyer, channels.Message{Title: title, Text: "words", Photo: square})
	}
	for _, m := range h.api.Screen(1001) {
		if title, _, _ := strings.Cut(m.Text, "\n"); m.Bold != title {
			t.Errorf("%q is bold of %q", m.Bold, m.Text)
		}
	}
}

func TestRowsAreAsWideAsAPhone(t *testing.T) {
	h := newHarness(t, telegram.Config{})
	var sizes []channels.Choice
	for i := range 10 {
		sizes = append(sizes, channels.Choice{Label: fmt.Sprint(36 + i), Token: "s", Beside: true})
	}
	long := channels.Choice{Label: "A label that is too long to share", Token: "l", Beside: true}
	h.send(h.Buyer(1), channels.Message{Text: "Which?", Choices: append(sizes, long, channels.Choice{Label: "Back", Token: "b"})})
	var rows []int
	for _, row := range h.api.Screen(1001)[0].Buttons {
		rows = append(rows, len(row))
	}
	if !slices.Equal(rows, []int{8, 2, 1, 1}) {
		t.Errorf("buttons in rows: %v", rows)
	}
}

func TestAPictureIsUploadedOnce(t *testing.T) {
	h := newHarness(t, telegram.Config{})
	for n := range 3 {
		h.send(h.Buyer(n), channels.Message{Text: "red", Photo: square})
	}
	if h.api.Uploads() != 1 {
		t.Errorf("uploaded %d times", h.api.Uploads())
	}
	h.api.ForgetFiles()
	h.send(h.Buyer(1), channels.Message{Text: "blue", Photo: square})
	if screen := h.api.Screen(1001); h.api.Uploads() != 2 || screen[len(screen)-1].Photo == "" {
		t.Errorf("what Telegram forgot was uploaded %d times: %+v", h.api.Uploads(), screen)
	}
}

func TestAPhotoThatTelegramCannotFetchLeavesItsWords(t *testing.T) {
	h := newHarness(t, telegram.Config{})
	h.api.Unfetchable("gone.example")
	gone := &channels.Photo{Name: "https://gone.example/a.png", Alt: "an apple"}
	buyer := h.Buyer(1)
	h.send(buyer, channels.Message{Title: "Apple", Photo: gone, Choices: []channels.Choice{{Label: "Add", Token: "a"}}})
	h.send(buyer, channels.Message{Photo: gone})
	screen := h.Screen(buyer)
	if len(screen) != 2 || screen[0].Text != "Apple" || len(screen[0].Buttons) != 1 || screen[1].Text != "an apple" || screen[0].Photo != "" {
		t.Fatalf("on the screen: %+v", screen)
	}
	h.send(buyer, channels.Message{Text: "square", Photo: square})
	last := h.Screen(buyer)[2]
	now, err := h.adapter.Edit(t.Context(), buyer, last.ID, channels.Message{Text: "apple", Photo: gone})
	screen = h.Screen(buyer)
	if err != nil || len(screen) != 3 || screen[2].ID != now || screen[2].Text != "apple" || screen[2].Photo != "" {
		t.Errorf("edited: %v, %+v", err, screen)
	}
}

func TestTelegramsOwnKeyboardGoesWhenItIsAnswered(t *testing.T) {
	h := newHarness(t, telegram.Config{})
	choices := []channels.Choice{{Label: "Back", Token: "b"}}
	buyer := h.Buyer(1)
	for name, answer := range map[string]channels.Message{
		"by words":              {Text: "Thanks"},
		"by words with buttons": {Text: "Thanks", Choices: choices},
	} {
		h.send(buyer, channels.Message{Text: "Your phone?", Ask: channels.AskPhone, AskWith: "Share", Choices: choices})
		screen := h.api.Screen(1001)
		asking := screen[len(screen)-1]
		if h.api.Keyboard(1001) != channels.AskPhone || asking.AskSays != "Share" || len(screen[len(screen)-2].Buttons) != 1 {
			t.Fatalf("%s: not asked: %+v", name, screen)
		}
		h.send(buyer, answer)
		after := h.api.Screen(1001)
		if h.api.Keyboard(1001) != "" || len(after) != len(screen)+1 || after[len(after)-1].Text != "Thanks" {
			t.Errorf("%s: keyboard %q, %+v", name, h.api.Keyboard(1001), after)
		}
	}
	h.send(buyer, channels.Message{Text: "Menu"})
	menu := h.Screen(buyer)
	h.send(buyer, channels.Message{Text: "Where?", Ask: channels.AskLocation})
	if _, err := h.adapter.Edit(t.Context(), buyer, menu[len(menu)-1].ID, channels.Message{Text: "Menu 2"}); err != nil || h.api.Keyboard(1001) != "" {
		t.Errorf("after an edit: %v, keyboard %q", err, h.api.Keyboard(1001))
	}
}

func TestAGroupIsToldOnceToWriteInPrivate(t *testing.T) {
	var heard []channels.Inbound
	passed := 0
	h := newHarness(t, telegram.Config{
		Receive: func(_ context.Context, in channels.Inbound) error { heard = append(heard, in); return nil },
		Passed:  func(string, int64) { passed++ },
		Unknown: func(_ context.Context, _ string, raw []byte) error {
			t.Errorf("kept what a group says: %s", raw)
			return nil
		},
	})
	for _, text := range []string{"hello all", "/start", "/start@another_bot", "/start@Parley_Test_Bot p_1", "/start@parley_test_bot"} {
		if status := h.api.Deliver(h.api.SendInGroup(-100123, 5, text)); status != 200 {
			t.Errorf("%q was answered with %d", text, status)
		}
	}
	if passed != 5 {
		t.Errorf("%d numbers of 5 are waited for no more", passed)
	}
	screen := h.api.Screen(-100123)
	if len(screen) != 1 || screen[0].Text != "👉 https://t.me/parley_test_bot?start=p_1" || len(heard) != 0 {
		t.Errorf("the group sees %+v, received %+v", screen, heard)
	}
}

func TestSetupTellsTelegramWhatTheBotIs(t *testing.T) {
	menu := []telegram.Commands{
		{List: []telegram.Command{{Name: "menu", Description: "The shop"}}},
		{Language: "ru", List: []telegram.Command{{Name: "menu", Description: "Магазин"}, {Name: "cart", Description: "Корзина"}}},
	}
	h := newHarness(t, telegram.Config{Commands: menu})
	hook := h.api.Hook()
	if hook.Secret != secret || hook.URL != h.address || !slices.Contains(hook.Allowed, "callback_query") || hook.Connections < 1 {
		t.Errorf("the webhook is %+v", hook)
	}
	if len(h.api.Menu("")) != 1 || !slices.Equal(h.api.Menu("ru"), []string{"menu", "cart"}) {
		t.Errorf("the menus are %v and %v", h.api.Menu(""), h.api.Menu("ru"))
	}
	if h.adapter.Channel() != "telegram:42" || h.adapter.Link("") != "https://t.me/parley_test_bot" {
		t.Errorf("%s, %s", h.adapter.Channel(), h.adapter.Link(""))
	}
}

func TestWrongSettingsAreNamed(t *testing.T) {
	for key, config := range map[string]telegram.Config{
		"telegram.token":  {Token: "no-token"},
		"telegram.secret": {Token: "42:abc", PublicURL: "https://shop.example"},
		"telegram.url":    {Token: "42:abc", APIURL: "here"},
	} {
		_, err := telegram.New(config)
		if wrong, ok := fault.Of(err); !ok || wrong.Key != key || wrong.Kind != fault.Invalid || strings.Contains(err.Error(), "no-token") {
			t.Errorf("%s: %v", key, err)
		}
	}
	api := telegramtest.New(t, telegramtest.Options{})
	stranger, err := telegram.New(telegram.Config{Token: "42:another", APIURL: api.URL})
	if err != nil {
		t.Fatal(err)
	}
	if err := stranger.Run(t.Context()); fault.KindOf(err) != fault.Invalid || strings.Contains(err.Error(), "another") {
		t.Errorf("with a token that Telegram does not know: %v", err)
	}
}

func TestRefusalsAreToldApart(t *testing.T) {
	for name, test := range map[string]struct {
		failure telegramtest.Failure
		why     channels.Reason
	}{
		"blocked":          {telegramtest.Failure{Status: 403, Says: "Forbidden: bot was blocked by the user"}, channels.Gone},
		"no such chat":     {telegramtest.Failure{Status: 400, Says: "Bad Request: chat not found"}, channels.Gone},
		"malformed":        {telegramtest.Failure{Status: 400, Says: "Bad Request: can't parse entities"}, channels.Bad},
		"too many":         {telegramtest.Failure{Status: 429, RetryAfter: 3, Says: "Too Many Requests"}, channels.Slow},
		"too many, always": {telegramtest.Failure{Status: 429, Says: "Too Many Requests"}, channels.Slow},
		"down":             {telegramtest.Failure{Status: 500, Says: "Internal Server Error"}, channels.Down},
		"token revoked":    {telegramtest.Failure{Status: 401, Says: "Unauthorized"}, channels.Down},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t, telegram.Config{})
			h.api.Fail(test.failure)
			_, err := h.adapter.Send(t.Context(), h.Buyer(1), channels.Message{Text: "hello"})
			var refused *channels.Refused
			if !errors.As(err, &refused) || refused.Why != test.why || (refused.After > 0) != (test.why == channels.Slow) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestABuyerOfAnotherChannelIsRefused(t *testing.T) {
	h := newHarness(t, telegram.Config{})
	for _, to := range []channels.Address{{Channel: "telegram:43", Buyer: "1001"}, {Channel: "telegram:42", Buyer: "ann"}} {
		var refused *channels.Refused
		if _, err := h.adapter.Send(t.Context(), to, channels.Message{Text: "hello"}); !errors.As(err, &refused) || refused.Why != channels.Bad {
			t.Errorf("%+v: %v", to, err)
		}
	}
}

// everyCall makes each call of the adapter and returns its errors.
func everyCall(ctx context.Context, a *telegram.Adapter) map[string]error {
	to := channels.Address{Channel: a.Channel(), Buyer: "1"}
	_, send := a.Send(ctx, to, channels.Message{Text: "hello"})
	_, photo := a.Send(ctx, to, channels.Message{Photo: square})
	_, edit := a.Edit(ctx, to, "1", channels.Message{Text: "hello"})
	return map[string]error{
		"send": send, "photo": photo, "edit": edit, "acknowledge": a.Acknowledge(ctx, "1"), "typing": a.Typing(ctx, to), "setup": a.Setup(ctx),
	}
}

func TestTheTokenIsInNoErrorHoweverTheNetworkFails(t *testing.T) {
	echo := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		fmt.Fprintf(w, "<html>no %s</html>", r.URL.Path)
	}
	shut := httptest.NewServer(http.NotFoundHandler())
	shut.Close()
	for name, serve := range map[string]http.HandlerFunc{
		"a proxy's page": echo,
		"cut off":        func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"redirected": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, shut.URL+r.URL.Path, http.StatusSeeOther)
		},
	} {
		server := httptest.NewServer(serve)
		t.Cleanup(server.Close)
		a := newAdapter(t, &telegramtest.Server{URL: server.URL, Token: "42:hidden-part"}, telegram.Config{})
		for call, err := range everyCall(t.Context(), a) {
			if err == nil || strings.Contains(err.Error(), "hidden") {
				t.Errorf("%s, %s: %v", name, call, err)
			}
			var refused *channels.Refused
			if answered := errors.As(err, &refused); answered != (name == "a proxy's page") || answered && refused.Why != channels.Down {
				t.Errorf("%s, %s: %v", name, call, err)
			}
		}
	}
}

func TestACallThatItsCallerGaveUpIsNoRefusal(t *testing.T) {
	h := newHarness(t, telegram.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var refused *channels.Refused
	for call, err := range everyCall(ctx, h.adapter) {
		if !errors.Is(err, context.Canceled) || errors.As(err, &refused) {
			t.Errorf("%s: %v", call, err)
		}
	}
}

func TestLimitsFollowTheRate(t *testing.T) {
	h := newHarness(t, telegram.Config{Rate: 1000})
	if rate := h.adapter.Limits().Overall; rate != (channels.Rate{PerSecond: 1000, Burst: 1000}) {
		t.Errorf("got %+v", rate)
	}
	raw, err := json.Marshal(h.adapter.Limits().PerChat)
	if err != nil || string(raw) != `{"PerSecond":1,"Burst":20}` {
		t.Errorf("got %s, %v", raw, err)
	}
}
