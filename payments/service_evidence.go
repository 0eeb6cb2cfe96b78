package payments

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/migrations/db"
)

// evidenceKind is the kind of job that sends evidence to a processor.
const evidenceKind = "payments.evidence"

type contesting struct {
	Dispute DisputeID `json:"dispute"`
}

// Evidence is the pack for a dispute, from what is known now. It fails with fault.Missing.
func (s *Service) Evidence(ctx context.Context, merchant MerchantID, id DisputeID) (Evidence, error) {
	d, err := s.FindDispute(ctx, merchant, id)
	if err != nil {
		return Evidence{}, err
	}
	e := Evidence{Dispute: d, Note: d.Evidence.Note, Prepared: s.now()}
	if e.Payment, err = s.store.one(ctx, "id = ?", int64(d.Payment)); err != nil {
		return Evidence{}, err
	}
	if e.Refunds, err = s.store.refunds(ctx, "payment_id = ? order by id", int64(d.Payment)); err != nil {
		return Evidence{}, err
	}
	if s.Stories != nil {
		e.Story, err = s.Stories.Story(ctx, merchant, d.Order)
	}
	return e, err
}

// SubmitEvidence sends the pack to the processor, with a note of the person who does it (may be empty, at most 5,000
// characters). A processor takes evidence once, so what was submitted stands; submitting again while it is on its
// way, or there, changes nothing.
//
// It fails with fault.Missing, with fault.Invalid (payment.note_needed when who is empty, payment.evidence_long), and
// with fault.Conflict: payment.dispute_over when it is decided or its time is over, payment.dispute_elsewhere when the
// processor takes evidence on its own pages only.
func (s *Service) SubmitEvidence(ctx context.Context, merchant MerchantID, id DisputeID, who, note string) (d Dispute, err error) {
	switch {
	case who == "":
		return Dispute{}, fault.New(fault.Invalid, "payment.note_needed")
	case len([]rune(note)) > mostStatement:
		return Dispute{}, fault.New(fault.Invalid, "payment.evidence_long")
	}
	e, err := s.Evidence(ctx, merchant, id)
	if err != nil {
		return Dispute{}, err
	}
	gateway, err := s.gateway(e.Dispute.Gateway)
	if err != nil {
		return Dispute{}, err
	}
	if _, takes := gateway.(Contesting); !takes {
		return Dispute{}, fault.New(fault.Conflict, "payment.dispute_elsewhere")
	}
	e.Note = note
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		d, err = s.submit(ctx, e, who)
		return err
	})
	return d, err
}

// mostStatement is how many characters a person may add to evidence.
const mostStatement = 5000

func (s *Service) submit(ctx context.Context, e Evidence, who string) (Dispute, error) {
	d, err := s.heldDispute(ctx, e.Dispute.ID, e.Dispute.Order, e.Dispute.Payment)
	switch {
	case err != nil:
		return Dispute{}, err
	case d.Evidence.State == EvidenceSending, d.Evidence.State == EvidenceSent:
		return d, nil
	case !d.Contestable(s.now()):
		return Dispute{}, fault.New(fault.Conflict, "payment.dispute_over")
	}
	d.Evidence = Submission{State: EvidenceSending, Key: "dp" + s.key(), Text: e.Text(), Who: who, Note: e.Note, At: s.now()}
	if err := s.store.updateDispute(ctx, d, s.now()); err != nil {
		return Dispute{}, err
	}
	return d, s.d.Promise(ctx, db.Job{Kind: evidenceKind, Group: fmt.Sprintf("payment:%d", d.Payment)}.With(contesting{d.ID}))
}

// heldDispute locks the order, the payment and so the dispute, and reads it.
func (s *Service) heldDispute(ctx context.Context, id DisputeID, order OrderID, payment PaymentID) (Dispute, error) {
	if _, err := s.orders.Owed(ctx, order); err != nil {
		return Dispute{}, err
	}
	if _, err := s.store.lock(ctx, payment); err != nil {
		return Dispute{}, err
	}
	return s.store.dispute(ctx, "id = ?", int64(id))
}

// sendEvidence keeps an evidenceKind: it asks the processor outside of any transaction, with the key that was stored
// before, and again until it has answered.
func (s *Service) sendEvidence(ctx context.Context, job db.Job) error {
	var args contesting
	if err := job.Decode(&args); err != nil {
		return db.Hopeless{Why: err}
	}
	d, err := s.store.dispute(ctx, "id = ?", int64(args.Dispute))
	if err != nil || d.Evidence.State != EvidenceSending {
		return err
	}
	gateway, err := s.gateway(d.Gateway)
	if err != nil {
		return db.Later{At: s.now().Add(10 * time.Minute)} // not configured at the moment; it may be again
	}
	e, err := s.Evidence(ctx, d.Merchant, d.ID)
	if err != nil {
		return err
	}
	takes, able := gateway.(Contesting)
	if !able {
		return db.Hopeless{Why: fmt.Errorf("%s takes no evidence", d.Gateway)}
	}
	refused := takes.Contest(ctx, d, e, d.Evidence.Key)
	if refused != nil && !isFinal(refused) {
		return s.again(fmt.Errorf("submit evidence to %s: %w", d.Gateway, refused), job.Attempt)
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		d, err := s.heldDispute(ctx, d.ID, d.Order, d.Payment)
		if err != nil || d.Evidence.State != EvidenceSending {
			return err
		}
		d.Evidence.State, d.Evidence.Why = EvidenceSent, ""
		if refused != nil {
			d.Evidence.State, d.Evidence.Why = EvidenceRefused, "payment.processor_refused"
			if said, classified := fault.Of(refused); classified {
				d.Evidence.Why = said.Key
			}
		}
		return s.store.updateDispute(ctx, d, s.now())
	})
}
