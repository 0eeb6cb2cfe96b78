package stripe

import (
	"context"
	"encoding/json"

	stripego "github.com/stripe/stripe-go/v76"

	"parley/catalog/fault"
	"parley/payments"
)

// meaning is what an event of some kind means. The event is a reason to look: what is believed is what Stripe says when
// it is asked.
type meaning func(g *Gateway, ctx context.Context, event stripego.Event) (payments.Notice, error)

// kinds are the events that mean something; others are kept and mean nothing.
var kinds = map[stripego.EventType]meaning{
	stripego.EventTypeCheckoutSessionCompleted:             (*Gateway).aboutSession,
	stripego.EventTypeCheckoutSessionAsyncPaymentSucceeded: (*Gateway).aboutSession,
	stripego.EventTypeCheckoutSessionAsyncPaymentFailed:    (*Gateway).aboutSession,
	stripego.EventTypeCheckoutSessionExpired:               (*Gateway).aboutSession,

	stripego.EventTypePaymentIntentSucceeded:               aboutIntent(""),
	stripego.EventTypePaymentIntentProcessing:              aboutIntent(""),
	stripego.EventTypePaymentIntentCanceled:                aboutIntent(""),
	stripego.EventTypePaymentIntentRequiresAction:          aboutIntent(""),
	stripego.EventTypePaymentIntentAmountCapturableUpdated: aboutIntent(""),
	stripego.EventTypePaymentIntentPaymentFailed:           aboutIntent(payments.Declined),

	stripego.EventTypeChargeSucceeded: (*Gateway).aboutCharge,
	stripego.EventTypeChargeCaptured:  (*Gateway).aboutCharge,
	stripego.EventTypeChargeUpdated:   (*Gateway).aboutCharge, // the fee may come only here
	stripego.EventTypeChargeFailed:    (*Gateway).aboutCharge, // the buyer is told by payment_intent.payment_failed

	stripego.EventTypeChargeRefunded:      (*Gateway).aboutLastRefund,
	stripego.EventTypeChargeRefundUpdated: aboutRefund,
	refundCreated:                         aboutRefund,
	refundUpdated:                         aboutRefund,
	refundFailed:                          aboutRefund,

	stripego.EventTypeChargeDisputeCreated:         aboutDispute,
	stripego.EventTypeChargeDisputeUpdated:         aboutDispute,
	stripego.EventTypeChargeDisputeFundsWithdrawn:  aboutDispute,
	stripego.EventTypeChargeDisputeFundsReinstated: aboutDispute,
	stripego.EventTypeChargeDisputeClosed:          aboutDispute,

	stripego.EventTypePayoutCreated:                 (*Gateway).aboutAnyPayout,
	stripego.EventTypePayoutPaid:                    (*Gateway).aboutAnyPayout,
	stripego.EventTypePayoutFailed:                  (*Gateway).aboutAnyPayout,
	stripego.EventTypePayoutCanceled:                (*Gateway).aboutAnyPayout,
	stripego.EventTypePayoutUpdated:                 (*Gateway).aboutAnyPayout,
	stripego.EventTypePayoutReconciliationCompleted: (*Gateway).aboutAnyPayout,

	stripego.EventTypeAccountUpdated:              aboutSeller,
	stripego.EventTypeTransferCreated:             aboutTransfer,
	stripego.EventTypeTransferUpdated:             aboutTransfer,
	stripego.EventTypeTransferReversed:            aboutTransfer,
	stripego.EventTypeApplicationFeeCreated:       aboutFee,
	stripego.EventTypeApplicationFeeRefunded:      aboutFee,
	stripego.EventTypeApplicationFeeRefundUpdated: (*Gateway).aboutFeeRefund,
}

// understand is what an event means.
func (g *Gateway) understand(ctx context.Context, event stripego.Event) (payments.Notice, error) {
	means := kinds[event.Type]
	if means == nil {
		return kept(event), nil
	}
	n, err := means(g, ctx, event)
	if n.At.IsZero() && event.Created > 0 {
		n.At = instant(event.Created)
	}
	return n, err
}

// kept is the news that means nothing: the event is stored as it is.
func kept(event stripego.Event) payments.Notice { return payments.Notice{Live: event.Livemode} }

// idOf is the id of the object that an event is about; empty when it can't be read: no retry makes it readable.
func idOf(event stripego.Event) string {
	var said struct{ ID string }
	if err := json.Unmarshal(event.Data.Raw, &said); err != nil {
		return ""
	}
	return said.ID
}

// ours keeps events about what our key cannot see as they are.
func ours(means meaning) meaning {
	return func(g *Gateway, ctx context.Context, event stripego.Event) (payments.Notice, error) {
		if g.foreign(event) {
			return kept(event), nil
		}
		return means(g, ctx, event)
	}
}

