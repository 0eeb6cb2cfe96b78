package main

import (
	"errors"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/gofiber/fiber/v2/middleware/recover"
	"github.com/gofiber/fiber/v2/middleware/requestid"
	"github.com/valyala/fasthttp"

	"parley/admin/api"
	"parley/catalog/formats"
	"parley/channels/webchat"
)

// mostBody is how large a request may be, in bytes.
const mostBody = 2 << 20

// routes is every URL of the product.
func (s *server) routes() *fiber.App {
	app := fiber.New(fiber.Config{
		AppName: "parley", DisableStartupMessage: true, Immutable: true, BodyLimit: mostBody, ReadBufferSize: 16 << 10, StreamRequestBody: true, DisablePreParseMultipartForm: true, // see bodies
		ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, ErrorHandler: s.problem, // no WriteTimeout: it would cut streams
		EnableTrustedProxyCheck: true, TrustedProxies: s.settings.TrustedProxies, ProxyHeader: proxyHeader(s.settings.TrustedProxies),
	})
	app.Server().HeaderReceived = slowBodies
	app.Use(recover.New(), requestid.New(), s.secure, s.logRequest, bodies)

	app.Get("/", s.front)
	app.Get("/healthz", s.healthy)
	app.Get("/readyz", s.ready)
	app.Get("/metrics", adaptor.HTTPHandler(s.metrics.handler()))

	s.web.Routes(app)                                      // /chat/… /embed/… /widget.js /webchat/…
	app.Get("/pictures/*", webchat.Pictures(s.pictures())) // our own pictures
	app.Get("/feeds/:merchant/yml.xml", s.feeds.serve(formats.YMLFeed))
	app.Get("/feeds/:merchant/google.xml", s.feeds.serve(formats.GoogleFeed))
	app.Get("/pay/return/:key", s.returned)          // where processors send buyers back to
	app.Get("/connect/return/:key", s.connectReturn) // and shops' owners
	app.Get("/connect/again/:key", s.connectAgain)
	if s.sandbox != nil {
		s.sandbox.Routes(app, s.payments.Hear) // /sandbox/pay/:ref
	}
	if s.transfer != nil {
		s.transfer.Routes(app, s.owedFor) // /transfer/:key
	}
	if s.stripe != nil {
		app.Post("/hooks/stripe", s.stripe.Webhook(s.payments.Hear))
	}
	if s.telegram != nil && s.settings.PublicURL != "" {
		app.Post(s.telegram.Path(), s.telegram.Hook)
	}
	s.admin.Routes(app) // /admin/…
	s.api.Routes(app)   // /api/v1/…
	app.Use(func(*fiber.Ctx) error { return fiber.ErrNotFound })
	return app
}

// upload is where a picture comes in.
var upload = regexp.MustCompile(`^/api/v1/merchants/[0-9]+/products/[0-9]+/images$`)

// imported is where a file of products comes in.
var imported = regexp.MustCompile(`^/api/v1/merchants/[0-9]+/imports$`)

// stated is where a bank statement or a processor's report comes in.
var stated = regexp.MustCompile(`^/api/v1/merchants/[0-9]+/statements$`)

// slowBodies gives files the time that they take.
func slowBodies(header *fasthttp.RequestHeader) fasthttp.RequestConfig {
	path, _, _ := strings.Cut(string(header.RequestURI()), "?")
	if header.IsPost() && (imported.MatchString(path) || stated.MatchString(path)) {
		return fasthttp.RequestConfig{ReadTimeout: 10 * time.Minute}
	}
	return fasthttp.RequestConfig{}
}

// bodies reads what was sent into memory, as far as it may be: more where pictures come in. Files of products and of banks are left
// to be read as they come, by who knows them; the server itself would read whole bodies before anybody is asked, and once
// it reads them as they come it knows no bound.
func bodies(c *fiber.Ctx) error {
	stream := c.Context().RequestBodyStream()
	if stream == nil {
		return c.Next()
	}
	most, posted, streams := mostBody, c.Method() == fiber.MethodPost, false
	switch {
	case posted && upload.MatchString(c.Path()):
		most = api.MostUpload
	case posted && imported.MatchString(c.Path()):
		most, streams = api.MostImport, true
	case posted && stated.MatchString(c.Path()):
		most, streams = api.MostStatement, true
	}
	if c.Request().Header.ContentLength() > most {
		c.Context().SetConnectionClose() // nobody reads the rest
		return fiber.ErrRequestEntityTooLarge
	}
	if streams {
		return c.Next()
	}
	body, err := io.ReadAll(io.LimitReader(stream, int64(most)+1))
	switch {
	case err != nil:
		c.Context().SetConnectionClose()
		return fiber.ErrBadRequest
	case len(body) > most:
		c.Context().SetConnectionClose()
		return fiber.ErrRequestEntityTooLarge
	}
	c.Request().SetBody(body)
	return c.Next()
}

// proxyHeader is where trusted proxies say who is asking; without any nobody is believed.
func proxyHeader(trusted []string) string {
	if len(trusted) == 0 {
		return ""
	}
	return "X-Real-IP"
}

// secure sets what every answer should have; pages with needs of their own set theirs afterwards.
func (s *server) secure(c *fiber.Ctx) error {
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	c.Set("X-Frame-Options", "DENY")
	if c.Secure() || s.settings.PublicURL != "" && s.settings.PublicURL[:5] == "https" {
		c.Set("Strict-Transport-Security", "max-age=31536000")
	}
	return c.Next()
}

// logRequest writes one line for each request, without what people wrote: the route, not the path, and no query.
func (s *server) logRequest(c *fiber.Ctx) error {
	began := time.Now()
	err := c.Next()
	if err != nil { // so that the status is the one that is sent
		if failed := c.App().ErrorHandler(c, err); failed != nil {
			return failed
		}
	}
	status, route := c.Response().StatusCode(), c.Route().Path
	s.metrics.request(c.Method(), route, status, time.Since(began))
	level := slog.LevelDebug
	if status >= 500 {
		level = slog.LevelError
	}
	s.log.Log(c.UserContext(), level, "request", "id", c.GetRespHeader(fiber.HeaderXRequestID), "method", c.Method(),
		"route", route, "status", status, "took", time.Since(began).Round(time.Microsecond))
	return nil
}

// problem answers errors that no handler answered, without their words.
func (s *server) problem(c *fiber.Ctx, err error) error {
	status, said := fiber.StatusInternalServerError, "Something went wrong on our side."
	var known *fiber.Error
	if errors.As(err, &known) {
		status, said = known.Code, known.Message
	} else {
		s.log.ErrorContext(c.UserContext(), "request failed", "id", c.GetRespHeader(fiber.HeaderXRequestID), "route", c.Route().Path, "error", err)
	}
	if api.IsAPI(c.Path()) {
		return api.Refuse(c, status)
	}
	return c.Status(status).JSON(fiber.Map{"title": said, "status": status}, "application/problem+json")
}
