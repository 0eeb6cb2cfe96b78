package stripe

import (
	"strconv"
	"strings"
	"time"

	stripego "github.com/stripe/stripe-go/v76"

	"parley/catalog/money"
	"parley/payments"
)

// sessionFor is how long Stripe keeps a session that we do not close before: Stripe wants 30 minutes at
// least, counted from when it hears of it, so a request that is repeated for half an hour still fits.
const sessionFor = time.Hour

// Stripe's bounds of a Checkout Session.
const (
	mostLines = 100
	longTitle = 250
)

// params is the session that is asked for. The same payment gives the same parameters, whenever it is
// asked again: Stripe refuses a key that comes back with others.
func params(p payments.Payment, due payments.Due, back payments.Return) (*stripego.CheckoutSessionParams, error) {
	items, err := lines(p, due)
	if err != nil {
		return nil, err
	}
	metadata := map[string]string{"payment": p.Key, "order": due.Number}
	asked := &stripego.CheckoutSessionParams{
		Mode:              stripego.String(string(stripego.CheckoutSessionModePayment)),
		ClientReferenceID: stripego.String(p.Key),
		LineItems:         items,
		SuccessURL:        stripego.String(back.URL),
		CancelURL:         stripego.String(back.URL),
		ExpiresAt:         stripego.Int64(p.Opened.Add(sessionFor).Unix()),
		Locale:            stripego.String(locale(due.Language)),
		PaymentIntentData: &stripego.CheckoutSessionPaymentIntentDataParams{Metadata: metadata, Description: stripego.String(due.Number)},
	}
	asked.Metadata = metadata
	asked.AfterExpiration = &stripego.CheckoutSessionAfterExpirationParams{
		Recovery: &stripego.CheckoutSessionAfterExpirationRecoveryParams{Enabled: stripego.Bool(true)},
	}
	if p.Seller != "" {
		if err := passOn(asked.PaymentIntentData, p); err != nil {
			return nil, err
		}
	}
	if due.Email != "" {
		asked.CustomerEmail = stripego.String(due.Email)
	}
	return asked, nil
}

// passOn makes it a destination charge: all of it goes to the seller at once, who gives the platform's part back. On behalf of
// the seller: it is the seller's name that buyers find on their statements, and the seller's country that it is settled in.
func passOn(asked *stripego.CheckoutSessionPaymentIntentDataParams, p payments.Payment) error {
	asked.OnBehalfOf = stripego.String(p.Seller)
	asked.TransferData = &stripego.CheckoutSessionPaymentIntentDataTransferDataParams{Destination: stripego.String(p.Seller)}
	kept, err := minor(p.Cut)
	if err == nil && kept > 0 {
		asked.ApplicationFeeAmount = stripego.Int64(kept)
	}
	return err
}

// lines shows the order's own lines when they add up to what is due, and else the order as one line.
func lines(p payments.Payment, due payments.Due) ([]*stripego.CheckoutSessionLineItemParams, error) {
	whole := payments.DueLine{Title: due.Number, Quantity: 1, Amount: p.Amount}
	shown := due.Lines
	if len(shown) > mostLines || !addUp(shown, p.Amount) {
		shown = []payments.DueLine{whole}
	}
	items := make([]*stripego.CheckoutSessionLineItemParams, len(shown))
	for i, line := range shown {
		item, err := lineItem(line)
		if err != nil && len(due.Lines) > 1 {
			return lines(p, payments.Due{Number: due.Number}) // the sum may be payable where a line is not
		}
		if err != nil {
			return nil, err
		}
		items[i] = item
	}
	return items, nil
}

func addUp(all []payments.DueLine, total money.Amount) bool {
	sum := money.Of(0, total.Currency)
	for _, line := range all {
		next, err := sum.Plus(line.Amount)
		if err != nil || line.Amount.Minor <= 0 || line.Quantity <= 0 || strings.TrimSpace(line.Title) == "" {
			return false
		}
		sum = next
	}
	return sum == total
}

