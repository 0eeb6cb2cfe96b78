package catalog

import (
	"os"
	"strings"
	"testing"

	"parley/catalog/fault"
)

// FuzzShopify: whatever a file holds, what is read from it without errors can be saved, apart from what
// only the shop knows.
func FuzzShopify(f *testing.F) {
	tricky, err := os.ReadFile("testdata/tricky.csv")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(tricky))
	f.Add("Handle,Title,Option1 Name,Option1 Value,Variant Price,Image Src,Variant Image\na,A,Size,S,1,x,y\na,,,M,2,z,x\n")
	f.Add("title,handle\r\n\"a\r\nb\",c\r\n")
	f.Add("Handle,Title,Body (HTML)\na,b,<p>x<script><li>\n")
	f.Fuzz(func(t *testing.T, file string) {
		listings, wrong, err := readShopify(strings.NewReader(file), "en", "USD")
		if err != nil {
			t.Fatalf("reading from memory failed: %v", err)
		}
		for _, e := range wrong {
			if e.Row < 1 || e.Sentence == "" {
				t.Errorf("an error without a row or a sentence: %+v", e)
			}
		}
		handles := map[string]bool{}
		for _, l := range listings {
			if handles[l.product.Handle] {
				t.Errorf("%q is listed twice", l.product.Handle)
			}
			handles[l.product.Handle] = true
			if err := l.product.tidy("USD").check("USD"); err != nil && !l.wrong && columnOf(fieldOf(err)) == "" {
				t.Errorf("%q has an error that names no column: %v", l.product.Handle, err)
			}
		}
	})
}

func fieldOf(err error) string {
	refusal, _ := fault.Of(err)
	return refusal.Args["field"]
}

func TestMarkupBecomesLinesOfText(t *testing.T) {
	for markup, want := range map[string]string{
		"":                           "",
		"plain\n\n  text & more ":    "plain\ntext & more",
		"<p>One\ntwo</p><p>3</p>":    "One two\n3",
		"a<br>b<br/>c":               "a\nb\nc",
		"<ul><li>x</li><li></ul>":    "• x",
		"5 &lt; 6 &amp; <b>7</b>":    "5 < 6 & 7",
		"<style>p{}</style>seen<!--": "seen",
		"<table><tr><td>a<td>b</tr><tr><td>c</tr></table>": "a b\nc",
	} {
		if got := plain(markup); got != want {
			t.Errorf("%q became %q, want %q", markup, got, want)
		}
	}
}
