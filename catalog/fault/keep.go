package fault

import "encoding/json"

// kept is an error as a column keeps it.
type kept struct {
	Kind Kind              `json:"kind"`
	Key  string            `json:"key"`
	Args map[string]string `json:"args,omitempty"`
}

// Keep is how an error is kept in a text column, to be read to a person later in that person's language. Nil is the
// empty text. The cause is not kept.
func Keep(e *Error) string {
	if e == nil {
		return ""
	}
	text, err := json.Marshal(kept{e.Kind, e.Key, e.Args})
	if err != nil {
		panic("a fault does not encode: " + err.Error()) // a bug: it is strings
	}
	return string(text)
}

// Recall reads what Keep wrote; nil for the empty text. What can't be read was a fault all the same.
func Recall(text string) *Error {
	if text == "" {
		return nil
	}
	var k kept
	if err := json.Unmarshal([]byte(text), &k); err != nil {
		return New(Internal, "fault.forgotten").Because(err)
	}
	return &Error{Kind: k.Kind, Key: k.Key, Args: k.Args}
}
