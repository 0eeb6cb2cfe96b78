package admin

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"parley/catalog/fault"
)

// signIn is what the page for signing in is given.
type signIn struct {
	frame
	plea
	To string // where somebody wanted to go
}

// sessionNew is the door.
func (a *Admin) sessionNew(v *visit) error {
	return a.showDoor(v, fiber.StatusOK, plea{}, v.query("to"))
}

func (a *Admin) showDoor(v *visit, status int, p plea, to string) error {
	nonce := strings.Clone(v.Cookies(a.doorName()))
	if len(nonce) != len(newToken()) {
		nonce = newToken()
		a.setCookie(v.Ctx, a.doorName(), nonce, int(idleFor.Seconds()))
	}
	page := signIn{frame: a.frame(v, "Sign in"), plea: p, To: inside(to)}
	page.Token = a.signed("door:" + nonce)
	return a.html(v, status, "session_new", page)
}

// inside is an address of these pages, or home: a link to the door must lead nowhere else.
func inside(to string) string {
	if strings.HasPrefix(to, Base+"/") && !strings.ContainsAny(to, "\\\r\n\t") && !strings.Contains(to, "//") {
		return to
	}
	return Base
}

// sessionCreate lets somebody in.
func (a *Admin) sessionCreate(v *visit) error {
	nonce := v.Cookies(a.doorName())
	if nonce == "" || !a.isSigned(v.form("form"), "door:"+nonce) {
		return a.refuseDoor(v, fault.New(fault.Denied, "form.expired"))
	}
	account, err := a.Accounts.Authenticate(v.ctx, v.form("login"), v.form("password"), strings.Clone(v.IP()))
	if kind := fault.KindOf(err); kind == fault.Denied || kind == fault.Unavailable {
		return a.refuseDoor(v, err)
	}
	if err != nil {
		return err
	}
	if err := a.begin(v, account.ID); err != nil {
		return err
	}
	return v.Redirect(inside(v.form("to")), fiber.StatusSeeOther)
}

func (a *Admin) refuseDoor(v *visit, err error) error {
	p := plea{Form: "sign-in", Field: "login", Says: sentence(err), Was: map[string]string{"login": v.form("login")}}
	return a.showDoor(v, statusOf(err), p, v.form("to"))
}

// begin opens a session and gives the browser its cookie.
func (a *Admin) begin(v *visit, id AccountID) error {
	token, err := a.Accounts.signIn(v.ctx, id, strings.Clone(v.Get(fiber.HeaderUserAgent)))
	if err != nil {
		return err
	}
	a.setCookie(v.Ctx, a.cookieName(), token, int(longest.Seconds()))
	return nil
}
