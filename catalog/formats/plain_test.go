package formats

import (
	"testing"
)

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
