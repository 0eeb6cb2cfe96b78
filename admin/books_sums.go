package admin

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/catalog/money"
	"parley/payments"
	"parley/payments/books"
)

// kinds are the lines of a month's overview, in their order, and which reasons of entries each is of: a word, or the
// beginning of several.
var kinds = []struct {
	name    string
	reasons []string
}{
	{"Orders paid", []string{"capture", "charge"}},
	{"Money that no order took", []string{"stray"}},
	{"Fees", []string{"fee"}},
	{"Refunds", []string{"refund"}},
	{"Disputes", []string{"dispute"}},
	{"Payouts", []string{"payout"}},
}

// monthSums adds up a month, currency by currency.
func (a *Admin) monthSums(v *visit, span payments.Span, zone *time.Location) ([]monthSums, error) {
	summary, err := a.Payments.Summary(v.ctx, v.payee(), span)
	if err != nil {
		return nil, err
	}
	sums := sumsOf(summary)
	revenue, err := books.RevenueOf(v.ctx, a.Payments, a.Channels, v.payee(), span, zone)
	for i := range sums {
		sums[i].add(revenue, span, zone)
	}
	return sums, err
}

// add adds what was received in the currency, day by day, by channel and by way to pay.
func (s *monthSums) add(revenue books.Revenue, span payments.Span, zone *time.Location) {
	of := map[string]money.Amount{}
	for _, day := range revenue.Days {
		if day.Received.Currency == s.Currency {
			of[day.Day] = day.Received
			s.Received.Minor += day.Received.Minor
		}
	}
	first := span.From.In(zone)
	for n := 0; ; n++ {
		day := time.Date(first.Year(), first.Month(), first.Day()+n, 0, 0, 0, 0, zone)
		if n > 0 && !day.Before(span.To) {
			break
		}
		bar := dayBar{Day: day.Format("2 Jan"), Amount: money.Of(0, s.Currency)}
		if sum, came := of[day.Format(time.DateOnly)]; came {
			bar.Amount = sum
		}
		s.Days = append(s.Days, bar)
	}
	scale(s.Days)
	for _, one := range revenue.Channels {
		if one.Received.Currency == s.Currency {
			s.Channels = append(s.Channels, channelLine{one.Channel, one.Orders, one.Received, share(one.Received, s.Received)})
		}
	}
	for _, one := range revenue.Ways {
		if one.Received.Currency == s.Currency {
			s.Ways = append(s.Ways, wayLine{one.Way, one.Received, one.Fees, percent(one.Fees, one.Received), share(one.Fees, one.Received)})
		}
	}
	widest := 1
	for _, way := range s.Ways {
		widest = max(widest, way.Width)
	}
	for i := range s.Ways {
		s.Ways[i].Width = s.Ways[i].Width * 100 / widest
	}
}

// share is how much a part is of a whole, in thousandths: 0 to 1000.
func share(part, whole money.Amount) int {
	if whole.Minor <= 0 || part.Minor <= 0 {
		return 0
	}
	return int(min(float64(part.Minor)/float64(whole.Minor), 1) * 1000)
}

// percent is a part of a whole with two digits; empty when there is no whole.
func percent(part, whole money.Amount) string {
	if whole.Minor <= 0 {
		return ""
	}
	hundredths := (part.Minor*10000 + whole.Minor/2) / whole.Minor
	return fmt.Sprintf("%d.%02d %%", hundredths/100, hundredths%100)
}

func scale(days []dayBar) {
	best := int64(1)
	for _, day := range days {
		best = max(best, day.Amount.Minor)
	}
	for i := range days {
		days[i].Height = int(days[i].Amount.Minor * 100 / best)
	}
}

// sumsOf arranges a summary by currency, kind and way.
func sumsOf(summary []payments.ReasonSum) (all []monthSums) {
	for _, one := range summary {
		c := one.Moved.Currency
		at := slices.IndexFunc(all, func(sums monthSums) bool { return sums.Currency == c })
		if at < 0 {
			all, at = append(all, monthSums{Currency: c, Net: money.Of(0, c), Received: money.Of(0, c)}), len(all)
		}
		sums := &all[at]
		sums.Net.Minor += one.Held.Minor
		sums.line(kindOf(one.Reason), one)
	}
	slices.SortFunc(all, func(a, b monthSums) int { return strings.Compare(string(a.Currency), string(b.Currency)) })
	for i := range all {
		slices.SortStableFunc(all[i].Lines, func(a, b sumLine) int { return rank(a.Name) - rank(b.Name) })
	}
	return all
}

const otherKind = "Other"

func kindOf(reason string) string {
	reason = strings.TrimPrefix(reason, "settled_") // booked because the processor said so in its balance
	for _, kind := range kinds {
		for _, beginning := range kind.reasons {
			if strings.HasPrefix(reason, beginning) {
				return kind.name
			}
		}
	}
	return otherKind
}

func rank(name string) int {
	for i, kind := range kinds {
		if kind.name == name {
			return i
		}
	}
	return len(kinds)
}

func (s *monthSums) line(name string, one payments.ReasonSum) {
	if name == otherKind && one.Held.IsZero() {
		return // it moved between accounts of ours and changes nothing at a processor
	}
	at := slices.IndexFunc(s.Lines, func(line sumLine) bool { return line.Name == name })
	if at < 0 {
		s.Lines, at = append(s.Lines, sumLine{name, 0, money.Of(0, s.Currency)}), len(s.Lines)
	}
	s.Lines[at].Count += one.Count
	s.Lines[at].Amount.Minor += one.Held.Minor
}
