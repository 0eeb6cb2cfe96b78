package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// docsPage is the page that shows the document, and the document.
type docsPage struct{}

func loadDocs() (docsPage, error) { return docsPage{}, nil }

// Document is the OpenAPI 3.1 document of all operations, as it is served. Routes has to be called before.
func (a *API) Document() ([]byte, error) {
	text, err := json.MarshalIndent(a.huma.OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	return append(text, '\n'), nil
}

func (a *API) docsRoutes(under fiber.Router) {
	document, err := a.Document()
	under.Get("/openapi.json", func(c *fiber.Ctx) error {
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, "application/openapi+json")
		return c.Send(document)
	})
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
