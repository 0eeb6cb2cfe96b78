package webchat_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
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
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](condition)); err != nil {
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
