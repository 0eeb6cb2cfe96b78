package catalog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/catalog/fault"
)

// Want is how many pieces of a variant somebody wants.
type Want struct {
	Variant  VariantID
	Quantity int
}

// Reserve makes these wants, exactly, what a holder ("cart:17", "order:5") has reserved until a moment, or
// until Release or Take when that is nil. All or nothing: it fails with fault.Conflict "stock.only_left"
// {count, variant} when there is not enough, "stock.gone" {variant} when the variant is no longer sold, and
// fault.Missing for a variant of no such merchant. Untracked variants never run out and are not reserved.
//
// A new reservation costs one statement on PostgreSQL, elsewhere one a variant and one more; a changed one is counted anew. A holder
// reserves one thing at a time: two different calls at once count right, but may leave the wants of both.
func (s *Service) Reserve(ctx context.Context, merchant MerchantID, holder string, until *time.Time, wants []Want) error {
	wants, err := inOrder(wants)
	if err != nil {
		return err
	}
	r := reservation{Service: s, merchant: merchant, holder: holder, until: moment(until), wants: wants}
	begin := r.begin
	if s.db.Versions() {
		begin = r.beginOnce
	}
	err = s.db.InTx(ctx, begin)
	for try := 0; errors.Is(err, errNotNew) && try < 5; try++ {
		err = s.db.InTx(ctx, r.change)
	}
	if err != nil {
		return fmt.Errorf("reserve for %s: %w", holder, err)
	}
	return nil
}

// errNotNew: the holder has reservations already, or something in the wants needs a closer look.
var errNotNew = errors.New("not a plain new reservation")

// reservation is one call of Reserve. Whatever it does takes variants in ascending order, so that two
// checkouts never wait for each other.
type reservation struct {
	*Service
	merchant MerchantID
	holder   string
	until    *time.Time
	wants    []Want
}

// begin is the happy path. It leaves the counting of anything unusual to change, which starts over.
func (r reservation) begin(ctx context.Context) error {
	for _, want := range r.wants {
		enough, err := r.claim(ctx, want.Variant, want.Quantity)
		if err != nil {
			return err
		}
		if !enough {
			return errNotNew
		}
	}
	if len(r.wants) == 0 {
		return errNotNew
	}
	return r.write(ctx, r.wants, " and not exists (select 1 from reservations r where r.holder = ?)", r.holder)
}

// claim promises pieces of a tracked variant, if there are so many.
func (r reservation) claim(ctx context.Context, variant VariantID, quantity int) (bool, error) {
	done := r.db.On(ctx).Exec("update variants set reserved = reserved + ? where id = ? and merchant_id = ?"+
		" and tracked and state = 'active' and on_hand - reserved >= ?", quantity, int64(variant), int64(r.merchant), quantity)
	return done.RowsAffected == 1, done.Error
}

// write inserts the rows of a reservation. errNotNew: some are there already, somebody was faster.
func (r reservation) write(ctx context.Context, wants []Want, condition string, args ...any) error {
	if len(wants) == 0 {
		return nil
	}
	quantities, ids := strings.Builder{}, make([]VariantID, len(wants))
	all := []any{r.holder}
	for i, want := range wants {
		quantities.WriteString(" when ? then cast(? as integer)")
		all, ids[i] = append(all, int64(want.Variant), want.Quantity), want.Variant
	}
	all = append(append(all, r.until, ids), args...)
	done := r.db.On(ctx).Exec("insert into reservations (holder, variant_id, merchant_id, quantity, expires_at)"+
		" select ?, v.id, v.merchant_id, case v.id"+quantities.String()+" end, ? from variants v where v.id in ?"+condition+
		" on conflict do nothing", all...)
	if done.Error == nil && done.RowsAffected != int64(len(wants)) {
		return errNotNew
	}
	return done.Error
}

// change makes the wants what the holder has, whatever that was.
func (r reservation) change(ctx context.Context) error {
	held, err := r.extend(ctx)
	if err != nil {
		return err
	}
	facts, err := r.facts(ctx, append(variantsOf(held), variantsOf(r.wants)...))
	if err != nil {
		return err
	}
	if err := r.check(facts); err != nil {
		return err
	}
	wants, had := r.tracked(facts), quantities(held)
	if slices.Equal(held, wants) {
		return nil
	}
	wanted := quantities(wants)
	for _, fact := range facts {
		id := VariantID(fact.ID)
		if err := r.alter(ctx, fact, had[id], wanted[id]); err != nil {
			return err
		}
	}
	if err := r.drop(ctx, held); err != nil {
		return err
	}
	return r.write(ctx, wants, "")
}

// extend gives what the holder has its new end, and so locks it: it is what was last written, whoever wrote it.
func (r reservation) extend(ctx context.Context) ([]Want, error) {
	var rows []wantRow
	err := r.db.On(ctx).Raw("update reservations set expires_at = ? where holder = ? returning variant_id, quantity", r.until, r.holder).Scan(&rows).Error
	return ascending(rows), err
}

func (r reservation) drop(ctx context.Context, held []Want) error {
	if len(held) == 0 {
		return nil
	}
	return r.db.On(ctx).Exec("delete from reservations where holder = ? and variant_id in ?", r.holder, variantsOf(held)).Error
}

// alter moves the count of one variant from what was held to what is wanted.
func (r reservation) alter(ctx context.Context, fact stockFact, had, wanted int) error {
	if more := wanted - had; more > 0 {
		enough, err := r.claim(ctx, VariantID(fact.ID), more)
		if err == nil && !enough {
			return r.onlyLeft(ctx, VariantID(fact.ID), had)
		}
		return err
	} else if more < 0 {
		return r.unclaim(ctx, Want{VariantID(fact.ID), -more})
	}
	return nil
}

