package admin

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"parley/catalog/fault"
	"parley/payments"
	"parley/payments/settlement"
)

// differencePage is what the queue of settlement is given.
type differencePage struct {
	frame
	plea
	Items []settlement.Item
	Next  settlement.ItemID // after which there are more; zero: nowhere
}

// differenceList is what processors and banks say and the books do not, oldest first.
func (a *Admin) differenceList(v *visit) error { return a.showDifferences(v, fiber.StatusOK, plea{}) }

func (a *Admin) showDifferences(v *visit, status int, p plea) (err error) {
	page := differencePage{plea: p}
	if page.frame, err = a.shopFrame(v, "Differences", "reviews"); err != nil {
		return err
	}
	after, _ := strconv.ParseInt(v.query("after"), 10, 64) // no number is the beginning
	if a.Settlement != nil {
		page.Items, err = a.Settlement.Queue(v.ctx, settlement.QueueAsk{Merchant: v.payee(), After: settlement.ItemID(after), Limit: pageful + 1})
	}
	if err != nil {
		return err
	}
	if len(page.Items) > pageful {
		page.Items = page.Items[:pageful]
		page.Next = page.Items[pageful-1].Number
	}
	return a.html(v, status, "difference_list", page)
}

// Can says whether an item suggests an action.
func (differencePage) Can(item settlement.Item, action string) bool {
	return slices.Contains(item.Suggested(), settlement.Action(action))
}

// IsBanks says whether an item is matched with a payout, and not with an order.
func (differencePage) IsBanks(item settlement.Item) bool {
	return strings.HasPrefix(item.Subject, "line:")
}

// differenceDecide carries out what somebody has decided about an item, and keeps why.
func (a *Admin) differenceDecide(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	note, what := strings.TrimSpace(v.form("note")), settlement.Action(v.form("action"))
	choice := settlement.Choice{Item: settlement.ItemID(id), Merchant: v.payee(), What: what, Who: v.who(), Note: note}
	d := deed{what: "settlement.decided", subject: fmt.Sprintf("item:%d", id), note: note, was: `{"state":"open"}`, became: fmt.Sprintf(`{"action":%q}`, what)}
	err = a.actOn(v, d, func(ctx context.Context) error {
		if a.Settlement == nil {
			return noPage()
		}
		if to := strings.TrimSpace(v.form("to")); what == settlement.Match {
			order, err := a.Orders.FindByNumber(ctx, v.merchant(), to)
			if err == nil {
				choice.Order = payments.OrderID(order.ID)
			} else if fault.KindOf(err) != fault.Missing {
				return err
			}
			choice.Payout = to
			if line, err := strconv.ParseInt(to, 10, 64); err == nil {
				choice.Line = settlement.LineID(line)
			}
		}
		return a.Settlement.Decide(ctx, choice)
	})
	switch {
	case err == nil:
		return v.goOn(v.at("differences"), "resolved")
	case !isTheirs(err):
		return err
	}
	p := plea{Form: fmt.Sprint(id), Field: "note", Says: sentence(err), Was: map[string]string{"note": note, "to": v.form("to")}}
	return a.showDifferences(v, statusOf(err), p)
}
