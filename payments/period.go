package payments

import (
	"fmt"
	"strings"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
)

// Month is a month of a calendar. When it begins and ends depends on where one is.
type Month struct {
	Year  int
	Month time.Month
}

// ParseMonth reads "2026-10"; it fails with fault.Invalid (payment.period_month).
func ParseMonth(written string) (Month, error) {
	at, err := time.Parse("2006-01", written)
	if err != nil {
		return Month{}, fault.New(fault.Invalid, "payment.period_month").With("month", written)
	}
	return MonthOf(at), nil
}

// MonthOf is the month of a moment, in the zone that the moment carries.
func MonthOf(at time.Time) Month { return Month{at.Year(), at.Month()} }

// String is the month as ParseMonth reads it.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", m.Year, int(m.Month)) }

// Next is the month after it.
func (m Month) Next() Month { return MonthOf(time.Date(m.Year, m.Month+1, 1, 0, 0, 0, 0, time.UTC)) }

// Before is the month before it.
func (m Month) Before() Month { return MonthOf(time.Date(m.Year, m.Month-1, 1, 0, 0, 0, 0, time.UTC)) }

// In is the month in a time zone.
func (m Month) In(zone *time.Location) Span {
	return Span{time.Date(m.Year, m.Month, 1, 0, 0, 0, 0, zone).UTC(), time.Date(m.Year, m.Month+1, 1, 0, 0, 0, 0, zone).UTC()}
}

// Span is a stretch of time: From is in it, To is the first moment that is not.
type Span struct{ From, To time.Time }

// OpenItem is something about money that nobody has dealt with.
type OpenItem struct {
	Name    string // "review:12"; unique for the merchant
	Reason  string // WrongAmount …
	Subject string
	Amount  money.Amount
	Opened  time.Time
}

// String is the item as a sentence names it.
func (i OpenItem) String() string {
	if i.Amount.Currency == "" {
		return fmt.Sprintf("%s (%s)", i.Name, i.Reason)
	}
	return fmt.Sprintf("%s (%s, %s)", i.Name, i.Reason, i.Amount)
}

// Period is a month that is closed: nothing is booked in it any more.
type Period struct {
	Merchant MerchantID
	Month    Month
	Zone     string // the merchant's, when it was closed
	Span     Span
	Entries  int64  // dated in it
	Position int64  // where the merchant's chain ended when it was closed; 0: nothing was ever booked
	Hash     string // of the chain there; it covers every entry of the period
	Closed   time.Time
	ClosedBy string
	Note     string
	Open     []OpenItem // what was open when it was closed all the same, by name
}

// Closing is what somebody says who closes a month.
type Closing struct {
	Merchant MerchantID
	Month    Month
	Zone     *time.Location // the merchant's
	Who      string
	Despite  []string // names of items that stay open; each item that is open must be among them
	Note     string   // needed when something stays open
}

// closingRest is how long after its end a month can be closed: by then every transaction that began in it is over.
const closingRest = sealSettled

// closable is the span that a month takes up after the one that was closed last, or why it can't be closed: it is not
// over, it is closed, or another one comes first. first is when the merchant's first entry was booked; zero: never.
func (c Closing) closable(last *Period, first, now time.Time) (Span, error) {
	span := c.Month.In(c.Zone)
	if last != nil {
		next := last.Month.Next()
		switch at := c.Month.String(); {
		case at < next.String():
			return span, fault.New(fault.Conflict, "payment.period_closed").With("month", at)
		case at > next.String():
			return span, fault.New(fault.Conflict, "payment.period_order").With("month", next.String())
		}
		span.From = last.Span.To // the same moment, unless the merchant has moved to another zone
	} else if !first.IsZero() && first.Before(span.From) {
		return span, fault.New(fault.Conflict, "payment.period_order").With("month", MonthOf(first.In(c.Zone)).String())
	}
	if from := span.To.Add(closingRest); now.Before(from) {
		return span, fault.New(fault.Conflict, "payment.period_not_over").With("month", c.Month.String()).
			With("time", from.In(c.Zone).Format("2006-01-02 15:04"))
	}
	return span, nil
}

// unnamed fails with fault.Conflict (payment.period_items), which names what is open, unless all of it was named.
func (c Closing) unnamed(open []OpenItem, more bool) error {
	named, rest := map[string]bool{}, []string{}
	for _, name := range c.Despite {
		named[name] = true
	}
	for _, item := range open {
		if !named[item.Name] {
			rest = append(rest, item.String())
		}
	}
	if len(rest) == 0 && !more {
		return nil
	}
	items := strings.Join(rest, ", ")
	if more {
		items += ", …"
	}
	return fault.New(fault.Conflict, "payment.period_items").With("month", c.Month.String()).With("items", items)
}
