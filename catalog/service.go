package catalog

import (
	"context"
	"time"

	"parley/catalog/event"
	"parley/catalog/fault"
	"parley/migrations/db"
)

// Service is the catalogue of every merchant. Its methods join the transaction that ctx carries, if any.
type Service struct {
	Formats Formats // of files that products come in; Upload needs it
	Sales   Sales   // who depends on variants; without it only the stock is asked

	db     *db.DB
	now    func() time.Time
	known  known
	recall recall
	stocks *db.Gather[ofShop, []stockRow]

	vocabularies vocabularies

	// Listener says who wants to hear of what happens here; nil is nobody. Set it before the service is used.
	Listener event.Listener
}

// New makes the service; now is the clock.
func New(d *db.DB, now func() time.Time) *Service {
	s := &Service{db: d, now: now}
	s.stocks = s.gatherStocks()
	return s
}

// at is the present as both engines keep it.
func (s *Service) at() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// Merchants lists the shops that are open, oldest first. What it returns is shared: change nothing in it.
func (s *Service) Merchants(ctx context.Context) ([]Merchant, error) {
	return s.known.get(s.now(), merchantKey{}, func() ([]Merchant, error) {
		return s.merchantsWhere(ctx, "state = ?", string(Active))
	})
}

// Merchant is a shop in whatever state. It may be two seconds old, and it is shared: change nothing in
// it. It fails with fault.Missing.
func (s *Service) Merchant(ctx context.Context, id MerchantID) (Merchant, error) {
	return s.known.find(s.now(), merchantKey{id: id}, func() ([]Merchant, error) {
		return s.merchantsWhere(ctx, "id = ?", int64(id))
	})
}

// MerchantBySlug is Merchant for a link.
func (s *Service) MerchantBySlug(ctx context.Context, slug string) (Merchant, error) {
	if !merchantSlug.MatchString(slug) {
		return Merchant{}, fault.New(fault.Missing, "catalog.no_merchant")
	}
	return s.known.find(s.now(), merchantKey{slug: slug}, func() ([]Merchant, error) {
		return s.merchantsWhere(ctx, "slug = ?", slug)
	})
}

// known remembers merchants.
type known struct {
	memory[merchantKey, []Merchant]
}

// merchantKey is how a merchant was asked for; the zero key stands for the list of them.
type merchantKey struct {
	id   MerchantID
	slug string
}

func (k *known) find(now time.Time, key merchantKey, read func() ([]Merchant, error)) (Merchant, error) {
	found, err := k.get(now, key, func() ([]Merchant, error) {
		found, err := read()
		if err == nil && len(found) == 0 {
			err = fault.New(fault.Missing, "catalog.no_merchant")
		}
		return found, err
	})
	if err != nil {
		return Merchant{}, err
	}
	return found[0], nil
}
