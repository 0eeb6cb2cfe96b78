package payments

import (
	"context"
	"fmt"

	"parley/catalog/fault"
)

// platform is a gateway that takes money for sellers, and its mode. It fails with fault.Invalid: payment.gateway_unknown,
// payment.not_platform.
func (s *Service) platform(name string) (Platform, bool, error) {
	gateway, err := s.gateway(name)
	if err != nil {
		return nil, false, err
	}
	platform, ok := gateway.(Platform)
	if !ok {
		return nil, false, fault.New(fault.Invalid, "payment.not_platform").With("gateway", name)
	}
	return platform, isLive(gateway), nil
}

func isLive(gateway Gateway) bool {
	moded, ok := gateway.(Moded)
	return ok && moded.Live()
}

// PlatformNames are the gateways by which money can be taken for sellers.
func (s *Service) PlatformNames() (names []string) {
	for _, gateway := range s.gateways {
		if _, ok := gateway.(Platform); ok {
			names = append(names, gateway.Name())
		}
	}
	return names
}

// SellerOf is a merchant's own account at a gateway's processor, in the gateway's mode. It fails with fault.Missing when it
// has none and with fault.Invalid: payment.gateway_unknown, payment.not_platform.
func (s *Service) SellerOf(ctx context.Context, merchant MerchantID, gateway string) (Seller, error) {
	_, live, err := s.platform(gateway)
	if err != nil {
		return Seller{}, err
	}
	return s.store.seller(ctx, "merchant_id = ? and gateway = ? and live = ?", int64(merchant), gateway, live)
}

// Onboard is a page of the processor's where a merchant says what the processor wants to know before it is paid; its account
// there is made, if it has none. Such a page is good once and for minutes. It calls the processor, so it must not be
// called in a transaction. It fails as SellerOf does, and as the processor does.
func (s *Service) Onboard(ctx context.Context, merchant MerchantID, gateway string, who Enrolment) (url string, err error) {
	platform, live, err := s.platform(gateway)
	if err != nil {
		return "", err
	}
	made := Seller{Merchant: merchant, Gateway: gateway, Live: live, Key: "sell" + s.key(), Made: s.now()}
	if err := s.store.insertSeller(ctx, made); err != nil {
		return "", err
	}
	one, err := s.SellerOf(ctx, merchant, gateway)
	if err != nil {
		return "", err
	}
	if one.Account == "" {
		account, err := platform.Enrol(ctx, one, who)
		if err != nil {
			return "", fmt.Errorf("enrol at %s: %w", gateway, err)
		}
		if err := s.store.nameSeller(ctx, one, account); err != nil {
			return "", err
		}
		one.Account = account
	}
	return s.onboard(ctx, platform, one)
}

func (s *Service) onboard(ctx context.Context, platform Platform, one Seller) (string, error) {
	url, err := platform.Onboard(ctx, one.Account, Onboarding{Return: s.connect + "return/" + one.Key, Refresh: s.connect + "again/" + one.Key})
	if err != nil {
		return "", fmt.Errorf("onboard at %s: %w", one.Gateway, err)
	}
	return url, nil
}

// OnboardAgain is Onboard for the page that a processor sends a seller to whose page is not good any more. key is the
// account's. It fails with fault.Missing when there is none, or it is of another mode.
func (s *Service) OnboardAgain(ctx context.Context, key string) (string, error) {
	one, platform, err := s.sellerByKey(ctx, key)
	if err != nil {
		return "", err
	}
	return s.onboard(ctx, platform, one)
}

func (s *Service) sellerByKey(ctx context.Context, key string) (Seller, Platform, error) {
	one, err := s.store.seller(ctx, "idem_key = ? and account <> ''", key)
	if err != nil {
		return Seller{}, nil, err
	}
	platform, live, err := s.platform(one.Gateway)
	if err != nil || live != one.Live {
		return Seller{}, nil, fault.New(fault.Missing, "payment.seller_missing")
	}
	return one, platform, nil
}

// Onboarded is for the page that a processor sends a seller back to: it asks the processor at once how the account stands,
// instead of waiting for its news. The account is returned as it is known even when the processor can't be asked and the
// error says so; fault.Missing when there is none with the key.
func (s *Service) Onboarded(ctx context.Context, key string) (Seller, error) {
	one, platform, err := s.sellerByKey(ctx, key)
	if err != nil {
		return Seller{}, err
	}
	return s.lookAtSeller(ctx, platform, one)
}

// LookAtSeller asks the processor how a merchant's account stands. It fails as SellerOf does, and as the processor does.
func (s *Service) LookAtSeller(ctx context.Context, merchant MerchantID, gateway string) (Seller, error) {
	one, err := s.SellerOf(ctx, merchant, gateway)
	if err != nil || one.Account == "" {
		return one, err
	}
	platform, _, err := s.platform(gateway)
	if err != nil {
		return one, err
	}
	return s.lookAtSeller(ctx, platform, one)
}

