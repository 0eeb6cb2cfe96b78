package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"parley/admin"
)

// request is what the generator makes up for an operation.
type request struct {
	method, path string
	header       http.Header
	body         any // []byte: as it is
	bad          bool
}

// generator makes requests up from the document: good ones, and ones that are wrong in every way it can think of.
type generator struct {
	document
	*rand.Rand
	ids map[string][]int64 // things that are there, by the tag of operations
}

// odd is text that somebody will send.
var odd = []string{
	"", " ", "0", "-1", "null", "\u0000", "a\u0000b", "\ufffd", "😀🏴‍☠️", "Ω≈ç√", "ё", "\u202edesrever", "'; drop table products; --", "<script>", "%00", "%zz", "../..",
	"{{.x}}", strings.Repeat("я", 300), strings.Repeat("a", 5000), "1e999", "NaN", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "\\", "\"", "\r\nX: y",
}

// huge is numbers as they can be written.
var huge = []string{"9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e308", "1e999", "-0", "0.5", "1e-9", "18446744073709551616", "2147483648"}

func (g *generator) pick(of []string) string { return of[g.IntN(len(of))] }

// good is a value as a schema has it.
func (g *generator) good(of any, depth int) any {
	s := g.schema(of)
	if enum, is := s["enum"].([]any); is {
		return enum[g.IntN(len(enum))]
	}
	switch s["type"] {
	case "object":
		return g.object(s, depth)
	case "array":
		list := []any{}
		least := number(s["minItems"], 0)
		for range least + g.IntN(3) {
			list = append(list, g.good(s["items"], depth+1))
		}
		return list
	case "integer", "number":
		least, most := number(s["minimum"], 0), number(s["maximum"], 1000)
		if g.IntN(4) > 0 {
			most = min(most, least+60)
		}
		return json.Number(fmt.Sprint(least + g.IntN(most-least+1)))
	case "boolean":
		return g.IntN(2) == 0
	default:
		return g.text(s)
	}
}

func (g *generator) text(s map[string]any) any {
	switch pattern, _ := s["pattern"].(string); {
	case s["format"] == "date-time":
		return fmt.Sprintf("20%02d-03-05T12:%02d:00Z", g.IntN(80), g.IntN(60))
	case pattern == "^[A-Z]{3}$":
		return g.pick([]string{"USD", "USD", "USD", "EUR", "RUB", "XXX"})
	case strings.HasPrefix(pattern, "^[0-9]{4}-"):
		return fmt.Sprintf("20%02d-%02d", g.IntN(40), 1+g.IntN(12))
	case strings.HasPrefix(pattern, "^0"):
		return g.pick([]string{"0", "0.015", "0.5"})
	case strings.HasPrefix(pattern, "^[0-9]"):
		return fmt.Sprint(g.IntN(50))
	case pattern != "":
		return g.pick([]string{"ru", "en", "de"})
	}
	if examples, is := s["examples"].([]any); is && g.IntN(2) == 0 {
		return examples[0]
	}
	least := number(s["minLength"], 0)
	return strings.Repeat("w", least) + g.pick([]string{"", "boots", "x-1", "Ботинки", "a b", fmt.Sprint("n", g.IntN(100000)), fmt.Sprint("n", g.IntN(100000))})
}

func (g *generator) object(s map[string]any, depth int) any {
	object := map[string]any{}
	properties, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if slices.Contains(required, any(name)) || depth < 4 && g.IntN(3) > 0 {
			object[name] = g.good(properties[name], depth+1)
		}
	}
	if more, is := s["additionalProperties"].(map[string]any); is {
		object["en"] = g.good(more, depth+1)
	}
	return object
}

func number(of any, otherwise int) int {
	if n, is := of.(json.Number); is {
		if value, err := n.Int64(); err == nil {
			return int(value)
		}
	}
	return otherwise
}

// spoilt is a value with something wrong somewhere.
func (g *generator) spoilt(value any) any {
	switch value := value.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(value))
		switch {
		case len(names) == 0 || g.IntN(6) == 0:
			value[g.pick(odd)] = g.pick(odd)
		case g.IntN(5) == 0:
			delete(value, names[g.IntN(len(names))])
		default:
			name := names[g.IntN(len(names))]
			value[name] = g.spoilt(value[name])
		}
		return value
	case []any:
		if len(value) > 0 && g.IntN(3) > 0 {
			i := g.IntN(len(value))
			value[i] = g.spoilt(value[i])
			return value
		}
	}
	return []any{nil, true, json.Number("-1"), json.Number(g.pick(huge)), g.pick(odd), []any{}, map[string]any{}, []any{nil}, map[string]any{"x": nil}}[g.IntN(9)]
}

