package telegram

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// api is a server that answers calls by a handler, and somebody who makes them.
type api struct {
	*httptest.Server
	caller
}

func newAPI(t *testing.T, handler http.HandlerFunc) api {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return api{server, newCaller(server.URL, http.DefaultTransport.(*http.Transport).Clone())}
}

// call says what came of one: status, type and words. patience 0 is that of the client.
func (a api) call(t *testing.T, patience time.Duration, words string) (string, error) {
	t.Helper()
	ctx := t.Context()
	if patience > 0 {
		limited, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		ctx = limited
	}
	read, write := io.Pipe()
	go func() {
		for _, part := range strings.SplitAfter(words, " ") {
			_, _ = io.WriteString(write, part)
		}
		_ = write.Close()
	}()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.URL+"/bot1:secret/sendMessage?a=b", read)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	response, err := a.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return fmt.Sprint(response.Status, "|", response.StatusCode, "|", response.Header.Get("Content-Type"), "|", string(body)), err
}

func TestEveryCallIsHeardAndAnsweredAlike(t *testing.T) {
	codes := []int{200, 400, 429, 502}
	var next atomic.Int32
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(codes[int(next.Add(1)-1)%len(codes)])
		_, _ = fmt.Fprintf(w, "%s %s %s %d %s", r.Method, r.RequestURI, r.Header.Get("Content-Type"), r.ContentLength, body)
	})
	for _, code := range codes {
		want := fmt.Sprintf("%d %s|%d|application/json|POST /bot1:secret/sendMessage?a=b multipart/form-data; boundary=x 11 hello there", code, http.StatusText(code), code)
		if got, err := a.call(t, time.Minute, "hello there"); got != want || err != nil {
			t.Errorf("%q %v, not %q", got, err, want)
		}
	}
	for _, code := range codes {
		if got, err := a.call(t, 0, "hello there"); !strings.HasPrefix(got, fmt.Sprint(code)) || !strings.HasSuffix(got, " 11 hello there") || err != nil {
			t.Errorf("%q %v", got, err)
		}
	}
}

func TestACallOnAConnectionThatTheServerHasClosedIsMadeAgain(t *testing.T) {
	var heard atomic.Int32
	a := newAPI(t, func(http.ResponseWriter, *http.Request) { heard.Add(1) })
	for range 3 {
		if got, err := a.call(t, time.Minute, "hello"); !strings.HasPrefix(got, "200") || err != nil {
			t.Errorf("%q %v", got, err)
		}
		a.CloseClientConnections()
	}
	if heard.Load() != 3 {
		t.Errorf("%d calls were heard, not 3", heard.Load())
	}
}

func TestACallThatIsNotAnsweredEndsInTime(t *testing.T) {
	done := make(chan struct{})
	a := newAPI(t, func(http.ResponseWriter, *http.Request) { <-done })
	defer close(done)
	_, err := a.call(t, 20*time.Millisecond, "hello")
	var failed *url.Error
	if !errors.As(err, &failed) || !failed.Timeout() {
		t.Errorf("%v is no time-out", err)
	}
}

func TestABotAPIThatIsNotThereIsATroubleOfTheNetwork(t *testing.T) {
	a := newAPI(t, func(http.ResponseWriter, *http.Request) {})
	a.Close()
	_, err := a.call(t, time.Minute, "hello")
	var failed *url.Error
	if !errors.As(err, &failed) || failed.Timeout() {
		t.Errorf("%v is not an error of the network", err)
	}
}

func TestAProxyIsUsedWhereOneIsWanted(t *testing.T) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse("http://127.0.0.1:1") }
	if c := newCaller("https://api.example.com", transport); c.quick != nil {
		t.Error("calls go by no proxy")
	}
	transport.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	if c := newCaller("https://api.example.com", transport); c.quick == nil {
		t.Error("calls that could go straight go by net/http")
	}
}
