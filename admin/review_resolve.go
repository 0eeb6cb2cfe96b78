package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"parley/catalog/fault"
	"parley/orders"
	"parley/payments"
)

// reviewResolve does what an item of the queue suggests and takes it off.
func (a *Admin) reviewResolve(v *visit) error { return a.resolveReview(v, v.payee()) }

// unclaimedResolve gives what is nobody's to an order of whichever shop.
func (a *Admin) unclaimedResolve(v *visit) error {
	if !v.account().AllShops {
		return noPage()
	}
	return a.resolveReview(v, 0)
}

// owing is the order that a form names: of the shop, or of any where the queue is nobody's.
func (a *Admin) owing(ctx context.Context, v *visit, of payments.MerchantID) (payments.OrderID, error) {
	if of == 0 {
		if id := orders.OfNumber(v.form("order")); id != 0 {
			return payments.OrderID(id), nil
		}
		return 0, fault.New(fault.Invalid, "payment.attach_order")
	}
	order, err := a.Orders.FindByNumber(ctx, v.merchant(), v.form("order"))
	if fault.KindOf(err) == fault.Missing {
		return 0, fault.New(fault.Invalid, "payment.attach_order")
	}
	return payments.OrderID(order.ID), err
}

func (a *Admin) resolveReview(v *visit, of payments.MerchantID) error {
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
			return a.Payments.Resolve(ctx, of, payments.ReviewID(id), action, v.who(), note)
		}
		order, err := a.owing(ctx, v, of)
		if err != nil {
			return err
		}
		_, err = a.Payments.Attach(ctx, of, payments.ReviewID(id), order, v.who(), note)
		if of == 0 && fault.KindOf(err) == fault.Missing {
			return fault.New(fault.Invalid, "payment.attach_order")
		}
		return err
	})
	switch {
	case err == nil && of == 0:
		return v.goOn(Base+"/unclaimed", "resolved")
	case err == nil:
		return v.goOn(v.at("reviews"), "resolved")
	case !isTheirs(err):
		return err
	}
	p := plea{Form: fmt.Sprint(id), Field: "note", Says: sentence(err), Was: map[string]string{"note": note, "order": v.form("order")}}
	return a.showReviews(v, statusOf(err), p, of)
}

// mostReason is how many characters the reason of a refund may have, which a note becomes.
const mostReason = 500
