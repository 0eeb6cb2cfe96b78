package admin_test

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

	"parley/admin"
	"parley/orders"
)

// tab is a real browser's tab.
type tab struct {
	*house
	ctx context.Context
}

// chromium opens one tab, or skips the test where there is no browser.
func (h *house) chromium(width, height int) *tab {
	h.Helper()
	found := false
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if _, err := exec.LookPath(name); err == nil {
			found = true
		}
	}
	if !found {
		h.Skip("SKIPPED, NOT PROVEN IN A BROWSER: there is no Chromium on this machine")
	}
	options := append(append([]chromedp.ExecAllocatorOption(nil), chromedp.DefaultExecAllocatorOptions[:]...), chromedp.NoSandbox, chromedp.WindowSize(width, height))
	ctx, cancel := context.WithTimeout(h.Context(), 120*time.Second)
	h.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	h.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	h.Cleanup(cancel)
	b := &tab{h, ctx}
	b.must(chromedp.EmulateViewport(int64(width), int64(height)))
	return b
}

func (b *tab) must(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// until waits for a JavaScript condition, over changes of the page.
func (b *tab) until(condition string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	for {
		_, err := chromedp.Run(ctx, chromedp.Poll[bool](condition))
		if err == nil {
			return
		}
		if ctx.Err() == nil {
			continue // the page went away while it was asked; ask the next one
		}
		text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
		b.Fatalf("waiting for %s: %v; the page says:\n%s", condition, err, text)
	}
}

func (b *tab) says(text string) {
	b.Helper()
	b.until(fmt.Sprintf(`document.querySelector("main")?.innerText.includes(%q)`, text))
}

func (b *tab) press(label string) {
	b.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll("button, summary")].find(n => (n.innerText.trim() || n.ariaLabel) === %q && n.getClientRects().length)`, label)
	b.until(find + ` !== undefined`)
	b.must(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](find+`.click(), true`))
		return err
	}))
}

func (b *tab) types(field, text string) {
	b.Helper()
	b.must(chromedp.SendKeys(chromedp.CSS(field), text))
}

func (b *tab) dark(dark bool) {
	scheme := map[bool]string{true: "dark", false: "light"}[dark]
	b.must(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	}))
}

// picture saves what the tab shows, light and dark, in the folder of PARLEY_SCREENSHOTS, for people to look at.
func (b *tab) picture(name string) {
	b.Helper()
	folder := os.Getenv("PARLEY_SCREENSHOTS")
	if folder == "" {
		return
	}
	for _, dark := range []bool{false, true} {
		b.dark(dark)
		b.must(chromedp.Sleep(500 * time.Millisecond)) // only for pictures: animations end
		shot, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
		b.check(err)
		path := filepath.Join(folder, name+map[bool]string{true: "-dark", false: "-light"}[dark]+".png")
		b.check(os.WriteFile(path, shot, 0o600))
	}
	b.dark(false)
}

func TestAPersonWorksTheShopInABrowser(t *testing.T) {
	for _, size := range [][2]int{{1280, 860}, {390, 844}} {
		t.Run(fmt.Sprint(size[0]), func(t *testing.T) {
			h := openHouse(t, stocked.SQLite(t))
			h.chromium(size[0], size[1]).work(fmt.Sprint(size[0]))
		})
	}
}

func (b *tab) work(size string) {
	b.hires("maria", admin.Owner)
	b.pass(-50 * time.Minute)
	b.asks(b.meadow, "Jonas", "Can I pay when it arrives?")
	b.pass(38 * time.Minute)
	talk := b.asks(b.meadow, "Mila", "Hello! Does the trail boot run small? I usually wear 39.")
	order := b.places(b.meadow, talk.Contact, "trail-boot", "Mila Brandt", 1)
	b.places(b.studio, b.asks(b.studio, "Noor", "Do you also do portraits outdoors?").Contact, b.anyOf(b.studio), "Noor", 1)
	b.pass(12 * time.Minute)

	b.must(chromedp.Navigate(b.url + "/admin"))
	b.says("Sign in to Parley")
	b.types("#login", "Maria")
	b.types("#password", "a wrong password\r")
	b.until(`document.querySelector(".wrong") !== null`)
	b.picture(size + "-1-door")
	b.types("#password", secret+"\r")
	b.says("Today")
	b.picture(size + "-2-today")

	b.must(chromedp.Navigate(b.url + "/admin/shops/meadow/inbox"))
	b.says("Mila")
	b.picture(size + "-3-inbox")
	b.must(chromedp.Navigate(fmt.Sprintf("%s/admin/shops/meadow/inbox/%d", b.url, talk.ID)))
	b.until(`document.body.dataset.live === "yes"`)
	b.types("#text", "It runs true to size, 39 will fit.\r")
	b.says("It runs true to size, 39 will fit.")
	b.until(`document.querySelector(".fate")?.innerText === "Sent"`)
	b.until(`document.querySelector("#text").value === "" && document.querySelector("#talk-owner").innerText.includes("Yours")`)
	b.house.says("meadow", "mila", "Mila", "Wonderful, thank you!")
	b.says("Wonderful, thank you!")
	b.picture(size + "-4-conversation")
	b.press("Hand back")
	b.until(`document.querySelector("#talk-owner").innerText.includes("Take over")`)

	page := fmt.Sprintf("%s/admin/shops/meadow/orders/%d", b.url, order.ID)
	b.must(chromedp.Navigate(b.url + "/admin/shops/meadow/orders"))
	b.says(order.Number)
	b.picture(size + "-5-orders")
	b.must(chromedp.Navigate(page))
	b.says("What is next")
	b.picture(size + "-6-order")
	b.press("Confirm the money")
	b.says("The money is booked")
	b.types("#tracking", "PX 100 200 300")
	b.press("It is on its way")
	b.says("The order is on its way")
	b.picture(size + "-7-shipped")
	found, err := b.orders.Find(b.Context(), b.meadow.ID, order.ID)
	b.check(err)
	if found.State != orders.Shipped || found.Paid != found.Totals.Total || found.Tracking != "PX 100 200 300" {
		b.Errorf("the order is %s, %v was paid, its tracking is %q", found.State, found.Paid, found.Tracking)
	}
	b.must(chromedp.Navigate(b.url + "/admin/shops/meadow/reviews"))
	b.says("All money fits")
	b.picture(size + "-8-reviews")
	b.must(chromedp.Navigate(b.url + "/admin/account"))
	b.picture(size + "-9-account")
}
