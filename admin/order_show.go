package admin

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"parley/catalog"
	"parley/catalog/money"
	"parley/orders"
	"parley/payments"
)

// orderPage is what the page of one order is given.
type orderPage struct {
	frame
	plea
	Order    orders.Order
	Payments []payments.Payment
	Refunds  []payments.Refund
	Entries  []payments.Booked // what was booked for it, for those who may see the books
	TwoStep  bool              // another person executes a refund
	Names    map[string]string // of those in the timeline
	Can      can
	ByHand   []string     // gateways whose money can be confirmed
	Way      string       // the one of them that the buyer chose
	Owed     money.Amount // still to come
}

// can is which ways are open to an order from where it is. The order itself decides; this only offers.
type can struct{ Ship, Complete, Cancel, Confirm, Refund bool }

func offered(o orders.Order) can {
	physical := false
	for _, line := range o.Lines {
		physical = physical || line.Kind == catalog.Physical
	}
	owed := o.Owed().Minor > 0
	switch o.State {
	case orders.Pending:
		return can{Cancel: true, Confirm: owed}
	case orders.Agreed:
		return can{Ship: physical, Cancel: true, Confirm: owed}
	case orders.Paid:
		return can{Ship: physical, Complete: !physical, Cancel: true}
	case orders.Shipped:
		return can{Complete: true, Cancel: true, Confirm: owed}
	case orders.Completed:
		return can{Confirm: owed}
	default:
		return can{}
	}
}

// Holders are the payments that have money of the order; with several of them a refund says of which it is.
func (p orderPage) Holders() (all []payments.Payment) {
	for _, payment := range p.Payments {
		if payment.Status == payments.Settled {
			all = append(all, payment)
		}
	}
	return all
}

// InParts says that a part of what the order costs has come, and the rest is waited for.
func (p orderPage) InParts() bool {
	return p.Order.Received().Minor > 0 && p.Order.Owed().Minor > 0
}

// orderShow is an order with everything that happened to it.
func (a *Admin) orderShow(v *visit) error { return a.showOrder(v, fiber.StatusOK, plea{}) }

func (a *Admin) showOrder(v *visit, status int, p plea) error {
	id, err := v.order()
	if err != nil {
		return err
	}
	page := orderPage{plea: p, Names: map[string]string{}, ByHand: a.ByHand}
	if page.Order, err = a.Orders.Find(v.ctx, v.merchant(), id); err != nil {
		return err
	}
	if page.frame, err = a.shopFrame(v, "Order "+page.Order.Number, "orders"); err != nil {
		return err
	}
	if page.Payments, err = a.Payments.ListByOrder(v.ctx, v.payee(), payments.OrderID(id)); err != nil {
		return err
	}
	if err := a.showMoney(v, &page, payments.OrderID(id)); err != nil {
		return err
	}
	for _, happening := range page.Order.Timeline {
		if err := a.learn(v, page.Names, happening.Who); err != nil {
			return err
		}
	}
	page.decide()
	return a.html(v, status, "order_show", page)
}

// mostBooked is how many entries the page of an order shows.
const mostBooked = 200

// showMoney adds what went back of an order, and what was booked for it.
func (a *Admin) showMoney(v *visit, page *orderPage, id payments.OrderID) (err error) {
	if page.Refunds, err = a.Payments.RefundsOf(v.ctx, v.payee(), id); err != nil {
		return err
	}
	rules, err := a.Payments.RulesOf(v.ctx, v.payee())
	if err != nil {
		return err
	}
	page.TwoStep = rules.TwoStep
	for _, refund := range page.Refunds {
		for _, who := range []string{refund.GrantedBy, refund.ExecutedBy} {
			if err := a.learn(v, page.Names, who); err != nil {
				return err
			}
		}
	}
	if page.May("GET", "/shops/:shop/books") {
		page.Entries, err = a.Payments.JournalPage(v.ctx, payments.JournalAsk{Merchant: v.payee(), Order: id}, payments.Place{}, mostBooked)
	}
	return err
}

// decide is what the page offers to do.
func (p *orderPage) decide() {
	o := p.Order
	p.Owed = o.Owed()
	may := func(what string) bool { return p.May("POST", "/shops/:shop/orders/:id/"+what) }
	p.Can = offered(o)
	p.Can.Ship, p.Can.Complete = p.Can.Ship && may("ship"), p.Can.Complete && may("complete")
	p.Can.Cancel, p.Can.Confirm = p.Can.Cancel && may("cancel"), p.Can.Confirm && may("confirm")
	p.Can.Refund = o.Paid.Minor > 0 && may("refund") && (p.TwoStep || p.Account.Role != Operator)
	for _, payment := range p.Payments {
		if payment.IsLive() {
			p.Way = payment.Gateway
		}
	}
}

// Position is where a line stands in the order, from 1.
func (orderPage) Position(index int) int { return index + 1 }

// Piece is what was entered for a line.
func (p orderPage) Piece(index int) string {
	return p.Entered("refund", "line-"+strconv.Itoa(index+1), "")
}

// Stale says that what was refused has no form on the page any more.
func (p orderPage) Stale() bool {
	offers := map[string]bool{"ship": p.Can.Ship, "complete": p.Can.Complete, "cancel": p.Can.Cancel, "confirm": p.Can.Confirm, "refund": p.Can.Refund}
	return p.Says != "" && !offers[p.plea.Form]
}