// make makes a request up.
func (g *generator) make(method, path string, operation map[string]any) request {
	bad := g.IntN(2) > 0
	r := request{method: method, path: path, header: http.Header{}, bad: bad}
	query := url.Values{}
	parameters, _ := operation["parameters"].([]any)
	for _, one := range parameters {
		parameter := one.(map[string]any)
		name := parameter["name"].(string)
		text := fmt.Sprint(g.good(parameter["schema"], 0))
		if bad && g.IntN(6) == 0 {
			text = g.pick(append(odd, huge...))
		}
		switch parameter["in"] {
		case "path":
			r.path = strings.ReplaceAll(r.path, "{"+name+"}", url.PathEscape(g.id(name, operation, text)))
		case "query":
			if name == "cursor" && !bad || g.IntN(3) > 0 && parameter["required"] != true {
				continue
			}
			query.Set(name, text)
		case "header":
			if name == "If-Match" && g.IntN(4) > 0 {
				text = "*"
			} else if name == "Idempotency-Key" && g.IntN(8) > 0 {
				text = fmt.Sprint("key ", g.Uint64())
			} else if g.IntN(3) > 0 {
				continue
			}
			if !strings.ContainsAny(text, "\r\n\x00") {
				r.header.Set(name, text)
			}
		}
	}
	if len(query) > 0 {
		r.path += "?" + query.Encode()
	}
	if body, is := operation["requestBody"].(map[string]any); is {
		r.body = g.body(body, bad, r.header)
		if _, raw := r.body.([]byte); raw {
			r.bad = true // bytes are never what the operation would like
		}
	}
	return r
}

// id is one that is there, mostly.
func (g *generator) id(name string, operation map[string]any, otherwise string) string {
	tag := operation["tags"].([]any)[0].(string)
	if name == "merchant" {
		tag = "Merchants"
	}
	if known := g.ids[tag]; (name == "id" || name == "merchant") && len(known) > 0 && g.IntN(8) > 0 {
		return fmt.Sprint(known[g.IntN(len(known))])
	}
	if otherwise == "" {
		return "0"
	}
	return otherwise
}

func (g *generator) body(of map[string]any, bad bool, header http.Header) any {
	content := of["content"].(map[string]any)
	kind := slices.Sorted(maps.Keys(content))[0]
	if !strings.HasSuffix(kind, "json") {
		header.Set("Content-Type", kind)
		return []byte(g.pick(odd))
	}
	value := g.good(content[kind].(map[string]any)["schema"], 0)
	if !bad {
		return value
	}
	switch g.IntN(10) {
	case 0:
		return []byte(g.pick([]string{"", "{", "[]", "null", "\"x\"", "{\"a\":1,\"a\":2}", "\xff\xfe", strings.Repeat("[", 20000), "{} {}", "1e999"}))
	case 1:
		header.Set("Content-Type", g.pick([]string{"text/plain", "application/xml", "application/json; charset=utf-8", "multipart/form-data", "x+;"}))
		return value
	default:
		for range 1 + g.IntN(3) {
			value = g.spoilt(value)
		}
		return value
	}
}

// spare is operations that would end the walk.
var spare = map[string]bool{"change-merchant": true, "set-password": true, "change-user": true, "sign-in": true, "end-session": true, "revoke-token": true}

