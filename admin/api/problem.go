package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"

	"parley/catalog/fault"
	"parley/dialogs/texts"
)

// Problem is a refusal, as in RFC 9457.
type Problem struct {
	Type    string         `json:"type" example:"about:blank" doc:"What kind of problem, as a URI; about:blank: what the status says."`
	Title   string         `json:"title" example:"Unprocessable Entity" doc:"The status in words."`
	Status  int            `json:"status" example:"422" minimum:"400" maximum:"599"`
	Code    string         `json:"code" example:"catalog.nameless" doc:"What is wrong, for programs: it stays the same in every language."`
	Detail  string         `json:"detail" example:"A name is missing." doc:"What is wrong, for people."`
	Request string         `json:"request,omitempty" doc:"By which the log is found."`
	Errors  []FieldProblem `json:"errors,omitempty" doc:"What is wrong, field by field."`
	headers http.Header
}

// FieldProblem is what is wrong with one field.
type FieldProblem struct {
	Field  string `json:"field" example:"body.variants[0].sku" doc:"Where: body, path, query or header, and the path in it."`
	Code   string `json:"code" example:"catalog.sku_taken"`
	Detail string `json:"detail" example:"The SKU A-1 belongs to another product."`
}

// Error is for logs.
func (p *Problem) Error() string { return p.Code }

// GetStatus is the status of the answer.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are those that the answer has besides.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType is application/problem+json.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

// statuses is what each kind of fault is in HTTP.
var statuses = map[fault.Kind]int{
	fault.Invalid: http.StatusUnprocessableEntity, fault.Missing: http.StatusNotFound, fault.Conflict: http.StatusConflict,
	fault.Denied: http.StatusForbidden, fault.Unavailable: http.StatusServiceUnavailable, fault.Internal: http.StatusInternalServerError,
}

// exceptions are faults that HTTP has a better word for than their kind's.
var exceptions = map[string]int{
	"account.signed_out": http.StatusUnauthorized, "account.sign_in_refused": http.StatusUnauthorized,
	"token.refused": http.StatusUnauthorized, "token.missing_header": http.StatusUnauthorized,
	"account.too_many_tries": http.StatusTooManyRequests, "request.too_many": http.StatusTooManyRequests,
	"request.if_match_missing": http.StatusPreconditionRequired, "request.changed_meanwhile": http.StatusPreconditionFailed,
	"request.method": http.StatusMethodNotAllowed, "request.address": http.StatusBadRequest,
	"request.too_large": http.StatusRequestEntityTooLarge,
}

// words is the fault that a status is when nothing more is known of it.
var words = map[int]string{
	http.StatusBadRequest: "request.unreadable", http.StatusNotFound: "request.no_address", http.StatusMethodNotAllowed: "request.method",
	http.StatusNotAcceptable: "request.not_acceptable", http.StatusRequestTimeout: "request.slow", http.StatusRequestEntityTooLarge: "request.too_large",
	http.StatusUnsupportedMediaType: "request.media_type", http.StatusUnprocessableEntity: "request.invalid",
	http.StatusTooManyRequests: "request.too_many", http.StatusRequestHeaderFieldsTooLarge: "request.headers_too_large",
	http.StatusServiceUnavailable: "request.unavailable", http.StatusUnauthorized: "token.missing_header",
}

func init() {
	huma.DefaultArrayNullable = false // lists are never null
	huma.NewError = func(status int, said string, errs ...error) huma.StatusError {
		return newProblem("en", status, said, errs)
	}
	huma.NewErrorWithContext = func(h huma.Context, status int, said string, errs ...error) huma.StatusError {
		c := humafiber.Unwrap(h)
		p := newProblem(languageOf(c), status, said, errs)
		p.Request = requestID(c)
		return p
	}
}

// newProblem is what huma found wrong, in our words: its own would tell of the inside.
func newProblem(language string, status int, _ string, errs []error) *Problem {
	key, known := words[status]
	if !known {
		key = "request.failed"
	}
	p := &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: key, Detail: texts.Say(language, key, nil)}
	if status >= http.StatusInternalServerError {
		return p
	}
	for _, err := range errs {
		var detail *huma.ErrorDetail
		if errors.As(err, &detail) {
			p.Errors = append(p.Errors, fieldProblem(language, detail))
		}
	}
	return p
}

// fieldProblem tells what is wrong with a field. What the decoder says is not repeated: it names Go's types.
func fieldProblem(language string, d *huma.ErrorDetail) FieldProblem {
	said, code, at := d.Message, "field.invalid", d.Location
	missing, isMissing := strings.CutPrefix(said, "expected required property ")
	switch {
	case isMissing:
		name, _, _ := strings.Cut(missing, " to be present")
		code, at = "field.missing", at+"."+name
	case strings.HasPrefix(said, "required "):
		code = "field.missing"
	case strings.HasPrefix(said, "unexpected property"), strings.HasPrefix(said, "unknown query"):
		code = "field.unknown"
	case !strings.HasPrefix(said, "expected "):
		return FieldProblem{Field: firstLetters(at, 300), Code: code, Detail: texts.Say(language, "field.invalid", nil)}
	}
	return FieldProblem{Field: firstLetters(at, 300), Code: code, Detail: firstLetters(said, 300)}
}

