// Package flow decides what a conversation does next. It is pure: it reads no
// clock, no database and no network, so a conversation can be replayed.
package flow

import (
	"reflect"
	"runtime"
	"strings"
)

// Event is something that happened to a conversation.
type Event interface{ event() }

// Effect is something the conversation wants done.
type Effect interface{ effect() }

// Table is the whole behaviour of a conversation; in a state the first row that takes the event wins,
// and after the state's own rows those of Anywhere are tried.
type Table []Group

// Group is the rows of one state.
type Group struct {
	In   State
	Rows []Row
}

// Row is one arrow of the diagram.
type Row struct {
	On, If, Do string // the names, for the diagram
	To         State
	takes      reflect.Type
	try        func(Session, Event) (Session, []Effect, bool)
}

func in(state State, rows ...Row) Group { return Group{state, rows} }

// arrow is a Row being written; its type parameter keeps actions free of type assertions. An interface
// as parameter takes every event that has it.
type arrow[E Event] struct {
	do   func(Session, E) (Session, []Effect)
	when func(Session, E) bool
}

func on[E Event](do func(Session, E) (Session, []Effect)) arrow[E] { return arrow[E]{do: do} }

func (a arrow[E]) given(when func(Session, E) bool) arrow[E] {
	a.when = when
	return a
}

func (a arrow[E]) to(next State) Row {
	row := Row{On: reflect.TypeFor[E]().Name(), Do: nameOf(a.do), To: next, takes: reflect.TypeFor[E]()}
	if a.when != nil {
		row.If = nameOf(a.when)
	}
	row.try = func(before Session, event Event) (Session, []Effect, bool) {
		mine, ok := event.(E)
		if !ok || a.when != nil && !a.when(before, mine) {
			return before, nil, false
		}
		after, effects := a.do(before, mine)
		switch next {
		case Same:
		case Earlier:
			after.State, after.Left = after.Left, ""
		default:
			after.State = next
		}
		return after, effects, true
	}
	return row
}

// Step moves a conversation by one event. It is total: a tap that no row takes is a stale button and
// gets the current screen, and so does anything else that is not understood, with a word about it.
func (t Table) Step(before Session, event Event) (Session, []Effect) {
	if _, tapped := event.(Tap); tapped {
		before.Unclear = 0 // a button is always clear
	}
	if row, found := t.row(before, event); found {
		after, effects, _ := row.try(before, event)
		return after, effects
	}
	switch event.(type) {
	case Tap:
		return before, screen(before)
	case Fact:
		return before, nil // an answer to a question that the buyer has moved on from
	}
	return unclear(before)
}

// row is the one that takes an event.
func (t Table) row(before Session, event Event) (Row, bool) {
	for _, state := range []State{before.State, Anywhere} {
		for _, group := range t {
			if group.In != state {
				continue
			}
			for _, row := range group.Rows {
				if _, _, taken := row.try(before, event); taken {
					return row, true
				}
			}
		}
	}
	return Row{}, false
}

// Mermaid draws the table; shop.md keeps the drawing and a test keeps it true.
func (t Table) Mermaid() string {
	var drawing strings.Builder
	drawing.WriteString("stateDiagram-v2\n")
	for _, group := range t {
		for _, row := range group.Rows {
			to := row.To
			if to == Same {
				to = group.In
			}
			drawing.WriteString("    " + string(group.In) + " --> " + string(to) + " : " + row.On)
			if row.If != "" {
				drawing.WriteString(" [" + row.If + "]")
			}
			drawing.WriteString(" / " + row.Do + "\n")
		}
	}
	return drawing.String()
}

func nameOf(function any) string {
	name := runtime.FuncForPC(reflect.ValueOf(function).Pointer()).Name()
	return name[strings.LastIndex(name, ".")+1:]
}
