package admin

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/catalog/money"
	"parley/payments"
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
	for from := span.From; from.Before(span.To) && len(sums) > 0; {
		to := nextDay(from, zone, span.To)
		day, err := a.Payments.Summary(v.ctx, v.payee(), payments.Span{From: from, To: to})
		if err != nil {
			return nil, err
		}
		for i := range sums {
			sums[i].Days = append(sums[i].Days, dayBar{Day: from.In(zone).Format("2 Jan"), Amount: received(day, sums[i].Currency)})
		}
		from = to
	}
	for i := range sums {
		scale(sums[i].Days)
	}
	return sums, nil
}

func nextDay(at time.Time, zone *time.Location, end time.Time) time.Time {
	local := at.In(zone)
	next := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, zone).UTC()
	if next.After(end) || !next.After(at) {
		return end
	}
	return next
}

func received(summary []payments.ReasonSum, c money.Currency) money.Amount {
	sum := money.Of(0, c)
	for _, one := range summary {
		if one.Reason == "capture" && one.Held.Currency == c {
			sum.Minor += one.Held.Minor
		}
	}
	return sum
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
		sums.way(one)
	}
	slices.SortFunc(all, func(a, b monthSums) int { return strings.Compare(string(a.Currency), string(b.Currency)) })
	for i := range all {
		slices.SortStableFunc(all[i].Lines, func(a, b sumLine) int { return rank(a.Name) - rank(b.Name) })
		all[i].price()
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

func (s *monthSums) way(one payments.ReasonSum) {
	if one.Reason != "capture" && kindOf(one.Reason) != "Fees" {
		return
	}
	at := slices.IndexFunc(s.Ways, func(line wayLine) bool { return line.Way == one.Source })
	if at < 0 {
		s.Ways, at = append(s.Ways, wayLine{one.Source, money.Of(0, s.Currency), money.Of(0, s.Currency), ""}), len(s.Ways)
	}
	if one.Reason == "capture" {
		s.Ways[at].Received.Minor += one.Held.Minor
		s.Received.Minor += one.Held.Minor
	} else {
		s.Ways[at].Fees.Minor -= one.Held.Minor
	}
}

// price says what each way costs, in percent with two digits.
func (s *monthSums) price() {
	for i, way := range s.Ways {
		if way.Received.Minor > 0 {
			hundredths := (way.Fees.Minor*10000 + way.Received.Minor/2) / way.Received.Minor
			s.Ways[i].Percent = fmt.Sprintf("%d.%02d %%", hundredths/100, hundredths%100)
		}
	}
}
