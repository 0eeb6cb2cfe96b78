package api_test

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
)

// document is the OpenAPI document, read as anybody reads it: nothing here knows of the types that it was made from.
type document struct{ root map[string]any }

func (d document) at(path ...string) any {
	var here any = d.root
	for _, name := range path {
		object, _ := here.(map[string]any)
		here = object[name]
	}
	return here
}

// schema follows references.
func (d document) schema(of any) map[string]any {
	s, _ := of.(map[string]any)
	for {
		ref, is := s["$ref"].(string)
		if !is {
			return s
		}
		s, _ = d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...).(map[string]any)
	}
}

// check says what of a value is not as a schema has it (JSON Schema 2020-12, as far as the document uses it).
func (d document) check(of any, value any, path string) (wrong []string) {
	s := d.schema(of)
	add := func(format string, args ...any) { wrong = append(wrong, path+": "+fmt.Sprintf(format, args...)) }
	if enum, is := s["enum"].([]any); is && !slices.Contains(enum, value) {
		add("%v is none of %v", value, enum)
	}
	switch kind, _ := s["type"].(string); kind {
	case "object":
		object, is := value.(map[string]any)
		if !is {
			add("%T is no object", value)
			return wrong
		}
		return append(wrong, d.checkObject(s, object, path)...)
	case "array":
		list, is := value.([]any)
		if !is {
			add("%T is no array", value)
			return wrong
		}
		for i, item := range list {
			wrong = append(wrong, d.check(s["items"], item, fmt.Sprintf("%s[%d]", path, i))...)
		}
	case "string":
		text, is := value.(string)
		if !is {
			add("%T is no string", value)
			return wrong
		}
		if s["format"] == "date-time" {
			if _, err := time.Parse(time.RFC3339Nano, text); err != nil {
				add("%q is no time", text)
			}
		}
		if pattern, is := s["pattern"].(string); is && !regexp.MustCompile(pattern).MatchString(text) {
			add("%q does not match %s", text, pattern)
		}
	case "integer", "number":
		number, is := value.(json.Number)
		if !is {
			add("%T is no number", value)
			return wrong
		}
		float, _ := number.Float64()
		if kind == "integer" && float != math.Trunc(float) {
			add("%v is no integer", number)
		}
		if least, is := s["minimum"].(json.Number); is {
			if bound, _ := least.Float64(); float < bound {
				add("%v is less than %v", number, least)
			}
		}
		if most, is := s["maximum"].(json.Number); is {
			if bound, _ := most.Float64(); float > bound {
				add("%v is more than %v", number, most)
			}
		}
	case "boolean":
		if _, is := value.(bool); !is {
			add("%T is no boolean", value)
		}
	}
	return wrong
}

func (d document) checkObject(s map[string]any, object map[string]any, path string) (wrong []string) {
	properties, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, there := object[name.(string)]; !there {
			wrong = append(wrong, fmt.Sprintf("%s: %s is missing", path, name))
		}
	}
	for name, value := range object {
		if of, known := properties[name]; known {
			wrong = append(wrong, d.check(of, value, path+"."+name)...)
			continue
		}
		switch more := s["additionalProperties"].(type) {
		case map[string]any:
			wrong = append(wrong, d.check(more, value, path+"."+name)...)
		case bool:
			if !more {
				wrong = append(wrong, fmt.Sprintf("%s: %s is not in the document", path, name))
			}
		}
	}
	return wrong
}

// parsed is JSON with its numbers as they are written.
func parsed(text string) (value any, err error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	err = decoder.Decode(&value)
	return value, err
}
