package orders_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"parley/catalog"
	"parley/catalog/event"
	"parley/orders"
)

// heard is what has been promised to be told, oldest first.
func (s *shop) heard() (all []event.Happened) {
	s.t.Helper()
	var jobs []string
	if err := s.d.On(s.t.Context()).Raw("select args from jobs where kind = ? order by id", event.Job).Scan(&jobs).Error; err != nil {
		s.t.Fatal(err)
	}
	for _, job := range jobs {
		var one event.Happened
		if err := json.Unmarshal([]byte(job), &one); err != nil {
			s.t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

func types(all []event.Happened) (types []event.Type) {
	for _, one := range all {
		types = append(types, one.Type)
	}
	return types
}

func TestThoseWhoListenHearOfEachStepOfAnOrder(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		s.Listener = func(_ context.Context, m int64, _ event.Type) bool { return m == int64(s.id) }
		boots := s.boots(5)
		s.add(s.buyers[0], boots, 2)
		order := s.order(s.buyers[0], "one")
		if err := s.MarkPaid(t.Context(), order.ID, order.Totals.Total, orders.ByBuyer); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Ship(t.Context(), s.id, order.ID, "staff:1", "TRACK-1"); err != nil {
			t.Fatal(err)
		}
		if err := s.MarkRefunded(t.Context(), order.ID, usd(100)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Complete(t.Context(), s.id, order.ID, "staff:1"); err != nil {
			t.Fatal(err)
		}
		s.add(s.buyers[1], boots, 1)
		late := s.order(s.buyers[1], "two")
		s.pass(24 * time.Hour)
		if err := s.Expire(t.Context(), late.ID); err != nil {
			t.Fatal(err)
		}
		all := s.heard()
		want := []event.Type{
			event.OrderPlaced, event.OrderPaid, event.OrderShipped, event.OrderRefunded, event.OrderCompleted, event.OrderPlaced, event.OrderExpired,
		}
		if !slices.Equal(types(all), want) {
			t.Fatalf("told %v", types(all))
		}
		var paid, shipped struct {
			ID       int64
			State    string
			Tracking string
			Lines    []struct{ Quantity int }
			Paid     struct{ Minor int64 }
			Contact  struct{ Name string }
		}
		if err := json.Unmarshal(all[1].Data, &paid); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(all[2].Data, &shipped); err != nil {
			t.Fatal(err)
		}
		if paid.ID != int64(order.ID) || paid.State != "paid" || paid.Tracking != "" || len(paid.Lines) != 1 || paid.Lines[0].Quantity != 2 ||
			paid.Paid.Minor != order.Totals.Total.Minor || paid.Contact.Name == "" || shipped.State != "shipped" || shipped.Tracking != "TRACK-1" {
			t.Errorf("%s", all[1].Data)
		}
	})
}

func TestNobodyListeningCostsNothing(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		asked := 0
		s.Listener = func(context.Context, int64, event.Type) bool { asked++; return false }
		s.stock.Listener = s.Listener
		s.add(s.buyers[0], s.boots(5), 2)
		order := s.order(s.buyers[0], "one")
		if err := s.MarkPaid(t.Context(), order.ID, order.Totals.Total, orders.ByBuyer); err != nil {
			t.Fatal(err)
		}
		if told := s.heard(); len(told) != 0 || asked == 0 {
			t.Errorf("told %v, asked %d times", told, asked)
		}
	})
}

func TestWhatIsUndoneIsNotTold(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		s.Listener = func(context.Context, int64, event.Type) bool { return true }
		s.add(s.buyers[0], s.boots(5), 2)
		checkout := s.checkout(s.buyers[0], "one")
		err := s.d.InTx(t.Context(), func(ctx context.Context) error {
			if _, err := s.Place(ctx, checkout); err != nil {
				return err
			}
			return context.Canceled
		})
		if told := s.heard(); err == nil || len(told) != 0 {
			t.Errorf("told %v, %v", types(told), err)
		}
	})
}

func TestSoldPiecesAreToldOf(t *testing.T) {
	eachShop(t, func(t *testing.T, s *shop) {
		s.stock.Listener = func(_ context.Context, m int64, _ event.Type) bool { return m == int64(s.id) }
		boots := s.boots(2)
		s.add(s.buyers[0], boots, 2)
		order := s.order(s.buyers[0], "one")
		if err := s.MarkPaid(t.Context(), order.ID, order.Totals.Total, orders.ByBuyer); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Cancel(t.Context(), s.id, order.ID, "staff:1", ""); err != nil {
			t.Fatal(err)
		}
		all := s.heard()
		if !slices.Equal(types(all), []event.Type{event.StockChanged, event.StockOut, event.StockChanged}) {
			t.Fatalf("told %v", types(all))
		}
		var stock [3]struct {
			Variant        catalog.VariantID
			Change         int
			Reason, Ref    string
			OnHand         int `json:"on_hand"`
			Reserved, Free int
		}
		for i := range all {
			if err := json.Unmarshal(all[i].Data, &stock[i]); err != nil {
				t.Fatal(err)
			}
		}
		if stock[0].Variant != boots || stock[0].Change != -2 || stock[0].OnHand != 0 || stock[0].Reserved != 0 || stock[0].Reason != "sold" ||
			stock[0].Ref == "" || stock[2].Change != 2 || stock[2].OnHand != 2 || stock[2].Free != 2 || stock[2].Reason != "returned" {
			t.Errorf("%+v", stock)
		}
	})
}
