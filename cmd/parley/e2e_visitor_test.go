package main_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"strconv"
	"strings"
	"testing"
	"time"
)

// visitor is somebody on the web page of a shop, without a browser.
type visitor struct {
	client *http.Client
	page   string
	said   *int // things so far, for their ids
}

func newVisitor(t *testing.T, url string) visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := visitor{&http.Client{Jar: jar}, url + "/chat/meadow", new(int)}
	answer, err := v.client.Get(v.page)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("the page answers %s", answer.Status)
	}
	return v
}

// says sends words as the page's script does.
func (v visitor) says(t *testing.T, words string) {
	t.Helper()
	*v.said++
	body := `{"id":"say-` + strconv.Itoa(*v.said) + `","text":` + strconv.Quote(words) + `}`
	answer, err := v.client.Post(v.page+"/say", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		t.Fatalf("%q is answered %s", words, answer.Status)
	}
}

// at is the same visitor at another replica: cookies do not know ports.
func (v visitor) at(url string) visitor { v.page = url + "/chat/meadow"; return v }

// stream is an open stream of what is new.
type stream struct {
	t     *testing.T
	come  *tail
	ended chan struct{}
}

// listens opens the stream and reads it until it ends, or the test.
func (v visitor) listens(t *testing.T) *stream {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.page+"/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := v.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("the stream answers %s", answer.Status)
	}
	s := &stream{t, newTail(), make(chan struct{})}
	go func() {
		defer close(s.ended)
		_, _ = io.Copy(s.come, answer.Body) // how it ends is the network's business
	}()
	return s
}

// reads waits until these words have come.
func (s *stream) reads(words string) string {
	s.t.Helper()
	late := time.After(patience)
	for {
		changed := s.come.changed()
		if got := s.come.String(); strings.Contains(got, words) {
			return got
		}
		select {
		case <-changed:
		case <-s.ended:
			s.t.Fatalf("the stream ended before %q:\n%s", words, s.come)
		case <-late:
			s.t.Fatalf("%q does not come:\n%s", words, last(s.come.String(), 3000))
		}
	}
}

// buys goes by typing from the first word to the pay page, whose address it returns.
func (v visitor) buys(t *testing.T, stream *stream) (page string) {
	t.Helper()
	for _, words := range []string{
		"menu", "footwear", "1", "42", "chestnut", "add to cart · $129.00", "check out", buyerName + ", " + buyerPhone,
		"pick up at the shop · free", "skip", "place the order · $129.00", "pay by card (test) · $129.00",
	} {
		v.says(t, words)
	}
	return payLink.FindString(stream.reads("/sandbox/pay/"))
}
