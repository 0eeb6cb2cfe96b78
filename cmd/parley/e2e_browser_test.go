package main_test

import (
	"context"
	"fmt"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// browser is a real Chromium, 390 px wide as a phone is.
type browser struct {
	t   *testing.T
	ctx context.Context
}

// newBrowser starts Chromium, or skips the test, loudly, where there is none.
func newBrowser(t *testing.T) browser {
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
	options := append(chromedp.DefaultExecAllocatorOptions[:len(chromedp.DefaultExecAllocatorOptions):len(chromedp.DefaultExecAllocatorOptions)],
		chromedp.NoSandbox, chromedp.WindowSize(390, 844), chromedp.Flag("lang", "en-GB"), chromedp.Flag("accept-lang", "en-GB,en"))
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := browser{t, ctx}
	b.do(chromedp.EmulateViewport(390, 844))
	return b
}

func (b browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// until waits for a condition in JavaScript, across the pages that come and go meanwhile.
func (b browser) until(condition string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool](condition))
		if err == nil && holds {
			return
		}
		select {
		case <-tick.C: // an error is a page that goes away
		case <-ctx.Done():
			text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body.innerText`))
			b.t.Fatalf("waiting for %s: %v; the page says:\n%s", condition, err, text)
		}
	}
}

// reads waits until the page has these words.
func (b browser) reads(words string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`document.body.innerText.includes(%q)`, words))
}

// taps waits for a visible button whose label begins like this, and taps the newest such.
func (b browser) taps(label string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`(() => {
		const found = [...document.querySelectorAll("button")].filter(n =>
			(n.querySelector(".title") ?? n).textContent.trim().startsWith(%q) && n.getClientRects().length && !n.disabled).at(-1);
		found?.click();
		return !!found;
	})()`, label))
}

// types writes words into the chat and sends them.
func (b browser) types(words string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.CSS("#text"), words+"\r"))
}

func TestABuyerBuysInABrowser(t *testing.T) {
	everyPlace(t, func(t *testing.T, at place) {
		chat := newBrowser(t)
		s := at.serve(t)
		chat.do(chromedp.Navigate(s.url + "/chat/meadow"))
		chat.taps("Footwear")
		chat.taps("Trail Boot")
		chat.reads("Choose: Size")
		chat.taps("42")
		chat.taps("Chestnut")
		chat.taps("Add to cart")
		chat.reads("Added: Trail Boot")
		chat.taps("Check out")
		chat.reads("Who is the order for")
		chat.types(buyerName + ", " + buyerPhone)
		chat.taps("Pick up at the shop")
		chat.taps("Skip")
		chat.reads("Please check your order")
		chat.taps("Place the order")
		chat.taps("Pay by card (test)")
		chat.until(`document.querySelector("a[href*='/sandbox/pay/']") !== null`)
		chat.paysIn(s)
		chat.reads("is paid: $129.00") // live: nobody has reloaded the page
		chat.do(chromedp.Reload())
		chat.reads("is paid: $129.00")
		s.stop(t)
		quiet(t, s)
		at.verify(t)
	})
}

// paysIn pays on the sandbox's page in a tab of its own, as the link opens it, while the chat stays open.
func (b browser) paysIn(s *process) {
	b.t.Helper()
	link, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`[...document.querySelectorAll("a[href*='/sandbox/pay/']")].at(-1).href`))
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(b.ctx)
	defer cancel()
	tab := browser{b.t, ctx}
	tab.do(chromedp.Navigate(link))
	tab.do(chromedp.Click(chromedp.CSS("button[value=pay]")))
	tab.until(`document.querySelector("main")?.className === "paid"`)
	tab.do(chromedp.Click(chromedp.CSS(".back a")))
	tab.until(fmt.Sprintf(`location.href.startsWith(%q)`, s.url+"/chat/meadow")) // the way back leads to the chat
	tab.reads("is paid")
}
