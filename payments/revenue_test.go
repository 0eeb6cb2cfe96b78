package payments_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"parley/catalog/money"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments"
	"parley/payments/books"
)

type noChannels struct{}

func (noChannels) ChannelsOf(context.Context, payments.MerchantID, []payments.OrderID) (map[payments.OrderID]string, error) {
	return nil, nil
}

// The clocks of Berlin go back on the 25th of October, so that one of the days has 25 hours.
func TestRevenueByDayIsWhatEachDayAddsUpTo(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	span := payments.Span{From: time.Date(2026, 7, 1, 0, 0, 0, 0, zone).UTC(), To: time.Date(2026, 11, 8, 0, 0, 0, 0, zone).UTC()} // more than one statement's days
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, chance := open(t, d), rand.New(rand.NewPCG(2, 31))
		for n := range 150 {
			at := span.From.Add(time.Duration(chance.Int64N(int64(span.To.Sub(span.From)))) - 12*time.Hour)
			if n%10 == 0 { // at an edge of a day
				at = time.Date(2026, 10, 20+n/10, 0, 0, 0, -(n%20)*100, zone).UTC()
			}
			currency := []string{"EUR", "USD", "JPY"}[chance.IntN(3)]
			s.exec("insert into ledger_entries (merchant_id, reason, source, business_key, at) values (?, ?, ?, ?, ?)",
				int64(s.orders.Merchant), []string{"capture", "capture", "fee"}[chance.IntN(3)], []string{"bank", "stripe"}[chance.IntN(2)], fmt.Sprint("key ", n), at)
			s.exec("insert into ledger_postings (entry_id, line, from_account, to_account, amount, currency) select max(id), 1, 'receivable', 'clearing:' || (select source from ledger_entries where business_key = ?), ?, ? from ledger_entries",
				fmt.Sprint("key ", n), 1+chance.Int64N(9999), currency)
		}
		got, err := books.RevenueOf(t.Context(), s.Service, noChannels{}, s.orders.Merchant, span, zone)
		if err != nil || len(got.Days) < 50 {
			t.Fatalf("%d days: %v", len(got.Days), err)
		}
		if want := s.dayByDay(span, zone); !slices.Equal(got.Days, want) {
			t.Errorf("the days are\n%v, one by one\n%v", got.Days, want)
		}
	})
}

// dayByDay asks for the summary of every day.
func (s *shop) dayByDay(span payments.Span, zone *time.Location) (all []books.Daily) {
	s.t.Helper()
	for day := span.From.In(zone); day.Before(span.To); day = time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, zone) {
		next := time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, zone).UTC()
		summary, err := s.Summary(s.t.Context(), s.orders.Merchant, payments.Span{From: day.UTC(), To: next})
		if err != nil {
			s.t.Fatal(err)
		}
		sums := map[money.Currency]int64{}
		for _, one := range summary {
			if one.Reason == "capture" {
				sums[one.Held.Currency] += one.Held.Minor
			}
		}
		for _, currency := range []money.Currency{"EUR", "JPY", "USD"} {
			if sum, came := sums[currency]; came {
				all = append(all, books.Daily{Day: day.Format(time.DateOnly), Received: money.Of(sum, currency)})
			}
		}
	}
	return all
}
