package admin

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"parley/payments/settlement"
)

// payoutPage is what the list of payouts is given.
type payoutPage struct {
	frame
	Payouts []settlement.PayoutView
	Rows    []settlement.Row // of the payout that the address names
	Of      string
	Next    settlement.PayoutID // after which there are more; zero: nowhere
}

// mostRows is how many rows of a payout a page shows.
const mostRows = 500

// payoutList is what processors sent to the bank, and what one of the payouts consists of.
func (a *Admin) payoutList(v *visit) (err error) {
	page := payoutPage{Of: v.query("of")}
	if page.frame, err = a.shopFrame(v, "Payouts", "reviews"); err != nil {
		return err
	}
	after, _ := strconv.ParseInt(v.query("after"), 10, 64) // no number is the beginning
	if a.Settlement != nil {
		page.Payouts, err = a.Settlement.Payouts(v.ctx, settlement.PayoutsAsk{Merchant: v.payee(), After: settlement.PayoutID(after), Limit: pageful + 1})
	}
	if err == nil && a.Settlement != nil && page.Of != "" {
		page.Rows, err = a.Settlement.Rows(v.ctx, settlement.RowsAsk{Merchant: v.payee(), Payout: page.Of, Limit: mostRows})
	}
	if err != nil {
		return err
	}
	if len(page.Payouts) > pageful {
		page.Payouts = page.Payouts[:pageful]
		page.Next = page.Payouts[pageful-1].Number
	}
	return a.html(v, fiber.StatusOK, "payout_list", page)
}
