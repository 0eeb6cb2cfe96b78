package api

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"
)

//go:embed web
var embedded embed.FS

// docsPage is the page that shows the document: our own files and nothing from elsewhere. The folder of its script and
// style is named after their content, so that a browser keeps them for ever.
type docsPage struct {
	html  string
	files map[string][]byte
	hash  string
}

// docsPolicy allows our own files and calls to ourselves.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'none'; " +
	"base-uri 'none'; frame-ancestors 'none'"

func loadDocs() (docsPage, error) {
	page := docsPage{files: map[string][]byte{}}
	entries, err := fs.ReadDir(embedded, "web")
	if err != nil {
		return page, fmt.Errorf("the page of the API: %w", err)
	}
	sum := sha256.New()
	for _, entry := range entries {
		content, err := embedded.ReadFile(path.Join("web", entry.Name()))
		if err != nil {
			return page, fmt.Errorf("the page of the API: %w", err)
		}
		page.files[entry.Name()] = content
		sum.Write(content)
	}
	page.hash = base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
	page.html = strings.NewReplacer("{{assets}}", Base+"/docs/"+page.hash, "{{base}}", Base).Replace(string(page.files["docs.html"]))
	return page, nil
}

// Document is the OpenAPI 3.1 document of all operations, as it is served. Routes has to be called before.
func (a *API) Document() ([]byte, error) {
	text, err := json.MarshalIndent(a.huma.OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	return append(text, '\n'), nil
}

// Document30 is the document for programs that only read OpenAPI 3.0.
func (a *API) Document30() ([]byte, error) {
	text, err := a.huma.OpenAPI().Downgrade()
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI 3.0 document: %w", err)
	}
	var document any
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("read the OpenAPI 3.0 document: %w", err)
	}
	oldBytes(document)
	return json.Marshal(document)
}

// oldBytes has bytes described as 3.0 does, which huma leaves as they are in 3.1.
func oldBytes(part any) {
	switch part := part.(type) {
	case map[string]any:
		if part["type"] == "string" && (part["contentMediaType"] != nil || part["contentEncoding"] == "binary") {
			delete(part, "contentMediaType")
			delete(part, "contentEncoding")
			part["format"] = "binary"
		}
		for _, inner := range part {
			oldBytes(inner)
		}
	case []any:
		for _, inner := range part {
			oldBytes(inner)
		}
	}
}

// docsRoutes puts the document and its page up. Nobody need be signed in to read them. A document is written when somebody
// asks for it first: that takes longer than all else at a start.
func (a *API) docsRoutes(under fiber.Router) {
	for name, write := range map[string]func() ([]byte, error){"/openapi.json": a.Document, "/openapi-3.0.json": a.Document30} {
		written := sync.OnceValues(write)
		under.Get(name, func(c *fiber.Ctx) error {
			document, err := written()
			if err != nil {
				return err
			}
			c.Set(fiber.HeaderContentType, "application/openapi+json")
			return c.Send(document)
		})
	}
	under.Get("/docs", func(c *fiber.Ctx) error {
		c.Set("Content-Security-Policy", docsPolicy)
		c.Set("Referrer-Policy", "no-referrer")
		c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
		return c.SendString(a.page.html)
	})
	under.Get("/docs/:hash/:name", a.docsFile)
}

var docsTypes = map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}

func (a *API) docsFile(c *fiber.Ctx) error {
	name := c.Params("name")
	kind, known := docsTypes[path.Ext(name)]
	content, there := a.page.files[name]
	if !known || !there {
		return a.nothing(c)
	}
	c.Set(fiber.HeaderCacheControl, "no-cache")
	if c.Params("hash") == a.page.hash {
		c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	}
	c.Set(fiber.HeaderContentType, kind)
	return c.Send(content)
}

// sorted is all operations in the order of what they do.
func (a *API) sorted() []op {
	all := make([]op, 0, len(a.ops))
	for _, o := range a.ops {
		all = append(all, o)
	}
	slices.SortFunc(all, func(x, y op) int {
		methodX, pathX := x.split()
		methodY, pathY := y.split()
		return strings.Compare(pathX+" "+methodX, pathY+" "+methodY)
	})
	return all
}
