package admin

import (
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"parley/orders"
	"parley/payments"
)

// refundStates are those that the list of refunds can be narrowed to; the first is what waits for somebody.
var refundStates = []payments.RefundStatus{
	payments.RefundGranted, payments.RefundSending, payments.RefundWorking, payments.RefundDone, payments.RefundFailed, payments.RefundWithdrawn,
}

// refundPage is what the list of refunds is given.
type refundPage struct {
	frame
	plea
	State   payments.RefundStatus
	States  []payments.RefundStatus
	Refunds []payments.Refund
	TwoStep bool
	Next    payments.RefundID // after which there are more; zero: nowhere
	Names   map[string]string
	ByHand  map[payments.RefundID]bool // people give the money back at the processor's
}

// refundList is a shop's refunds in a state, oldest first; without one those that somebody has to execute.
func (a *Admin) refundList(v *visit) error { return a.showRefunds(v, fiber.StatusOK, plea{}) }

func (a *Admin) showRefunds(v *visit, status int, p plea) (err error) {
	page := refundPage{plea: p, State: payments.RefundStatus(v.query("state")), States: refundStates, Names: map[string]string{}, ByHand: map[payments.RefundID]bool{}}
	if !slices.Contains(refundStates, page.State) {
		page.State = payments.RefundGranted
	}
	if page.frame, err = a.shopFrame(v, "Refunds", "reviews"); err != nil {
		return err
	}
	rules, err := a.Payments.RulesOf(v.ctx, v.payee())
	if err != nil {
		return err
	}
	page.TwoStep = rules.TwoStep
	after, _ := strconv.ParseInt(v.query("after"), 10, 64) // no number is the beginning
	if page.Refunds, err = a.Payments.RefundsIn(v.ctx, v.payee(), page.State, payments.RefundID(after), pageful+1); err != nil {
		return err
	}
	if len(page.Refunds) > pageful {
		page.Refunds = page.Refunds[:pageful]
		page.Next = page.Refunds[pageful-1].ID
	}
	for _, r := range page.Refunds {
		if page.ByHand[r.ID], err = a.Payments.IsRefundedElsewhere(v.ctx, r); err != nil {
			return err
		}
		for _, who := range []string{r.GrantedBy, r.ExecutedBy} {
			if err := a.learn(v, page.Names, who); err != nil {
				return err
			}
		}
	}
	return a.html(v, status, "refund_list", page)
}

// Number is an order's number for people.
func (frame) Number(id payments.OrderID) string { return orders.NumberOf(orders.OrderID(id)) }

// Mine says whether whoever sees the page granted the refund, and another has to execute it.
func (p refundPage) Mine(r payments.Refund) bool {
	return p.TwoStep && r.GrantedBy == p.Account.ID.Who()
}
