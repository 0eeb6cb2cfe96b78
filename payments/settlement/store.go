package settlement

import (
	"context"
	"fmt"
	"strings"
	"time"

	"parley/catalog/money"
	"parley/migrations/db"
	"parley/payments"
	"parley/payments/reconcile"
)

// store is the tables of settlement.
type store struct{ d *db.DB }

// Account is a processor's balance as it is followed here.
type Account struct {
	Gateway      string
	Owner        payments.MerchantID // whose is what belongs to no payment; zero: nobody knows
	PaidIsBanked bool                // a payout that the processor calls paid has come to the bank, without a line of the bank
	ReadTo       time.Time           // balance transactions are known to here; zero: none
	CoveredFrom  time.Time           // and from here on
	PulledTo     time.Time           // the processor was asked for them to here; zero: never
	sweptTo      int64
}

type accountRow struct {
	Gateway                       string
	OwnerID                       int64
	PaidIsBank                    bool
	ReadTo, CoveredFrom, PulledTo *time.Time
	SweptTo                       int64
}

func (r accountRow) account() Account {
	return Account{r.Gateway, payments.MerchantID(r.OwnerID), r.PaidIsBank, instant(r.ReadTo), instant(r.CoveredFrom), instant(r.PulledTo), r.SweptTo}
}

func instant(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return at.UTC()
}

func instantOrNull(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC().Truncate(time.Microsecond)
	return &at
}

func idOrNull[ID ~int64](id ID) *int64 {
	if id == 0 {
		return nil
	}
	plain := int64(id)
	return &plain
}

const accountColumns = "gateway, coalesce(owner_id, 0) as owner_id, paid_is_bank, read_to, covered_from, pulled_to, swept_to"

// lock holds a processor's account until the transaction ends, and makes it if need be: one at a time brings rows in.
func (s store) lock(ctx context.Context, gateway string) (Account, error) {
	if err := s.d.On(ctx).Exec("insert into settlement_accounts (gateway) values (?) on conflict (gateway) do nothing", gateway).Error; err != nil {
		return Account{}, fmt.Errorf("store account %s: %w", gateway, err)
	}
	var row accountRow
	if err := s.d.On(ctx).Raw("select "+accountColumns+" from settlement_accounts where gateway = ?"+s.d.ForUpdate(), gateway).Scan(&row).Error; err != nil {
		return Account{}, fmt.Errorf("lock account %s: %w", gateway, err)
	}
	return row.account(), nil
}

func (s store) accounts(ctx context.Context) ([]Account, error) {
	var rows []accountRow
	if err := s.d.On(ctx).Raw("select " + accountColumns + " from settlement_accounts order by gateway").Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	all := make([]Account, len(rows))
	for i, row := range rows {
		all[i] = row.account()
	}
	return all, nil
}

func (s store) updateAccount(ctx context.Context, a Account) error {
	err := s.d.On(ctx).Exec("update settlement_accounts set owner_id = ?, paid_is_bank = ?, read_to = ?, covered_from = ?, pulled_to = ?, swept_to = ? where gateway = ?",
		idOrNull(a.Owner), a.PaidIsBanked, instantOrNull(a.ReadTo), instantOrNull(a.CoveredFrom), instantOrNull(a.PulledTo), a.sweptTo, a.Gateway).Error
	if err != nil {
		return fmt.Errorf("store account %s: %w", a.Gateway, err)
	}
	return nil
}

type transactionRow struct {
	ID                                            int64
	Gateway, Txn, Category, Kind, Source, Charge  string
	Intent                                        string
	Gross, Fee, Net, Seen                         int64
	Currency, SeenCurrency, Said, Method, Country string
	CreatedAt, AvailableAt                        time.Time
	Origin, State, Counterpart, Payout            string
	MerchantID, PaymentID, OrderID                int64
	Booked                                        bool
}

const transactionColumns = `t.id, t.gateway, t.txn, t.category, t.kind, t.source, t.charge, t.intent, t.gross, t.fee, t.net, t.currency, t.seen, t.seen_currency, t.said, t.method, t.country,
	t.created_at, t.available_at, t.origin, t.state, coalesce(t.merchant_id, 0) as merchant_id, coalesce(t.payment_id, 0) as payment_id, coalesce(t.order_id, 0) as order_id,
	t.counterpart, t.booked, t.payout`

func (r transactionRow) row() Row {
	c := money.Currency(r.Currency)
	return Row{
		Number: RowID(r.ID), Gateway: r.Gateway, Kind: reconcile.KindOf(r.Category), Said: r.Said, Origin: r.Origin, State: State(r.State),
		Merchant: payments.MerchantID(r.MerchantID), PaymentID: payments.PaymentID(r.PaymentID), Order: payments.OrderID(r.OrderID),
		Counterpart: r.Counterpart, IsBooked: r.Booked,
		Transaction: payments.Transaction{
			ID: r.Txn, Category: r.Category, Source: r.Source, Charge: r.Charge, Intent: r.Intent, Payout: r.Payout, Gross: money.Of(r.Gross, c), Fee: money.Of(r.Fee, c),
			Net: money.Of(r.Net, c), Seen: money.Of(r.Seen, money.Currency(r.SeenCurrency)), Method: r.Method, Country: r.Country,
			Created: r.CreatedAt.UTC(), Available: r.AvailableAt.UTC(),
		},
	}
}

