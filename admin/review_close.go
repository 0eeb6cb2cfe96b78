package admin

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"parley/catalog/fault"
	"parley/payments"
)

// longestNote is how many characters a note about money may have.
const longestNote = 1000

// reviewClose takes an item off a shop's queue.
func (a *Admin) reviewClose(v *visit) error { return a.closeReview(v, v.payee()) }

// unclaimedClose takes an item off the queue of what is nobody's.
func (a *Admin) unclaimedClose(v *visit) error {
	if !v.account().AllShops {
		return noPage()
	}
	return a.closeReview(v, 0)
}

func (a *Admin) closeReview(v *visit, of payments.MerchantID) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	note := strings.TrimSpace(v.form("note"))
	d := deed{what: "payment.review_closed", subject: fmt.Sprintf("review:%d", id), note: note, was: `{"state":"open"}`, became: `{"state":"closed"}`}
	err = a.actOn(v, d, func(ctx context.Context) error {
		if utf8.RuneCountInString(note) > longestNote {
			return fault.New(fault.Invalid, "payment.note_long").With("most", fmt.Sprint(longestNote))
		}
		return a.Payments.CloseReview(ctx, of, payments.ReviewID(id), v.who(), note)
	})
	switch {
	case err == nil && of == 0:
		return v.goOn(Base+"/unclaimed", "closed")
	case err == nil:
		return v.goOn(v.at("reviews"), "closed")
	case !isTheirs(err):
		return err
	}
	p := plea{Form: fmt.Sprint(id), Field: "note", Says: sentence(err), Was: map[string]string{"note": note}}
	return a.showReviews(v, statusOf(err), p, of)
}
