package telegramtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
)

// form is what a call came with. Everything but files is text; what is more than a word is JSON in it.
type form struct {
	values map[string]string
	files  map[string][]byte
}

func (f form) int(name string) int64 {
	number, err := strconv.ParseInt(f.values[name], 10, 64)
	if err != nil {
		return 0
	}
	return number
}

func (f form) bool(name string) bool { return f.values[name] == "true" }

// json reads a parameter; nothing when it is absent. Its form was checked before, where anything is checked.
func (f form) json(name string, into any) *apiError {
	raw, ok := f.values[name]
	if !ok {
		return nil
	}
	if err := json.Unmarshal([]byte(raw), into); err != nil {
		return broken("can't parse %s: %v", name, err)
	}
	return nil
}

const mostForm = 20 << 20 // bytes

// readForm reads each way in which the Bot API takes parameters: in the address, as a form, in parts, as JSON, or none.
func readForm(r *http.Request) (form, error) {
	f := form{values: map[string]string{}, files: map[string][]byte{}}
	for name, values := range r.URL.Query() {
		f.values[name] = values[0]
	}
	body := http.MaxBytesReader(nil, r.Body, mostForm)
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Header.Get("Content-Type") == "":
		return f, nil
	case err != nil:
		return f, fmt.Errorf("content type: %w", err)
	case kind == "multipart/form-data":
		return f, f.readParts(multipart.NewReader(body, params["boundary"]))
	case kind == "application/json":
		return f, f.readJSON(body)
	case kind == "application/x-www-form-urlencoded":
		return f, f.readURLEncoded(body)
	default:
		return f, fmt.Errorf("unsupported content type %q", kind)
	}
}

// readParts takes a body without a single part as well: that is how the client library calls without parameters.
func (f form) readParts(parts *multipart.Reader) error {
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("multipart: %w", err)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return fmt.Errorf("multipart: %w", err)
		}
		if part.FileName() != "" {
			f.files[part.FormName()] = content
			continue
		}
		f.values[part.FormName()] = string(content)
	}
}

func (f form) readJSON(body io.Reader) error {
	var values map[string]json.RawMessage
	if err := json.NewDecoder(body).Decode(&values); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("can't parse JSON: %w", err)
	}
	for name, raw := range values {
		var text string
		if json.Unmarshal(raw, &text) == nil {
			f.values[name] = text
			continue
		}
		f.values[name] = string(raw)
	}
	return nil
}

func (f form) readURLEncoded(body io.Reader) error {
	raw, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	values, err := url.ParseQuery(string(raw))
	if err != nil {
		return err
	}
	for name, all := range values {
		f.values[name] = all[0]
	}
	return nil
}
