package flow

import (
	"testing"

	"parley/catalog/money"
)

func TestABuyerReadsTheSumThatGoesBackAndNotTheOrders(t *testing.T) {
	order := Order{ID: 7, Number: "1007", Total: money.Of(4999, "USD")}
	for what, key := range map[string]string{"refunded": "order_refunded", "refund_failed": "order_refund_failed"} {
		_, effects := tellMove(Session{State: Browsing}, OrderMoved{Order: order, What: what, Amount: money.Of(1000, "USD")})
		say, _ := effects[0].(Say)
		body, _ := say.Body.(OrderFound)
		if say.Key != key || body.Order.Total != money.Of(1000, "USD") {
			t.Errorf("%s says %+v", what, say)
		}
	}
}
