package webchat

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// A buyer is remembered by a cookie "buyer.signature". A page of another site that frames the chat gets a
// partitioned cookie of its own: one site can't learn what is said on another.
const (
	pageCookie  = "parley_chat"
	frameCookie = "parley_chat_frame"
	remembered  = 400 * 24 * time.Hour // browsers cap it there
)

// buyerOf is who the request's cookie says it is; false when there is none that we signed.
func (a *Adapter) buyerOf(c *fiber.Ctx, framed bool) (string, bool) {
	names := []string{pageCookie}
	if framed {
		names = append(names, frameCookie)
	}
	for _, name := range names {
		if buyer, ok := a.unsign(c.Cookies(a.cookieName(c, name))); ok {
			return buyer, true
		}
	}
	return "", false
}

// remember gives the browser a cookie for buyer, or a new one for a new buyer when there is none.
func (a *Adapter) remember(c *fiber.Ctx, framed bool) (buyer string, known bool) {
	name := pageCookie
	buyer, known = a.buyerOf(c, framed)
	if _, own := a.unsign(c.Cookies(a.cookieName(c, pageCookie))); framed && !own {
		name = frameCookie
	}
	if !known {
		buyer = newBuyer()
	}
	cookie := http.Cookie{
		Name: a.cookieName(c, name), Value: a.sign(buyer), Path: "/", MaxAge: int(remembered / time.Second),
		HttpOnly: true, Secure: a.secure(c), SameSite: http.SameSiteLaxMode,
	}
	if name == frameCookie && cookie.Secure {
		cookie.SameSite, cookie.Partitioned = http.SameSiteNoneMode, true
	}
	c.Append(fiber.HeaderSetCookie, cookie.String())
	return buyer, known
}

// cookieName binds the cookie to this very host where the browser can.
func (a *Adapter) cookieName(c *fiber.Ctx, name string) string {
	if a.secure(c) {
		return "__Host-" + name
	}
	return name
}

func (a *Adapter) secure(c *fiber.Ctx) bool {
	if a.PublicURL != "" {
		return strings.HasPrefix(a.PublicURL, "https://")
	}
	return c.Secure()
}

// newBuyer is an id that nobody can guess.
func newBuyer() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails: it ends the program instead
	return base64.RawURLEncoding.EncodeToString(id[:])
}

func (a *Adapter) sign(buyer string) string { return buyer + "." + a.mac("buyer", buyer) }

// unsign is constant in time over what an attacker may try.
func (a *Adapter) unsign(cookie string) (buyer string, ok bool) {
	buyer, mac, _ := strings.Cut(cookie, ".")
	if buyer == "" || !hmac.Equal([]byte(mac), []byte(a.mac("buyer", buyer))) {
		return "", false
	}
	return strings.Clone(buyer), true
}

// formToken is what our forms carry and other sites can't know.
func (a *Adapter) formToken(buyer string) string { return a.mac("form", buyer) }

func (a *Adapter) mac(use, what string) string {
	h := hmac.New(sha256.New, a.Key)
	h.Write([]byte("parley webchat " + use + "\x00" + what))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// ownPage says whether a request was made by a page of ours, as far as the browser tells. Browsers that tell
// nothing are left to the content type and the form's token.
func (a *Adapter) ownPage(c *fiber.Ctx) bool {
	if site := c.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	origin := c.Get(fiber.HeaderOrigin)
	if origin == "" {
		return true
	}
	parsed, err := url.Parse(origin)
	if err != nil || parsed.Host == "" {
		return false
	}
	if public, err := url.Parse(a.PublicURL); err == nil && a.PublicURL != "" && parsed.Host == public.Host {
		return true
	}
	return parsed.Host == string(c.Request().Host())
}

func sameToken(got, want string) bool { return hmac.Equal([]byte(got), []byte(want)) }
