package stripe

import (
	"context"
	"strings"
	"time"

	stripego "github.com/stripe/stripe-go/v76"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// disputeStatuses are Stripe's in the words of payments.
var disputeStatuses = map[stripego.DisputeStatus]payments.DisputeStatus{
	stripego.DisputeStatusWarningNeedsResponse: payments.DisputeInquiry, stripego.DisputeStatusWarningUnderReview: payments.DisputeInquiry,
	stripego.DisputeStatusWarningClosed: payments.DisputeDropped, stripego.DisputeStatusNeedsResponse: payments.DisputeOpen,
	stripego.DisputeStatusUnderReview: payments.DisputeReview, stripego.DisputeStatusLost: payments.DisputeLost, stripego.DisputeStatusWon: payments.DisputeWon,
}

// aboutDispute asks Stripe how a dispute stands, and of which session it is.
var aboutDispute = ours(reread((*Gateway).readDispute, (*Gateway).disputed))

func (g *Gateway) readDispute(ctx context.Context, id string) (*stripego.Dispute, error) {
	asked := &stripego.DisputeParams{}
	asked.Context = ctx
	return g.api.Disputes.Get(id, asked)
}

// disputed is a dispute in the words of payments.
func (g *Gateway) disputed(ctx context.Context, found *stripego.Dispute, event stripego.Event) (payments.Notice, error) {
	stands, known := dispute(found)
	if !known {
		return kept(event), nil // a state that this version does not know: kept as it is
	}
	n := payments.Notice{Live: event.Livemode, Dispute: &stands, Amount: stands.Amount}
	if found.Charge != nil {
		n.Key = found.Charge.ID
	}
	if found.PaymentIntent == nil {
		return n, nil // nobody's: a person sees it
	}
	return g.ofIntent(ctx, n, found.PaymentIntent.ID, found.Charge)
}

// dispute is a dispute in the words of payments; false for a state that they have no word for.
func dispute(d *stripego.Dispute) (payments.DisputeSaid, bool) {
	status, known := disputeStatuses[d.Status]
	currency := currencyOf(d.Currency)
	said := payments.DisputeSaid{ID: d.ID, Status: status, Reason: string(d.Reason), Amount: readable(d.Amount, currency)}
	if d.EvidenceDetails != nil && d.EvidenceDetails.DueBy > 0 {
		said.Due = time.Unix(d.EvidenceDetails.DueBy, 0).UTC()
	}
	for _, row := range d.BalanceTransactions {
		move := payments.DisputeMove{Transaction: row.ID, Amount: readable(row.Amount, currency), Fee: readable(row.Fee, currency), At: instant(row.Created)}
		if currencyOf(row.Currency) != currency { // it was converted: the books are in what the buyer paid
			move.Amount, move.Fee = said.Amount, money.Of(0, currency)
			if row.Amount < 0 {
				move.Amount = move.Amount.Negated()
			}
		}
		said.Moves = append(said.Moves, move)
	}
	return said, known
}

// readable is nothing of a currency when the sum is no whole number of its minor units.
func readable(sent int64, currency money.Currency) money.Amount {
	read, err := amount(sent, currency)
	if err != nil {
		return money.Of(0, currency)
	}
	return read
}

// Contest submits evidence. Stripe forgets idempotency keys after a day, so a dispute that carries our key already is
// left as it is.
func (g *Gateway) Contest(ctx context.Context, d payments.Dispute, e payments.Evidence, key string) error {
	found, err := g.readDispute(ctx, d.Ref)
	if err != nil {
		return inOurWords(err)
	}
	switch {
	case found.Metadata["evidence"] == key:
		return nil
	case found.Status != stripego.DisputeStatusNeedsResponse && found.Status != stripego.DisputeStatusWarningNeedsResponse:
		return fault.New(fault.Conflict, "payment.dispute_over")
	}
	asked := &stripego.DisputeParams{Evidence: evidence(e), Submit: stripego.Bool(true)}
	asked.Context = ctx
	asked.SetIdempotencyKey(key)
	asked.AddMetadata("evidence", key)
	_, err = g.api.Disputes.Update(d.Ref, asked)
	return inOurWords(err)
}

// Concede closes a dispute, which is to lose it. One that is lost already is left as it is.
func (g *Gateway) Concede(ctx context.Context, d payments.Dispute, key string) (payments.Notice, error) {
	found, err := g.readDispute(ctx, d.Ref)
	if err != nil {
		return payments.Notice{}, inOurWords(err)
	}
	switch found.Status {
	case stripego.DisputeStatusLost, stripego.DisputeStatusWarningClosed:
	case stripego.DisputeStatusNeedsResponse, stripego.DisputeStatusWarningNeedsResponse:
		asked := &stripego.DisputeParams{}
		asked.Context = ctx
		asked.SetIdempotencyKey(key)
		if _, err = g.api.Disputes.Close(d.Ref, asked); err != nil {
			return payments.Notice{}, inOurWords(err)
		}
		if found, err = g.readDispute(ctx, d.Ref); err != nil { // with all that it moved
			return payments.Notice{}, inOurWords(err)
		}
	default:
		return payments.Notice{}, fault.New(fault.Conflict, "payment.dispute_over")
	}
	return g.disputed(ctx, found, stripego.Event{Livemode: g.live})
}

// evidence puts what we know where Stripe's form asks for it, and all of it as text.
func evidence(e payments.Evidence) *stripego.DisputeEvidenceParams {
	said := &stripego.DisputeEvidenceParams{UncategorizedText: stripego.String(e.Text())}
	var sold []string
	for _, line := range e.Story.Lines {
		sold = append(sold, line.Title)
	}
	for _, one := range []struct {
		text string
		into **string
	}{
		{strings.Join(sold, "; "), &said.ProductDescription}, {e.Story.Buyer.Name, &said.CustomerName}, {e.Story.Buyer.Email, &said.CustomerEmailAddress},
		{e.Story.Address, &said.ShippingAddress}, {e.Story.Delivery, &said.ShippingCarrier}, {e.Story.Tracking, &said.ShippingTrackingNumber},
	} {
		if one.text != "" {
			*one.into = stripego.String(one.text)
		}
	}
	if !e.Story.Shipped.IsZero() {
		said.ShippingDate = stripego.String(e.Story.Shipped.UTC().Format(time.DateOnly))
	}
	return said
}
