package admin

import (
	"github.com/gofiber/fiber/v2"

	"parley/catalog/fault"
)

// accountPage is what the page of one's own account is given.
type accountPage struct {
	frame
	plea
}

// accountShow is one's own account.
func (a *Admin) accountShow(v *visit) error { return a.showAccount(v, fiber.StatusOK, plea{}) }

func (a *Admin) showAccount(v *visit, status int, p plea) error {
	f := a.frame(v, "Your account")
	f.Section = "account"
	return a.html(v, status, "account_show", accountPage{f, p})
}

// passwordChange gives one's own account another password, once the present one was said.
func (a *Admin) passwordChange(v *visit) error {
	account := v.account()
	_, err := a.Accounts.Authenticate(v.ctx, account.Login, v.form("present"), v.IP())
	switch kind := fault.KindOf(err); {
	case kind == fault.Denied:
		err = fault.New(fault.Invalid, "account.password_wrong")
		return a.showAccount(v, statusOf(err), plea{Form: "password", Field: "present", Says: sentence(err)})
	case kind == fault.Unavailable:
		return a.showAccount(v, statusOf(err), plea{Form: "password", Field: "present", Says: sentence(err)})
	case err != nil:
		return err
	}
	err = a.Accounts.SetPassword(v.ctx, account.ID, v.form("password"))
	if fault.KindOf(err) == fault.Invalid {
		return a.showAccount(v, statusOf(err), plea{Form: "password", Field: "password", Says: sentence(err)})
	}
	if err != nil {
		return err
	}
	if err := a.begin(v, account.ID); err != nil {
		return err
	}
	return v.goOn(Base+"/account", "password")
}
