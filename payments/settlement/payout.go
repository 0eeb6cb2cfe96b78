package settlement

import (
	"fmt"

	"parley/catalog/money"
	"parley/payments"
	"parley/payments/reconcile"
)

// portion is what of a payout is one merchant's, by one booking of it.
type portion struct {
	merchant payments.MerchantID
	number   int
	amount   int64 // minor units towards the bank; never zero
}

// key is a business key of something that happened to the portion.
func (p Payout) key(what string, of portion) string {
	return fmt.Sprintf("%s:%s:%d:%d", what, p.Payout.ID, of.merchant, of.number)
}

// Prefixes of business keys about payouts.
const (
	sentKey       = "payout"
	bankedKey     = "payout_bank"
	sentBackKey   = "payout_failed"
	bankedBackKey = "payout_bank_failed"
)

// entries are all that the books are to say of a portion of the payout as it stands. What they say already is said
// again, and not booked twice.
func (p Payout) entries(of portion) []payments.Entry {
	amount := money.Of(of.amount, p.Amount.Currency)
	clearing, transit := payments.Clearing(p.Gateway), payments.InTransit(p.Gateway)
	all := []payments.Entry{{Source: p.Gateway, Key: p.key(sentKey, of), Reason: "payout", Happened: p.Created, Moves: flow(clearing, transit, amount)}}
	if p.IsBanked {
		all = append(all, payments.Entry{Source: p.Gateway, Key: p.key(bankedKey, of), Reason: "payout_bank", Moves: flow(transit, payments.Bank, amount)})
	}
	if !p.IsBack {
		return all
	}
	if p.IsBanked {
		all = append(all, payments.Entry{
			Source: p.Gateway, Key: p.key(bankedBackKey, of), Reason: "payout_failed", Reverses: p.key(bankedKey, of), Moves: flow(payments.Bank, transit, amount),
		})
	}
	return append(all, payments.Entry{
		Source: p.Gateway, Key: p.key(sentBackKey, of), Reason: "payout_failed", Reverses: p.key(sentKey, of), Moves: flow(transit, clearing, amount),
	})
}

// portions are what is still to be booked of a payout: what its rows are of each merchant, less what was booked.
func portions(due map[payments.MerchantID]int64, booked []portion) (more []portion) {
	rest, number := map[payments.MerchantID]int64{}, map[payments.MerchantID]int{}
	for merchant, sum := range due {
		rest[merchant] = sum
	}
	for _, one := range booked {
		rest[one.merchant] -= one.amount
		number[one.merchant] = max(number[one.merchant], one.number)
	}
	for _, merchant := range sortedKeys(rest) {
		if rest[merchant] != 0 {
			more = append(more, portion{merchant, number[merchant] + 1, rest[merchant]})
		}
	}
	return more
}

// available is money that no payout is known to have taken.
type available struct {
	row  RowID
	left int64
}

// oldest is which of the available money, oldest first, a payout is taken to consist of when nobody says: exactly its
// amount, the last row in part if need be. rest is what was not there.
func oldest(amount int64, all []available) (taken []available, rest int64) {
	rest = amount
	for _, one := range all {
		if rest == 0 {
			break
		}
		part := one.left
		if (rest > 0 && part > rest) || (rest < 0 && part < rest) {
			part = rest
		}
		if part != 0 {
			taken, rest = append(taken, available{one.row, part}), rest-part
		}
	}
	return taken, rest
}

// item is something about the payout that a person must see.
func (p Payout) item(class reconcile.Class, minor int64, detail string) Item {
	return Item{
		Merchant: p.Merchant, Gateway: p.Gateway, Class: class, Subject: p.subject(), Amount: money.Of(minor, p.Amount.Currency), Payout: p.Payout.ID,
		Detail: detail, Since: p.Created, Standing: Open,
	}
}

// sums are what the rows of a payout add up to.
type sums struct {
	Rows, Converted int64
	Gross, Fee, Net int64
}

// judgeSums says what is wrong with the sum of the rows that a processor gave for a payout, if anything is.
func (p Payout) judgeSums(s sums) []Item {
	off := s.Net - p.Amount.Minor
	if off == 0 {
		return nil
	}
	class := reconcile.AmountMismatch
	if max(off, -off) <= s.Converted {
		class = reconcile.FXRounding
	}
	detail := fmt.Sprintf("its %d rows add up to %s, the payout is %s", s.Rows, money.Of(s.Net, p.Amount.Currency), p.Amount)
	return []Item{p.item(class, off, detail)}
}
