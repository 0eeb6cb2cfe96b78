package catalog

import (
	"context"
	"sync"
	"time"

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
}

// New makes the service; now is the clock.
func New(d *db.DB, now func() time.Time) *Service { return &Service{db: d, now: now} }

// at is the present as both engines keep it.
func (s *Service) at() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

// Merchants lists the shops that are open, oldest first. What it returns is shared: change nothing in it.
func (s *Service) Merchants(ctx context.Context) ([]Merchant, error) {
	return s.known.list(s.now(), func() ([]Merchant, error) {
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

// known remembers merchants for a moment: each turn of each chat asks for one.
type known struct {
	mu      sync.Mutex
	written int // how often anything was forgotten: what was being read meanwhile is not remembered
	entries map[merchantKey]remembered
}

// merchantKey is how a merchant was asked for; the zero key stands for the list of them.
type merchantKey struct {
	id   MerchantID
	slug string
}

type remembered struct {
	merchants []Merchant
	till      time.Time
}

// remember is how long another replica's change may go unseen.
const remember = 2 * time.Second

func (k *known) find(now time.Time, key merchantKey, read func() ([]Merchant, error)) (Merchant, error) {
	found, err := k.get(now, key, read)
	switch {
	case err != nil:
		return Merchant{}, err
	case len(found) == 0:
		return Merchant{}, fault.New(fault.Missing, "catalog.no_merchant")
	default:
		return found[0], nil
	}
}

func (k *known) list(now time.Time, read func() ([]Merchant, error)) ([]Merchant, error) {
	return k.get(now, merchantKey{}, read)
}

func (k *known) get(now time.Time, key merchantKey, read func() ([]Merchant, error)) ([]Merchant, error) {
	k.mu.Lock()
	entry, ok := k.entries[key]
	written := k.written
	k.mu.Unlock()
	if ok && now.Before(entry.till) {
		return entry.merchants, nil
	}
	found, err := read()
	if err != nil || len(found) == 0 {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.written == written {
		if k.entries == nil || len(k.entries) >= mostRemembered {
			k.entries = map[merchantKey]remembered{}
		}
		k.entries[key] = remembered{found, now.Add(remember)}
	}
	return found, nil
}

// mostRemembered bounds the memory; beyond it everything is read anew.
const mostRemembered = 10_000

func (k *known) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.written++
	k.entries = nil
}
