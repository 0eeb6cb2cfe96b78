package payments

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"parley/catalog/fault"
	"parley/catalog/money"
)

// Platform is a Gateway that takes money for sellers who have accounts of their own at its processor. What was taken is
// passed on to the seller at once, less what the platform keeps.
type Platform interface {
	// Enrol makes an account for a seller and returns its id; the same Seller.Key makes the same one.
	Enrol(ctx context.Context, s Seller, who Enrolment) (account string, err error)
	// Onboard is a page of the processor's where the seller says what it wants to know. It is good once, for minutes.
	Onboard(ctx context.Context, account string, back Onboarding) (url string, err error)
	// SellerNow is how an account stands. It fails with fault.Missing when the processor does not know it.
	SellerNow(ctx context.Context, account string) (SellerSaid, error)
	// Exact is the most that the platform's part can be: the amount, unless the processor does not take such fine ones.
	Exact(cut money.Amount) money.Amount
}

// Enrolment is what a processor is told of a seller at first.
type Enrolment struct{ Shop, Email string }

// Onboarding is where a seller's browser goes from the processor's page: back when it is left, and to Refresh when the page
// is not good any more.
type Onboarding struct{ Return, Refresh string }

// Seller is a merchant's own account at a processor, in one mode: what is of tests is never used with real money.
type Seller struct {
	ID        int64
	Merchant  MerchantID
	Gateway   string
	Live      bool
	Key       string // ours, stored before the processor is asked; unguessable: it is the pass to the pages of onboarding
	Account   string // the processor's id; empty: being made
	Charges   bool   // it may be paid
	Payouts   bool   // its money may go to its bank
	Submitted bool   // its owner has answered what was asked at first
	Due       []string
	Barred    string    // why the processor has barred it; its own word
	Said      time.Time // when the processor said so; zero: never
	Made      time.Time
}

// SellerSaid is what a processor says of an account, as it stands now.
type SellerSaid struct {
	Account   string
	Charges   bool
	Payouts   bool
	Submitted bool
	Due       []string // what it still wants to know, in its own words: "external_account"
	Barred    string
}

// hear is the account after news of it.
func (s Seller) hear(said SellerSaid, now time.Time) Seller {
	s.Charges, s.Payouts, s.Submitted, s.Barred, s.Said = said.Charges, said.Payouts, said.Submitted, said.Barred, now
	s.Due = slices.Sorted(slices.Values(said.Due))
	return s
}

// MostRate is the whole of a payment, in millionths.
const MostRate = 1_000_000

// Cut is what a platform keeps of each payment of a merchant, a rate and a fixed sum, and whether it bears disputes for that.
type Cut struct {
	Rate  int64        // millionths of the payment: 29,000 is 2.9 %
	Fixed money.Amount // zero or more; its currency is the only one that payments with it may have
	// Bears says that the platform, and not the merchant, bears what disputes that are lost took.
	Bears bool
}

func (c Cut) validate() error {
	if c.Rate < 0 || c.Rate > MostRate || c.Fixed.Minor < 0 || !c.Fixed.Currency.Valid() {
		return fault.New(fault.Invalid, "payment.cut_malformed")
	}
	return nil
}

// Of is what the platform keeps of an amount: the rate of it, rounded half to even, and the fixed sum; never more than all of
// it. It fails with fault.Conflict (payment.cut_currency) when the fixed sum is in another currency.
func (c Cut) Of(amount money.Amount) (money.Amount, error) {
	if c.Fixed.Minor != 0 && c.Fixed.Currency != amount.Currency {
		return money.Amount{}, fault.New(fault.Conflict, "payment.cut_currency").With("currency", string(amount.Currency)).With("fixed", c.Fixed.String())
	}
	kept := amount.Rate(decimal.New(c.Rate, -6))
	if c.Fixed.Minor > amount.Minor-kept.Minor { // more than all of it
		return amount, nil
	}
	kept.Minor += c.Fixed.Minor
	return kept, nil
}

// takenOff is what of the platform's part goes back when so much of a payment has gone back: cumulative, so that however a
// payment is given back, in one piece or in many, the parts add up to the whole.
func (p Payment) takenOff(back int64) int64 {
	whole := p.Captured.Minor
	if whole <= 0 || back >= whole {
		return p.Cut.Minor
	}
	return p.Cut.Split([]int64{max(back, 0), whole - max(back, 0)})[0].Minor
}

// Bearer is who bears what disputes that are lost took: "platform", or "shop".
func (c Cut) Bearer() string {
	if c.Bears {
		return "platform"
	}
	return "shop"
}

// ParseRate reads a rate as people write it, "2.9%" or "2.9 %", as millionths. It fails with fault.Invalid
// (payment.cut_malformed) for anything else, and for what is finer than a ten-thousandth of a percent.
func ParseRate(text string) (int64, error) {
	percent, is := strings.CutSuffix(strings.TrimSpace(text), "%")
	percent = strings.TrimSpace(percent)
	rate, err := decimal.NewFromString(strings.Replace(percent, ",", ".", 1))
	if err != nil || !is || len(percent) > 12 || strings.ContainsAny(percent, "eE+-") {
		return 0, fault.New(fault.Invalid, "payment.cut_malformed")
	}
	millionths := rate.Shift(4)
	if !millionths.IsInteger() || millionths.GreaterThan(decimal.NewFromInt(MostRate)) {
		return 0, fault.New(fault.Invalid, "payment.cut_malformed")
	}
	return millionths.IntPart(), nil
}

// Percent is the rate as people write it: "2.9 %".
func (c Cut) Percent() string { return decimal.New(c.Rate, -4).String() + " %" }
