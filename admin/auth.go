package admin

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"parley/catalog"
	"parley/catalog/fault"
)

// largestForm is how many bytes a form may have.
const largestForm = 64 << 10

// policy allows our own files and nothing written into the page.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (a *Admin) headers(c *fiber.Ctx) {
	c.Set("Content-Security-Policy", policy)
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("X-Frame-Options", "DENY")
	c.Set("Referrer-Policy", "same-origin")
	c.Set("Permissions-Policy", "geolocation=(), camera=(), microphone=(), payment=()")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set("Cache-Control", "no-store")
	if a.Secure {
		c.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// open serves a page to somebody who need not be signed in.
func (a *Admin) open(do func(*Admin, *visit) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		a.headers(c)
		v := &visit{Ctx: c, ctx: c.UserContext()}
		err := decent(c)
		if err == nil {
			err = do(a, v)
		}
		return a.answer(v, err)
	}
}

// guarded serves a route to whoever the table lets in; to nobody when it isn't in the table.
func (a *Admin) guarded(r route, do func(*Admin, *visit) error) fiber.Handler {
	return a.open(func(a *Admin, v *visit) error {
		if err := a.admit(v, r); err != nil {
			return err
		}
		return do(a, v)
	})
}

// admit lets a visit pass that is signed in, meant by its person, permitted, and about a shop of theirs.
func (a *Admin) admit(v *visit, r route) error {
	s, err := a.Accounts.sessionOf(v.ctx, v.Cookies(a.cookieName()), v.Get("X-Look") == "")
	if err != nil {
		return err
	}
	v.session = s
	v.ctx = By(v.ctx, v.who())
	if v.shops, err = a.shopsOf(v.ctx, s.account); err != nil {
		return err
	}
	method, path := r.split()
	if method == fiber.MethodPost && !a.isSigned(v.form("form"), "session:"+s.hash) {
		return fault.New(fault.Denied, "form.expired")
	}
	if !r.allows(s.account.Role) {
		return fault.New(fault.Denied, "account.not_permitted")
	}
	if strings.Contains(path, ":shop") {
		return v.enter(v.param("shop"))
	}
	return nil
}

// enter makes the visit be about a shop. It fails with fault.Missing for one that isn't the account's.
func (v *visit) enter(slug string) error {
	for _, shop := range v.shops {
		if shop.Slug == slug {
			v.shop = shop
			return nil
		}
	}
	return noPage()
}

// shopsOf are the shops that an account may see.
func (a *Admin) shopsOf(ctx context.Context, account Account) ([]catalog.Merchant, error) {
	if account.AllShops {
		return a.Shops.Merchants(ctx)
	}
	shops := make([]catalog.Merchant, 0, len(account.Shops))
	for _, id := range account.Shops {
		shop, err := a.Shops.Merchant(ctx, id)
		if err != nil {
			return nil, err
		}
		shops = append(shops, shop)
	}
	return shops, nil
}

// decent refuses what is too large, and what another site had the browser send.
func decent(c *fiber.Ctx) error {
	if len(c.Request().Body()) > largestForm {
		return fault.New(fault.Invalid, "form.too_large")
	}
	if c.Method() != fiber.MethodPost {
		return nil
	}
	if site := c.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return fault.New(fault.Denied, "form.foreign")
	}
	if origin := c.Get(fiber.HeaderOrigin); origin != "" {
		from, err := url.Parse(origin)
		if err != nil || !strings.EqualFold(from.Host, string(c.Request().Host())) {
			return fault.New(fault.Denied, "form.foreign")
		}
	}
	return nil
}

// signed is the token that a form must bring back, bound to what it is for.
func (a *Admin) signed(what string) string {
	mac := hmac.New(sha256.New, a.Key)
	mac.Write([]byte("parley admin form\x00" + what))
	return hex.EncodeToString(mac.Sum(nil))
}

func (a *Admin) isSigned(token, what string) bool {
	return hmac.Equal([]byte(token), []byte(a.signed(what)))
}

// Names of cookies; over https the prefix keeps other hosts from setting them.
const (
	sessionCookie = "parley_staff"
	visitCookie   = "parley_door" // binds the form for signing in to a browser
)

func (a *Admin) cookieName() string { return CookieName(a.Secure) }

func (a *Admin) doorName() string { return a.prefix() + visitCookie }

func (a *Admin) prefix() string {
	if a.Secure {
		return "__Host-"
	}
	return ""
}

func (a *Admin) setCookie(c *fiber.Ctx, name, value string, seconds int) {
	c.Cookie(&fiber.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: seconds, Secure: a.Secure, HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode,
	})
}

func (a *Admin) dropCookie(c *fiber.Ctx, name string) {
	c.Cookie(&fiber.Cookie{
		Name: name, Path: "/", Expires: a.Now().Add(-longest), Secure: a.Secure, HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode,
	})
}
