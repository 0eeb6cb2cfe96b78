package settlement

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"parley/payments"
	"parley/payments/reconcile"
)

// Taken is what bringing rows in came to.
type Taken struct {
	Rows    int `json:"rows"`    // that were not known before
	Matched int `json:"matched"` // of them
	Queued  int `json:"queued"`  // of them
	Known   int `json:"known"`   // that were there before, and say the same
}

func (t *Taken) add(other Taken) {
	t.Rows, t.Matched, t.Queued, t.Known = t.Rows+other.Rows, t.Matched+other.Matched, t.Queued+other.Queued, t.Known+other.Known
}

// take stores rows of a processor, says what each is and has the books follow, in one transaction. Rows that are known
// change nothing but that their payout may be said for the first time.
func (s *Service) take(ctx context.Context, gateway string, rows []Row) (taken Taken, err error) {
	if len(rows) == 0 {
		return taken, nil
	}
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		taken = Taken{}
		account, err := s.store.lock(ctx, gateway)
		if err != nil {
			return err
		}
		fresh, err := s.unknown(ctx, gateway, rows)
		if err != nil {
			return err
		}
		taken.Known = len(rows) - len(fresh)
		if len(fresh) == 0 {
			return nil
		}
		verdicts, err := s.judgeAll(ctx, account, fresh)
		if err != nil {
			return err
		}
		judged := make([]Row, len(verdicts))
		for i, v := range verdicts {
			judged[i] = v.row
			taken.Rows++
			if v.row.State == Matched {
				taken.Matched++
			} else {
				taken.Queued++
			}
		}
		if err := s.store.insert(ctx, judged); err != nil {
			return err
		}
		return s.carryOut(ctx, verdicts)
	})
	return taken, err
}

// unknown leaves out rows that are there already. One that says something else by now than it did waits for a person.
func (s *Service) unknown(ctx context.Context, gateway string, rows []Row) (fresh []Row, err error) {
	known, err := s.known(ctx, gateway, rows)
	if err != nil {
		return nil, err
	}
	met, sent := map[string]bool{}, map[string][]string{}
	for _, r := range rows {
		id := r.Transaction.ID
		before, there := known[id]
		switch {
		case there && !before.says(r):
			err = s.store.open(ctx, s.now(), Item{
				Merchant: before.Merchant, Gateway: gateway, Class: reconcile.AmountMismatch, Subject: "said:" + id, Amount: r.Net, Order: before.Order,
				Charge: before.Charge, Detail: "the processor says " + r.Net.String() + " of " + id + ", and said " + before.Net.String() + " before", Since: r.Created,
			})
		case there && before.Payout == "" && r.Payout != "":
			sent[r.Payout] = append(sent[r.Payout], id)
		case !there && !met[id]:
			fresh, met[id] = append(fresh, r), true
		}
		if err != nil {
			return nil, err
		}
	}
	for _, payout := range sortedKeys(sent) {
		if err := s.store.payOut(ctx, gateway, sent[payout], payout); err != nil {
			return nil, err
		}
	}
	return fresh, nil
}

func (s *Service) known(ctx context.Context, gateway string, rows []Row) (map[string]Row, error) {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.Transaction.ID
	}
	before, err := s.store.rows(ctx, "t.gateway = ? and t.txn in ?", gateway, ids)
	if err != nil {
		return nil, err
	}
	known := map[string]Row{}
	for _, r := range before {
		known[r.Transaction.ID] = r
	}
	return known, nil
}

// says is whether another telling of the row agrees with this one.
func (r Row) says(other Row) bool {
	return r.Gross == other.Gross && r.Fee == other.Fee && r.Net == other.Net && r.Kind == other.Kind
}

// judgeAll judges rows one after the other, charges before what happened to them.
func (s *Service) judgeAll(ctx context.Context, account Account, rows []Row) ([]verdict, error) {
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(rank(a.Kind), rank(b.Kind)), a.Created.Compare(b.Created))
	})
	known, err := s.lookUp(ctx, account, rows)
	if err != nil {
		return nil, err
	}
	verdicts := make([]verdict, len(rows))
	for i, r := range rows {
		verdicts[i] = judge(r, known.around(r))
		known.learn(verdicts[i])
	}
	return verdicts, nil
}

