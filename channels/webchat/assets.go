package webchat

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"time"

	"golang.org/x/text/language"
)

//go:embed web
var embedded embed.FS

// assets is the page's scripts and styles. Their folder is named after all of their content, so that a browser
// keeps them for ever and no page meets scripts of another version.
type assets struct {
	files map[string][]byte // by name
	hash  string
}

func loadAssets() (assets, error) {
	loaded := assets{files: map[string][]byte{}}
	entries, err := fs.ReadDir(embedded, "web/static")
	if err != nil {
		return loaded, fmt.Errorf("web chat assets: %w", err)
	}
	sum := sha256.New()
	for _, entry := range entries {
		content, err := embedded.ReadFile(path.Join("web/static", entry.Name()))
		if err != nil {
			return loaded, fmt.Errorf("web chat assets: %w", err)
		}
		loaded.files[entry.Name()] = content
		sum.Write([]byte(entry.Name() + "\x00"))
		sum.Write(content)
	}
	loaded.hash = base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
	return loaded, nil
}

// path is where a browser finds an asset of this version.
func (a assets) path(name string) string { return assetPath + a.hash + "/" + name }

// digest is a short name for content.
func digest(content string) string {
	sum := sha256.Sum256([]byte(content))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// pages is the templates and their words.
type pages struct {
	templates *template.Template
	texts     map[language.Tag]texts
}

func loadPages(static assets) (pages, error) {
	files, err := fs.Sub(embedded, "web")
	if err != nil {
		return pages{}, err
	}
	words, err := loadTexts(files)
	if err != nil {
		return pages{}, err
	}
	parsed, err := template.New("webchat").Funcs(template.FuncMap{
		"asset": static.path,
		"clock": func(at time.Time) string { return at.Format("15:04") + " UTC" }, // a script puts the buyer's own time
		"dict":  dict,
		"iso":   func(at time.Time) string { return at.Format(time.RFC3339) },
	}).ParseFS(files, "*.html")
	if err != nil {
		return pages{}, fmt.Errorf("web chat pages: %w", err)
	}
	return pages{parsed, words}, nil
}

// render is a template's output in memory, so that a broken one is an error and not half a page.
func (p pages) render(name string, data any) ([]byte, error) {
	var out bytes.Buffer
	if err := p.templates.ExecuteTemplate(&out, name, data); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return out.Bytes(), nil
}

// dict gives a template several things: names and values in turn.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict of %d", len(pairs))
	}
	named := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		named[name] = pairs[i+1]
	}
	return named, nil
}
