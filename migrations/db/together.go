package db

import (
	"context"
	"errors"
	"sync"
	"time"

	"gorm.io/gorm"
)

// SQLite has one writer at a time, and most of a small transaction's time is its commit, which waits for the disk. So
// transactions that wait for one another are committed together: each is a savepoint of one that they share, done
// one after the other, and nobody is told of success before it has committed. One that fails is undone alone.
const (
	mostTogether = 32                   // transactions that are committed together
	longTogether = 5 * time.Millisecond // the first one waits no longer than this for others to begin
)

// together is who waits for SQLite's one writer.
type together struct {
	mu      sync.Mutex
	busy    bool
	waiting []*partner // in the order in which they came
}

// partner is one transaction that waits for its turn.
type partner struct {
	alone bool         // it commits with nobody else
	turn  chan *shared // brings the transaction that it is a part of; nil: it has to begin one
}

// shared is a transaction that several are parts of.
type shared struct {
	gorm  *gorm.DB
	since time.Time // the first part is done
	parts int
	alone bool
	wreck error         // why it can't go on
	ended chan struct{} // closed after its end, which err tells
	err   error
}

// togetherError says that what others did ended a transaction that had gone well.
type togetherError struct{ why error }

func (e togetherError) Error() string { return "committed together: " + e.why.Error() }
func (e togetherError) Unwrap() error { return e.why }

// onceTogether does one transaction on SQLite, as a part of one that those who wait share.
func (d *DB) onceTogether(ctx context.Context, alone bool, do func(ctx context.Context) error) error {
	s, err := d.together.wait(ctx, alone)
	if err != nil {
		return err
	}
	if s == nil {
		if s, err = d.beginShared(alone); err != nil {
			d.together.next(nil)
			return err
		}
	}
	hooks, err := d.part(ctx, s, do)
	if err != nil {
		return err
	}
	<-s.ended
	if s.err != nil {
		undo(hooks)
		if !alone {
			return togetherError{s.err}
		}
		return s.err
	}
	for _, hook := range hooks {
		hook.kept()
	}
	return nil
}

func (d *DB) beginShared(alone bool) (*shared, error) {
	tx := d.gorm.WithContext(context.Background()).Begin() // it outlasts who begins it
	if tx.Error != nil {
		return nil, tx.Error
	}
	return &shared{gorm: tx, alone: alone, ended: make(chan struct{})}, nil
}

// part does one part and lets the next one have its turn, whatever happens. The first needs no savepoint: when it
// fails, all of the transaction can go.
func (d *DB) part(ctx context.Context, s *shared, do func(ctx context.Context) error) (hooks []end, err error) {
	soon := 0
	tx := &transaction{gorm: s.gorm, ends: &hooks, soon: &soon}
	defer func() { d.together.next(s) }()
	s.wreck = errPanicked // unless it comes back
	if s.parts == 0 {
		err = d.firstPart(ctx, tx, do)
		s.wreck = err
	} else {
		err = d.savepoint(ctx, tx, do)
		s.wreck = lostBy(err)
	}
	if s.parts++; s.parts == 1 {
		s.since = time.Now()
	}
	return hooks, err
}

func (d *DB) firstPart(ctx context.Context, tx *transaction, do func(ctx context.Context) error) error {
	tx.depth = 1
	done := false
	defer func() {
		if !done { // an error or a panic
			undo(*tx.ends)
		}
	}()
	err := do(context.WithValue(ctx, txKey{d}, tx))
	done = err == nil
	return err
}

// lostBy is the error of a savepoint that could not be undone, and took its transaction with it; nil for others.
func lostBy(err error) error {
	var lost rollbackError
	if errors.As(err, &lost) {
		return lost
	}
	return nil
}

var errPanicked = errors.New("a part of the transaction panicked")

// wait returns when it is one's turn. It fails when ctx ends first.
func (t *together) wait(ctx context.Context, alone bool) (*shared, error) {
	t.mu.Lock()
	if !t.busy {
		t.busy = true
		t.mu.Unlock()
		return nil, nil
	}
	me := &partner{alone, make(chan *shared, 1)}
	t.waiting = append(t.waiting, me)
	t.mu.Unlock()
	select {
	case s := <-me.turn:
		return s, nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	for i, other := range t.waiting {
		if other == me {
			t.waiting = append(t.waiting[:i], t.waiting[i+1:]...)
			t.mu.Unlock()
			return nil, ctx.Err()
		}
	}
	t.mu.Unlock()
	t.next(<-me.turn) // it came just now
	return nil, ctx.Err()
}

// next lets the next one into a transaction, or ends it and lets the next one begin another.
func (t *together) next(s *shared) {
	if s != nil {
		if next := t.mayJoin(s); next != nil {
			next.turn <- s
			return
		}
		s.end()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 {
		t.busy = false
		return
	}
	t.first().turn <- nil
}

func (t *together) mayJoin(s *shared) *partner {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 || t.waiting[0].alone || s.alone || s.wreck != nil || s.parts >= mostTogether || time.Since(s.since) > longTogether {
		return nil
	}
	return t.first()
}

func (t *together) first() *partner {
	first := t.waiting[0]
	t.waiting = t.waiting[1:]
	return first
}

// end commits what the parts did, or undoes it all when that can't be.
func (s *shared) end() {
	if s.wreck != nil {
		s.gorm.Rollback()
		s.err = s.wreck
	} else {
		s.err = s.gorm.Commit().Error
	}
	close(s.ended)
}
