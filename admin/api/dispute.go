package api

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"parley/payments"
)

func (a *API) disputeOperations(under fiber.Router) {
	const at = "/merchants/{merchant}/disputes"
	read(a, op{id: "list-disputes", does: "GET " + at, tag: "Disputes", roles: tellers, scope: "payments:read", summary: "List disputes",
		about: "What buyers' banks want back, oldest first, with the time until which evidence is taken."}, a.listDisputes)
	read(a, op{id: "get-dispute", does: "GET " + at + "/{id}", tag: "Disputes", roles: tellers, scope: "payments:read", summary: "Show a dispute",
		about: "With each balance transaction by which money was taken, or came back."}, a.getDispute)
	a.streamed(under, op{id: "get-evidence", does: "GET " + at + "/{id}/evidence", tag: "Disputes", roles: tellers, scope: "payments:read", summary: "Download the evidence",
		about: "Everything that is known of the order: what was bought, delivered and said."}, []string{"text/plain", "application/zip"},
		[]*huma.Param{
			{Name: "id", In: "path", Required: true, Description: "The dispute.", Schema: &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: pointer(1.0)}},
			{Name: "format", In: "query", Description: "zip has the whole conversation, too.", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"text", "zip"}, Default: "text"}},
		}, a.evidence)
	write(a, op{id: "submit-evidence", does: "POST " + at + "/{id}/evidence", tag: "Disputes", roles: tellers, scope: "payments:write", summary: "Send the evidence to the processor",
		about: "For good: a processor takes it once."}, a.submitEvidence)
}

// Dispute is a buyer's bank that wants money of a payment back.
type Dispute struct {
	ID          int64         `json:"id"`
	Order       int64         `json:"order"`
	Payment     int64         `json:"payment"`
	Gateway     string        `json:"gateway" example:"stripe"`
	Ref         string        `json:"ref" example:"dp_1" doc:"The processor's id for it."`
	Charge      string        `json:"charge" example:"ch_1"`
	Status      string        `json:"status" enum:"inquiry,dropped,open,review,lost,won"`
	Reason      string        `json:"reason" example:"fraudulent" doc:"The processor's word."`
	Amount      Sum           `json:"amount"`
	Due         *time.Time    `json:"due_at,omitempty" doc:"Until when evidence is taken."`
	Opened      time.Time     `json:"opened_at"`
	Closed      *time.Time    `json:"closed_at,omitempty"`
	Contestable bool          `json:"contestable" doc:"Evidence can be sent now."`
	Evidence    string        `json:"evidence" enum:",sending,sent,refused" doc:"How far it is; empty: nobody has sent any."`
	Moves       []DisputeMove `json:"moves"`
}

// DisputeMove is a balance transaction of a dispute.
type DisputeMove struct {
	Transaction string `json:"transaction" example:"txn_1"`
	Amount      Sum    `json:"amount" doc:"Below zero: taken."`
	Fee         Sum    `json:"fee"`
}

func (a *API) disputeView(d payments.Dispute) Dispute {
	view := Dispute{
		ID: int64(d.ID), Order: int64(d.Order), Payment: int64(d.Payment), Gateway: d.Gateway, Ref: d.Ref, Charge: d.Charge, Status: string(d.Status), Reason: d.Reason,
		Amount: sumView(d.Amount), Opened: d.Opened, Contestable: d.Contestable(a.at()), Evidence: string(d.Evidence.State),
		Moves: all(d.Moves, func(m payments.DisputeMove) DisputeMove {
			return DisputeMove{m.Transaction, sumView(m.Amount), sumView(m.Fee)}
		}),
	}
	if !d.Due.IsZero() {
		view.Due = &d.Due
	}
	if !d.Closed.IsZero() {
		view.Closed = &d.Closed
	}
	return view
}

func (d Dispute) subject() string { return fmt.Sprintf("dispute:%d", d.ID) }

type listDisputes struct {
	ShopPath
	CursorPaging
	State string `query:"state" enum:"open,decided" default:"open"`
}

func (a *API) listDisputes(ctx context.Context, c *call, in *listDisputes) (*listed[Dispute], error) {
	list := c.listOf(in.State)
	at, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := a.Payments.Disputes(ctx, c.payee(), in.State == "open", payments.DisputeID(at.ID), min(in.Limit+1, 200))
	return &listed[Dispute]{pageOf(a, list, in.paging(), found, a.disputeView, func(d payments.Dispute) place { return place{ID: int64(d.ID)} })}, err
}

func (a *API) getDispute(ctx context.Context, c *call, in *ItemPath) (*plain[Dispute], error) {
	found, err := a.Payments.Evidence(ctx, c.payee(), payments.DisputeID(in.ID))
	if err != nil {
		return nil, err
	}
	return &plain[Dispute]{a.disputeView(found.Dispute)}, nil
}

// evidence is the pack as a text or as an archive.
func (a *API) evidence(ctx context.Context, c *call) error {
	id, err := strconv.ParseInt(strings.Clone(c.fiber.Params("id")), 10, 64)
	if err != nil {
		id = 0 // nobody's
	}
	pack, err := a.Payments.Evidence(ctx, c.payee(), payments.DisputeID(id))
	if err != nil {
		return err
	}
	if c.fiber.Query("format") != "zip" {
		c.fiber.Set(fiber.HeaderContentType, fiber.MIMETextPlainCharsetUTF8)
		return c.fiber.SendString(pack.Text())
	}
	var file bytes.Buffer
	if err := pack.Zip(&file); err != nil {
		return err
	}
	c.fiber.Set(fiber.HeaderContentType, "application/zip")
	c.fiber.Set(fiber.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="dispute-%d.zip"`, id))
	return c.fiber.Send(file.Bytes())
}

// Submission is evidence that is sent.
type Submission struct {
	Note string `json:"note,omitempty" maxLength:"5000" doc:"What the shop says besides; it stands first."`
}

type submitEvidence struct {
	ItemPath
	Body Submission
}

func (a *API) submitEvidence(ctx context.Context, c *call, in *submitEvidence) (*plain[Dispute], []deed, error) {
	before, err := a.Payments.Evidence(ctx, c.payee(), payments.DisputeID(in.ID))
	if err != nil {
		return nil, nil, err
	}
	d, err := a.Payments.SubmitEvidence(ctx, c.payee(), payments.DisputeID(in.ID), c.account.ID.Who(), in.Body.Note)
	if err != nil {
		return nil, nil, err
	}
	view := a.disputeView(d)
	return &plain[Dispute]{view}, []deed{{subject: view.subject(), note: in.Body.Note, was: a.disputeView(before.Dispute), became: view}}, nil
}
