package admin

import (
	"context"
	"fmt"

	"parley/payments"
)

// refundExecute sends a refund that somebody else granted.
func (a *Admin) refundExecute(v *visit) error {
	return a.decideRefund(v, "executed", payments.RefundSending, func(ctx context.Context, id payments.RefundID) error {
		_, err := a.Payments.ExecuteRefund(ctx, v.payee(), id, v.who())
		return err
	})
}

// refundWithdraw takes a grant back before it is executed.
func (a *Admin) refundWithdraw(v *visit) error {
	return a.decideRefund(v, "withdrawn", payments.RefundWithdrawn, func(ctx context.Context, id payments.RefundID) error {
		_, err := a.Payments.WithdrawRefund(ctx, v.payee(), id, v.who())
		return err
	})
}

func (a *Admin) decideRefund(v *visit, what string, became payments.RefundStatus, do func(ctx context.Context, id payments.RefundID) error) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	d := deed{what: "refund." + what, subject: fmt.Sprintf("refund:%d", id), was: fmt.Sprintf(`{"status":%q}`, payments.RefundGranted), became: fmt.Sprintf(`{"status":%q}`, became)}
	err = a.actOn(v, d, func(ctx context.Context) error { return do(ctx, payments.RefundID(id)) })
	switch {
	case err == nil:
		return v.goOn(v.at("refunds"), what)
	case !isTheirs(err):
		return err
	}
	return a.showRefunds(v, statusOf(err), plea{Form: fmt.Sprint(id), Says: sentence(err)})
}
