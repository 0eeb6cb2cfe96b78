package formats

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
)

// tags writes elements, one a line.
type tagWriter struct {
	out *bufio.Writer
	err error
}

func newTags(to io.Writer) *tagWriter { return &tagWriter{out: bufio.NewWriterSize(to, 64<<10)} }

// raw writes what is markup already.
func (t *tagWriter) raw(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.out, format, args...)
	}
}

// element writes a text in an element with attributes: name, value, name, value … An empty one is left out.
func (t *tagWriter) element(name, text string, attributes ...string) {
	if text == "" {
		return
	}
	t.open(name, attributes...)
	t.text(text)
	t.raw("</%s>\n", name)
}

// open begins an element.
func (t *tagWriter) open(name string, attributes ...string) {
	t.raw("<%s", name)
	for i := 0; i+1 < len(attributes); i += 2 {
		if attributes[i+1] != "" {
			t.raw(` %s="`, attributes[i])
			t.text(attributes[i+1])
			t.raw(`"`)
		}
	}
	t.raw(">")
}

// text writes letters; what XML can't have becomes a replacement character.
func (t *tagWriter) text(text string) {
	if t.err == nil {
		t.err = xml.EscapeText(t.out, []byte(text))
	}
}

func (t *tagWriter) end() error {
	if t.err != nil {
		return t.err
	}
	return t.out.Flush()
}
