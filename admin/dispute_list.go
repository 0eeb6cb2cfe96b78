package admin

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"parley/payments"
)

// disputePage is what the list of disputes is given.
type disputePage struct {
	frame
	plea
	Disputes []payments.Dispute
	Decided  bool
	Next     payments.DisputeID // after which there are more; zero: nowhere
}

// disputeList is what buyers' banks want back, with the time until which evidence is taken.
func (a *Admin) disputeList(v *visit) error { return a.showDisputes(v, fiber.StatusOK, plea{}) }

func (a *Admin) showDisputes(v *visit, status int, p plea) (err error) {
	page := disputePage{plea: p, Decided: v.query("decided") != ""}
	if page.frame, err = a.shopFrame(v, "Disputes", "reviews"); err != nil {
		return err
	}
	after, _ := strconv.ParseInt(v.query("after"), 10, 64) // no number is the beginning
	if page.Disputes, err = a.Payments.Disputes(v.ctx, v.payee(), !page.Decided, payments.DisputeID(after), pageful+1); err != nil {
		return err
	}
	if len(page.Disputes) > pageful {
		page.Disputes = page.Disputes[:pageful]
		page.Next = page.Disputes[pageful-1].ID
	}
	return a.html(v, status, "dispute_list", page)
}

// Contestable says whether evidence can be submitted now.
func (p disputePage) Contestable(d payments.Dispute) bool { return d.Contestable(p.now) }

// evidenceShow is the pack of evidence as a text, to be read before it is sent.
func (a *Admin) evidenceShow(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	evidence, err := a.Payments.Evidence(v.ctx, v.payee(), payments.DisputeID(id))
	if err != nil {
		return err
	}
	v.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
	return v.SendString(evidence.Text())
}

// evidenceSubmit sends the pack to the processor, once.
func (a *Admin) evidenceSubmit(v *visit) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	note := strings.TrimSpace(v.form("note"))
	d := deed{what: "dispute.submitted", subject: fmt.Sprintf("dispute:%d", id), note: note, was: `{"evidence":""}`, became: `{"evidence":"sending"}`}
	err = a.actOn(v, d, func(ctx context.Context) error {
		_, err := a.Payments.SubmitEvidence(ctx, v.payee(), payments.DisputeID(id), v.who(), note)
		return err
	})
	switch {
	case err == nil:
		return v.goOn(v.at("disputes"), "submitted")
	case !isTheirs(err):
		return err
	}
	return a.showDisputes(v, statusOf(err), plea{Form: fmt.Sprint(id), Field: "note", Says: sentence(err), Was: map[string]string{"note": note}})
}
