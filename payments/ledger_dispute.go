package payments

import "parley/catalog/money"

// Disputes is what buyers' banks took out of what a gateway holds, while it is not decided whose it is.
func Disputes(gateway string) Account { return Account("disputes:" + gateway) }

// DisputesLost is what of it buyers keep.
func DisputesLost(gateway string) Account { return Account("disputes_lost:" + gateway) }

// Reasons for an Entry about a dispute.
const (
	reasonDispute = "dispute"         // a balance transaction of a dispute, with its fee
	reasonLost    = "dispute_lost"    // the buyer keeps it
	reasonTurned  = "dispute_turned"  // takes a loss back: it was won after all
	disputePrefix = "dispute:"        // and the dispute's id, and the balance transaction's
	lostPrefix    = "dispute_lost:"   // the same
	turnedPrefix  = "dispute_turned:" // the same
)

func (d Dispute) key(prefix string, move DisputeMove) string {
	return prefix + d.Ref + ":" + move.Transaction
}

// flow is the move of a signed amount: a negative one goes the other way, none moves nothing.
func flow(from, to Account, amount money.Amount) []Move {
	switch {
	case amount.Minor > 0:
		return []Move{{from, to, amount}}
	case amount.Minor < 0:
		return []Move{{to, from, amount.Negated()}}
	}
	return nil
}

// moved is what the books say of one balance transaction of a dispute.
func (d Dispute) moved(move DisputeMove) Entry {
	return Entry{
		Source: d.Gateway, Key: d.key(disputePrefix, move), Reason: reasonDispute, Happened: move.At,
		Moves: append(flow(Clearing(d.Gateway), Disputes(d.Gateway), move.Amount.Negated()), flow(Clearing(d.Gateway), Fees(d.Gateway), move.Fee)...),
	}
}

// entries are everything that the books are to say of a dispute as it stands; what they say already is said again,
// and not booked twice. lost says whether a loss is in the books that was not taken back.
func (d Dispute) entries(lost func(key string) bool) (all []Entry) {
	for _, move := range d.Moves {
		if entry := d.moved(move); len(entry.Moves) > 0 {
			all = append(all, entry)
		}
		if move.Amount.Minor >= 0 {
			continue
		}
		loss := Entry{
			Source: d.Gateway, Key: d.key(lostPrefix, move), Reason: reasonLost,
			Moves: flow(Disputes(d.Gateway), DisputesLost(d.Gateway), move.Amount.Negated()),
		}
		switch {
		case d.Status == DisputeLost:
			all = append(all, loss)
		case d.Status == DisputeWon && lost(loss.Key):
			all = append(all, Entry{
				Source: d.Gateway, Key: d.key(turnedPrefix, move), Reason: reasonTurned, Reverses: loss.Key,
				Moves: flow(DisputesLost(d.Gateway), Disputes(d.Gateway), move.Amount.Negated()),
			})
		}
	}
	return all
}
