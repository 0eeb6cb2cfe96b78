package settlement

import (
	"context"
	"fmt"
	"strconv"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
	"parley/payments/reconcile"
)

// mostTerms is how many terms a contract may have.
const mostTerms = 500

// Contract is what a processor may keep of a merchant's charges, by what SetContract said of the merchant, or else of all of
// them (0); empty when nobody has said anything.
func (s *Service) Contract(ctx context.Context, gateway string, merchant payments.MerchantID) (reconcile.Contract, error) {
	all, err := s.store.contracts(ctx, gateway)
	return all.of(merchant), err
}

// SetContract says what a processor may keep of a merchant's charges that are brought in from now on; of merchant 0: of those of
// every merchant who has no contract of its own. Without terms there is none, and fees are judged by what was booked of
// them. It fails with fault.Invalid: settlement.terms_many, settlement.gateway_needed.
func (s *Service) SetContract(ctx context.Context, gateway string, merchant payments.MerchantID, terms reconcile.Contract) error {
	switch {
	case gateway == "":
		return fault.New(fault.Invalid, "settlement.gateway_needed")
	case len(terms) > mostTerms:
		return fault.New(fault.Invalid, "settlement.terms_many").With("most", strconv.Itoa(mostTerms))
	}
	return s.d.InTx(ctx, func(ctx context.Context) error { return s.store.setContract(ctx, gateway, merchant, terms) })
}

// contracts are those of a processor by merchant; of 0 for all others.
type contracts map[payments.MerchantID]reconcile.Contract

func (c contracts) of(merchant payments.MerchantID) reconcile.Contract {
	if own, has := c[merchant]; has {
		return own
	}
	return c[0]
}

func (s store) contracts(ctx context.Context, gateway string) (contracts, error) {
	var rows []struct {
		MerchantID                              int64
		Method, Country, Rate, Fixed, Converted string
	}
	err := s.d.On(ctx).Raw("select merchant_id, method, country, rate, fixed, converted from fee_terms where gateway = ? order by merchant_id, position", gateway).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read contracts of %s: %w", gateway, err)
	}
	all := contracts{}
	for _, r := range rows {
		term, err := reconcile.NewTerm(r.Method, r.Country, r.Rate, r.Fixed, r.Converted)
		if err != nil {
			return nil, fmt.Errorf("read a contract of %s: %w", gateway, err)
		}
		merchant := payments.MerchantID(r.MerchantID)
		all[merchant] = append(all[merchant], term)
	}
	return all, nil
}

func (s store) setContract(ctx context.Context, gateway string, merchant payments.MerchantID, terms reconcile.Contract) error {
	if err := s.d.On(ctx).Exec("delete from fee_terms where gateway = ? and merchant_id = ?", gateway, int64(merchant)).Error; err != nil {
		return fmt.Errorf("drop the contract of %s: %w", gateway, err)
	}
	for i, term := range terms {
		err := s.d.On(ctx).Exec("insert into fee_terms (gateway, merchant_id, position, method, country, rate, fixed, converted) values (?, ?, ?, ?, ?, ?, ?, ?)",
			gateway, int64(merchant), i+1, term.Method, term.Country, term.Rate.String(), term.Fixed, term.Converted.String()).Error
		if err != nil {
			return fmt.Errorf("store the contract of %s: %w", gateway, err)
		}
	}
	return nil
}

// judgeFee says what is wrong with the fee of a charge: by the contract where one speaks of such charges, else by what the
// books had of it.
func (v *verdict) judgeFee(a around, booked *money.Amount) {
	r := v.row
	due, allowed, known := a.contract.Judge(r.Method, r.Country, r.Gross, r.Fee, r.isConverted())
	if known && !allowed && a.partial != 0 && !r.isConverted() { // of what was captured
		_, allowed, _ = a.contract.Judge(r.Method, r.Country, money.Of(r.Gross.Minor+a.partial, r.Gross.Currency), r.Fee, false)
	}
	switch {
	case known && !allowed:
		v.queue(reconcile.FeeVariance, money.Of(r.Fee.Minor-due.Minor, r.Fee.Currency), "the fee is "+r.Fee.String()+", the contract's would be "+due.String())
	case !known && booked != nil && !booked.IsZero():
		v.queue(reconcile.FeeVariance, *booked, "the fee is "+r.Fee.String()+", the books had another one")
	}
}
