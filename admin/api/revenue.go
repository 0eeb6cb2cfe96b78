package api

import (
	"context"
	"time"

	"parley/payments/books"
)

// Revenue is what orders took in a month.
type Revenue struct {
	Month    string           `json:"month" example:"2026-10"`
	From     time.Time        `json:"from"`
	To       time.Time        `json:"to" doc:"The first moment that is not in it."`
	Days     []DayRevenue     `json:"days" doc:"Those that brought something, in their order."`
	Channels []ChannelRevenue `json:"channels" doc:"The most first."`
	Ways     []WayRevenue     `json:"ways"`
}

// DayRevenue is what a day brought in one currency.
type DayRevenue struct {
	Day      string `json:"day" example:"2026-10-31" doc:"In the shop's time zone."`
	Received Sum    `json:"received"`
}

// ChannelRevenue is what came by one network in one currency.
type ChannelRevenue struct {
	Channel  string `json:"channel" example:"telegram" doc:"Empty: of no order that is known."`
	Orders   int    `json:"orders"`
	Received Sum    `json:"received"`
}

// WayRevenue is what one way to pay brought and kept in one currency.
type WayRevenue struct {
	Way      string `json:"way" example:"stripe"`
	Received Sum    `json:"received"`
	Fees     Sum    `json:"fees"`
}

func (a *API) getRevenue(ctx context.Context, c *call, in *listBalances) (*plain[Revenue], error) {
	month, span, zone, err := a.month(ctx, c, in.InMonth)
	if err != nil {
		return nil, err
	}
	found, err := books.RevenueOf(ctx, a.Payments, a.Channels, c.payee(), span, zone)
	return &plain[Revenue]{Revenue{
		Month: month.String(), From: span.From, To: span.To,
		Days: all(found.Days, func(d books.Daily) DayRevenue { return DayRevenue{d.Day, sumView(d.Received)} }),
		Channels: all(found.Channels, func(b books.ByChannel) ChannelRevenue {
			return ChannelRevenue{b.Channel, b.Orders, sumView(b.Received)}
		}),
		Ways: all(found.Ways, func(w books.ByWay) WayRevenue { return WayRevenue{w.Way, sumView(w.Received), sumView(w.Fees)} }),
	}}, err
}
