package admin

import (
	"context"
	"fmt"
	"strings"

	"parley/payments"
)

// disputeConcede gives a dispute up: the buyer keeps the money.
func (a *Admin) disputeConcede(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	note := strings.TrimSpace(v.form("note"))
	d := deed{what: "dispute.conceded", subject: fmt.Sprintf("dispute:%d", id), note: note, was: `{"conceded":false}`, became: `{"conceded":true}`}
	err = a.actOn(v, d, func(ctx context.Context) error {
		_, err := a.Payments.ConcedeDispute(ctx, v.payee(), payments.DisputeID(id), v.who(), note)
		return err
	})
	switch {
	case err == nil:
		return v.goOn(v.at("disputes"), "conceded")
	case !isTheirs(err):
		return err
	}
	return a.showDisputes(v, statusOf(err), plea{Form: fmt.Sprintf("concede-%d", id), Field: "note", Says: sentence(err), Was: map[string]string{"note": note}})
}
