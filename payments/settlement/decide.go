package settlement

import (
	"context"
	"fmt"
	"strings"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
	"parley/payments/reconcile"
)

// mostNote is how long a note may be, in characters.
const mostNote = 2000

// Choice is what a person decides about an item of the queue.
type Choice struct {
	Item ItemID
	// Merchant is whose items the person may decide about: theirs, and what is nobody's is not. Zero: all.
	Merchant payments.MerchantID
	What     Action // Match, Accept, Dismiss or Reopen
	Who      string
	Note     string
	// For is whose it is to be from now on, when an item of nobody's is matched or accepted.
	For payments.MerchantID
	// Of a Match: the order that a charge or a refund belongs to, the payout of a bank's line, or the line of a payout.
	Order  payments.OrderID
	Payout string
	Line   LineID
}

// Decide carries out what a person has decided and keeps who, when and why. It fails with fault.Missing
// (settlement.item_missing), with fault.Invalid: payment.note_needed, payment.note_long, settlement.action_unknown,
// settlement.merchant_needed, and with fault.Conflict: settlement.item_closed, settlement.item_open,
// settlement.nothing_to_match.
func (s *Service) Decide(ctx context.Context, c Choice) error {
	switch {
	case c.Who == "" || strings.TrimSpace(c.Note) == "":
		return fault.New(fault.Invalid, "payment.note_needed")
	case len([]rune(c.Note)) > mostNote:
		return fault.New(fault.Invalid, "payment.note_long").With("most", fmt.Sprint(mostNote))
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		item, err := s.store.item(ctx, c.Item)
		if err != nil {
			return err
		}
		switch {
		case c.Merchant != 0 && item.Merchant != c.Merchant:
			return fault.New(fault.Missing, "settlement.item_missing")
		case c.What == Reopen && item.Standing == Open:
			return fault.New(fault.Conflict, "settlement.item_open")
		case c.What != Reopen && item.Standing != Open:
			return fault.New(fault.Conflict, "settlement.item_closed")
		}
		return s.decide(ctx, item, c)
	})
}

func (s *Service) decide(ctx context.Context, item Item, c Choice) (err error) {
	switch c.What {
	case Match:
		item.Standing = ByMatch
		item.Merchant, err = s.matchByHand(ctx, item, c)
	case Accept:
		item.Standing = Accepted
		item.Merchant, err = s.accept(ctx, item, c)
	case Dismiss:
		item.Standing = Dismissed
	case Reopen:
		item.Standing = Open
	default:
		err = fault.New(fault.Invalid, "settlement.action_unknown")
	}
	if err != nil {
		return err
	}
	return s.store.stand(ctx, item, Decision{c.What, c.Who, c.Note, s.now()})
}

// rowOfItem is the row that an item is about, and the account that it is in, locked; no row when it is about something
// else.
func (s *Service) rowOfItem(ctx context.Context, item Item) (Account, Row, bool, error) {
	txn, is := strings.CutPrefix(item.Subject, "txn:")
	if !is {
		return Account{}, Row{}, false, nil
	}
	account, err := s.store.lock(ctx, item.Gateway)
	if err != nil {
		return account, Row{}, false, err
	}
	rows, err := s.store.rows(ctx, "t.gateway = ? and t.txn = ?", item.Gateway, txn)
	if err != nil || len(rows) == 0 {
		return account, Row{}, false, err
	}
	return account, rows[0], true, nil
}

// accept takes a row that is not in the books as the processor tells it: a charge is money of no order, a refund went
// to a buyer, anything else is what its category says. Other items are only taken note of.
func (s *Service) accept(ctx context.Context, item Item, c Choice) (payments.MerchantID, error) {
	account, r, is, err := s.rowOfItem(ctx, item)
	if err != nil || !is || r.IsBooked || item.Class == reconcile.Unknown {
		return item.Merchant, err
	}
	if r.Kind == reconcile.PayoutKind || r.Kind == reconcile.PayoutReversalKind {
		return item.Merchant, nil
	}
	if r.Merchant == 0 {
		r.Merchant = c.For
	}
	if r.Merchant == 0 {
		return 0, fault.New(fault.Invalid, "settlement.merchant_needed")
	}
	v := accepted(r)
	if err := s.store.settle(ctx, v.row); err != nil {
		return 0, err
	}
	if err := s.books.Post(ctx, payments.Posting{Merchant: r.Merchant, Payment: r.PaymentID, Order: r.Order, Entries: v.entries}); err != nil {
		return 0, err
	}
	return r.Merchant, s.resettle(ctx, account, v.row)
}

