package dialogs

import (
	"strconv"
	"strings"

	"parley/catalog/money"
	"parley/dialogs/flow"
)

func (w words) cart(say flow.Say, c flow.Cart) (title, text string) {
	switch say.Key {
	case "cart_empty":
		return "", paragraphs(w.skipped(c), w.tr("say.cart_empty", nil))
	case "line":
		l := c.Lines[0]
		return l.Title, w.line(l)
	}
	title = w.tr("say.cart", nil)
	added := ""
	if c.Added != "" {
		added = w.tr("say.cart_added", map[string]any{"title": c.Added})
	}
	return title, paragraphs(added, w.skipped(c), w.lines(c.Lines), w.totals(c))
}

func (w words) skipped(c flow.Cart) string {
	if len(c.Skipped) == 0 {
		return ""
	}
	return w.tr("say.skipped", map[string]any{"titles": strings.Join(c.Skipped, "; ")})
}

func (w words) lines(lines []flow.Line) string {
	rows := make([]string, len(lines))
	for i, l := range lines {
		rows[i] = "• " + l.Title + " — " + w.line(l)
	}
	return strings.Join(rows, "\n")
}

func (w words) line(l flow.Line) string {
	text := strconv.Itoa(l.Count) + " × " + w.money(l.Price)
	if l.Count > 1 {
		text += " = " + w.money(l.Total)
	}
	if l.Was != (money.Amount{}) {
		text += "\n   " + w.tr("say.price_changed", map[string]any{"was": w.money(l.Was), "now": w.money(l.Price)})
	}
	if l.Available < l.Count && l.Variant != 0 && l.Product != 0 {
		text += "\n   " + w.left(l.Available)
	}
	return text
}

// left is how many pieces are left.
func (w words) left(count int) string {
	if count == 0 {
		return w.tr("stock.none", nil)
	}
	return w.tr("stock.few", map[string]any{"count": count})
}

func (w words) totals(c flow.Cart) string {
	var rows []string
	row := func(key string, amount money.Amount) {
		rows = append(rows, w.tr("total."+key, map[string]any{"amount": w.money(amount)}))
	}
	if c.Subtotal != c.Total {
		row("goods", c.Subtotal)
	}
	if c.Discount.Minor != 0 {
		row("discount", c.Discount.Negated())
	}
	if c.Shipping.Minor != 0 {
		row("shipping", c.Shipping)
	}
	row("total", c.Total)
	return strings.Join(rows, "\n")
}

func (w words) summary(e flow.Quoted) string {
	c := e.Checkout
	contact := strings.TrimSpace(strings.Join(nonEmpty(c.Name, c.Phone, c.Email), ", "))
	delivery := e.Delivery
	if c.Courier {
		delivery = strings.Join(nonEmpty(e.Delivery, c.Address), "\n")
	}
	var about []string
	add := func(key, value string) {
		if value != "" {
			about = append(about, w.tr("summary."+key, map[string]any{"value": value}))
		}
	}
	add("contact", contact)
	add("delivery", delivery)
	add("comment", c.Comment)
	cart := e.Cart
	totals := w.totals(cart)
	if c.Deliver && cart.Shipping.IsZero() {
		totals = w.tr("total.shipping_free", nil) + "\n" + totals
	}
	return paragraphs(w.lines(cart.Lines), totals, strings.Join(about, "\n"))
}

func (w words) order(o flow.Order) (title, text string) {
	title = w.tr("say.order_card", map[string]any{"number": o.Number})
	state := w.tr("say.order_state", map[string]any{"state": capital(w.tr("state."+o.State, nil)), "placed": o.Placed})
	var about []string
	if o.Delivery != "" {
		about = append(about, w.tr("summary.delivery", map[string]any{"value": strings.Join(nonEmpty(o.Delivery, o.Address), "\n")}))
	}
	if o.Tracking != "" {
		about = append(about, w.tr("summary.tracking", map[string]any{"value": o.Tracking}))
	}
	totals := w.totals(flow.Cart{Subtotal: o.Subtotal, Shipping: o.Shipping, Discount: o.Discount, Total: o.Total})
	if o.NeedsMoney && o.Received.Minor > 0 {
		totals += "\n" + w.tr("total.received", map[string]any{"amount": w.money(o.Received), "left": w.money(o.Owed())})
	}
	return title, paragraphs(state, w.lines(o.Lines), totals, strings.Join(about, "\n"))
}
