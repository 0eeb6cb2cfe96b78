package books

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"parley/catalog/money"
	"parley/payments"
)

// Takings is what was booked, added up by what did it.
type Takings interface {
	OrderSums(ctx context.Context, merchant payments.MerchantID, span payments.Span, each func(payments.OrderSum) error) error
	Summary(ctx context.Context, merchant payments.MerchantID, span payments.Span) ([]payments.ReasonSum, error)
	Captured(ctx context.Context, merchant payments.MerchantID, spans []payments.Span) ([]payments.SpanSum, error)
}

// Channels says by which networks orders came.
type Channels interface {
	// ChannelsOf is the channel of each order of a merchant that is known, as "telegram:42" or "web".
	ChannelsOf(ctx context.Context, merchant payments.MerchantID, of []payments.OrderID) (map[payments.OrderID]string, error)
}

// Revenue is what orders took in a stretch of time, looked at from three sides: what was received is the same sum of each.
type Revenue struct {
	Days     []Daily
	Channels []ByChannel
	Ways     []ByWay
}

// Daily is what one day brought in one currency; days that brought nothing are left out.
type Daily struct {
	Day      string // "2026-10-31", in the zone that was asked for
	Received money.Amount
}

// ByChannel is what came by one network in one currency, the most first.
type ByChannel struct {
	Channel  string // its kind: "telegram"; empty: of no order that is known
	Orders   int
	Received money.Amount
}

// ByWay is what one way to pay brought, and what it cost.
type ByWay struct {
	Way            string // a gateway
	Received, Fees money.Amount
}

// capture is the reason of entries by which an order takes money.
const capture = "capture"

// RevenueOf adds up what a merchant received for orders. Days are those of zone.
func RevenueOf(ctx context.Context, from Takings, channels Channels, merchant payments.MerchantID, span payments.Span, zone *time.Location) (r Revenue, err error) {
	summary, err := from.Summary(ctx, merchant, span)
	if err != nil {
		return r, err
	}
	r.Ways = waysOf(summary)
	if len(r.Ways) > 0 {
		if r.Days, err = byDay(ctx, from, merchant, span, zone); err != nil {
			return r, err
		}
	}
	r.Channels, err = byChannel(ctx, from, channels, merchant, span)
	return r, err
}

// byDay adds up every day of a span at once.
func byDay(ctx context.Context, from Takings, merchant payments.MerchantID, span payments.Span, zone *time.Location) ([]Daily, error) {
	var names []string
	var days []payments.Span
	for at := span.From; at.Before(span.To); {
		local := at.In(zone)
		next := time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, zone).UTC()
		if !next.After(at) || next.After(span.To) {
			next = span.To
		}
		names, days = append(names, local.Format(time.DateOnly)), append(days, payments.Span{From: at, To: next})
		at = next
	}
	sums, err := from.Captured(ctx, merchant, days)
	all := make([]Daily, len(sums))
	for i, sum := range sums {
		all[i] = Daily{names[sum.Span], sum.Held}
	}
	return all, err
}

func waysOf(summary []payments.ReasonSum) (ways []ByWay) {
	for _, one := range summary {
		isFee := strings.HasPrefix(strings.TrimPrefix(one.Reason, "settled_"), "fee")
		if one.Reason != capture && !isFee {
			continue
		}
		at := slices.IndexFunc(ways, func(way ByWay) bool { return way.Way == one.Source && way.Received.Currency == one.Held.Currency })
		if at < 0 {
			nothing := money.Of(0, one.Held.Currency)
			ways, at = append(ways, ByWay{one.Source, nothing, nothing}), len(ways)
		}
		if isFee {
			ways[at].Fees.Minor -= one.Held.Minor
		} else {
			ways[at].Received.Minor += one.Held.Minor
		}
	}
	return ways
}

// mostAsked is how many orders' channels are asked for at once.
const mostAsked = 500

func byChannel(ctx context.Context, from Takings, channels Channels, merchant payments.MerchantID, span payments.Span) (all []ByChannel, err error) {
	type charge struct {
		order  payments.OrderID
		amount money.Amount
	}
	var charges []charge
	err = from.OrderSums(ctx, merchant, span, func(o payments.OrderSum) error {
		if o.Paid.Minor != 0 {
			charges = append(charges, charge{o.Order, o.Paid})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for batch := range slices.Chunk(charges, mostAsked) {
		ids := make([]payments.OrderID, len(batch))
		for i, one := range batch {
			ids[i] = one.order
		}
		known, err := channels.ChannelsOf(ctx, merchant, ids)
		if err != nil {
			return nil, err
		}
		for _, one := range batch {
			kind, _, _ := strings.Cut(known[one.order], ":")
			at := slices.IndexFunc(all, func(c ByChannel) bool { return c.Channel == kind && c.Received.Currency == one.amount.Currency })
			if at < 0 {
				all, at = append(all, ByChannel{kind, 0, money.Of(0, one.amount.Currency)}), len(all)
			}
			all[at].Orders++
			all[at].Received.Minor += one.amount.Minor
		}
	}
	slices.SortFunc(all, func(a, b ByChannel) int {
		return cmp.Or(strings.Compare(string(a.Received.Currency), string(b.Received.Currency)), cmp.Compare(b.Received.Minor, a.Received.Minor), strings.Compare(a.Channel, b.Channel))
	})
	return all, nil
}
