package telegram

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// StarTransaction is a row of a bot's balance of Stars (https://core.telegram.org/bots/api#startransaction).
type StarTransaction struct {
	ID         string // of a payment: its charge. What goes back, whoever sends it, has the id of what it undoes.
	Stars      int64  // not less than zero
	Nano       int64  // and billionths of a Star
	At         time.Time
	Incoming   bool
	Partner    string // "user", "fragment", "telegram_ads" …; empty: nobody that is named
	Kind       string // of a user's: "invoice_payment", "paid_media_payment" …
	Buyer      string // the user's id
	Payload    string // of the invoice
	Withdrawal string // of an outgoing one of Fragment's: "pending", "succeeded", "failed"
}

// isPayment says whether it is a buyer's payment of an invoice, or that payment going back.
func (s StarTransaction) isPayment() bool { return s.Partner == "user" && s.Kind == "invoice_payment" }

func (s StarTransaction) isWithdrawal() bool { return s.Partner == "fragment" }

// category is the row in the words of settlement. Parts of a Star come of what no shop does, and the books have none: such
// rows are of a category that nobody knows.
func (s StarTransaction) category() string {
	of := map[bool]string{true: "charge", false: "refund"}
	switch {
	case s.Nano != 0:
		return "stars:with a part of a Star"
	case s.isPayment():
		return of[s.Incoming]
	case s.isWithdrawal():
		of = map[bool]string{true: "payout_reversal", false: "payout"}
		return of[s.Incoming]
	case s.Partner == "user":
		return "stars:" + s.Kind
	}
	return "stars:" + s.Partner
}

// row is the transaction as settlement takes it. What goes out has an id of its own here, since Telegram gives it that of
// what it undoes.
func (s StarTransaction) row() payments.Transaction {
	gross := money.Of(s.Stars, money.Stars)
	t := payments.Transaction{ID: s.ID, Category: s.category(), Created: s.At, Available: s.At, Fee: money.Of(0, money.Stars)}
	if !s.Incoming {
		t.ID, gross = "out:"+s.ID, gross.Negated()
	}
	t.Gross, t.Net, t.Seen = gross, gross, gross
	switch t.Category {
	case "charge":
		t.Source, t.Charge = s.ID, s.ID
	case "refund":
		t.Source, t.Charge = refundOf(s.ID), s.ID
	case "payout", "payout_reversal":
		t.Source = s.ID
	}
	return t
}

// payout is a withdrawal by Fragment. Nobody says which payments it consists of.
func (s StarTransaction) payout() payments.Payout {
	p := payments.Payout{ID: s.ID, Status: payments.PayoutInTransit, Amount: money.Of(s.Stars, money.Stars), Created: s.At, Arrives: s.At}
	switch s.Withdrawal {
	case "succeeded":
		p.Status = payments.PayoutPaid
	case "failed":
		p.Status, p.Returned = payments.PayoutFailed, s.ID
	}
	return p
}

// charge is the payment as the update about it said.
func (s StarTransaction) charge() Charge {
	return Charge{Payload: s.Payload, Buyer: s.Buyer, Currency: string(money.Stars), Total: s.Stars, Charge: s.ID, Provider: s.ID, At: s.At}
}

// Settles says whether there is a bot whose balance can be read.
func (g *StarsGateway) Settles() bool { return g.desk.Bot != nil }

// Unbanked says that Stars are withdrawn as something else, to where no bank's statement shows them.
func (*StarsGateway) Unbanked() {}

// Transactions are the rows of the balances of the shops' bots.
func (g *StarsGateway) Transactions(ctx context.Context, since time.Time, take func(payments.Transaction) error) error {
	return g.desk.starred(ctx, since, func(s StarTransaction) error { return take(s.row()) })
}

// Payouts are withdrawals.
func (g *StarsGateway) Payouts(ctx context.Context, since time.Time, take func(payments.Payout) error) error {
	return g.desk.starred(ctx, since, func(s StarTransaction) error {
		if s.Incoming || !s.isWithdrawal() || s.Nano != 0 {
			return nil
		}
		return take(s.payout())
	})
}

// Itemised fails with fault.Conflict: nobody says what a withdrawal consists of.
func (*StarsGateway) Itemised(_ context.Context, payout string, _ func(payments.Transaction) error) error {
	return fault.New(fault.Conflict, "payment.payout_not_itemised").With("payout", payout)
}

// Catch takes in payments and refunds whose updates never came. A charge is kept in the transaction in which payments hear
// of it, so the desk tells them itself.
func (g *StarsGateway) Catch(ctx context.Context, since time.Time, _ func(payments.Notice) error) error {
	return g.desk.starred(ctx, since, func(s StarTransaction) error {
		switch {
		case !s.isPayment() || s.Nano != 0:
			return nil
		case s.Incoming:
			return g.desk.Paid(ctx, s.charge())
		}
		return g.desk.GivenBack(ctx, s.charge())
	})
}

// aPage is how many rows Telegram gives at once (https://core.telegram.org/bots/api#getstartransactions).
const aPage = 100

// errNoBot says that nobody can be asked.
var errNoBot = errors.New("no bot is set up whose balance could be read")

// starred goes through the balances of the bots since a time, oldest first. Telegram lists in the order of time, skips as many
// rows as it is told to, and says nothing of their number. New rows come at the end, so that none is missed between two pages.
func (d *Desk) starred(ctx context.Context, since time.Time, take func(StarTransaction) error) error {
	if d.Bot == nil {
		return fault.New(fault.Unavailable, "payment.processor_unavailable").Because(errNoBot)
	}
	for _, channel := range d.Bot.Channels() {
		offset, err := d.firstSince(ctx, channel, since)
		if err != nil {
			return err
		}
		for {
			page, err := d.Bot.StarTransactions(ctx, channel, offset, aPage)
			if err != nil {
				return fmt.Errorf("read the balance of %s: %w", channel, err)
			}
			if len(page) == 0 {
				break
			}
			for _, s := range page {
				if s.At.Before(since) {
					continue
				}
				if err := take(s); err != nil {
					return err
				}
			}
			offset += len(page)
		}
	}
	return nil
}

// firstSince is how many rows of a balance are older than a time. It is found in as many calls as that number has binary
// digits, twice, so that a year of payments is not read every hour.
func (d *Desk) firstSince(ctx context.Context, channel string, since time.Time) (int, error) {
	if since.IsZero() {
		return 0, nil
	}
	older := func(offset int) (bool, error) {
		one, err := d.Bot.StarTransactions(ctx, channel, offset, 1)
		if err != nil {
			return false, fmt.Errorf("read the balance of %s: %w", channel, err)
		}
		return len(one) > 0 && one[0].At.Before(since), nil
	}
	low, high := 0, aPage // all rows before low are older, the one at high is not
	for {
		before, err := older(high)
		if err != nil {
			return 0, err
		}
		if !before {
			break
		}
		low, high = high+1, 2*high
	}
	for low < high && high-low > aPage {
		middle := low + (high-low)/2
		before, err := older(middle)
		switch {
		case err != nil:
			return 0, err
		case before:
			low = middle + 1
		default:
			high = middle
		}
	}
	return low, nil
}
