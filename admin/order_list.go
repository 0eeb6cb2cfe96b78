package admin

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"parley/orders"
)

// states are those that the list of orders can be narrowed to, in the order of an order's life.
var states = []orders.State{orders.Pending, orders.Agreed, orders.Paid, orders.Shipped, orders.Completed, orders.Cancelled}

// orderListPage is what the list of orders is given.
type orderListPage struct {
	frame
	Orders []orders.Order
	States []orders.State
	State  orders.State
	Query  string
	At     int
	More   bool
}

// orderList is a shop's orders, newest first, narrowed by state and by words.
func (a *Admin) orderList(v *visit) error {
	f, err := a.shopFrame(v, "Orders", "orders")
	if err != nil {
		return err
	}
	page := orderListPage{frame: f, States: states, State: orders.State(v.query("state")), Query: v.query("q"), At: v.page()}
	if !slices.Contains(states, page.State) {
		page.State = ""
	}
	filter := orders.Filter{State: page.State, Query: page.Query}
	page.Orders, page.More, err = a.Orders.ListAll(v.ctx, v.merchant(), filter, orders.Page{Offset: (page.At - 1) * pageful, Limit: pageful})
	if err != nil {
		return err
	}
	return a.html(v, fiber.StatusOK, "order_list", page)
}

// Turn is the address of the page that is so many pages on, narrowed as this one.
func (p orderListPage) Turn(by int) string {
	query := url.Values{"page": {strconv.Itoa(p.At + by)}}
	if p.State != "" {
		query.Set("state", string(p.State))
	}
	if p.Query != "" {
		query.Set("q", p.Query)
	}
	return p.To("orders") + "?" + query.Encode()
}
