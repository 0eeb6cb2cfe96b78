package webchat_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"parley/channels"
)

// axe fetches the accessibility checker, or skips the test.
func axe(t *testing.T) string {
	t.Helper()
	skip := func(why any) string {
		t.Skipf("SKIPPED, ACCESSIBILITY NOT PROVEN: axe-core is not to be had: %v", why)
		return ""
	}
	if _, err := exec.LookPath("npm"); err != nil {
		return skip(err)
	}
	folder := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, command := range [][]string{{"npm", "pack", "--silent", "axe-core@4"}, {"sh", "-c", "tar -xzf axe-core-*.tgz package/axe.min.js"}} {
		run := exec.CommandContext(ctx, command[0], command[1:]...)
		run.Dir = folder
		if out, err := run.CombinedOutput(); err != nil {
			return skip(fmt.Sprint(err, ": ", string(out)))
		}
	}
	script, err := os.ReadFile(filepath.Join(folder, "package", "axe.min.js"))
	if err != nil {
		return skip(err)
	}
	return string(script)
}

func TestThePageIsAccessible(t *testing.T) {
	script := axe(t)
	s, b := open(t, sqlite(t), nil), chromium(t, 390, 844)
	b.must(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true})
		return err
	}))
	b.arrive(s.url + "/chat/meadow")
	b.tap("Clothes")
	b.until(`document.querySelectorAll(".card").length === 5`)
	b.tap("Linen shirt")
	b.until(`[...document.querySelectorAll("h2")].some(n => n.textContent === "Linen shirt")`)
	b.tap("Add to cart · €49.00")
	b.until(`[...document.querySelectorAll("h2")].some(n => n.textContent === "Your cart")`)
	s.say(s.all()[0].From, "staff:1", operatorSays, channels.Message{Text: "Where to?", Ask: channels.AskLocation, AskWith: "Send my location", Choices: []channels.Choice{main(choice("Yes", "y"))}})
	b.until(`!document.getElementById("locate").hidden`)
	b.both("390-8-location")
	ask[bool](b, script+`;true`)
	for _, dark := range []bool{false, true} {
		for shop := range 6 {
			b.dark(dark)
			ask[bool](b, fmt.Sprintf(`document.documentElement.className = "accent-%d", true`, shop))
			b.must(chromedp.Sleep(300 * time.Millisecond)) // colours change over 150 ms
			b.wantAccessible(fmt.Sprintf("accent %d, dark %t", shop, dark))
		}
	}
	ask[bool](b, `document.getElementById("menu").showPopover(), true`)
	b.wantAccessible("menu")
	b.both("390-9-menu")
}

func (b *tab) wantAccessible(what string) {
	b.Helper()
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`axe.run(document, { resultTypes: ["violations"] }).then(r => JSON.stringify(r.violations.map(v => [v.id, v.help, v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " " + n.any.map(a => a.message))])))`, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatal(err)
	}
	var violations []any
	if err := json.Unmarshal([]byte(found), &violations); err != nil || len(violations) > 0 {
		b.Errorf("%s: %v %s", what, err, found)
	}
}
