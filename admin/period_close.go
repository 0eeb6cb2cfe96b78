package admin

import (
	"context"
	"encoding/json"
	"strings"

	"parley/payments"
)

// periodClose closes a month of the books. What was on the page as open stays open with a note; anything that came
// since keeps the month open.
func (a *Admin) periodClose(v *visit) error {
	month, err := payments.ParseMonth(v.form("month"))
	if err != nil {
		return err
	}
	closing := payments.Closing{
		Merchant: v.payee(), Month: month, Zone: a.frame(v, "").zone, Who: v.who(), Despite: strings.Fields(v.form("despite")), Note: strings.TrimSpace(v.form("note")),
	}
	if v.form("despite_too") == "" {
		closing.Despite = nil
	}
	became, err := json.Marshal(map[string]any{"closed": month.String(), "despite": closing.Despite})
	if err != nil {
		return err
	}
	d := deed{what: "books.closed", subject: "month:" + month.String(), note: closing.Note, was: `{"closed":null}`, became: string(became)}
	err = a.actOn(v, d, func(ctx context.Context) error {
		_, err := a.Payments.ClosePeriod(ctx, closing)
		return err
	})
	if err == nil {
		return v.goOn(v.at("books"), "month_closed&month="+month.String())
	}
	if !isTheirs(err) {
		return err
	}
	p := plea{Form: "close", Field: "note", Says: sentence(err), Was: map[string]string{"note": closing.Note, "despite_too": v.form("despite_too")}}
	return a.showBooks(v, statusOf(err), p, month)
}
