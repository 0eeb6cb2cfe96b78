package sandbox

import (
	"context"
	_ "embed"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

//go:embed desk.html
var deskHTML string

var deskPage = parsed("desk", deskHTML)

// Deeds of the desk that are about the sandbox's whole balance; those about one payout have its id after a colon.
const (
	payOut     Deed = "payout"
	payOutHand Deed = "payout_by_hand"

	payoutTransit   = "payout_in_transit"
	payoutPaid      = "payout_paid"
	payoutFail      = "payout_failed"
	payoutReconcile = "payout_reconciled"
)

// bench is what the desk shows.
type bench struct {
	Lang, Number, Amount, Back string
	CSS                        template.CSS
	T                          words
	Headline                   string
	State                      state
	Groups                     []group
	Rows                       []benchRow
	News                       []string
	Payouts                    []benchPayout
}

// group is buttons under a heading.
type group struct {
	Title   string
	Buttons []button
}

type button struct{ Value, Label string }

type benchRow struct{ What, About, Gross, Fee, Net string }

type benchPayout struct {
	ID, Amount, Status, Kind string
	Buttons                  []button
}

func (g *Gateway) showDesk(c *fiber.Ctx) error {
	s, err := g.sceneOf(c.UserContext(), c.Params("ref"), "")
	if err != nil {
		return sorry(err)
	}
	lang, t := wordsFor(s.session.language)
	shown := bench{
		Lang: lang, Number: s.session.number, Amount: s.session.amount.In(lang), Back: "/sandbox/pay/" + s.session.ref, CSS: template.CSS(pageCSS), T: t,
		Headline: t.Headline[s.session.state], State: s.session.state, Groups: groups(s, t),
	}
	if err := g.fill(c.UserContext(), s, &shown); err != nil {
		return err
	}
	return send(c, fiber.StatusOK, deskPage, shown)
}

// groups are the deeds that are possible, by what they are about.
func groups(s scene, t words) (all []group) {
	possible := map[string][]button{}
	for _, one := range deeds {
		if one.can(s) {
			possible[about(one.name)] = append(possible[about(one.name)], button{string(one.name), t.Deeds[one.name]})
		}
	}
	possible["payout"] = []button{{string(payOut), t.Deeds[payOut]}, {string(payOutHand), t.Deeds[payOutHand]}}
	for _, what := range []string{"pay", "refund", "dispute", "say", "payout"} {
		if len(possible[what]) > 0 {
			all = append(all, group{t.Groups[what], possible[what]})
		}
	}
	return all
}

// about is which group a deed belongs to.
func about(name Deed) string {
	switch {
	case strings.HasPrefix(string(name), "dispute"):
		return "dispute"
	case name == GiveBack, name == RefundFail:
		return "refund"
	case strings.HasPrefix(string(name), "say"):
		return "say"
	}
	return "pay"
}

// fill adds the balance rows of the payment, its news and the payouts in its currency.
func (g *Gateway) fill(ctx context.Context, s scene, shown *bench) error {
	money := func(a money.Amount) string { return a.In(shown.Lang) }
	for _, one := range s.charges {
		err := g.rows(ctx, func(row payments.Transaction) error {
			shown.Rows = append(shown.Rows, benchRow{row.Category, row.Source, money(row.Gross), money(row.Fee), money(row.Net)})
			return nil
		}, "charge = ?", one.id)
		if err != nil {
			return err
		}
	}
	news, err := g.Events(ctx, s.session.ref)
	if err != nil {
		return err
	}
	for _, n := range news {
		shown.News = append(shown.News, n.Event)
	}
	return g.Payouts(ctx, time.Time{}, func(p payments.Payout) error {
		if p.Amount.Currency == s.session.amount.Currency {
			shown.Payouts = append(shown.Payouts, benchPayout{p.ID, money(p.Amount), string(p.Status), shown.T.kind(p), payoutButtons(p, shown.T)})
		}
		return nil
	})
}

func payoutButtons(p payments.Payout, t words) (all []button) {
	for _, one := range []struct {
		name string
		to   payments.PayoutStatus
	}{{payoutTransit, payments.PayoutInTransit}, {payoutPaid, payments.PayoutPaid}, {payoutFail, payments.PayoutFailed}} {
		if slices.Contains(payoutSteps[p.Status], one.to) {
			all = append(all, button{one.name + ":" + p.ID, t.Deeds[Deed(one.name)]})
		}
	}
	if p.Automatic && !p.Reconciled {
		all = append(all, button{payoutReconcile + ":" + p.ID, t.Deeds[payoutReconcile]})
	}
	return all
}

// pressDesk does what a button of the desk says, and tells the shop.
func (g *Gateway) pressDesk(c *fiber.Ctx, hear Hear) error {
	ref, name := strings.Clone(c.Params("ref")), strings.Clone(c.FormValue("do"))
	found, err := g.store.find(c.UserContext(), ref, "")
	if err != nil {
		return sorry(err)
	}
	news, err := g.carryOut(c.UserContext(), found, name)
	if err != nil && fault.KindOf(err) != fault.Conflict { // what is not possible any more changes nothing; the desk says how things stand
		return sorry(err)
	}
	if err := say(c.UserContext(), hear, news); err != nil {
		return err
	}
	return c.Redirect("/sandbox/pay/"+ref+"/desk", fiber.StatusSeeOther)
}

func (g *Gateway) carryOut(ctx context.Context, s session, name string) ([]payments.Notice, error) {
	what, id, _ := strings.Cut(name, ":")
	var n payments.Notice
	var err error
	switch what {
	case string(payOut), string(payOutHand):
		n, err = g.PayOut(ctx, s.amount.Currency, what == string(payOut))
	case payoutTransit:
		n, err = g.MovePayout(ctx, id, payments.PayoutInTransit)
	case payoutPaid:
		n, err = g.MovePayout(ctx, id, payments.PayoutPaid)
	case payoutFail:
		n, err = g.MovePayout(ctx, id, payments.PayoutFailed)
	case payoutReconcile:
		n, err = g.Reconcile(ctx, id)
	default:
		return g.Act(ctx, s.ref, Deed(name))
	}
	if err != nil {
		return nil, err
	}
	return []payments.Notice{n}, nil
}