// rank is before what a kind is judged: partial captures explain charges, and those all else.
func rank(k reconcile.Kind) int {
	switch k {
	case reconcile.PartialKind:
		return 0
	case reconcile.ChargeKind:
		return 1
	}
	return 2
}

// surroundings are what the books and earlier rows say about some rows.
type surroundings struct {
	account Account
	records map[string]payments.Record
	taken   map[string]bool
	second  map[string]bool
	partial map[string]int64
	fees    contracts
}

func (s *Service) lookUp(ctx context.Context, account Account, rows []Row) (*surroundings, error) {
	var keys, charges []string
	for _, r := range rows {
		if charge := r.behind(); charge != "" {
			charges = append(charges, charge)
			keys = append(keys, "capture:"+charge, "fee:"+charge)
		}
		if r.Intent != "" { // a network behind which the processor charges may know no more
			keys = append(keys, "capture:"+r.Intent, "fee:"+r.Intent)
		}
		keys = append(keys, r.counterparts()...)
	}
	known := &surroundings{account: account, partial: map[string]int64{}}
	if err := s.store.hold(ctx, account.Gateway, keys); err != nil {
		return nil, err
	}
	var err error
	if known.records, err = s.books.Records(ctx, account.Gateway, keys); err != nil || len(keys) == 0 {
		return known, err
	}
	if known.taken, err = s.store.taken(ctx, account.Gateway, keys); err != nil {
		return nil, err
	}
	if known.fees, err = s.store.contracts(ctx, account.Gateway); err != nil {
		return nil, err
	}
	if known.second, err = s.store.paidElse(ctx, account.Gateway, keys); err != nil {
		return nil, err
	}
	known.partial, err = s.store.partials(ctx, account.Gateway, charges)
	for _, r := range rows {
		if r.Kind == reconcile.PartialKind && r.Number == 0 {
			known.partial[r.Charge] += r.Seen.Minor
		}
	}
	return known, err
}

func (k *surroundings) around(r Row) around {
	a := around{owner: k.account.Owner, partial: k.partial[r.Charge]}
	find := func(key string) *payments.Record {
		if record, found := k.records[key]; found {
			return &record
		}
		return nil
	}
	for _, key := range r.counterparts() {
		record := find(key)
		a.isSecond = a.isSecond || k.second[key]
		if record == nil || a.entry != nil && len(record.In(payments.Clearing(r.Gateway))) == 0 {
			continue
		}
		if a.entry == nil || len(a.entry.In(payments.Clearing(r.Gateway))) == 0 {
			a.entry, a.isTaken = record, k.taken[key]
		}
	}
	if a.entry != nil {
		a.contract = k.fees.of(a.entry.Merchant)
	}
	for _, object := range []string{r.behind(), r.Intent} {
		if object != "" && a.charge == nil {
			a.charge, a.fee = find("capture:"+object), find("fee:"+object)
		}
	}
	a.isEarly = !r.charged.IsZero() && !k.account.CoveredFrom.IsZero() && r.charged.Before(k.account.CoveredFrom)
	return a
}

// learn notes what a verdict took, for the rows after it.
func (k *surroundings) learn(v verdict) {
	if v.row.Counterpart != "" {
		k.taken[v.row.Counterpart] = true
	}
}

// carryOut has the books and the queue follow rows that were stored.
func (s *Service) carryOut(ctx context.Context, verdicts []verdict) error {
	var all []payments.Posting
	for _, v := range verdicts {
		if len(v.entries) > 0 {
			all = append(all, payments.Posting{Merchant: v.row.Merchant, Payment: v.row.PaymentID, Order: v.row.Order, Entries: v.entries})
		}
		if err := s.store.open(ctx, s.now(), v.items...); err != nil {
			return err
		}
	}
	if err := s.books.Post(ctx, all...); err != nil || len(verdicts) == 0 {
		return err
	}
	waiting, err := s.store.waiting(ctx, verdicts[0].row.Gateway)
	if err != nil {
		return err
	}
	for _, v := range verdicts {
		if err := s.explained(ctx, v.row, waiting); err != nil {
			return err
		}
	}
	return nil
}

