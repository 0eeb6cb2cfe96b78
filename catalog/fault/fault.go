// Package fault gives each error that may reach a person a kind, for the
// program to act on, and a text key, for the person to read.
package fault

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

// Kind is what the caller can do about an error.
type Kind string

// Kinds of errors.
const (
	Invalid     Kind = "invalid"     // the caller asked for something malformed
	Missing     Kind = "missing"     // no such thing, or not theirs to see
	Conflict    Kind = "conflict"    // true a moment ago, not any more
	Denied      Kind = "denied"      // not allowed for this caller
	Unavailable Kind = "unavailable" // try again later
	Internal    Kind = "internal"    // a bug or a broken machine; never shown
)

// Error is an error with a kind and a key into the text catalogue.
type Error struct {
	Kind  Kind
	Key   string            // "cart.only_left"; dialogs/texts has its sentence in every language
	Args  map[string]string // fills {{.name}} in the sentence
	cause error
}

// New makes an error of a kind whose sentence is found under key.
func New(kind Kind, key string) *Error { return &Error{Kind: kind, Key: key} }

// With returns a copy that fills {{.name}} in the text.
func (e *Error) With(name, value string) *Error {
	copied := *e
	copied.Args = maps.Clone(e.Args)
	if copied.Args == nil {
		copied.Args = map[string]string{}
	}
	copied.Args[name] = value
	return &copied
}

// Because returns a copy that wraps cause, which goes to the log and not to the person.
func (e *Error) Because(cause error) *Error {
	copied := *e
	copied.cause = cause
	return &copied
}

// Unwrap is the cause given to Because, if any.
func (e *Error) Unwrap() error { return e.cause }

// Error is for logs: the key, its arguments in order, and the cause.
func (e *Error) Error() string {
	var text strings.Builder
	text.WriteString(e.Key)
	for _, name := range slices.Sorted(maps.Keys(e.Args)) {
		text.WriteString(" " + name + "=" + e.Args[name])
	}
	if e.cause != nil {
		text.WriteString(": " + e.cause.Error())
	}
	return text.String()
}

// KindOf is Internal for any error that nobody classified, and empty for nil.
func KindOf(err error) Kind {
	var classified *Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &classified):
		return classified.Kind
	default:
		return Internal
	}
}

// Of returns the classified error inside err, or false.
func Of(err error) (*Error, bool) {
	var classified *Error
	ok := errors.As(err, &classified)
	return classified, ok
}