func TestWhateverIsAskedIsAnsweredAsTheDocumentSays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		text, err := h.api.Document()
		h.check(err)
		root, err := parsed(string(text))
		h.check(err)
		g := &generator{document: document{root.(map[string]any)}, Rand: rand.New(rand.NewPCG(3003, 17)), ids: map[string][]int64{}}
		owner := h.hires("anna", admin.Owner)
		programs := map[bool]*program{false: h.as(owner), true: h.signedIn(owner)}
		h.order(h.meadow, h.contact(h.meadow))
		rounds := 25
		if testing.Short() {
			rounds = 10
		}
		seen := map[string]int{}
		for range rounds {
			g.know(h)
			paths := g.at("paths").(map[string]any)
			for _, path := range slices.Sorted(maps.Keys(paths)) { // the same walk each time
				methods := paths[path].(map[string]any)
				for _, method := range slices.Sorted(maps.Keys(methods)) {
					operation := methods[method].(map[string]any)
					id := operation["operationId"].(string)
					if spare[id] && g.IntN(5) > 0 {
						continue
					}
					r := g.make(strings.ToUpper(method), path, operation)
					if spare[id] {
						r.path = strings.NewReplacer("/users/1", "/users/99", "/users/2", "/users/99", "/sessions/1", "/sessions/99", "/tokens/1", "/tokens/99").Replace(r.path)
					}
					as := programs[strings.HasPrefix(path, "/tokens") || strings.HasSuffix(path, "/password")]
					got := as.sends(r)
					seen[fmt.Sprint(got.status)]++
					seen[fmt.Sprint(got.status, " ", got.code())]++
					if !r.bad && strings.Contains(got.body, `"code":"field.invalid"`) {
						t.Errorf("%s %s %v: the document lets pass what is refused: %s", r.method, r.path, r.body, got.body)
					}
					if wrong := g.answer(operation, got); len(wrong) > 0 {
						body, _ := json.Marshal(r.body)
						t.Errorf("%s %s %v %.600s: %d %.600s\n%s", r.method, r.path, r.header, body, got.status, got.body, strings.Join(wrong, "\n"))
					}
				}
			}
			if t.Failed() {
				t.FailNow()
			}
		}
		h.isSound()
		t.Logf("answers by status: %v", seen)
		for _, status := range []string{"200", "201", "204", "400", "404", "409", "412", "415", "422"} {
			if seen[status] == 0 && !testing.Short() {
				t.Errorf("nothing was answered with %s: the generator has become blind", status)
			}
		}
	})
}

// know finds out what is there.
func (g *generator) know(h *house) {
	list := func(sql string) (ids []int64) {
		h.check(h.db.On(h.Context()).Raw(sql).Scan(&ids).Error)
		return ids
	}
	g.ids["Merchants"] = list("select id from merchants order by id limit 3")
	g.ids["Categories"] = list("select id from categories order by id desc limit 20")
	g.ids["Products"] = list("select id from products order by id desc limit 40")
	g.ids["Translations"] = g.ids["Products"]
	g.ids["Variants"] = append(list("select id from variants where merchant_id = 1 order by id limit 30"), g.ids["Products"]...)
	g.ids["Stock"] = g.ids["Variants"]
	g.ids["Orders"] = list("select id from orders")
	g.ids["Conversations"] = list("select id from conversations")
	g.ids["Refunds"] = list("select id from refunds")
	g.ids["Reviews"] = list("select id from payment_reviews")
	g.ids["Contacts"] = list("select id from contacts")
	g.ids["Users"] = list("select id from accounts")
	g.ids["Tokens"] = list("select id from tokens")
}

// sends asks what was made up.
func (p *program) sends(r request) reply {
	p.Helper()
	as := p
	for name, values := range r.header {
		as = as.with(name, values[0])
	}
	return as.ask(r.method+" "+r.path, r.body)
}

// answer says what of an answer is not as the document has it.
func (g *generator) answer(operation map[string]any, got reply) []string {
	if got.status >= 500 {
		return []string{"it failed"}
	}
	answers := operation["responses"].(map[string]any)
	answer, known := answers[fmt.Sprint(got.status)].(map[string]any)
	kind, _, _ := strings.Cut(got.header.Get("Content-Type"), ";")
	if !known {
		if got.status == http.StatusMethodNotAllowed || got.status == http.StatusNotFound || got.status == http.StatusBadRequest {
			answer, _ = answers["422"].(map[string]any) // the path was not the operation's any more
		} else {
			return []string{"the status is not in the document"}
		}
	}
	content, _ := answer["content"].(map[string]any)
	if len(content) == 0 {
		if got.body != "" {
			return []string{"it has a body"}
		}
		return nil
	}
	of, known := content[kind].(map[string]any)
	if !known {
		return []string{"it is " + kind}
	}
	if !strings.HasSuffix(kind, "json") {
		return nil // events are looked at where they are followed, files where they are written
	}
	value, err := parsed(got.body)
	if err != nil {
		return []string{err.Error()}
	}
	wrong := g.check(of["schema"], value, "answer")
	for name := range headersOf(answer) {
		if got.header.Get(name) == "" {
			wrong = append(wrong, "the header "+name+" is missing")
		}
	}
	return wrong
}

func headersOf(answer map[string]any) map[string]any {
	headers, _ := answer["headers"].(map[string]any)
	return headers
}