// explained closes items that a row, which is in the books now, has explained; waiting are the classes that are open.
func (s *Service) explained(ctx context.Context, r Row, waiting map[reconcile.Class]bool) error {
	note := "explained by " + r.Transaction.ID
	switch r.Kind {
	case reconcile.PayoutKind, reconcile.PayoutReversalKind:
		return s.meetPayout(ctx, r)
	case reconcile.DisputeKind, reconcile.DisputeWonKind: // the two may come to be known in any order
		return s.explainWhere(ctx, note, "i.gateway = ? and i.class = ? and i.state = 'open' and exists (select 1 from settlement_transactions t where t.gateway = i.gateway and 'txn:' || t.txn = i.subject and t.source = ?)"+
			" and exists (select 1 from settlement_transactions t where t.gateway = i.gateway and t.source = ? and t.kind = ?)",
			r.Gateway, string(reconcile.DisputeOpen), r.Source, r.Source, reconcile.DisputeWonKind.String())
	case reconcile.RefundKind:
		if !waiting[reconcile.DuplicateCharge] {
			break
		}
		if err := s.explainGivenBack(ctx, r, note); err != nil {
			return err
		}
	}
	if !r.IsBooked {
		return nil
	}
	if r.Counterpart != "" && waiting[reconcile.LedgerOnly] {
		if err := s.explainWhere(ctx, note, "i.gateway = ? and i.class = ? and i.state = 'open' and i.subject = 'entry:' || (select cast(e.id as text) from ledger_entries e where e.source = ? and e.business_key = ?)",
			r.Gateway, string(reconcile.LedgerOnly), r.Gateway, r.Counterpart); err != nil {
			return err
		}
	}
	if r.Kind == reconcile.PartialKind {
		return s.explainPartial(ctx, r, note)
	}
	return nil
}

func (s *Service) explainWhere(ctx context.Context, note, where string, args ...any) error {
	items, err := s.store.items(ctx, where, args...)
	if err != nil {
		return err
	}
	for _, item := range items {
		item.Standing = Explained
		if err := s.store.stand(ctx, item, Decision{Explain, Parley, note, s.now()}); err != nil {
			return err
		}
	}
	return nil
}

// explainPartial closes the difference of a charge of which less was captured, once its rows add up.
func (s *Service) explainPartial(ctx context.Context, r Row, note string) error {
	charges, err := s.store.rows(ctx, "t.gateway = ? and t.charge = ? and t.counterpart <> '' and t.kind = ?", r.Gateway, r.Charge, reconcile.ChargeKind.String())
	if err != nil {
		return err
	}
	for _, charge := range charges {
		partial, err := s.store.partials(ctx, r.Gateway, []string{r.Charge})
		if err != nil {
			return err
		}
		records, err := s.books.Records(ctx, r.Gateway, []string{charge.Counterpart})
		if err != nil {
			return err
		}
		said := records[charge.Counterpart].In(payments.Clearing(r.Gateway))
		if had, same := said[charge.Seen.Currency]; !same || had != charge.Seen.Minor+partial[r.Charge] {
			continue
		}
		if err := s.explainWhere(ctx, note, "i.gateway = ? and i.subject = ? and i.class in ? and i.state = 'open'", r.Gateway, charge.subject(),
			[]string{string(reconcile.AmountMismatch), string(reconcile.FXRounding)}); err != nil {
			return err
		}
	}
	return nil
}

// explainGivenBack closes the item of a second charge once all of it went back.
func (s *Service) explainGivenBack(ctx context.Context, r Row, note string) error {
	if r.Charge == "" || !r.IsBooked {
		return nil
	}
	var left []int64
	err := s.d.On(ctx).Raw(`select cast(coalesce(sum(seen), 0) as bigint) from settlement_transactions where gateway = ? and charge = ? and kind in ?`,
		r.Gateway, r.Charge, []string{reconcile.ChargeKind.String(), reconcile.PartialKind.String(), reconcile.RefundKind.String(), reconcile.RefundFailureKind.String()}).Scan(&left).Error
	if err != nil {
		return fmt.Errorf("add up charge %s: %w", r.Charge, err)
	}
	if len(left) != 1 || left[0] != 0 {
		return nil
	}
	return s.explainWhere(ctx, note, "i.gateway = ? and i.class = ? and i.charge = ? and i.state = 'open'", r.Gateway, string(reconcile.DuplicateCharge), r.Charge)
}
