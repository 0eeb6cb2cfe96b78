package webchat_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"parley/channels"
)

// tab is a real browser's tab.
type tab struct {
	*testing.T
	ctx context.Context
}

// chromium opens one tab, or skips the test where there is no browser.
func chromium(t *testing.T, width, height int, options ...chromedp.ExecAllocatorOption) *tab {
	t.Helper()
	found := false
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if _, err := exec.LookPath(name); err == nil {
			found = true
		}
	}
	if !found {
		t.Skip("SKIPPED, NOT PROVEN IN A BROWSER: there is no Chromium on this machine")
	}
	all := append(append([]chromedp.ExecAllocatorOption(nil), chromedp.DefaultExecAllocatorOptions[:]...), chromedp.NoSandbox, chromedp.WindowSize(width, height), chromedp.Flag("lang", "en-GB"), chromedp.Flag("accept-lang", "en-GB,en"))
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, append(all, options...)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &tab{t, ctx}
	b.must(chromedp.EmulateViewport(int64(width), int64(height)))
	return b
}

func (b *tab) must(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// until waits for a JavaScript condition.
func (b *tab) until(condition string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 15*time.Second)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool]("!!("+condition+")")); err != nil {
		text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body.innerText`))
		b.Fatalf("waiting for %s: %v; the page says:\n%s", condition, err, text)
	}
}

func ask[T any](b *tab, expression string) T {
	b.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.Fatalf("%s: %v", expression, err)
	}
	return got
}

func (b *tab) dark(dark bool) {
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	b.must(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	}))
}

// picture saves what the tab shows in the folder of PARLEY_SCREENSHOTS, for people to look at.
func (b *tab) picture(name string) {
	b.Helper()
	folder := os.Getenv("PARLEY_SCREENSHOTS")
	if folder == "" {
		return
	}
	shot, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), shot, 0o600); err != nil {
		b.Fatal(err)
	}
}

func TestABuyerShopsByTapping(t *testing.T) {
	for _, size := range [][2]int{{390, 844}, {1280, 860}} {
		t.Run(fmt.Sprint(size[0]), func(t *testing.T) {
			s, b := open(t, sqlite(t), nil), chromium(t, size[0], size[1])
			b.shopByTapping(s, size[0])
		})
	}
}

func (b *tab) tap(label string) {
	b.Helper()
	b.until(fmt.Sprintf(`[...document.querySelectorAll("button[name=tap]")].some(n => (n.querySelector(".title") ?? n).textContent.trim() === %q && n.getClientRects().length)`, label))
	ask[bool](b, fmt.Sprintf(`[...document.querySelectorAll("button[name=tap]")].filter(n => (n.querySelector(".title") ?? n).textContent.trim() === %q && n.getClientRects().length).at(-1).click(), true`, label))
}

func (b *tab) both(name string) {
	b.Helper()
	if os.Getenv("PARLEY_SCREENSHOTS") == "" {
		return
	}
	b.must(chromedp.Sleep(500 * time.Millisecond)) // only for pictures: animations end
	b.picture(name + "-light")
	b.dark(true)
	b.must(chromedp.Sleep(300 * time.Millisecond))
	b.picture(name + "-dark")
	b.dark(false)
}

func (b *tab) shopByTapping(s *stall, width int) {
	b.must(chromedp.Navigate(s.url + "/chat/meadow"))
	b.until(`document.querySelector("#turns h2")?.textContent === "Welcome to Meadow"`)
	b.both(fmt.Sprint(width, "-1-greeting"))
	b.tap("Clothes")
	b.until(`document.querySelectorAll(".card").length === 5`)
	b.both(fmt.Sprint(width, "-2-cards"))
	b.tap("Linen shirt")
	b.until(`[...document.querySelectorAll("h2")].some(n => n.textContent === "Linen shirt")`)
	b.both(fmt.Sprint(width, "-3-product"))
	b.tap("Add to cart · €49.00")
	b.tap("+")
	b.until(`document.querySelector("#turns").innerText.includes("2 × €49.00")`)
	if mine := ask[int](b, `[...document.querySelectorAll(".mine")].filter(n => n.innerText.includes("+")).length`); mine != 0 {
		b.Errorf("the tap on + is a bubble of its own %d times", mine)
	}
	if carts := ask[int](b, `[...document.querySelectorAll("#turns h2")].filter(n => n.textContent === "Your cart").length`); carts != 1 {
		b.Errorf("%d carts, want one changed in place", carts)
	}
	b.both(fmt.Sprint(width, "-4-cart"))
	b.tap("Check out")
	b.until(`document.querySelector("#turns").innerText.includes("Total: €103.00")`)
	s.say(s.all()[0].From, "staff:1", operatorSays)
	b.until(`document.querySelector(".who")?.textContent === "Anna"`)
	b.must(chromedp.SendKeys(chromedp.CSS("#text"), "Thank you!\r"))
	b.until(`document.querySelector("#turns").innerText.includes("You wrote: Thank you!")`)
	if left := ask[string](b, `document.querySelector("#text").value`); left != "" {
		b.Errorf("the field still holds %q", left)
	}
	b.both(fmt.Sprint(width, "-5-end"))
	before := ask[string](b, `document.querySelector("#turns").innerText`)
	b.must(chromedp.Reload())
	b.until(`document.querySelector("#connection").dataset.state === "online"`)
	if after := ask[string](b, `document.querySelector("#turns").innerText`); after != before {
		b.Errorf("after a reload:\n%s\nbefore it:\n%s", after, before)
	}
}

// arrive opens a shop's page and waits until it is live.
func (b *tab) arrive(url string) {
	b.Helper()
	b.must(chromedp.Navigate(url))
	b.until(`document.querySelector("#turns .theirs") && document.querySelector("#connection").dataset.state === "online"`)
}

func TestTheKeyboardIsEnough(t *testing.T) {
	s, b := open(t, sqlite(t), nil), chromium(t, 1280, 860)
	b.arrive(s.url + "/chat/meadow")
	press := func(keys string) { b.must(chromedp.KeyEvent(keys)) }
	reach := func(label string) {
		t.Helper()
		for range 60 {
			if ask[bool](b, fmt.Sprintf(`document.activeElement.innerText?.trim().startsWith(%q) || document.activeElement.id === %q`, label, label)) {
				return
			}
			press("\t")
		}
		t.Fatalf("Tab never reaches %q", label)
	}
	reach("Clothes")
	press("\r")
	b.until(`document.querySelectorAll(".card").length === 5`)
	reach("Linen shirt")
	press(" ")
	b.until(`[...document.querySelectorAll("h2")].some(n => n.textContent === "Linen shirt")`)
	reach("Add to cart")
	press("\r")
	b.until(`[...document.querySelectorAll("h2")].some(n => n.textContent === "Your cart")`)
	reach("+")
	press("\r")
	b.until(`document.querySelector("#turns").innerText.includes("2 × €49.00")`)
	if on := ask[string](b, `document.activeElement.textContent`); on != "+" {
		t.Errorf("after the change the focus is on %q", on)
	}
	press("\r")
	b.until(`document.querySelector("#turns").innerText.includes("3 × €49.00")`)
	reach("text")
	b.must(chromedp.SendKeys(chromedp.CSS("#text"), "hello\r"))
	b.until(`document.querySelector("#turns").innerText.includes("You wrote: hello")`)
	b.must(chromedp.Focus(chromedp.CSS("a[data-zoom]")))
	b.enter()
	b.until(`document.querySelector("#zoom").open && document.querySelector("#zoom img").naturalWidth > 0`)
	press("\x1b")
	b.until(`!document.querySelector("#zoom").open && document.activeElement.matches("a[data-zoom]")`)
}

// enter presses Enter as a keyboard does where the key down is an action by itself: no character follows it.
func (b *tab) enter() {
	b.Helper()
	b.must(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
			if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13}); err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestWhatCannotBeSentWaitsAndLeavesLater(t *testing.T) {
	s, b := open(t, sqlite(t), nil), chromium(t, 390, 844)
	b.arrive(s.url + "/chat/meadow")
	s.stop()
	b.must(chromedp.SendKeys(chromedp.CSS("#text"), "is anybody there?\r"))
	b.until(`document.querySelector(".pending.failed .again:not([hidden])")`)
	b.until(`document.querySelector("#connection").dataset.state === "offline"`)
	b.both("390-6-offline")
	s.serve(s.address, nil)
	ask[bool](b, `document.querySelector(".again").click(), true`)
	b.until(`document.querySelector("#turns").innerText.includes("You wrote: is anybody there?")`)
	b.until(`!document.querySelector(".pending") && document.querySelector("#connection").dataset.state === "online"`)
	if got := ask[int](b, `[...document.querySelectorAll(".mine")].filter(n => n.innerText.includes("is anybody there?")).length`); got != 1 {
		t.Errorf("the message stands there %d times", got)
	}
}

func TestAReaderIsNotPulledAway(t *testing.T) {
	s, b := open(t, sqlite(t), nil), chromium(t, 390, 844)
	b.arrive(s.url + "/chat/meadow")
	me := s.all()[0].From
	for i := range 60 {
		s.say(me, "", channels.Message{Text: fmt.Sprintf("word %d.", i)})
	}
	b.until(`document.querySelector("#turns").innerText.includes("word 59.")`)
	if at := ask[float64](b, `scroller.scrollTop`); at < -1 {
		t.Errorf("the end isn't followed: %v", at)
	}
	b.arrive(s.url + "/chat/meadow")
	ask[bool](b, `document.getElementById("earlier").click(), true`)
	b.until(`document.querySelector("#turns").innerText.includes("word 1.") && !document.getElementById("earlier")`)
	ask[bool](b, `scroller.scrollTop = -900, true`)
	b.until(`scroller.scrollTop < -800`)
	place := `Math.round([...document.querySelectorAll(".turn")].find(n => n.innerText.includes("word 40.")).getBoundingClientRect().top)`
	before := ask[int](b, place)
	s.say(me, "", channels.Message{Text: "news."})
	b.until(`!document.getElementById("pill").hidden`)
	if after := ask[int](b, place); max(after-before, before-after) > 2 {
		t.Errorf("what is read moved from %d to %d", before, after)
	}
	b.both("390-7-pill")
	ask[bool](b, `document.getElementById("pill").click(), true`)
	b.until(`scroller.scrollTop > -1 && document.getElementById("pill").hidden`)
}

func TestTypingIsShown(t *testing.T) {
	s, b := open(t, sqlite(t), nil), chromium(t, 390, 844)
	b.arrive(s.url + "/chat/meadow")
	if err := s.chat.Typing(t.Context(), s.all()[0].From); err != nil {
		t.Fatal(err)
	}
	b.until(`!document.getElementById("typing").hidden`)
	b.both("390-8-typing")
	s.say(s.all()[0].From, "", channels.Message{Text: "there"})
	b.until(`document.getElementById("typing").hidden`)
}

func TestThePageChangesItsLanguageWithTheConversation(t *testing.T) {
	s, b := open(t, sqlite(t), nil), chromium(t, 1280, 860)
	b.arrive(s.url + "/chat/meadow")
	b.tap("Русский")
	b.until(`document.documentElement.lang === "ru" && document.querySelector("h1").textContent === "Луг"`)
	b.until(`document.getElementById("text").placeholder === "Напишите сообщение…" && document.getElementById("shortcuts").innerText.includes("Корзина")`)
	b.both("1280-6-russian")
}

func TestADeepLinkStartsOnce(t *testing.T) {
	s, b := open(t, sqlite(t), nil), chromium(t, 390, 844)
	b.arrive(s.url + "/chat/meadow?p=linen-shirt")
	if got := ask[string](b, `location.pathname + location.search`); got != "/chat/meadow" {
		t.Errorf("the address is still %q", got)
	}
	b.arrive(s.url + "/chat/meadow")
	b.arrive(s.url + "/chat/meadow?c=sale")
	b.until(`document.querySelectorAll("#turns .theirs").length === 2`)
	var starts []string
	for _, in := range s.all() {
		starts = append(starts, in.Start)
	}
	if fmt.Sprint(starts) != "[p_linen-shirt c_sale]" {
		t.Errorf("started with %q", starts)
	}
}

func TestWithoutScriptABuyerCanStillShop(t *testing.T) {
	s, b := open(t, sqlite(t), nil), chromium(t, 390, 844)
	b.must(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	click := func(selector string) {
		t.Helper()
		if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)); err != nil {
			t.Fatalf("%s: %v", selector, err)
		}
	}
	b.must(chromedp.Navigate(s.url + "/chat/meadow"))
	click("#welcome button")
	b.picture("390-9-noscript")
	click(`button[value$=" c:clothes"]`)
	click(`button[value$=" p:shirt"]`)
	b.must(chromedp.SendKeys(chromedp.CSS("#text"), "hello"))
	click("#send")
	page, err := chromedp.Run(b.ctx, chromedp.OuterHTML(chromedp.CSS("#turns")))
	if err != nil || !strings.Contains(page, "You wrote: hello") {
		t.Errorf("%v: %s", err, page)
	}
	b.picture("390-9-noscript-end")
	if got := len(s.all()); got != 4 {
		t.Errorf("%d things arrived, want 4", got)
	}
}

func TestTheWidgetOpensTheChatOnAnotherSite(t *testing.T) {
	for _, width := range []int{390, 1280} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			s, b := openSafely(t, sqlite(t)), chromium(t, width, 844, chromedp.IgnoreCertErrors)
			// another site: not the same host, as browsers see it
			b.must(chromedp.Navigate(strings.Replace(s.url, "127.0.0.1", "localhost", 1) + "/host"))
			launcher := `document.querySelector("parley-chat").shadowRoot.querySelector(".launcher")`
			b.until(`document.querySelector("parley-chat")`)
			b.picture(fmt.Sprint(width, "-widget-closed"))
			if got := ask[int](b, `document.body.querySelectorAll("parley-chat").length + document.querySelectorAll("iframe, style").length`); got != 1 {
				t.Errorf("the site got %d elements", got)
			}
			ask[bool](b, launcher+`.focus(), true`)
			b.must(chromedp.KeyEvent("\r"))
			b.until(launcher + `.getAttribute("aria-expanded") === "true"`)
			waitFor(t, func() bool { return len(s.all()) == 1 })
			b.both(fmt.Sprint(width, "-widget-open"))
			ask[bool](b, `dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" })), true`)
			b.until(launcher + `.getAttribute("aria-expanded") === "false" && document.querySelector("parley-chat").shadowRoot.activeElement === ` + launcher)
			waitFor(t, func() bool { // the frame is told of its closing a moment later
				s.say(s.all()[0].From, "", channels.Message{Text: "still there?"})
				return ask[bool](b, `document.querySelector("parley-chat").shadowRoot.querySelector(".unread:not([hidden])")?.textContent > 0`)
			})
		})
	}
}

// waitFor looks now and then: only for what no signal tells.
func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never came")
		}
	}
}
