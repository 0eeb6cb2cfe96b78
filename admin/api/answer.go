package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"

	"parley/catalog/fault"
)

// shown is an answer with one thing.
type shown[T any] struct {
	ETag string `header:"ETag" doc:"Names this state of it; send it as If-Match to change it."`
	Body T
}

// made is an answer with one thing that is new.
type made[T any] struct {
	ETag     string `header:"ETag" doc:"Names this state of it; send it as If-Match to change it."`
	Location string `header:"Location" doc:"Where it is."`
	Body     T
}

// plain is an answer with one thing that nobody changes by its ETag.
type plain[T any] struct{ Body T }

// listed is an answer with a part of a list.
type listed[T any] struct{ Body Page[T] }

// nothing is the answer to what leaves nothing to be said.
type done struct{}

// Matching is the header of a change.
type Matching struct {
	IfMatch string `header:"If-Match" maxLength:"500" doc:"The ETag of what is changed, or * for whatever there is." example:"*"`
}

// check refuses a change of what is not any more as its author saw it. now is its view, without what changes by itself.
func (m Matching) check(c *call, etag string) error {
	given := strings.TrimSpace(m.IfMatch)
	switch {
	case given == "" && c.op.matched:
		return fault.New(fault.Invalid, "request.if_match_missing")
	case given == "" || given == "*":
		return nil
	}
	if m.names(etag) {
		return nil
	}
	return fault.New(fault.Conflict, "request.changed_meanwhile")
}

// names says whether a header names a state.
func (m Matching) names(etag string) bool {
	for tag := range strings.SplitSeq(m.IfMatch, ",") {
		if tag = strings.TrimSpace(tag); strings.TrimPrefix(tag, "W/") == etag || tag == "*" {
			return true
		}
	}
	return false
}

// etagOf names a state by what is shown of it, so that whatever changes it, from wherever, names another.
func etagOf(view any) string {
	sum := sha256.Sum256(encode(view))
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + `"`
}

// encode is a view as JSON. Views are plain structs, which always encode.
func encode(view any) []byte {
	text, err := json.Marshal(view)
	if err != nil {
		panic("a view does not encode: " + err.Error())
	}
	return text
}

// all is a list as views show it: never null.
func all[F, T any](from []F, show func(F) T) []T {
	list := make([]T, 0, len(from))
	for _, one := range from {
		list = append(list, show(one))
	}
	return list
}
