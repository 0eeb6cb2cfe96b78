package api

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"parley/admin"
	"parley/catalog"
	"parley/catalog/fault"
	"parley/dialogs/texts"
)

// csrfHeader brings back what signing in gave: another site can have a browser send the cookie, but not this.
const csrfHeader = "X-CSRF-Token"

// door is what every request passes, whatever it is for.
func (a *API) door(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	if wait := a.limits.address.take(strings.Clone(c.IP()), a.Now()); wait > 0 {
		return a.refuse(c, tooMany(wait))
	}
	if _, err := url.Parse(string(c.Request().RequestURI())); err != nil || !isText(c.OriginalURL()) || strings.Contains(strings.ToLower(c.OriginalURL()), "%00") {
		return a.refuse(c, fault.New(fault.Invalid, "request.address"))
	}
	return c.Next()
}

// admit lets pass whoever may do an operation, and knows them from then on.
func (a *API) admit(h huma.Context, next func(huma.Context)) {
	f := humafiber.Unwrap(h)
	c := &call{op: a.ops[h.Operation().OperationID], language: languageOf(f), fiber: f}
	ctx := context.WithValue(h.Context(), callKey{}, c)
	if err := a.letIn(ctx, c); err != nil {
		p := a.problem(ctx, c, err)
		a.send(f, p)
		return
	}
	next(inMemory{h, ctx})
}

// inMemory has huma read a body that was read already: where the server reads bodies as they come in, huma would ask the
// connection for it. Files of products are read by their operation alone.
type inMemory struct {
	humaContext
	ctx context.Context //nolint:containedctx // as huma's own wrappings do
}

type humaContext huma.Context // by another name, since a method has the first

// Context is whatever the request goes on with.
func (m inMemory) Context() context.Context { return m.ctx }

// BodyReader reads the body.
func (m inMemory) BodyReader() io.Reader {
	return bytes.NewReader(humafiber.Unwrap(m.humaContext).Body())
}

// Unwrap is what it wraps.
func (m inMemory) Unwrap() huma.Context { return m.humaContext }

func (a *API) letIn(ctx context.Context, c *call) error {
	if c.op.open {
		return foreign(c)
	}
	if err := a.identify(ctx, c); err != nil {
		return err
	}
	if wait := a.limits.caller.take(c.who, a.Now()); wait > 0 {
		return tooMany(wait)
	}
	if err := c.permitted(); err != nil {
		return err
	}
	return a.enter(ctx, c)
}

// identify finds out who is asking: by a token if there is one, else by the cookie.
func (a *API) identify(ctx context.Context, c *call) error {
	kind, secret, given := strings.Cut(c.header(fiber.HeaderAuthorization), " ")
	if given && strings.EqualFold(kind, "bearer") {
		token, account, err := a.Accounts.Admitted(ctx, strings.TrimSpace(secret))
		c.account, c.token, c.who = account, &token, token.ID.Who()
		return err
	}
	if kind != "" {
		return fault.New(fault.Denied, "token.refused")
	}
	cookie := strings.Clone(c.fiber.Cookies(admin.CookieName(a.Secure)))
	if cookie == "" {
		return fault.New(fault.Denied, "token.missing_header")
	}
	session, err := a.Accounts.SessionOf(ctx, cookie)
	if err != nil {
		return err
	}
	c.session, c.account, c.who = session, session.Account, session.Account.ID.Who()
	if !c.op.writes() {
		return nil
	}
	if !hmac.Equal([]byte(c.header(csrfHeader)), []byte(a.csrf(session))) {
		return fault.New(fault.Denied, "request.csrf")
	}
	return foreign(c)
}

// csrf is what a browser sends with writes, bound to its session.
func (a *API) csrf(s admin.Session) string {
	mac := hmac.New(sha256.New, a.Key)
	mac.Write([]byte("parley api csrf\x00" + s.Secret()))
	return hex.EncodeToString(mac.Sum(nil))
}

// foreign refuses a write that another site had a browser send.
func foreign(c *call) error {
	if site := c.header("Sec-Fetch-Site"); c.op.writes() && site != "" && site != "same-origin" && site != "none" {
		return fault.New(fault.Denied, "request.csrf")
	}
	return nil
}

// permitted says whether the role of whoever asks, and the token, are for the operation.
func (c *call) permitted() error {
	switch {
	case c.op.people && c.token != nil:
		return fault.New(fault.Denied, "token.for_people")
	case !slices.Contains(c.op.allowed(), c.account.Role):
		return fault.New(fault.Denied, "account.not_permitted")
	case c.token != nil && c.op.scope != "" && !slices.Contains(c.token.Scopes, c.op.scope):
		return fault.New(fault.Denied, "token.scope_lacking").With("scope", string(c.op.scope))
	}
	return nil
}

// enter makes the call be about a shop, if its operation is about one. It fails with fault.Missing for one that isn't
// the account's.
func (a *API) enter(ctx context.Context, c *call) error {
	if !strings.Contains(c.op.does, "{merchant}") {
		return nil
	}
	id, err := strconv.ParseInt(c.fiber.Params("merchant"), 10, 64)
	if err != nil || !c.sees(catalog.MerchantID(id)) {
		return fault.New(fault.Missing, "catalog.no_merchant")
	}
	c.shop, err = a.Catalog.Merchant(ctx, catalog.MerchantID(id))
	return err
}

// header is one that came with the request, as a copy: the server uses the memory again.
func (c *call) header(name string) string { return strings.Clone(c.fiber.Get(name)) }

// languageOf is the language that whoever asks would like sentences in.
func languageOf(c *fiber.Ctx) string {
	first, _, _ := strings.Cut(c.Get(fiber.HeaderAcceptLanguage), ",")
	tag, _, _ := strings.Cut(first, ";")
	return strings.Clone(texts.Match(strings.TrimSpace(tag), texts.Languages()))
}

// isText says whether both engines can keep it.
func isText(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }

// nothing answers what is no operation.
func (a *API) nothing(c *fiber.Ctx) error {
	methods := a.methodsOf(strings.TrimPrefix(c.Path(), Base))
	if len(methods) == 0 {
		return a.refuse(c, fault.New(fault.Missing, "request.no_address"))
	}
	c.Set(fiber.HeaderAllow, strings.Join(methods, ", "))
	return a.refuse(c, fault.New(fault.Invalid, "request.method"))
}

// methodsOf is what can be done at a path, in order.
func (a *API) methodsOf(path string) (methods []string) {
	for _, o := range a.ops {
		method, pattern := o.split()
		if fits(pattern, path) {
			methods = append(methods, method)
		}
	}
	slices.Sort(methods)
	return slices.Compact(methods)
}

func fits(pattern, path string) bool {
	wanted, given := strings.Split(pattern, "/"), strings.Split(strings.TrimSuffix(path, "/"), "/")
	if len(wanted) != len(given) {
		return false
	}
	for i, part := range wanted {
		if !strings.HasPrefix(part, "{") && part != given[i] || given[i] == "" && i > 0 {
			return false
		}
	}
	return true
}
