package admin

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"
)

//go:embed web
var embedded embed.FS

// assets is the pages' scripts and styles. Their folder is named after all of their content, so that a
// browser keeps them for ever and no page meets scripts of another version.
type assets struct {
	files map[string][]byte
	hash  string
}

func loadAssets() (assets, error) {
	loaded := assets{files: map[string][]byte{}}
	entries, err := fs.ReadDir(embedded, "web/static")
	if err != nil {
		return loaded, fmt.Errorf("staff assets: %w", err)
	}
	sum := sha256.New()
	for _, entry := range entries {
		content, err := embedded.ReadFile(path.Join("web/static", entry.Name()))
		if err != nil {
			return loaded, fmt.Errorf("staff assets: %w", err)
		}
		loaded.files[entry.Name()] = content
		sum.Write([]byte(entry.Name() + "\x00"))
		sum.Write(content)
	}
	loaded.hash = base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
	return loaded, nil
}

// path is where a browser finds an asset of this version.
func (a assets) path(name string) string { return Base + staticPath + a.hash + "/" + name }

var assetTypes = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
}

// asset of another version is answered with this one's, not to be kept: a page may outlive a deployment.
func (a *Admin) asset(c *fiber.Ctx) error {
	content, ok := a.assets.files[c.Params("name")]
	if !ok {
		return c.SendStatus(fiber.StatusNotFound)
	}
	a.headers(c)
	c.Set(fiber.HeaderCacheControl, "no-cache")
	if c.Params("hash") == a.assets.hash {
		c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	}
	c.Set(fiber.HeaderContentType, assetTypes[path.Ext(c.Params("name"))])
	return c.Send(content)
}

// pages is the templates, by the name of their file.
type pages map[string]*template.Template

func loadPages(static assets) (pages, error) {
	shared, err := template.New("layout").Funcs(functions(static)).ParseFS(embedded, "web/layout.html", "web/icons.html", "web/parts.html")
	if err != nil {
		return nil, fmt.Errorf("staff pages: %w", err)
	}
	files, err := fs.Glob(embedded, "web/*_*.html")
	if err != nil {
		return nil, err
	}
	loaded := pages{}
	for _, file := range append(files, "web/plight.html") {
		page, err := template.Must(shared.Clone()).ParseFS(embedded, file)
		if err != nil {
			return nil, fmt.Errorf("staff pages: %w", err)
		}
		loaded[strings.TrimSuffix(path.Base(file), ".html")] = page
	}
	return loaded, nil
}

// html answers with a page. It is made in memory, so that a broken one is an error and not half a page.
func (a *Admin) html(v *visit, status int, name string, data any) error {
	var out bytes.Buffer
	if err := a.pages[name].ExecuteTemplate(&out, "layout", data); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	v.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return v.Status(status).Send(out.Bytes())
}