func (s *Service) lookAtSeller(ctx context.Context, platform Platform, one Seller) (Seller, error) {
	said, err := platform.SellerNow(ctx, one.Account)
	if err != nil {
		return one, err
	}
	if err := s.hearSeller(ctx, one.Gateway, one.Live, said); err != nil {
		return one, err
	}
	return s.store.seller(ctx, "id = ?", one.ID)
}

// hearSeller takes news of an account. Those of strangers' are nobody's.
func (s *Service) hearSeller(ctx context.Context, gateway string, live bool, said SellerSaid) error {
	return s.d.InTx(ctx, func(ctx context.Context) error {
		one, err := s.store.seller(ctx, "gateway = ? and live = ? and account = ?"+s.d.ForUpdate(), gateway, live, said.Account)
		if fault.KindOf(err) == fault.Missing {
			return nil
		}
		if err != nil {
			return err
		}
		return s.store.updateSeller(ctx, one.hear(said, s.now()))
	})
}

// CutOf is what the platform keeps of a merchant's payments; nothing unless SetCut has said so.
func (s *Service) CutOf(ctx context.Context, merchant MerchantID) (Cut, error) {
	return s.store.cut(ctx, merchant)
}

// SetCut says what the platform keeps of a merchant's payments that are begun from now on. It fails with fault.Invalid:
// payment.cut_malformed.
func (s *Service) SetCut(ctx context.Context, merchant MerchantID, cut Cut) error {
	if err := cut.validate(); err != nil {
		return err
	}
	return s.store.setCut(ctx, merchant, cut)
}

// forSeller says whose account a payment that is begun is passed on to, and what the platform keeps of it. A merchant
// without an account is paid to the platform's own. It fails with fault.Conflict when the merchant has one that may not be paid
// (payment.seller_barred), and as Cut.Of does.
func (s *Service) forSeller(ctx context.Context, gateway Gateway, p Payment) (Payment, error) {
	p.Cut.Currency = p.Amount.Currency
	platform, ok := gateway.(Platform)
	if !ok {
		return p, nil
	}
	one, err := s.store.seller(ctx, "merchant_id = ? and gateway = ? and live = ?", int64(p.Merchant), gateway.Name(), isLive(gateway))
	switch {
	case fault.KindOf(err) == fault.Missing:
		return p, nil
	case err != nil:
		return p, err
	case !one.Charges:
		return p, fault.New(fault.Conflict, "payment.seller_barred").With("gateway", gateway.Name())
	}
	cut, err := s.store.cut(ctx, p.Merchant)
	if err != nil {
		return p, err
	}
	p.Seller, p.PlatformBears = one.Account, cut.Bears
	kept, err := cut.Of(p.Amount)
	p.Cut = platform.Exact(kept)
	return p, err
}

// hearParts books what a processor moved between the platform and a seller for a payment, each once.
func (s *Service) hearParts(ctx context.Context, p Payment, n Notice, event int64) error {
	if doubt := p.mistaken(n); doubt != "" {
		return s.store.openReview(ctx, reviewOf(p, n, event, doubt, "", s.now()))
	}
	if p.Seller == "" {
		return nil // somebody moved it by hand: its rows say so
	}
	entries := make([]Entry, 0, len(n.Parts))
	for _, part := range n.Parts {
		if part.Amount.Minor > 0 {
			entries = append(entries, Entry{Source: p.source(), Key: part.Key(), Reason: string(part.Kind), Happened: part.At, Moves: part.Moves(p.source())})
		}
	}
	return s.store.book(ctx, p, s.now(), entries...)
}

// hearSellerPayout books what left a seller's own balance for the seller's bank, once, and takes it back when it came back.
func (s *Service) hearSellerPayout(ctx context.Context, gateway string, n Notice) error {
	one, err := s.store.seller(ctx, "gateway = ? and live = ? and account = ?"+s.d.ForUpdate(), gateway, n.Live, n.Account)
	if fault.KindOf(err) == fault.Missing {
		return nil // a stranger's
	}
	if err != nil {
		return err
	}
	var entries []Entry
	switch n.Payout.Status {
	case PayoutPaid:
		entries = []Entry{sellerPaid(gateway, *n.Payout)}
	case PayoutFailed: // both, so that the books end alike whichever was heard first
		entries = []Entry{sellerPaid(gateway, *n.Payout), sellerUnpaid(gateway, *n.Payout)}
	}
	return s.store.book(ctx, Payment{Merchant: one.Merchant}, s.now(), entries...)
}
