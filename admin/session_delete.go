package admin

import "github.com/gofiber/fiber/v2"

// sessionDelete signs out.
func (a *Admin) sessionDelete(v *visit) error {
	if err := a.Accounts.signOut(v.ctx, v.session); err != nil {
		return err
	}
	a.dropCookie(v.Ctx, a.cookieName())
	return v.Redirect(Base+signInPath, fiber.StatusSeeOther)
}
