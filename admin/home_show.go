package admin

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"parley/catalog"
	"parley/dialogs"
	"parley/orders"
	"parley/payments"
)

// mostAtHome is how many of each kind the first page shows of a shop.
const mostAtHome = 5

// home is what the first page is given.
type home struct {
	frame
	Today []day
}

// day is what is to be done in one shop.
type day struct {
	frame
	Waiting []dialogs.Conversation
	Prepare []orders.Order // paid, or to be paid on delivery
	Reviews []payments.Review
	Count   struct{ Waiting, Prepare, Reviews int }
}

// homeShow is what waits today, shop by shop.
func (a *Admin) homeShow(v *visit) error {
	page := home{frame: a.frame(v, "Today")}
	page.Section = "home"
	for _, shop := range v.shops {
		d, err := a.day(v.ctx, page.frame, shop)
		if err != nil {
			return err
		}
		page.Today = append(page.Today, d)
		if shop.ID == page.Shop.ID {
			page.Waiting = d.Count.Waiting
		}
	}
	return a.html(v, fiber.StatusOK, "home_show", page)
}

func (a *Admin) day(ctx context.Context, f frame, shop catalog.Merchant) (d day, err error) {
	d.frame = f
	d.Shop = shop
	if zone, err := time.LoadLocation(shop.TimeZone); err == nil {
		d.zone = zone
	}
	if f.May("GET", "/shops/:shop/inbox") {
		if d.Waiting, err = a.Inbox.List(ctx, shop.ID, false, 0, mostCounted); err != nil {
			return d, err
		}
	}
	if f.May("GET", "/shops/:shop/orders") {
		if d.Prepare, err = a.toPrepare(ctx, shop.ID); err != nil {
			return d, err
		}
	}
	if f.May("GET", "/shops/:shop/reviews") {
		if d.Reviews, err = a.Payments.Reviews(ctx, payments.MerchantID(shop.ID), true, 0, mostCounted); err != nil {
			return d, err
		}
	}
	d.Count.Waiting, d.Count.Prepare, d.Count.Reviews = len(d.Waiting), len(d.Prepare), len(d.Reviews)
	d.Waiting, d.Prepare, d.Reviews = first(d.Waiting), first(d.Prepare), first(d.Reviews)
	return d, nil
}

// toPrepare is the orders that the shop is to do something about: those paid, then those to be paid later.
func (a *Admin) toPrepare(ctx context.Context, shop catalog.MerchantID) (all []orders.Order, err error) {
	for _, state := range []orders.State{orders.Paid, orders.Agreed} {
		some, _, err := a.Orders.ListAll(ctx, shop, orders.Filter{State: state}, orders.Page{Limit: mostCounted})
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all[:min(len(all), mostCounted)], nil
}

func first[T any](all []T) []T { return all[:min(len(all), mostAtHome)] }
