package outside

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"parley/catalog/fault"
)

var loopback = Allow(netip.MustParsePrefix("127.0.0.0/8"))

func refused(t *testing.T, err error, key string) {
	t.Helper()
	known, ok := fault.Of(err)
	if !ok || known.Key != key {
		t.Errorf("got %v, want %s", err, key)
	}
}

func TestOnlyAddressesOfThePublicInternetArePublic(t *testing.T) {
	for _, address := range []string{
		"127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
		"100.64.0.1", "100.127.255.255", "192.0.0.192", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1",
		"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1",
		"fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001::1", "2001:db8::1", "3fff::1",
	} {
		if public(netip.MustParseAddr(address)) {
			t.Errorf("%s passes for public", address)
		}
	}
	for _, address := range []string{"1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"} {
		if !public(netip.MustParseAddr(address)) {
			t.Errorf("%s does not pass for public", address)
		}
	}
	if public(netip.Addr{}) {
		t.Error("no address passes for public")
	}
}

func TestAPrivateAddressIsRefusedHoweverItIsWritten(t *testing.T) {
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the inside was reached") }))
	defer inside.Close()
	_, port, err := net.SplitHostPort(inside.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := New()
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0x7f000001", "0", "[fe80::1]"} {
		_, err := c.Get(t.Context(), "http://"+host+":"+port+"/", 10)
		known, ok := fault.Of(err)
		if !ok || known.Key != "outside.private" && known.Key != "outside.no_host" && known.Key != "outside.unreachable" {
			t.Errorf("%s: %v", host, err)
		}
	}
	_, err = c.Post(t.Context(), inside.URL, nil, strings.NewReader("{}"), 10)
	refused(t, err, "outside.private")
	_, err = c.Get(t.Context(), "http://localhost:"+port, 10) // a name: what it resolves to counts
	refused(t, err, "outside.private")
}

func TestARedirectIntoTheHouseIsRefused(t *testing.T) {
	inside := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the inside was reached") }))
	listener, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skipf("SKIPPED: no second loopback address on this system: %v", err)
	}
	inside.Listener = listener
	inside.Start()
	defer inside.Close()
	front := httptest.NewServer(http.RedirectHandler(inside.URL, http.StatusFound))
	defer front.Close()
	c := New(Allow(netip.MustParsePrefix("127.0.0.1/32"))) // the front is public for this test, what is behind it is not
	_, err = c.Get(t.Context(), front.URL, 10)
	refused(t, err, "outside.private")
}

func TestRedirectsAreFollowedForAWhileAndNeverForAPost(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var left int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &left); err == nil && left > 0 {
			http.Redirect(w, r, fmt.Sprintf("/%d", left-1), http.StatusFound)
			return
		}
		_, _ = fmt.Fprint(w, "there")
	}))
	defer server.Close()
	c := New(loopback)
	answer, err := c.Get(t.Context(), server.URL+"/3", 100)
	if err != nil || string(answer.Body) != "there" {
		t.Errorf("%q, %v", answer.Body, err)
	}
	_, err = c.Get(t.Context(), server.URL+"/4", 100)
	refused(t, err, "outside.redirects")
	answer, err = c.Post(t.Context(), server.URL+"/1", nil, strings.NewReader("x"), 100)
	if err != nil || answer.Status != http.StatusFound {
		t.Errorf("a post went on: %d, %v", answer.Status, err)
	}
	for _, to := range []string{"ftp://example.com/", "http://user:word@example.com/"} {
		away := httptest.NewServer(http.RedirectHandler(to, http.StatusFound))
		_, err := c.Get(t.Context(), away.URL, 100)
		refused(t, err, "outside.address")
		away.Close()
	}
}

func TestAnAnswerIsReadNoFurtherThanWanted(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 1 << 20 {
			if _, err := w.Write(make([]byte, 1024)); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	answer, err := New(loopback).Get(t.Context(), server.URL, 5000)
	if err != nil || len(answer.Body) != 5000 || !answer.Cut {
		t.Errorf("%d bytes, cut %v, %v", len(answer.Body), answer.Cut, err)
	}
}

func TestSlownessEndsWithTheCallersPatience(t *testing.T) {
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stop }))
	defer server.Close()
	defer close(stop)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := New(loopback).Get(ctx, server.URL, 10)
	refused(t, err, "outside.slow")
}

func TestWhatIsNoAddressIsNotCalled(t *testing.T) {
	for _, address := range []string{"", "example.com", "ftp://example.com", "file:///etc/passwd", "http://", "http:///x", "http://a:b@example.com", "https://example.com/ x", "http:example.com", "https://example.com/\n", "https://" + strings.Repeat("a", 5000)} {
		_, err := New().Get(t.Context(), address, 10)
		refused(t, err, "outside.address")
	}
}

func TestSettingsOpenPrivateNetworksAndNothingElse(t *testing.T) {
	for network, want := range map[string]bool{
		"10.1.0.0/16": true, "192.168.7.0/24": true, "fd12::/32": true, "100.64.3.0/24": true,
		"127.0.0.0/8": false, "169.254.0.0/16": false, "0.0.0.0/0": false, "::/0": false, "::1/128": false, "fe80::/10": false, "8.0.0.0/6": false,
	} {
		if OwnNetwork(netip.MustParsePrefix(network)) != want {
			t.Errorf("%s: %v", network, !want)
		}
	}
}
