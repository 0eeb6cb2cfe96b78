package webhooks

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"parley/catalog/event"
)

// wanted remembers for a moment who listens to what, in all shops: endpoints are few, and events are many.
type wanted struct {
	mu      sync.Mutex
	written int // how often it was forgotten: what was being read meanwhile is not remembered
	by      map[int64][]subscription
	till    time.Time
}

// subscription is what one endpoint wants to hear of; no types are all of them.
type subscription struct {
	merchant int64
	types    []event.Type
}

func (s subscription) wants(t event.Type) bool {
	return len(s.types) == 0 || slices.Contains(s.types, t)
}

// remember is how long another replica's change may go unseen.
const remember = 2 * time.Second

// Listens says whether any endpoint of a shop wants to hear of a type. It answers from memory, but for one statement
// every two seconds; another replica's change is seen within that time. It is an event.Listener.
func (s *Service) Listens(ctx context.Context, merchant int64, t event.Type) bool {
	by, written, known := s.wanted.get(s.Now())
	if !known {
		read, err := s.subscriptions(ctx)
		if err != nil {
			s.Log.ErrorContext(ctx, "who wants to hear of events can't be read", "error", err)
			return true // rather a job for nobody than silence
		}
		by = s.wanted.put(read, written, s.Now())
	}
	return slices.ContainsFunc(by[merchant], func(one subscription) bool { return one.wants(t) })
}

func (w *wanted) get(now time.Time) (by map[int64][]subscription, written int, known bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.by, w.written, w.by != nil && now.Before(w.till)
}

func (w *wanted) put(read []subscription, written int, now time.Time) map[int64][]subscription {
	by := map[int64][]subscription{}
	for _, one := range read {
		by[one.merchant] = append(by[one.merchant], one)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.written == written {
		w.by, w.till = by, now.Add(remember)
	}
	return by
}

func (w *wanted) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.written++
	w.by = nil
}

// subscriptions are those of endpoints that hear, or that we have given up and may replay to.
func (s *Service) subscriptions(ctx context.Context) ([]subscription, error) {
	var rows []endpointRow
	err := s.DB.On(ctx).Raw("select merchant_id, events from webhook_endpoints where state <> ?", string(Disabled)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read who listens: %w", err)
	}
	all := make([]subscription, len(rows))
	for i, row := range rows {
		all[i] = subscription{row.MerchantID, typesOf(row.Events)}
	}
	return all, nil
}