// reread is what an event means about an object that Stripe is asked for again. What cannot be read, or is gone, is kept as
// it is.
func reread[T any](ask func(g *Gateway, ctx context.Context, id string) (T, error),
	means func(g *Gateway, ctx context.Context, found T, event stripego.Event) (payments.Notice, error)) meaning {
	return func(g *Gateway, ctx context.Context, event stripego.Event) (payments.Notice, error) {
		id := idOf(event)
		if id == "" {
			return kept(event), nil
		}
		found, err := ask(g, ctx, id)
		if err = inOurWords(err); fault.KindOf(err) == fault.Missing {
			return kept(event), nil
		}
		if err != nil {
			return payments.Notice{}, err
		}
		return means(g, ctx, found, event)
	}
}

// foreign says whether our key cannot see what the event is about.
func (g *Gateway) foreign(event stripego.Event) bool {
	return event.Livemode != g.live || event.Account != ""
}

func (g *Gateway) aboutSession(ctx context.Context, event stripego.Event) (payments.Notice, error) {
	var said stripego.CheckoutSession
	if err := json.Unmarshal(event.Data.Raw, &said); err != nil || said.ID == "" {
		return kept(event), nil //nolint:nilerr // no retry makes it readable
	}
	if g.foreign(event) {
		n := noticed(&said, "") // it is not believed: mode or account do not fit, and a person sees it
		n.Live = event.Livemode
		return n, nil
	}
	found, err := g.session(ctx, said.ID)
	if fault.KindOf(err) == fault.Missing {
		return payments.Notice{Live: event.Livemode, Ref: said.ID}, nil // Stripe itself does not know it (any more)
	}
	if err != nil {
		return payments.Notice{}, err
	}
	return noticed(found, ""), nil // what an open session comes to will be another event
}

// aboutIntent looks at the session that a payment intent belongs to. While that is open a declined card is news for the
// buyer and no end of the payment.
func aboutIntent(whileOpen payments.Status) meaning {
	return ours(func(g *Gateway, ctx context.Context, event stripego.Event) (payments.Notice, error) {
		id := idOf(event)
		if id == "" {
			return kept(event), nil
		}
		return g.behind(ctx, id, event, whileOpen)
	})
}

// intentOf is the payment intent that a charge in an event belongs to; empty when there is none that we could see.
func (g *Gateway) intentOf(event stripego.Event) string {
	var said stripego.Charge
	if err := json.Unmarshal(event.Data.Raw, &said); err != nil || said.PaymentIntent == nil || g.foreign(event) {
		return ""
	}
	return said.PaymentIntent.ID
}

// aboutCharge looks at the session that a charge belongs to.
func (g *Gateway) aboutCharge(ctx context.Context, event stripego.Event) (payments.Notice, error) {
	intent := g.intentOf(event)
	if intent == "" {
		return kept(event), nil
	}
	return g.behind(ctx, intent, event, "")
}

// aboutLastRefund looks at the latest refund of a charge; each refund has events of its own besides.
func (g *Gateway) aboutLastRefund(ctx context.Context, event stripego.Event) (payments.Notice, error) {
	intent, charge := g.intentOf(event), idOf(event)
	asked := &stripego.RefundListParams{}
	switch {
	case intent != "":
		asked.PaymentIntent = stripego.String(intent)
	case charge != "" && !g.foreign(event):
		asked.Charge = stripego.String(charge)
	default:
		return kept(event), nil
	}
	asked.Context, asked.Single, asked.Limit = ctx, true, stripego.Int64(1)
	all := g.api.Refunds.List(asked)
	if !all.Next() {
		return kept(event), inOurWords(all.Err())
	}
	return g.refunded(ctx, all.Refund(), event)
}

// behind is the session of a payment intent in the words of payments, with other news for one that is still open.
func (g *Gateway) behind(ctx context.Context, intent string, event stripego.Event, whileOpen payments.Status) (payments.Notice, error) {
	ref, err := g.sessionOf(ctx, intent)
	if fault.KindOf(err) == fault.Missing {
		return kept(event), nil
	}
	if err != nil {
		return payments.Notice{}, err
	}
	found, err := g.session(ctx, ref)
	if err != nil {
		return payments.Notice{}, err
	}
	return noticed(found, whileOpen), nil
}

// noticed is a session in the words of payments, with other news for one that is still open.
func noticed(s *stripego.CheckoutSession, whileOpen payments.Status) payments.Notice {
	n := notice(s)
	if n.News == payments.Open {
		n.News = whileOpen
	}
	return n
}