func firstLetters(text string, most int) string {
	for i := range text {
		if most--; most < 0 {
			return text[:i] + "…"
		}
	}
	return text
}

// problem is an error as it is answered. What nobody classified is logged here, once, and not told.
func (a *API) problem(ctx context.Context, c *call, err error) *Problem {
	p := say(c.language, err)
	if known, is := fault.Of(err); !is || known.Kind == fault.Internal {
		a.Log.ErrorContext(ctx, "api", slog.String("operation", c.op.id), slog.String("request", requestID(c.fiber)), slog.Any("error", err))
	}
	p.Request = requestID(c.fiber)
	return p
}

// say is an error in a language.
func say(language string, err error) *Problem {
	known, is := fault.Of(err)
	if !is || known.Kind == fault.Internal {
		known = fault.New(fault.Internal, "request.failed")
	}
	status := statuses[known.Kind]
	if special, is := exceptions[known.Key]; is {
		status = special
	}
	p := &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: known.Key, Detail: sentence(language, known), headers: http.Header{}}
	if field := known.Args["field"]; field != "" {
		if !inRequest.MatchString(field) {
			field = "body." + field
		}
		p.Errors = []FieldProblem{{Field: field, Code: known.Key, Detail: p.Detail}}
	}
	var several *several
	if errors.As(err, &several) {
		p.Errors = several.of(language)
	}
	p.hint(known)
	return p
}

// several is what is wrong with several parts of a request, by where they are in it.
type several struct {
	fields []string
	errs   []error
}

func (s *several) add(field string, err error) {
	s.fields, s.errs = append(s.fields, field), append(s.errs, err)
}

// Error is for logs.
func (s *several) Error() string { return errors.Join(s.errs...).Error() }

// Unwrap is what they are together.
func (s *several) Unwrap() error { return fault.New(fault.Invalid, "request.invalid") }

func (s *several) of(language string) (all []FieldProblem) {
	for i, err := range s.errs {
		p := say(language, err)
		at := FieldProblem{Field: s.fields[i], Code: p.Code, Detail: p.Detail}
		if len(p.Errors) > 0 {
			at.Field += "." + strings.TrimPrefix(p.Errors[0].Field, "body.")
		}
		all = append(all, at)
	}
	return all
}

var inRequest = regexp.MustCompile(`^(body|query|path|header)\b`)

// hint says what to do next, in headers.
func (p *Problem) hint(known *fault.Error) {
	switch p.Status {
	case http.StatusUnauthorized:
		p.headers.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="parley"`)
	case http.StatusServiceUnavailable:
		p.headers.Set(fiber.HeaderRetryAfter, "5")
	case http.StatusTooManyRequests:
		seconds := known.Args["seconds"]
		if minutes, err := strconv.Atoi(known.Args["minutes"]); err == nil {
			seconds = strconv.Itoa(minutes * 60)
		}
		p.headers.Set(fiber.HeaderRetryAfter, seconds)
	}
}

func sentence(language string, known *fault.Error) string {
	args := make(map[string]any, len(known.Args))
	for name, value := range known.Args {
		args[name] = value
	}
	if count, err := strconv.Atoi(known.Args["count"]); err == nil {
		args["count"] = count
	}
	return texts.Say(language, known.Key, args)
}

// tooMany tells when to come again.
func tooMany(wait time.Duration) error {
	return fault.New(fault.Unavailable, "request.too_many").With("seconds", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
}

// refuse answers what no operation answers.
func (a *API) refuse(c *fiber.Ctx, err error) error {
	p := say(languageOf(c), err)
	p.Request = requestID(c)
	a.send(c, p)
	return nil
}

func (a *API) send(c *fiber.Ctx, p *Problem) {
	for name, values := range p.headers {
		c.Set(name, strings.Join(values, ", "))
	}
	c.Status(p.Status).Response().SetBody(encode(p))
	c.Set(fiber.HeaderContentType, problemType)
}

// Refuse answers a request to the API that its own handlers never saw, with a status of the server's: a body that is
// too large, or headers.
func Refuse(c *fiber.Ctx, status int) error {
	p := newProblem(languageOf(c), status, "", nil)
	p.Request = requestID(c)
	c.Status(status).Response().SetBody(encode(p))
	c.Set(fiber.HeaderContentType, problemType)
	return nil
}

// IsAPI says whether a path is the API's.
func IsAPI(path string) bool { return path == Base || strings.HasPrefix(path, Base+"/") }

// requestID is the one that the program gave the request, or a new one.
func requestID(c *fiber.Ctx) string {
	if id := strings.Clone(c.GetRespHeader(fiber.HeaderXRequestID)); id != "" {
		return id
	}
	id := utils.UUIDv4()
	c.Set(fiber.HeaderXRequestID, id)
	return id
}
