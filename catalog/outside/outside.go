// Package outside calls addresses that strangers have given us: pictures of an import, endpoints of webhooks.
//
// Such an address must not lead into the house. Where it leads is looked at when the connection is made, after its
// name was resolved, so that a name that resolves differently the second time gains nothing; every redirect is a
// connection of its own and is looked at likewise. Time, size and redirects are bounded.
package outside

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"parley/catalog/fault"
)

// Client calls the outside. It is safe for use by many.
type Client struct {
	http    *http.Client
	allowed []netip.Prefix
}

// Option is a choice made by whoever makes a Client.
type Option func(*Client)

// Allow lets addresses of these networks be called although they are not public.
func Allow(networks ...netip.Prefix) Option {
	return func(c *Client) { c.allowed = append(c.allowed, networks...) }
}

// Bounds of one call, whatever the caller wants.
const (
	dialPatience   = 5 * time.Second
	headerPatience = 15 * time.Second
	mostHeader     = 64 << 10 // bytes
	mostRedirects  = 3
	longestURL     = 4096 // bytes
)

// New makes a client that calls public addresses, and those that options allow.
func New(options ...Option) *Client {
	c := &Client{}
	dialer := &net.Dialer{Timeout: dialPatience, KeepAlive: 30 * time.Second, Control: c.control}
	transport := &http.Transport{
		Proxy:                 nil, // a proxy would be what is connected to, and look like the way out
		DialContext:           dialer.DialContext,
		TLSHandshakeTimeout:   dialPatience,
		ResponseHeaderTimeout: headerPatience, MaxResponseHeaderBytes: mostHeader,
		MaxIdleConns: 32, MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second,
		ForceAttemptHTTP2: true,
	}
	c.http = &http.Client{Transport: transport, CheckRedirect: c.checkRedirect}
	for _, option := range options {
		option(c)
	}
	return c
}

// Close lets idle connections go.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// control is asked with the address that is about to be connected to, never with a name.
func (c *Client) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return private()
	}
	return c.check(at.Addr())
}

func (c *Client) check(ip netip.Addr) error {
	plain := ip.Unmap().WithZone("")
	for _, network := range c.allowed {
		if network.Contains(plain) {
			return nil
		}
	}
	if !public(ip) {
		return private()
	}
	return nil
}

// private does not say which address it was: who asks has no business with the numbers of the house.
func private() error { return fault.New(fault.Denied, "outside.private") }

// redirectsKey carries whether a call follows redirects at all.
type redirectsKey struct{}

func (c *Client) checkRedirect(next *http.Request, via []*http.Request) error {
	if follow, _ := next.Context().Value(redirectsKey{}).(bool); !follow {
		return http.ErrUseLastResponse
	}
	if len(via) > mostRedirects {
		return fault.New(fault.Invalid, "outside.redirects")
	}
	if via[0].URL.Scheme == "https" && next.URL.Scheme != "https" {
		return fault.New(fault.Denied, "outside.downgrade")
	}
	return CheckURL(next.URL.String())
}

// CheckURL refuses what is no web address with a host and without a password: fault.Invalid "outside.address". Where
// its name leads is only seen when it is called.
func CheckURL(address string) error {
	wrong := fault.New(fault.Invalid, "outside.address").With("field", "url")
	parsed, err := url.Parse(address)
	switch {
	case err != nil || len(address) > longestURL || strings.ContainsFunc(address, unprintable):
		return wrong
	case parsed.Scheme != "http" && parsed.Scheme != "https":
		return wrong
	case parsed.Hostname() == "" || parsed.User != nil || parsed.Opaque != "":
		return wrong
	}
	return nil
}

func unprintable(r rune) bool { return r <= ' ' || r == 0x7f }

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // at most what the caller wanted of it
	Cut    bool   // there was more
}

// Get fetches an address, at most so many bytes of it, and follows a few redirects. It fails with fault.Invalid for
// what is no address, and with a classified fault that says what went wrong on the way: "outside.private",
// "outside.redirects", "outside.downgrade" for good, "outside.unreachable" and "outside.slow" perhaps not.
func (c *Client) Get(ctx context.Context, address string, most int64) (Answer, error) {
	request, err := newRequest(context.WithValue(ctx, redirectsKey{}, true), http.MethodGet, address, nil)
	if err != nil {
		return Answer{}, err
	}
	return c.call(request, most)
}

// Post sends a body to an address and follows no redirect: an answer that is one is the answer. It fails as Get does.
func (c *Client) Post(ctx context.Context, address string, header http.Header, body io.Reader, most int64) (Answer, error) {
	request, err := newRequest(ctx, http.MethodPost, address, body)
	if err != nil {
		return Answer{}, err
	}
	for name, values := range header {
		request.Header[name] = values
	}
	return c.call(request, most)
}

func newRequest(ctx context.Context, method, address string, body io.Reader) (*http.Request, error) {
	if err := CheckURL(address); err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, fault.New(fault.Invalid, "outside.address").With("field", "url").Because(err)
	}
	request.Header.Set("User-Agent", "Parley/1")
	return request, nil
}

func (c *Client) call(request *http.Request, most int64) (Answer, error) {
	response, err := c.http.Do(request)
	if err != nil {
		return Answer{}, classified(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer := Answer{Status: response.StatusCode, Header: response.Header}
	answer.Body, err = io.ReadAll(io.LimitReader(response.Body, most+1))
	if int64(len(answer.Body)) > most {
		answer.Body, answer.Cut = answer.Body[:most], true
		return answer, nil // the rest is not read, so the connection is not used again
	}
	if err != nil {
		return answer, classified(err)
	}
	return answer, nil
}

// classified says in a person's words what went wrong; what the machine said is the cause.
func classified(err error) error {
	if known, ok := fault.Of(err); ok {
		return known
	}
	var timeout net.Error
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return fault.New(fault.Unavailable, "outside.no_host").With("host", name.Name).Because(err)
	case errors.As(err, &certificate):
		return fault.New(fault.Unavailable, "outside.certificate").Because(err)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return fault.New(fault.Unavailable, "outside.slow").Because(err)
	default:
		return fault.New(fault.Unavailable, "outside.unreachable").Because(fmt.Errorf("call outside: %w", err))
	}
}
