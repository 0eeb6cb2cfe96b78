package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"parley/catalog"
)

// bar shows how far something is on a terminal, and nothing where nobody looks.
type bar struct {
	out   io.Writer // nil: not a terminal
	shown string
}

func newBar(out io.Writer) *bar {
	file, ok := out.(*os.File)
	if !ok {
		return &bar{}
	}
	about, err := file.Stat()
	if err != nil || about.Mode()&os.ModeCharDevice == 0 {
		return &bar{}
	}
	return &bar{out: out}
}

// barWidth is in signs.
const barWidth = 40

// show draws the bar anew.
func (b *bar) show(what string, i catalog.Import) {
	if b.out == nil {
		return
	}
	filled := barWidth
	if i.Total > 0 {
		filled = barWidth * min(i.Done, i.Total) / i.Total
	}
	now := fmt.Sprintf("%-9s [%s%s] %d/%d", what, strings.Repeat("=", filled), strings.Repeat(" ", barWidth-filled), i.Done, i.Total)
	if now != b.shown {
		_, _ = fmt.Fprintf(b.out, "\r\x1b[K%s", now)
		b.shown = now
	}
}

// end takes the bar away.
func (b *bar) end() {
	if b.out != nil && b.shown != "" {
		_, _ = fmt.Fprint(b.out, "\r\x1b[K")
		b.shown = ""
	}
}
