package admin

import (
	"log/slog"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/utils"

	"parley/catalog/fault"
	"parley/dialogs/texts"
)

// statuses is what each kind of fault is in HTTP.
var statuses = map[fault.Kind]int{
	fault.Invalid: fiber.StatusUnprocessableEntity, fault.Missing: fiber.StatusNotFound, fault.Conflict: fiber.StatusConflict,
	fault.Denied: fiber.StatusForbidden, fault.Unavailable: fiber.StatusServiceUnavailable, fault.Internal: fiber.StatusInternalServerError,
}

// exceptions are faults that HTTP has a better word for than their kind's.
var exceptions = map[string]int{
	"account.signed_out": fiber.StatusUnauthorized, "account.sign_in_refused": fiber.StatusUnauthorized,
	"account.too_many_tries": fiber.StatusTooManyRequests, "form.too_large": fiber.StatusRequestEntityTooLarge,
	"inbox.too_many_streams": fiber.StatusTooManyRequests,
}

func statusOf(err error) int {
	if known, is := fault.Of(err); is {
		if status, special := exceptions[known.Key]; special {
			return status
		}
	}
	return statuses[fault.KindOf(err)]
}

// plain is what is said of a fault that has no sentence of its own.
var plain = map[fault.Kind]string{
	fault.Invalid:     "That could not be read. Please check it and try again.",
	fault.Missing:     "There is no such page, or it is not one of yours.",
	fault.Conflict:    "That is not possible any more. The page now shows how things stand.",
	fault.Denied:      "You are not permitted to do that.",
	fault.Unavailable: "That does not work at the moment. Please try again in a minute.",
	fault.Internal:    "Something went wrong on our side. Nothing was changed.",
}

// sentence is what a person is told about an error: never anything that nobody classified.
func sentence(err error) string {
	known, is := fault.Of(err)
	if !is || known.Kind == fault.Internal {
		return plain[fault.Internal]
	}
	args := make(map[string]any, len(known.Args))
	for name, value := range known.Args {
		args[name] = value
	}
	if text := texts.Say("en", known.Key, args); text != known.Key {
		return text
	}
	return plain[known.Kind]
}

// isTheirs says whether whoever filled a form in can do something about an error.
func isTheirs(err error) bool {
	kind := fault.KindOf(err)
	return kind == fault.Invalid || kind == fault.Conflict
}

// plight is what the page of an error is given.
type plight struct {
	frame
	Title   string
	Says    string
	Request string // by which the log is found
}

var plights = map[int]string{
	fiber.StatusNotFound: "Nothing here", fiber.StatusForbidden: "Not permitted", fiber.StatusConflict: "Not any more",
	fiber.StatusTooManyRequests: "A moment, please", fiber.StatusRequestEntityTooLarge: "Too large",
}

// answer turns what a handler returned into a page. What nobody classified is logged here, once.
func (a *Admin) answer(v *visit, err error) error {
	if err == nil {
		return nil
	}
	status := statusOf(err)
	if status == fiber.StatusUnauthorized {
		return a.toSignIn(v)
	}
	p := plight{frame: a.frame(v, plights[status]), Title: plights[status], Says: sentence(err)}
	if p.Title == "" {
		p.Title = "That did not work"
	}
	if status >= fiber.StatusInternalServerError {
		p.Request = requestID(v.Ctx)
		a.Log.ErrorContext(v.ctx, "staff page", slog.String("route", strings.Clone(v.Route().Path)), slog.String("request", p.Request), slog.Any("error", err))
		v.Set(fiber.HeaderRetryAfter, "5")
	}
	if p.frame.Page == "" {
		p.frame.Page = p.Title
	}
	return a.html(v, status, "plight", p)
}

// toSignIn sends somebody to the door and remembers where they were going. A script that listens is told so.
func (a *Admin) toSignIn(v *visit) error {
	if strings.Contains(v.Get(fiber.HeaderAccept), "text/event-stream") {
		return v.SendStatus(fiber.StatusUnauthorized)
	}
	to := Base + signInPath
	if going := strings.Clone(v.OriginalURL()); v.Method() == fiber.MethodGet && going != Base && going != Base+"/" {
		to += "?to=" + url.QueryEscape(going)
	}
	return v.Redirect(to, fiber.StatusSeeOther)
}

// requestID is the one that the program gave the request, or a new one.
func requestID(c *fiber.Ctx) string {
	if id := strings.Clone(c.GetRespHeader(fiber.HeaderXRequestID)); id != "" {
		return id
	}
	return utils.UUIDv4()
}
