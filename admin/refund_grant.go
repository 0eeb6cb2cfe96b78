package admin

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/orders"
	"parley/payments"
)

// refundGrant agrees to give money of an order back: pieces of its lines, or else a sum. Where two people are wanted
// somebody else executes it; where one is enough it is sent at once, which is not for operators.
func (a *Admin) refundGrant(v *visit) error {
	rules, err := a.Payments.RulesOf(v.ctx, v.payee())
	if err != nil {
		return err
	}
	if v.account().Role == Operator && !rules.TwoStep {
		return fault.New(fault.Denied, "account.not_permitted")
	}
	p := plea{Form: "refund", Field: "amount", Was: map[string]string{"amount": v.form("amount"), "reason": v.form("reason")}}
	ask := payments.RefundAsk{Merchant: v.payee(), Reason: strings.TrimSpace(v.form("reason")), Who: v.who(), Request: "page:" + v.who() + ":" + v.form("once")}
	ask.Pieces = v.pieces(p.Was)
	if of, err := strconv.ParseInt(v.form("payment"), 10, 64); err == nil && of > 0 {
		ask.Payment, p.Was["payment"] = payments.PaymentID(of), v.form("payment")
	}
	what := "refunded"
	if rules.TwoStep {
		what = "granted"
	}
	wanted, err := json.Marshal(map[string]any{"amount": v.form("amount"), "pieces": ask.Pieces})
	if err != nil {
		return err
	}
	return a.advanceOn(v, what, deed{note: ask.Reason, was: "{}", became: string(wanted)}, p, func(ctx context.Context, id orders.OrderID) error {
		order, err := a.Orders.Find(ctx, v.merchant(), id)
		if err != nil {
			return err
		}
		if len(ask.Pieces) == 0 {
			if ask.Amount, err = money.Parse(v.form("amount"), order.Totals.Total.Currency); err != nil {
				return err
			}
		}
		ask.Order = payments.OrderID(id)
		_, err = a.Payments.GrantRefund(ctx, ask)
		return err
	})
}

// mostLines is how many lines of an order a form may speak of.
const mostLines = 500

// pieces are how many of which line a form says; was keeps what it said.
func (v *visit) pieces(was map[string]string) (all []payments.RefundPieces) {
	for position := 1; position <= mostLines; position++ {
		name := "line-" + strconv.Itoa(position)
		written := v.form(name)
		if quantity, err := strconv.Atoi(written); err == nil && quantity > 0 {
			all = append(all, payments.RefundPieces{Position: position, Quantity: quantity})
			was[name] = written
		}
	}
	return all
}
