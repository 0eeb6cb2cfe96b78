package sandbox

import (
	"strings"
	"testing"
)

func TestEachPageHasItsTitleInTheHeadThatAllShare(t *testing.T) {
	_, t1 := wordsFor("en")
	var pay, desk strings.Builder
	if err := page.Execute(&pay, screen{Lang: "en", Number: "B-17", T: t1}); err != nil {
		t.Fatal(err)
	}
	if err := deskPage.Execute(&desk, bench{Lang: "en", Number: "B-17", T: t1}); err != nil {
		t.Fatal(err)
	}
	for title, html := range map[string]string{t1.Title: pay.String(), t1.DeskTitle: desk.String()} {
		if !strings.Contains(html, "<title>"+title+" · B-17</title>") {
			t.Errorf("%q is not the title of %.300s", title, html)
		}
	}
}
