package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"parley/catalog/fault"
	"parley/payments"
)

// reviewResolve does what an item of the queue suggests and takes it off.
func (a *Admin) reviewResolve(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	note, action := strings.TrimSpace(v.form("note")), payments.Action(v.form("action"))
	became, err := json.Marshal(map[string]string{"state": "closed", "action": string(action)})
	if err != nil {
		return err
	}
	d := deed{what: "payment.review_resolved", subject: fmt.Sprintf("review:%d", id), note: note, was: `{"state":"open"}`, became: string(became)}
	err = a.actOn(v, d, func(ctx context.Context) error {
		if utf8.RuneCountInString(note) > mostReason {
			return fault.New(fault.Invalid, "payment.note_long").With("most", fmt.Sprint(mostReason))
		}
		if action != payments.AttachTo {
			return a.Payments.Resolve(ctx, v.payee(), payments.ReviewID(id), action, v.who(), note)
		}
		order, err := a.Orders.FindByNumber(ctx, v.merchant(), v.form("order"))
		if fault.KindOf(err) == fault.Missing {
			return fault.New(fault.Invalid, "payment.attach_order")
		}
		if err != nil {
			return err
		}
		_, err = a.Payments.Attach(ctx, v.payee(), payments.ReviewID(id), payments.OrderID(order.ID), v.who(), note)
		return err
	})
	switch {
	case err == nil:
		return v.goOn(v.at("reviews"), "resolved")
	case !isTheirs(err):
		return err
	}
	p := plea{Form: fmt.Sprint(id), Field: "note", Says: sentence(err), Was: map[string]string{"note": note, "order": v.form("order")}}
	return a.showReviews(v, statusOf(err), p, v.payee())
}

// mostReason is how many characters the reason of a refund may have, which a note becomes.
const mostReason = 500
