package telegram

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// atOnce sends a call in one piece. The bot's client writes a form field by field into a pipe, and net/http sends
// each of those writes as a chunk, and each chunk by a system call of its own.
type atOnce struct{ client *http.Client }

// Do is http.Client's.
func (a atOnce) Do(call *http.Request) (*http.Response, error) {
	if call.Body == nil {
		return a.client.Do(call)
	}
	var form bytes.Buffer
	_, err := form.ReadFrom(call.Body)
	_ = call.Body.Close() // it is a pipe: nothing to lose
	if err != nil {
		return nil, fmt.Errorf("write a call: %w", err)
	}
	call.Body, call.ContentLength = io.NopCloser(&form), int64(form.Len())
	return a.client.Do(call)
}
