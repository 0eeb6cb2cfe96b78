package main_test

import (
	"encoding/xml"
	"net/http"
	"strings"
	"testing"
)

func askAgain(t *testing.T, address string, headers map[string]string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	got, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	return answer{status: got.StatusCode, header: got.Header}
}

func TestFeedsListWhatIsForSaleAndAreAskedForOnce(t *testing.T) {
	t.Parallel()
	everyPlace(t, func(t *testing.T, at place) {
		s := at.serve(t)
		for _, name := range []string{"yml.xml", "google.xml"} {
			address := s.url + "/feeds/meadow/" + name
			got := ask(t, http.MethodGet, address, "", "")
			if got.status != http.StatusOK || !strings.HasPrefix(got.header.Get("Content-Type"), "application/xml") {
				t.Fatalf("%s: %d %s", name, got.status, got.header)
			}
			for _, wanted := range []string{s.url + "/chat/meadow?p=", s.url + "/pictures/", "USD"} {
				if !strings.Contains(got.body, wanted) {
					t.Errorf("%s has no %s", name, wanted)
				}
			}
			if err := xml.Unmarshal([]byte(got.body), new(struct{})); err != nil {
				t.Errorf("%s is no XML: %v", name, err)
			}
			tag, changed := got.header.Get("ETag"), got.header.Get("Last-Modified")
			for what, c := range map[string]struct {
				headers map[string]string
				want    int
			}{
				"the same tag":   {map[string]string{"If-None-Match": tag}, 304},
				"a weak tag":     {map[string]string{"If-None-Match": `"x", W/` + tag}, 304},
				"another tag":    {map[string]string{"If-None-Match": `"x"`, "If-Modified-Since": changed}, 200},
				"the same time":  {map[string]string{"If-Modified-Since": changed}, 304},
				"an older time":  {map[string]string{"If-Modified-Since": "Mon, 02 Jan 2006 15:04:05 GMT"}, 200},
				"no time at all": {map[string]string{"If-Modified-Since": "yesterday"}, 200},
			} {
				if got := askAgain(t, address, c.headers); got.status != c.want || got.header.Get("ETag") != tag {
					t.Errorf("%s with %s: %d", name, what, got.status)
				}
			}
		}
		if got := ask(t, http.MethodGet, s.url+"/feeds/nobody/yml.xml", "", ""); got.status != http.StatusNotFound {
			t.Errorf("nobody's feed: %d", got.status)
		}
	})
}