// lineItem keeps the line's amount exact: where it does not divide by the quantity, the quantity is said in words.
func lineItem(line payments.DueLine) (*stripego.CheckoutSessionLineItemParams, error) {
	total, err := minor(line.Amount)
	if err != nil {
		return nil, err
	}
	title, quantity := line.Title, int64(line.Quantity)
	if total%quantity != 0 || (total/quantity)%step(line.Amount.Currency) != 0 {
		title, quantity = title+" × "+strconv.FormatInt(quantity, 10), 1
	}
	return &stripego.CheckoutSessionLineItemParams{
		Quantity: stripego.Int64(quantity),
		PriceData: &stripego.CheckoutSessionLineItemPriceDataParams{
			Currency:    stripego.String(strings.ToLower(string(line.Amount.Currency))),
			UnitAmount:  stripego.Int64(total / quantity),
			ProductData: &stripego.CheckoutSessionLineItemPriceDataProductDataParams{Name: stripego.String(shorten(title))},
		},
	}, nil
}

func shorten(title string) string {
	if runes := []rune(title); len(runes) > longTitle {
		return string(runes[:longTitle-1]) + "…"
	}
	return title
}

func locale(language string) string {
	switch primary, _, _ := strings.Cut(strings.ToLower(language), "-"); primary {
	case "en", "ru":
		return primary
	}
	return "auto"
}

// notice is a session in the words of payments. An amount in a currency that cannot be read is left out,
// so that the money goes to a person.
func notice(s *stripego.CheckoutSession) payments.Notice {
	n := payments.Notice{Ref: s.ID, Payment: s.ClientReferenceID, News: news(s), Live: s.Livemode, From: s.RecoveredFrom}
	currency := money.Currency(strings.ToUpper(string(s.Currency)))
	if read, err := amount(s.AmountTotal, currency); err == nil {
		n.Amount = read
	} else {
		n.Amount = money.Of(0, currency)
	}
	if n.News == payments.Expired && s.AfterExpiration != nil && s.AfterExpiration.Recovery != nil {
		n.URL = s.AfterExpiration.Recovery.URL
	}
	if n.News == payments.Settled && s.PaymentIntent != nil {
		n.Key = s.PaymentIntent.ID
		if received := s.PaymentIntent.AmountReceived; received > 0 { // less than was asked for, when it was captured in part
			n.Amount = readable(received, currency)
		}
		if charge := s.PaymentIntent.LatestCharge; charge != nil {
			n.Key, n.Fee, n.At = charge.ID, fee(charge), instant(charge.Created)
		}
	}
	return n
}

// instant is a time of Stripe's; zero where it says none.
func instant(seconds int64) time.Time {
	if seconds <= 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// news: only paid is money; a complete session that is unpaid is a delayed method, whose payment intent
// says whether it still works.
func news(s *stripego.CheckoutSession) payments.Status {
	switch {
	case s.PaymentStatus == stripego.CheckoutSessionPaymentStatusPaid,
		s.PaymentStatus == stripego.CheckoutSessionPaymentStatusNoPaymentRequired && s.Status == stripego.CheckoutSessionStatusComplete:
		return payments.Settled
	case s.Status == stripego.CheckoutSessionStatusExpired:
		return payments.Expired
	case s.Status == stripego.CheckoutSessionStatusComplete && failed(s.PaymentIntent):
		return payments.Failed
	case s.Status == stripego.CheckoutSessionStatusComplete:
		return payments.Working
	}
	return payments.Open
}

func failed(intent *stripego.PaymentIntent) bool {
	return intent != nil && (intent.Status == stripego.PaymentIntentStatusRequiresPaymentMethod || intent.Status == stripego.PaymentIntentStatusCanceled)
}

// fee is what Stripe kept, when it already says so.
func fee(charge *stripego.Charge) *money.Amount {
	row := charge.BalanceTransaction
	if row == nil || row.Currency == "" {
		return nil
	}
	kept, err := amount(row.Fee, money.Currency(strings.ToUpper(string(row.Currency))))
	if err != nil {
		return nil
	}
	return &kept
}
