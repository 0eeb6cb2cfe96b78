package api_test

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

	"parley/admin/api"
)

// tab is a real browser's tab.
type tab struct {
	*house
	ctx context.Context
}

// chromium opens one tab, or skips the test where there is no browser.
func (h *house) chromium(width, height int, scheme string) *tab {
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
	b.must(chromedp.EmulateViewport(int64(width), int64(height)), chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		return err
	}))
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
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](condition)); err != nil {
		text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body.innerText.slice(0, 3000)`))
		b.Fatalf("waiting for %s: %v; the page says:\n%s", condition, err, text)
	}
}

// run does something on the page.
func (b *tab) run(script string) {
	b.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("("+script+"), true")); err != nil {
		b.Fatalf("%s: %v", script, err)
	}
}

// shot keeps a picture of the page where somebody asked for one.
func (b *tab) shot(name string) {
	b.Helper()
	folder := os.Getenv("PARLEY_SCREENSHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	b.check(err)
	b.check(os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o644))
}

func TestThePageShowsTheDocumentAndTriesCalls(t *testing.T) {
	for _, view := range []struct {
		width, height int
		scheme        string
	}{{1280, 900, "light"}, {390, 844, "dark"}} {
		t.Run(fmt.Sprint(view.width), func(t *testing.T) {
			h := openHouse(t, stocked.SQLite(t), api.Limits{})
			p := h.owner()
			b := h.chromium(view.width, view.height, view.scheme)
			b.must(chromedp.Navigate(h.url + "/docs"))
			b.until(`document.documentElement.dataset.ready !== undefined`)
			b.until(`document.documentElement.scrollWidth <= innerWidth`)
			b.shot(fmt.Sprint("docs-", view.width))
			b.run(`document.getElementById("find").value = "stock bulk", document.getElementById("find").dispatchEvent(new Event("input"))`)
			b.until(`[...document.querySelectorAll("details.op:not([hidden])")].some(n => n.id === "bulk-stock") && [...document.querySelectorAll("details.op:not([hidden])")].length < 4`)
			b.run(`document.getElementById("find").value = "", document.getElementById("find").dispatchEvent(new Event("input"))`)
			b.run(fmt.Sprintf(`document.getElementById("token").value = %q, document.getElementById("token").dispatchEvent(new Event("change"))`, p.token))
			b.until(`document.getElementById("who").textContent.includes("owner")`)
			b.run(`location.hash = "create-category"`)
			b.until(`document.querySelector("#create-category .fields") !== null && document.querySelector("#create-category textarea").value.includes("boots")`)
			b.run(`document.getElementById("create-category.body").value = JSON.stringify({slug: "capes", name: {en: "Capes"}})`)
			b.run(`document.querySelector("#create-category form").requestSubmit()`)
			b.until(`document.querySelector("#create-category .status")?.textContent.startsWith("201")`)
			b.until(`document.querySelector("#create-category form").innerText.includes("Capes")`)
			b.until(`document.documentElement.scrollWidth <= innerWidth`)
			b.until(`[...document.querySelectorAll("input, textarea, select")].every(n => n.labels.length > 0)`)
			b.shot(fmt.Sprint("docs-open-", view.width))
			if n := h.count("select count(*) from categories where slug = 'capes'"); n != 1 {
				t.Error("the category is not there")
			}
		})
	}
}