// rows are those that a condition on t selects.
func (s store) rows(ctx context.Context, where string, args ...any) ([]Row, error) {
	var found []transactionRow
	if err := s.d.On(ctx).Raw("select "+transactionColumns+" from settlement_transactions t where "+where, args...).Scan(&found).Error; err != nil {
		return nil, fmt.Errorf("read balance transactions: %w", err)
	}
	all := make([]Row, len(found))
	for i, row := range found {
		all[i] = row.row()
	}
	return all, nil
}

// insert writes rows that were judged, many with one statement.
func (s store) insert(ctx context.Context, rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	const columns = 26
	sql := strings.Builder{}
	sql.WriteString(`insert into settlement_transactions (gateway, txn, category, kind, source, charge, intent, gross, fee, net, currency, seen, seen_currency, said, method, country,
		created_at, available_at, origin, state, merchant_id, payment_id, order_id, counterpart, booked, payout) values `)
	args := make([]any, 0, columns*len(rows))
	for i, r := range rows {
		if i > 0 {
			sql.WriteByte(',')
		}
		sql.WriteString("(" + strings.Repeat("?,", columns-1) + "?)")
		args = append(args, r.Gateway, r.Transaction.ID, r.Category, r.Kind.String(), r.Source, r.Charge, r.Intent, r.Gross.Minor, r.Fee.Minor, r.Net.Minor, string(r.Gross.Currency),
			r.Seen.Minor, string(r.Seen.Currency), r.Said, r.Method, r.Country, r.Created.UTC().Truncate(time.Microsecond), r.Available.UTC().Truncate(time.Microsecond), r.Origin,
			string(r.State), idOrNull(r.Merchant), idOrNull(r.PaymentID), idOrNull(r.Order), r.Counterpart, r.IsBooked, r.Payout)
	}
	if err := s.d.On(ctx).Exec(sql.String(), args...).Error; err != nil {
		return fmt.Errorf("store balance transactions: %w", err)
	}
	return nil
}

// settle writes what a row turned out to be.
func (s store) settle(ctx context.Context, r Row) error {
	err := s.d.On(ctx).Exec("update settlement_transactions set state = ?, merchant_id = ?, payment_id = ?, order_id = ?, counterpart = ?, booked = ? where id = ?",
		string(r.State), idOrNull(r.Merchant), idOrNull(r.PaymentID), idOrNull(r.Order), r.Counterpart, r.IsBooked, int64(r.Number)).Error
	if err != nil {
		return fmt.Errorf("settle %s: %w", r.Transaction.ID, err)
	}
	return nil
}

// payOut says which payout rows went out with; one that is said already stays.
func (s store) payOut(ctx context.Context, gateway string, txns []string, payout string) error {
	err := s.d.On(ctx).Exec("update settlement_transactions set payout = ? where gateway = ? and txn in ? and payout = ''", payout, gateway, txns).Error
	if err != nil {
		return fmt.Errorf("say the rows of payout %s: %w", payout, err)
	}
	return nil
}

// taken are those of some business keys that a row stands for already.
func (s store) taken(ctx context.Context, gateway string, keys []string) (map[string]bool, error) {
	var found []string
	if err := s.d.On(ctx).Raw("select counterpart from settlement_transactions where gateway = ? and counterpart <> '' and counterpart in ?", gateway, keys).Scan(&found).Error; err != nil {
		return nil, fmt.Errorf("look for rows of entries: %w", err)
	}
	taken := map[string]bool{}
	for _, key := range found {
		taken[key] = true
	}
	return taken, nil
}

// partials are what was not captured of charges, as the buyer saw it.
func (s store) partials(ctx context.Context, gateway string, charges []string) (map[string]int64, error) {
	var found []struct {
		Charge string
		Seen   int64
	}
	err := s.d.On(ctx).Raw(`select charge, cast(sum(seen) as bigint) as seen from settlement_transactions where gateway = ? and charge <> '' and charge in ? and kind = ? group by charge`,
		gateway, charges, reconcile.PartialKind.String()).Scan(&found).Error
	if err != nil {
		return nil, fmt.Errorf("look for partial captures: %w", err)
	}
	sums := map[string]int64{}
	for _, one := range found {
		sums[one.Charge] = one.Seen
	}
	return sums, nil
}

// paidElse are those of some captures whose money strayed since their order was paid by another one, and that nobody has
// given to an order since.
func (s store) paidElse(ctx context.Context, gateway string, keys []string) (map[string]bool, error) {
	var found []string
	err := s.d.On(ctx).Raw(`select e.business_key from ledger_entries e where e.source = ? and e.business_key in ? and e.reason = 'stray'
		and exists (select 1 from ledger_entries c where c.order_id = e.order_id and c.reason = 'capture')
		and not exists (select 1 from payment_attachments a where a.gateway = e.source and a.charge = substr(e.business_key, 9))`, gateway, keys).Scan(&found).Error
	if err != nil {
		return nil, fmt.Errorf("look for orders that were paid twice: %w", err)
	}
	second := map[string]bool{}
	for _, key := range found {
		second[key] = true
	}
	return second, nil
}

// hold locks the payments that entries are about, so that nobody books for them meanwhile.
func (s store) hold(ctx context.Context, gateway string, keys []string) error {
	if s.d.ForUpdate() == "" || len(keys) == 0 {
		return nil
	}
	var ids []int64
	err := s.d.On(ctx).Raw(`select id from payments where id in (select payment_id from ledger_entries where source = ? and business_key in ?) order by id`+s.d.ForUpdate(),
		gateway, keys).Scan(&ids).Error
	if err != nil {
		return fmt.Errorf("hold payments: %w", err)
	}
	return nil
}
