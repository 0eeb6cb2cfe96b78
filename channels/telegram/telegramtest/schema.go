package telegramtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
)

// schema is the published Bot API, as far as it is known here: methods and types with their fields.
type schema struct {
	Methods map[string]*object // by name in lower case
	Types   map[string]*object
}

type object struct {
	Name     string
	Fields   []field
	Subtypes []string
}

type field struct {
	Name        string
	Types       []string
	Required    bool
	Description description

	low, high int // length, when high > 0
	bytes     bool
}

// description is a text that some versions of the file keep as a list of lines.
type description string

func (d *description) UnmarshalJSON(raw []byte) error {
	var lines []string
	if json.Unmarshal(raw, &lines) != nil {
		return json.Unmarshal(raw, (*string)(d))
	}
	*d = description(strings.Join(lines, " "))
	return nil
}

// SpecPath is where the published Bot API is kept, beside the repository or where PARLEY_SHARED says; empty when it is
// not there, and the methods that we use are then checked against a table of our own.
func SpecPath() string {
	if path := sharedPath("specs/telegram/api-10.1.json"); exists(path) {
		return path
	}
	return ""
}

// PayloadsPath is where the real updates are kept; empty when they are not there.
func PayloadsPath() string {
	if path := sharedPath("specs/telegram/payloads"); exists(path) {
		return path
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return path != "" && err == nil
}

// sharedPath is a file of the material beside the repository.
func sharedPath(name string) string {
	if shared := os.Getenv("PARLEY_SHARED"); shared != "" {
		return filepath.Join(shared, name)
	}
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for !exists(filepath.Join(dir, "go.mod")) {
		if dir == filepath.Dir(dir) {
			return ""
		}
		dir = filepath.Dir(dir)
	}
	return filepath.Join(filepath.Dir(dir), "shared", name)
}

// loadSchema reads the published API once; half a hundred servers of one test share it.
var loadSchema = sync.OnceValues(readSchema)

func readSchema() (*schema, error) {
	path := SpecPath()
	if path == "" {
		return ownSchema(), nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the published Bot API: %w", err)
	}
	var s schema
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("read the published Bot API: %w", err)
	}
	lower := map[string]*object{}
	for name, method := range s.Methods {
		lower[strings.ToLower(name)] = method
	}
	s.Methods = lower
	for _, objects := range []map[string]*object{s.Methods, s.Types} {
		for _, o := range objects {
			o.learnLengths()
		}
	}
	return &s, nil
}

var lengths = regexp.MustCompile(`\b(\d+)-(\d+) (characters|bytes)`)

// learnLengths reads the lengths that the published API gives in words.
func (o *object) learnLengths() {
	for i := range o.Fields {
		f := &o.Fields[i]
		found := lengths.FindStringSubmatch(string(f.Description))
		if found == nil {
			continue
		}
		low, lowErr := strconv.Atoi(found[1])
		high, highErr := strconv.Atoi(found[2])
		if lowErr == nil && highErr == nil {
			f.low, f.high, f.bytes = low, high, found[3] == "bytes"
		}
	}
}

// call checks the parameters of a method.
func (s *schema) call(method string, f form) error {
	known, ok := s.Methods[method]
	if !ok {
		return fmt.Errorf("no method %q", method)
	}
	var wrong []error
	for name := range f.values {
		if !known.has(name) {
			wrong = append(wrong, fmt.Errorf("no parameter %q", name))
		}
	}
	for _, parameter := range known.Fields {
		wrong = append(wrong, s.parameter(parameter, f))
	}
	return errors.Join(wrong...)
}

func (o *object) has(name string) bool {
	return slices.ContainsFunc(o.Fields, func(f field) bool { return f.Name == name })
}

func (s *schema) parameter(p field, f form) error {
	value, given := f.values[p.Name]
	if _, uploaded := f.files[p.Name]; uploaded {
		if !slices.Contains(p.Types, "InputFile") {
			return fmt.Errorf("%s is no file", p.Name)
		}
		return nil
	}
	if !given {
		if p.Required {
			return fmt.Errorf("%s is missing", p.Name)
		}
		return nil
	}
	if err := s.anyOf(p.Types, func(kind string) error { return s.text(kind, value) }); err != nil {
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	return p.long(value)
}

// long checks the length of a text.
func (f field) long(value any) error {
	text, ok := value.(string)
	if !ok || f.high == 0 {
		return nil
	}
	length := len(text)
	if !f.bytes {
		length = len(utf16.Encode([]rune(text)))
	}
	if length < f.low || length > f.high {
		return fmt.Errorf("%s has a length of %d, not of %d to %d", f.Name, length, f.low, f.high)
	}
	return nil
}

func (s *schema) anyOf(kinds []string, check func(string) error) error {
	var wrong []error
	for _, kind := range kinds {
		err := check(kind)
		if err == nil {
			return nil
		}
		wrong = append(wrong, fmt.Errorf("as %s: %w", kind, err))
	}
	return errors.Join(wrong...)
}

// text checks a parameter that came as text.
func (s *schema) text(kind, value string) error {
	var err error
	switch kind {
	case "String":
		return nil
	case "InputFile":
		return errors.New("not uploaded")
	case "Integer":
		_, err = strconv.ParseInt(value, 10, 64)
	case "Float":
		_, err = strconv.ParseFloat(value, 64)
	case "Boolean":
		if value != "true" && value != "false" {
			err = fmt.Errorf("%q", value)
		}
	default:
		var decoded any
		if err := json.Unmarshal([]byte(value), &decoded); err != nil {
			return err
		}
		return s.json(kind, decoded)
	}
	return err
}

// json checks a value inside JSON.
func (s *schema) json(kind string, value any) error {
	if element, ok := strings.CutPrefix(kind, "Array of "); ok {
		return s.array(element, value)
	}
	switch value := value.(type) {
	case string:
		if kind == "String" {
			return nil
		}
	case bool:
		if kind == "Boolean" {
			return nil
		}
	case float64:
		if kind == "Float" || kind == "Integer" && value == float64(int64(value)) {
			return nil
		}
	case map[string]any:
		return s.object(kind, value)
	}
	return fmt.Errorf("%v is no %s", value, kind)
}

func (s *schema) array(element string, value any) error {
	list, ok := value.([]any)
	if !ok {
		return fmt.Errorf("%v is no list", value)
	}
	for i, one := range list {
		if err := s.json(element, one); err != nil {
			return fmt.Errorf("%d: %w", i, err)
		}
	}
	return nil
}

func (s *schema) object(kind string, value map[string]any) error {
	known, ok := s.Types[kind]
	if !ok {
		return fmt.Errorf("no type %q", kind)
	}
	if len(known.Subtypes) > 0 {
		return s.anyOf(known.Subtypes, func(kind string) error { return s.object(kind, value) })
	}
	for name := range value {
		if !known.has(name) {
			return fmt.Errorf("%s has no %q", kind, name)
		}
	}
	for _, f := range known.Fields {
		inside, given := value[f.Name]
		if !given {
			if f.Required {
				return fmt.Errorf("%s.%s is missing", kind, f.Name)
			}
			continue
		}
		if err := s.anyOf(f.Types, func(kind string) error { return s.json(kind, inside) }); err != nil {
			return fmt.Errorf("%s.%s: %w", kind, f.Name, err)
		}
		if err := f.long(inside); err != nil {
			return err
		}
	}
	return nil
}
