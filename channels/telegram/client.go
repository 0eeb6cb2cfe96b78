package telegram

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"
)

// caller makes the bot's calls. The bot's client writes a form field by field into a pipe, and net/http sends each of
// those writes as a chunk by a system call of its own, so a call is put together first. One that ends by itself at a
// known time, as all that answer buyers do, is made by a client that takes half the processor time of net/http's, which has
// two goroutines hand each call on. That can't break a call off, and knows no proxies: the rest is made by net/http.
type caller struct {
	plain *http.Client
	quick *fasthttp.Client // nil: not to be used
}

// idleFor is how long a connection is kept that nobody uses. The Bot API may close it sooner, which is seen only when
// it is used again; then the call is made once more.
const idleFor = time.Minute

func newCaller(api string, transport *http.Transport) caller {
	c := caller{plain: &http.Client{Transport: transport, Timeout: callTimeout}}
	if proxied(api, transport) {
		return c
	}
	c.quick = &fasthttp.Client{
		NoDefaultUserAgentHeader: true, DialDualStack: true, MaxConnsPerHost: 5 * connections, MaxConnWaitTimeout: callTimeout,
		MaxIdleConnDuration: idleFor, MaxResponseBodySize: mostAnswer, MaxIdemponentCallAttempts: 2, RetryIfErr: wasClosed,
	}
	return c
}

// proxied says whether the environment wants a proxy between us and the Bot API.
func proxied(api string, transport *http.Transport) bool {
	request, err := http.NewRequest(http.MethodPost, api, nil)
	if err != nil || transport.Proxy == nil {
		return err != nil
	}
	proxy, err := transport.Proxy(request)
	return proxy != nil || err != nil
}

// wasClosed has a call made again on another connection when its own had been closed before the first byte of an answer.
func wasClosed(_ *fasthttp.Request, _ int, err error) (resetTimeout, retry bool) {
	return false, errors.Is(err, io.EOF) || errors.Is(err, fasthttp.ErrConnectionClosed) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// Do is http.Client's.
func (c caller) Do(call *http.Request) (*http.Response, error) {
	if call.Body == nil {
		return c.plain.Do(call)
	}
	var form bytes.Buffer
	_, err := form.ReadFrom(call.Body)
	_ = call.Body.Close() // it is a pipe: nothing to lose
	if err != nil {
		return nil, fmt.Errorf("write a call: %w", err)
	}
	if end, ok := call.Context().Deadline(); ok && c.quick != nil {
		return c.quickly(call, form.Bytes(), end)
	}
	call.Body, call.ContentLength = io.NopCloser(&form), int64(form.Len())
	return c.plain.Do(call)
}

// quickly makes a call that ends at a time at the latest. Its errors are those of net/http.
func (c caller) quickly(call *http.Request, form []byte, end time.Time) (*http.Response, error) {
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	request.Header.SetMethod(call.Method)
	request.SetRequestURI(call.URL.String())
	for name, values := range call.Header {
		for _, value := range values {
			request.Header.Add(name, value)
		}
	}
	request.SetBodyRaw(form)
	if last := time.Now().Add(callTimeout); end.After(last) {
		end = last
	}
	if err := c.quick.DoDeadline(request, response, end); err != nil {
		return nil, &url.Error{Op: "Post", URL: call.URL.String(), Err: err}
	}
	answer := &http.Response{StatusCode: response.StatusCode(), Header: http.Header{}, Request: call, ContentLength: int64(len(response.Body()))}
	answer.Status = fmt.Sprintf("%d %s", answer.StatusCode, http.StatusText(answer.StatusCode))
	for name, value := range response.Header.All() {
		answer.Header.Add(string(name), string(value))
	}
	answer.Body = io.NopCloser(bytes.NewReader(bytes.Clone(response.Body())))
	return answer, nil
}
