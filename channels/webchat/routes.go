package webchat

import (
	"strings"

	"github.com/gofiber/fiber/v2"
)

// Where things are.
const (
	pagePath    = "/chat/"
	framePath   = "/embed/"
	assetPath   = "/webchat/"
	picturePath = "/pictures/"
)

// Routes puts the web chat on a program's URLs. Nothing that reads response bodies (etag, cache, compression
// that buffers) may stand before …/stream.
func (a *Adapter) Routes(app fiber.Router) {
	for _, base := range []struct {
		path   string
		framed bool
	}{{pagePath, false}, {framePath, true}} {
		at := base.path + ":slug"
		app.Get(at, a.headers(base.framed), a.page(base.framed))
		app.Post(at+"/say", a.headers(base.framed), a.say(base.framed))
		app.Get(at+"/history", a.headers(base.framed), a.history(base.framed))
		app.Get(at+"/stream", a.headers(base.framed), a.stream(base.framed))
	}
	app.Get("/widget.js", a.widget)
	app.Get(assetPath+":hash/:name", a.asset)
}

// policy allows our own files, pictures from anywhere over https, and nothing written into the page.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "

// framers are the sites that may frame the chat: any safe one, and a developer's own machine.
const framers = "'self' https: http://localhost:* http://127.0.0.1:*"

func (a *Adapter) headers(framed bool) fiber.Handler {
	ancestors, resource := "'self'", "same-origin"
	if framed {
		ancestors = framers
	}
	return func(c *fiber.Ctx) error {
		c.Set("Content-Security-Policy", policy+ancestors)
		c.Set("X-Content-Type-Options", "nosniff")
		c.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		c.Set("Permissions-Policy", "geolocation=(self), camera=(), microphone=(), payment=()")
		c.Set("Cross-Origin-Resource-Policy", resource)
		c.Set("Cache-Control", "no-store")
		c.Response().Header.Del("X-Frame-Options") // frame-ancestors says it, and better
		return c.Next()
	}
}

// widget is the script for other sites. It keeps its name, so it is asked for anew when it is an hour old.
func (a *Adapter) widget(c *fiber.Ctx) error {
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	return a.serve(c, "widget.js", "public, max-age=3600")
}

// asset of another version is answered with this one's, not to be kept: a page may outlive a deployment.
func (a *Adapter) asset(c *fiber.Ctx) error {
	keep := "no-cache"
	if c.Params("hash") == a.assets.hash {
		keep = "public, max-age=31536000, immutable"
	}
	return a.serve(c, c.Params("name"), keep)
}

var assetTypes = map[string]string{"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}

func (a *Adapter) serve(c *fiber.Ctx, name, keep string) error {
	content, ok := a.assets.files[name]
	if !ok {
		return c.SendStatus(fiber.StatusNotFound)
	}
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set(fiber.HeaderCacheControl, keep)
	c.Set(fiber.HeaderETag, `"`+a.assets.hash+`"`)
	if c.Get(fiber.HeaderIfNoneMatch) == `"`+a.assets.hash+`"` {
		return c.SendStatus(fiber.StatusNotModified)
	}
	c.Set(fiber.HeaderContentType, assetTypes[name[strings.LastIndexByte(name, '.')+1:]])
	return c.Send(content)
}