// onlyLeft is the refusal, with what a holder that has some already can have at most.
func (r reservation) onlyLeft(ctx context.Context, variant VariantID, had int) error {
	facts, err := r.facts(ctx, []VariantID{variant})
	if err != nil {
		return err
	}
	left := had
	for _, fact := range facts {
		left += max(fact.OnHand-fact.Reserved, 0)
	}
	return fault.New(fault.Conflict, "stock.only_left").With("count", strconv.Itoa(left)).
		With("variant", strconv.FormatInt(int64(variant), 10))
}

// tracked is the wants that have to be counted.
func (r reservation) tracked(facts []stockFact) (wants []Want) {
	counted := map[VariantID]bool{}
	for _, fact := range facts {
		counted[VariantID(fact.ID)] = fact.Tracked
	}
	for _, want := range r.wants {
		if counted[want.Variant] {
			wants = append(wants, want)
		}
	}
	return wants
}

// check refuses wants of variants that are not the merchant's, or not sold any more.
func (r reservation) check(facts []stockFact) error {
	found := map[VariantID]stockFact{}
	for _, fact := range facts {
		found[VariantID(fact.ID)] = fact
	}
	for _, want := range r.wants {
		variant := strconv.FormatInt(int64(want.Variant), 10)
		fact, ok := found[want.Variant]
		switch {
		case !ok || MerchantID(fact.MerchantID) != r.merchant:
			return fault.New(fault.Missing, "catalog.no_variant").With("variant", variant)
		case State(fact.State) != Active:
			return fault.New(fault.Conflict, "stock.gone").With("variant", variant)
		}
	}
	return nil
}

// Held is what a holder has reserved, by ascending variant.
func (s *Service) Held(ctx context.Context, holder string) ([]Want, error) {
	var rows []wantRow
	err := s.db.On(ctx).Raw("select variant_id, quantity from reservations where holder = ?", holder).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what %s holds: %w", holder, err)
	}
	return ascending(rows), nil
}

// Rename hands everything that one holder has reserved to another, who has nothing yet, a cart's to its order, and
// says what that is, by ascending variant.
func (s *Service) Rename(ctx context.Context, from, to string, until *time.Time) ([]Want, error) {
	var rows []wantRow
	err := s.db.On(ctx).Raw("update reservations set holder = ?, expires_at = ? where holder = ? returning variant_id, quantity",
		to, moment(until), from).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("hand the stock of %s to %s: %w", from, to, err)
	}
	return ascending(rows), nil
}

// Release gives back what a holder has reserved; nothing is fine.
func (s *Service) Release(ctx context.Context, holder string) error {
	err := s.db.InTx(ctx, func(ctx context.Context) error {
		ended, _, err := s.end(ctx, "holder = ?", holder)
		if err != nil {
			return err
		}
		return s.giveBack(ctx, ended)
	})
	if err != nil {
		return fmt.Errorf("release the stock of %s: %w", holder, err)
	}
	return nil
}

// ReleaseExpired gives back what should have been bought by now, of at most so many holders, and names them.
func (s *Service) ReleaseExpired(ctx context.Context, limit int) (released []string, err error) {
	var due []string
	err = s.db.On(ctx).Raw("select holder from reservations where expires_at <= ? group by holder order by min(expires_at), holder limit ?",
		s.at(), limit).Scan(&due).Error
	if err != nil {
		return nil, fmt.Errorf("look for expired reservations: %w", err)
	}
	for _, holder := range due {
		gone, err := s.expire(ctx, holder)
		if err != nil {
			return released, fmt.Errorf("release the stock of %s: %w", holder, err)
		}
		if gone {
			released = append(released, holder)
		}
	}
	return released, nil
}

// expire is a transaction of its own: the variants of two holders together are in no order.
func (s *Service) expire(ctx context.Context, holder string) (gone bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		ended, _, err := s.end(ctx, "holder = ? and expires_at <= ?", holder, s.at())
		if err != nil {
			return err
		}
		gone = len(ended) > 0
		return s.giveBack(ctx, ended)
	})
	return gone, err
}

// inOrder is the wants by ascending variant, each once.
func inOrder(wants []Want) ([]Want, error) {
	sorted := slices.Clone(wants)
	slices.SortFunc(sorted, func(a, b Want) int { return cmp.Compare(a.Variant, b.Variant) })
	merged := sorted[:0]
	for _, want := range sorted {
		switch last := len(merged) - 1; {
		case want.Quantity < 1 || want.Quantity > mostPieces:
			return nil, fault.New(fault.Invalid, "stock.quantity").With("count", strconv.Itoa(want.Quantity))
		case last >= 0 && merged[last].Variant == want.Variant:
			merged[last].Quantity = min(merged[last].Quantity+want.Quantity, mostPieces)
		default:
			merged = append(merged, want)
		}
	}
	return merged, nil
}

// mostPieces keeps sums of stock within a 32-bit column.
const mostPieces = 1_000_000

func variantsOf(wants []Want) []VariantID {
	ids := make([]VariantID, len(wants))
	for i, want := range wants {
		ids[i] = want.Variant
	}
	return ids
}

func quantities(wants []Want) map[VariantID]int {
	counted := make(map[VariantID]int, len(wants))
	for _, want := range wants {
		counted[want.Variant] = want.Quantity
	}
	return counted
}

// moment is a time as both engines keep it.
func moment(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	kept := t.UTC().Truncate(time.Microsecond)
	return &kept
}
