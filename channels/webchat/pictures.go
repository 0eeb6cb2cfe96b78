package webchat

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"parley/catalog/fault"
	"parley/channels"
)

// lasting is an ability of pictures of which some never change: a name with a hash in it always means the same one.
type lasting interface{ Lasting(name string) bool }

// Pictures serves our own pictures to every channel that shows them by address. Mount it on /pictures/*. One that is
// lasting may be kept for a year without asking again, and its name is its tag.
func Pictures(of channels.Pictures) fiber.Handler {
	return func(c *fiber.Ctx) error {
		name, err := url.PathUnescape(c.Params("*"))
		if err != nil || !pictureName(name) {
			return c.SendStatus(fiber.StatusNotFound)
		}
		kept, tag := "public, max-age=604800", ""
		if forever, able := of.(lasting); able && forever.Lasting(name) {
			kept, tag = "public, max-age=31536000, immutable", `"`+name+`"`
			if c.Get(fiber.HeaderIfNoneMatch) == tag {
				return c.SendStatus(fiber.StatusNotModified)
			}
		}
		return show(c, of, name, kept, tag)
	}
}

// show sends a picture. Without a tag it gets that of its content.
func show(c *fiber.Ctx, of channels.Pictures, name, kept, tag string) error {
	content, mime, err := of.Picture(c.UserContext(), name)
	switch {
	case fault.KindOf(err) == fault.Missing:
		return c.SendStatus(fiber.StatusNotFound)
	case err != nil:
		return err
	case !strings.HasPrefix(mime, "image/"):
		return c.SendStatus(fiber.StatusNotFound)
	}
	if tag == "" {
		sum := sha256.Sum256(content)
		tag = `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	}
	c.Set(fiber.HeaderETag, tag)
	c.Set(fiber.HeaderCacheControl, kept)
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox") // a drawing opened by itself runs nothing
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")                                      // messengers and other sites show them
	if c.Get(fiber.HeaderIfNoneMatch) == tag {
		return c.SendStatus(fiber.StatusNotModified)
	}
	c.Set(fiber.HeaderContentType, mime)
	return c.Send(content)
}

// pictureName keeps paths that lead elsewhere away from whoever reads files.
func pictureName(name string) bool {
	if name == "" || len(name) > 200 || strings.ContainsAny(name, "\\\x00") || strings.HasPrefix(name, "/") {
		return false
	}
	for _, part := range strings.Split(name, "/") {
		if part == "" || strings.HasPrefix(part, ".") {
			return false
		}
	}
	return true
}
