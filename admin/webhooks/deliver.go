package webhooks

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"parley/catalog/fault"
	"parley/catalog/outside"
	"parley/migrations/db"
)

// Bounds of one try.
const (
	patience    = 15 * time.Second
	mostAnswer  = 16 << 10 // bytes that are read of an answer
	keptAnswer  = 1000     // bytes that are kept of it
	mostAtOnce  = 4        // tries under way to one endpoint, in one process
	busyWait    = 500 * time.Millisecond
	secondsLess = time.Second // what is due within it is due
)

// deliver keeps a jobDeliver: one try, and its line in the log together with what follows from it. A process that is
// killed between the try and the log tries again: that is what the webhook-id is for.
func (s *Service) deliver(ctx context.Context, job db.Job) error {
	var args delivering
	if err := job.Decode(&args); err != nil {
		return db.Hopeless{Why: err}
	}
	due, err := s.due(ctx, args.Delivery)
	switch {
	case fault.KindOf(err) == fault.Missing:
		return nil // the endpoint is gone
	case err != nil:
		return err
	case due.Round != args.Round || due.State != string(Pending):
		return nil // replayed since, or done
	case due.EndpointState != string(Enabled):
		return s.close(ctx, job, due)
	}
	if early := timeOf(due.NextAt).Sub(s.at()); early > secondsLess {
		return db.Later{At: time.Now().Add(early)}
	}
	if !s.enter(due.EndpointID) {
		return db.Later{At: time.Now().Add(busyWait)}
	}
	attempt := s.try(ctx, due)
	s.leave(due.EndpointID)
	return s.settle(ctx, job, due, attempt)
}

// enter takes a place in the row before an endpoint, so that a slow one does not hold up the others.
func (s *Service) enter(id EndpointID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[id] >= mostAtOnce {
		return false
	}
	s.busy[id]++
	return true
}

func (s *Service) leave(id EndpointID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[id]--; s.busy[id] <= 0 {
		delete(s.busy, id)
	}
}

// try sends a message once.
func (s *Service) try(ctx context.Context, due dueRow) Attempt {
	began := s.Now()
	answer, err := s.post(ctx, due, began)
	a := Attempt{At: began.UTC().Truncate(time.Microsecond), Took: s.Now().Sub(began), Status: answer.Status, Answer: text(answer.Body)}
	if known, ok := fault.Of(err); ok {
		a.Status, a.Failure = 0, known
		return a
	} else if err != nil {
		s.Log.ErrorContext(ctx, "a webhook can't be signed", "endpoint", due.EndpointID, "error", err)
		a.Status, a.Failure = 0, fault.New(fault.Internal, "webhook.unsigned")
		return a
	}
	a.Failure, a.after = taken(answer.Status), asked(answer.Header, began)
	return a
}

func (s *Service) post(ctx context.Context, due dueRow, at time.Time) (outside.Answer, error) {
	secrets := []string{due.Secret}
	if due.OldSecret != "" && at.Before(timeOf(due.OldTill)) {
		secrets = append(secrets, due.OldSecret)
	}
	var failed error
	for i := range secrets {
		opened, err := s.unsealed(secrets[i])
		secrets[i], failed = opened, errors.Join(failed, err)
	}
	if failed != nil {
		return outside.Answer{}, failed
	}
	header, err := signed(due.Key, at, []byte(due.Body), secrets...)
	if err != nil {
		return outside.Answer{}, err
	}
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return s.Outside.Post(within, due.URL, header, bytes.NewReader([]byte(due.Body)), mostAnswer)
}

// text is the beginning of an answer, as both engines keep it.
func text(body []byte) string {
	clean := strings.ToValidUTF8(string(body[:min(len(body), keptAnswer)]), "")
	return strings.ReplaceAll(clean, "\x00", "")
}

// settle writes a try down with what follows from it for the message and the endpoint.
func (s *Service) settle(ctx context.Context, job db.Job, due dueRow, a Attempt) error {
	v := a.follows(due.Tries+1, due.Type, s.Jitter())
	err := s.DB.InTx(ctx, func(ctx context.Context) error {
		if err := s.insertAttempt(ctx, due, a); err != nil {
			return err
		}
		if err := s.updateDelivery(ctx, due, v); err != nil {
			return err
		}
		if err := s.judge(ctx, due, a, v); err != nil {
			return err
		}
		if v.state == Pending {
			return nil
		}
		return job.Done(ctx)
	})
	if err != nil {
		return err
	}
	if v.state == Pending {
		s.Observe("retry", a.Took)
		return db.Later{At: time.Now().Add(v.next.Sub(s.at()))}
	}
	s.Observe(string(v.state), a.Took)
	return nil
}

// judge says how an endpoint does: well, failing since when, or given up. A test call says nothing of that but that all
// is well.
func (s *Service) judge(ctx context.Context, due dueRow, a Attempt, v verdict) error {
	failing := timeOf(due.FailingSince)
	switch {
	case a.Failure == nil && failing.IsZero(), a.Failure != nil && due.Type == Test && !v.gone:
		return nil
	case a.Failure == nil:
		return s.markFailing(ctx, due.EndpointID, time.Time{})
	case v.gone:
		return s.giveUp(ctx, due.EndpointID, fault.New(fault.Unavailable, "webhook.gone"))
	case failing.IsZero():
		return s.markFailing(ctx, due.EndpointID, a.At)
	case v.state == Failed && a.At.Sub(failing) >= givesUpAfter:
		return s.giveUp(ctx, due.EndpointID, fault.New(fault.Unavailable, "webhook.gave_up").With("since", failing.Format("2006-01-02 15:04 UTC")))
	}
	return nil
}

func (s *Service) giveUp(ctx context.Context, id EndpointID, why *fault.Error) error {
	s.Log.WarnContext(ctx, "a webhook endpoint is given up", "endpoint", id, "why", why.Error())
	return s.markBroken(ctx, id, why)
}

// close ends a delivery to an endpoint that does not hear any more, without a try.
func (s *Service) close(ctx context.Context, job db.Job, due dueRow) error {
	return s.DB.InTx(ctx, func(ctx context.Context) error {
		if err := s.updateDelivery(ctx, due, verdict{state: Failed}); err != nil {
			return err
		}
		return job.Done(ctx)
	})
}
