package payments

import (
	"time"

	"parley/catalog/money"
)

// SellerBalance is what a seller has at a processor, in an account of its own.
func SellerBalance(gateway string) Account { return Account("seller_balance:" + gateway) }

// Reasons for an Entry about whose a payment is, when a platform takes it for a seller.
const (
	reasonShare     = "share"      // what was captured is the seller's, less what the platform keeps
	reasonShareBack = "share_back" // what the buyer was given back is taken from both
	reasonShareLost = "share_lost" // what the buyer's bank took is the seller's loss, or the platform's
	reasonShareWon  = "share_won"  // takes that back

	sharePrefix     = "share:"      // and the charge
	shareBackPrefix = "share_back:" // and the refund
	sharedPrefix    = "share_"      // and the key of what was lost, or turned
)

// Reasons for an Entry about what a processor moved between a platform and a seller.
const (
	reasonSellerPaid   = "seller_payout"        // from the seller's balance to the seller's bank
	reasonSellerUnpaid = "seller_payout_failed" // takes that back
)

// shared is whose a payment is once its money was captured. What buyers owed for the order was owed to the seller, and a part
// of it to the platform.
func (p Payment) shared(charge string) []Entry {
	if p.Seller == "" {
		return nil
	}
	rest := money.Of(p.Captured.Minor-p.Cut.Minor, p.Captured.Currency)
	return []Entry{{Source: p.source(), Key: sharePrefix + charge, Reason: reasonShare, Moves: append(
		flow(SellerPayable, Receivable, rest), flow(PlatformFee, Receivable, p.Cut)...)}}
}

// unshared is what a refund takes from the seller and from the platform. Only what the shop is out of by it counts: what pays
// off a debt was taken when that was made. before is what of the payment went back before, and cut what of the
// platform's part did.
func (p Payment) unshared(r Refund, entry Entry, before, cut int64) []Entry {
	back := int64(0)
	for _, move := range entry.Moves {
		if move.To == Refunds(p.source()) {
			back += move.Amount.Minor
		}
	}
	if p.Seller == "" || r.Stray || back == 0 {
		return nil
	}
	platforms := min(max(p.takenOff(before+back)-cut, 0), back)
	c := r.Amount.Currency
	return []Entry{{Source: p.source(), Key: shareBackPrefix + r.Ref, Reason: reasonShareBack, Moves: append(
		flow(Receivable, SellerPayable, money.Of(back-platforms, c)), flow(Receivable, PlatformFee, money.Of(platforms, c))...)}}
}

// losses are what disputes that were lost, or turned, are to the seller: the whole of it is the seller's, and the platform
// keeps its part, as processors leave it; or the whole of it is the platform's, where it bears that.
func (p Payment) losses(entries []Entry) (all []Entry) {
	whose := SellerPayable
	if p.PlatformBears {
		whose = PlatformFee
	}
	for _, entry := range entries {
		share := Entry{Source: entry.Source, Key: sharedPrefix + entry.Key}
		switch {
		case p.Seller == "":
			continue
		case entry.Reason == reasonLost:
			share.Reason = reasonShareLost
		case entry.Reason == reasonTurned:
			share.Reason, share.Reverses = reasonShareWon, sharedPrefix+entry.Reverses
		default:
			continue
		}
		for _, move := range entry.Moves {
			if share.Reverses == "" {
				share.Moves = append(share.Moves, Move{move.To, whose, move.Amount})
			} else {
				share.Moves = append(share.Moves, Move{whose, move.From, move.Amount})
			}
		}
		all = append(all, share)
	}
	return all
}

// PartKind is which way a part of a payment went, between a platform and a seller.
type PartKind string

// The kinds. Each is also the reason of its entry, and begins its business key.
const (
	PartTransfer PartKind = "transfer"               // to the seller
	PartReversal PartKind = "transfer_reversal"      // back from the seller
	PartFee      PartKind = "application_fee"        // what the platform keeps, from the seller
	PartFeeBack  PartKind = "application_fee_refund" // back to the seller
)

// Part is one thing that a processor moved between a platform and a seller for a payment.
type Part struct {
	Kind   PartKind
	ID     string       // the processor's: one part is booked once
	Amount money.Amount // more than zero
	At     time.Time    // when the processor says that it did; zero: it did not say
}

// Key is its business key.
func (p Part) Key() string { return string(p.Kind) + ":" + p.ID }

// Moves are what it does in the books of a gateway.
func (p Part) Moves(gateway string) []Move {
	if p.Kind == PartTransfer || p.Kind == PartFeeBack {
		return flow(Clearing(gateway), SellerBalance(gateway), p.Amount)
	}
	return flow(SellerBalance(gateway), Clearing(gateway), p.Amount)
}

// sellerPaid is what the books say of a payout from a seller's own balance.
func sellerPaid(gateway string, p Payout) Entry {
	return Entry{Source: gateway, Key: reasonSellerPaid + ":" + p.ID, Reason: reasonSellerPaid, Happened: p.Created, Moves: flow(SellerBalance(gateway), SellerPayable, p.Amount)}
}

// sellerUnpaid takes it back: the seller's bank sent it back.
func sellerUnpaid(gateway string, p Payout) Entry {
	return Entry{
		Source: gateway, Key: reasonSellerUnpaid + ":" + p.ID, Reason: reasonSellerUnpaid, Reverses: reasonSellerPaid + ":" + p.ID,
		Moves: flow(SellerPayable, SellerBalance(gateway), p.Amount),
	}
}
