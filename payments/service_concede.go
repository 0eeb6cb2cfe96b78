package payments

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/fault"
	"parley/migrations/db"
)

// concedeKind is the kind of job that tells a processor that a dispute is not contested.
const concedeKind = "payments.concede"

// Conceding is a Gateway whose processor can be told that a dispute is not contested.
type Conceding interface {
	// Concede gives a dispute up for good; the same key does it once, and so does one that is lost already. What it
	// answers is how the dispute stands then. It fails with fault.Conflict when the processor does not take that (any more).
	Concede(ctx context.Context, d Dispute, key string) (Notice, error)
}

// Concession is that somebody gave a dispute up.
type Concession struct {
	Key  string // ours, stored before the processor is called; empty: nobody did
	Who  string
	Note string
	At   time.Time
	Why  string // the key of the fault with which the processor refused it
}

// Concedable says whether the dispute may be given up: it waits for evidence, and none is on its way.
func (d Dispute) Concedable() bool {
	return (d.Status == DisputeInquiry || d.Status == DisputeOpen) && (d.Conceded.Key == "" || d.Conceded.Why != "") &&
		(d.Evidence.State == "" || d.Evidence.State == EvidenceRefused)
}

// ConcedeDispute gives a dispute up: the buyer keeps the money, and what the processor answers is booked. Giving up again
// while it is on its way, or done, changes nothing.
//
// It fails with fault.Missing, with fault.Invalid (payment.note_needed when who or note are empty), and with
// fault.Conflict: payment.dispute_over when it is decided or evidence was sent, payment.dispute_elsewhere when the processor
// takes that on its own pages only.
func (s *Service) ConcedeDispute(ctx context.Context, merchant MerchantID, id DisputeID, who, note string) (d Dispute, err error) {
	if who == "" || note == "" || len([]rune(note)) > mostReason {
		return Dispute{}, fault.New(fault.Invalid, "payment.note_needed")
	}
	if d, err = s.FindDispute(ctx, merchant, id); err != nil {
		return Dispute{}, err
	}
	gateway, err := s.gateway(d.Gateway)
	if err != nil {
		return Dispute{}, err
	}
	if _, able := gateway.(Conceding); !able {
		return Dispute{}, fault.New(fault.Conflict, "payment.dispute_elsewhere")
	}
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		d, err = s.giveUpDispute(ctx, d, Concession{Key: "dc" + s.key(), Who: who, Note: note, At: s.now()})
		return err
	})
	return d, err
}

func (s *Service) giveUpDispute(ctx context.Context, d Dispute, c Concession) (Dispute, error) {
	d, err := s.heldDispute(ctx, d.ID, d.Order, d.Payment)
	switch {
	case err != nil:
		return Dispute{}, err
	case d.Conceded.Key != "" && d.Conceded.Why == "":
		return d, nil
	case !d.Concedable():
		return Dispute{}, fault.New(fault.Conflict, "payment.dispute_over")
	}
	d.Conceded = c
	if err := s.store.updateDispute(ctx, d, s.now()); err != nil {
		return Dispute{}, err
	}
	return d, s.d.Promise(ctx, db.Job{Kind: concedeKind, Group: fmt.Sprintf("payment:%d", d.Payment)}.With(contesting{d.ID}))
}

// sendConcession keeps a concedeKind: it tells the processor outside of any transaction, with the key that was stored before,
// until it has answered; and hears the answer as any other news.
func (s *Service) sendConcession(ctx context.Context, job db.Job) error {
	var args contesting
	if err := job.Decode(&args); err != nil {
		return db.Hopeless{Why: err}
	}
	d, err := s.store.dispute(ctx, "id = ?", int64(args.Dispute))
	if err != nil || d.Conceded.Key == "" || d.Conceded.Why != "" {
		return err
	}
	gateway, err := s.gateway(d.Gateway)
	if err != nil {
		return db.Later{At: s.now().Add(10 * time.Minute)} // not configured at the moment; it may be again
	}
	able, is := gateway.(Conceding)
	if !is {
		return db.Hopeless{Why: fmt.Errorf("%s can't be told that a dispute is given up", d.Gateway)}
	}
	said, refused := able.Concede(ctx, d, d.Conceded.Key)
	switch {
	case refused == nil:
		if said.Event == "" {
			said.Event = "concede:" + d.Conceded.Key
		}
		return s.Hear(ctx, d.Gateway, said)
	case !isFinal(refused):
		return s.again(fmt.Errorf("give up a dispute at %s: %w", d.Gateway, refused), job.Attempt)
	}
	return s.d.InTx(ctx, func(ctx context.Context) error {
		d, err := s.heldDispute(ctx, d.ID, d.Order, d.Payment)
		if err != nil {
			return err
		}
		d.Conceded.Why = "payment.processor_refused"
		if why, classified := fault.Of(refused); classified {
			d.Conceded.Why = why.Key
		}
		return s.store.updateDispute(ctx, d, s.now())
	})
}
