package formats

import (
	"strings"

	"golang.org/x/net/html"
)

// blocks end a line of text.
var blocks = map[string]bool{
	"p": true, "div": true, "br": true, "li": true, "ul": true, "ol": true, "tr": true, "table": true, "section": true,
	"h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "blockquote": true, "hr": true, "pre": true,
}

// plain is the text of an HTML fragment: a line for each block, "• " before each item of a list, no markup,
// no scripts.
func plain(fragment string) string {
	var text strings.Builder
	hidden, space := "", strings.NewReplacer()
	if strings.Contains(fragment, "<") {
		space = strings.NewReplacer("\n", " ") // where there is markup, line breaks are its
	}
	for tokens := html.NewTokenizer(strings.NewReader(fragment)); ; {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			return lines(text.String())
		}
		token := tokens.Token()
		switch {
		case hidden != "":
			if kind == html.EndTagToken && token.Data == hidden {
				hidden = ""
			}
		case kind == html.TextToken:
			text.WriteString(space.Replace(token.Data))
		case kind == html.StartTagToken && (token.Data == "script" || token.Data == "style"):
			hidden = token.Data
		case blocks[token.Data]:
			text.WriteByte('\n')
			if kind == html.StartTagToken && token.Data == "li" {
				text.WriteString("• ")
			}
		case token.Data == "td" || token.Data == "th":
			text.WriteByte(' ')
		}
	}
}

// lines trims each line and drops the empty ones.
func lines(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if line = strings.Join(strings.FieldsFunc(line, isHTMLSpace), " "); line != "" && line != "•" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// isHTMLSpace: runs of these are one space in HTML; a no-break space is a letter.
func isHTMLSpace(r rune) bool { return strings.ContainsRune(" \t\n\f\r", r) }