// accepted is a row that the books take as it is. Money of charges and refunds is booked under the key that news of
// them has, so that late news do not book it again.
func accepted(r Row) verdict {
	v := verdict{row: r}
	v.row.IsBooked = true
	if key := r.counterpart(); r.Kind == reconcile.ChargeKind || r.Kind == reconcile.RefundKind {
		account := payments.Unmatched
		if r.Kind == reconcile.RefundKind {
			account = payments.Refunds(r.Gateway)
		}
		v.row.Counterpart = key
		if moves := r.from(account); len(moves) > 0 {
			v.entries = append(v.entries, payments.Entry{Source: r.Gateway, Key: key, Reason: "accepted", Happened: r.Created, Moves: moves})
		}
	} else {
		v.add(r.from(payments.Unmatched)...)
	}
	v.move(payments.Clearing(r.Gateway), payments.Fees(r.Gateway), money.Of(r.Gross.Minor-r.Net.Minor, r.Net.Currency))
	return v
}

func (s *Service) matchByHand(ctx context.Context, item Item, c Choice) (payments.MerchantID, error) {
	if payout, line, is, err := s.pairOf(ctx, item, c); err != nil || is {
		if err != nil {
			return 0, err
		}
		return item.Merchant, s.bank(ctx, payout, line, c.Who)
	}
	account, r, is, err := s.rowOfItem(ctx, item)
	switch {
	case err != nil:
		return 0, err
	case !is || r.IsBooked || c.Order == 0 || r.Kind != reconcile.ChargeKind && r.Kind != reconcile.RefundKind:
		return 0, fault.New(fault.Conflict, "settlement.nothing_to_match")
	}
	return s.matchRow(ctx, account, r, c)
}

// pairOf is the payout and the bank's line that a choice puts together, when it is about those.
func (s *Service) pairOf(ctx context.Context, item Item, c Choice) (p Payout, l Line, is bool, err error) {
	if of, about := strings.CutPrefix(item.Subject, "line:"); about && c.Payout != "" {
		_, _ = fmt.Sscan(of, &c.Line)
	} else if id, about := strings.CutPrefix(item.Subject, "payout:"); about && c.Line != 0 {
		c.Payout = id
	} else {
		return p, l, false, nil
	}
	if p, err = s.store.payout(ctx, "p.payout = ? and not exists (select 1 from settlement_bank_lines l where l.payout_id = p.id and not l.back)", c.Payout); err != nil {
		return p, l, false, err
	}
	lines, err := s.store.lines(ctx, "l.id = ? and l.payout_id is null", int64(c.Line))
	if err == nil && (len(lines) == 0 || lines[0].Amount.Currency != p.Amount.Currency) {
		err = fault.New(fault.Conflict, "settlement.nothing_to_match")
	}
	if err != nil {
		return p, l, false, err
	}
	return p, lines[0], true, nil
}

// matchRow gives a row to the one capture, or refund, of an order that no row stands for.
func (s *Service) matchRow(ctx context.Context, account Account, r Row, c Choice) (payments.MerchantID, error) {
	keys, err := s.store.alone(ctx, r.Gateway, c.Order, r.Kind == reconcile.RefundKind)
	if err != nil {
		return 0, err
	}
	if len(keys) != 1 {
		return 0, fault.New(fault.Conflict, "settlement.nothing_to_match")
	}
	records, err := s.books.Records(ctx, r.Gateway, append(keys, feeKey(keys[0])))
	if err != nil {
		return 0, err
	}
	entry := records[keys[0]]
	if c.Merchant != 0 && entry.Merchant != c.Merchant {
		return 0, fault.New(fault.Conflict, "settlement.nothing_to_match")
	}
	known := around{owner: account.Owner, entry: &entry}
	if fee, there := records[feeKey(keys[0])]; there {
		known.fee = &fee
	}
	v := judge(r, known)
	if err := s.store.settle(ctx, v.row); err != nil {
		return 0, err
	}
	if err := s.carryOut(ctx, []verdict{v}); err != nil {
		return 0, err
	}
	return v.row.Merchant, s.resettle(ctx, account, v.row)
}

// alone are the business keys of what came for an order, or went back, by the books, and no row stands for.
func (s store) alone(ctx context.Context, gateway string, order payments.OrderID, back bool) (keys []string, err error) {
	side, reasons := "to_account", []string{"capture", "stray", "exchange"}
	if back {
		side, reasons = "from_account", []string{"refund", "exchange"}
	}
	err = s.d.On(ctx).Raw(`select e.business_key from ledger_entries e where e.source = ? and e.order_id = ? and e.reason in ? and e.business_key not like 'attach:%'
		and exists (select 1 from ledger_postings p where p.entry_id = e.id and p.`+side+` = 'clearing:' || e.source)
		and not exists (select 1 from ledger_entries b where b.reverses = e.id)
		and not exists (select 1 from settlement_transactions t where t.gateway = e.source and t.counterpart <> '' and t.counterpart = e.business_key) order by e.id limit 2`, gateway, int64(order), reasons).Scan(&keys).Error
	if err != nil {
		return nil, fmt.Errorf("look for what order %d lacks: %w", order, err)
	}
	return keys, nil
}
