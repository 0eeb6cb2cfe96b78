package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"parley/catalog"
	"parley/catalog/fault"
)

// Files writes what shops sell to files and lists.
type Files interface {
	// Export writes everything of a shop in a format of exports.
	Export(ctx context.Context, to io.Writer, shop catalog.Merchant, format string) error
	// FeedAddress is where a feed of a shop is for whoever lists it elsewhere.
	FeedAddress(shop catalog.Merchant, feed string) string
	// Feed is a list of what a shop sells, at most some minutes old.
	Feed(ctx context.Context, shop catalog.Merchant, feed string) (FeedFile, error)
}

// FeedFile is a feed as it was made last. Whoever has it closes it.
type FeedFile struct {
	io.ReadCloser
	Size    int64
	ETag    string // with its quotes
	Changed time.Time
}

// exports are the formats that a shop is written in, with their types and what their files end in.
var exports = map[string]struct{ kind, suffix string }{
	"shopify": {"text/csv; charset=utf-8", "csv"}, "woocommerce": {"text/csv; charset=utf-8", "csv"}, "yml": {"application/xml; charset=utf-8", "xml"},
	"xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"}, "csv": {"text/csv; charset=utf-8", "csv"},
}

var exportFormats = []any{"csv", "xlsx", "shopify", "woocommerce", "yml"}

// feeds are the lists for elsewhere.
var feeds = []struct{ name, title string }{{"yml", "Yandex Market"}, {"google", "Google Merchant"}}

// Feed is a list of what a shop sells, for who shows it elsewhere.
type Feed struct {
	Name    string `json:"name" example:"yml"`
	Title   string `json:"title" example:"Yandex Market" doc:"Who takes it."`
	Address string `json:"address" example:"https://shop.example/feeds/meadow/yml.xml" doc:"Where it is for everybody, while the shop is open."`
}

func (a *API) fileOperations(under fiber.Router) {
	const at = "/merchants/{merchant}"
	read(a, op{id: "list-feeds", does: "GET " + at + "/feeds", tag: "Exports", scope: "catalog:read", summary: "List feeds",
		about: "Lists of what is for sale, for who shows it elsewhere."}, a.listFeeds)
	a.streamed(under, op{id: "export-products", does: "GET " + at + "/export", tag: "Exports", roles: sellers, scope: "catalog:read", summary: "Export a shop",
		about: "All its products in whatever state, as a file that the shop takes back in without a change."},
		[]string{"text/csv", "application/xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		[]*huma.Param{{Name: "format", In: "query", Required: true, Schema: &huma.Schema{Type: huma.TypeString, Enum: exportFormats},
			Description: "csv and xlsx are our own table."}}, a.export)
	names := []any{}
	for _, f := range feeds {
		names = append(names, f.name)
	}
	a.streamed(under, op{id: "get-feed", does: "GET " + at + "/feeds/{feed}", tag: "Exports", scope: "catalog:read", summary: "Show a feed",
		about: "At most some minutes old; a request with `If-None-Match` is answered with 304 while it stays the same."}, []string{"application/xml"},
		[]*huma.Param{{Name: "feed", In: "path", Required: true, Description: "The feed.", Schema: &huma.Schema{Type: huma.TypeString, Enum: names}}}, a.feed)
}

// streamed is a reading operation that answers with something other than JSON. It is a route of the server's own, since
// huma keeps whole answers in memory.
func (a *API) streamed(under fiber.Router, o op, types []string, params []*huma.Param, do func(ctx context.Context, c *call) error) {
	h := a.described(o)
	content := map[string]*huma.MediaType{}
	for _, one := range types {
		content[one] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	}
	h.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: content}}
	if a.huma.OpenAPI().Components.Schemas.Map()["Problem"] == nil {
		panic("the problem of RFC 9457 has no schema")
	}
	for _, status := range h.Errors {
		h.Responses[fmt.Sprint(status)] = &huma.Response{Description: statusText(status), Content: map[string]*huma.MediaType{problemType: {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}}}
	}
	if strings.HasSuffix(h.Path, "{feed}") {
		h.Responses["304"] = &huma.Response{Description: http.StatusText(http.StatusNotModified)}
	}
	h.Parameters = append(h.Parameters, &huma.Param{Name: "merchant", In: "path", Required: true, Description: "The shop.", Schema: &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: pointer(1.0)}})
	h.Parameters = append(h.Parameters, params...)
	a.huma.OpenAPI().AddOperation(&h)
	route := strings.NewReplacer("{", ":", "}", "").Replace(h.Path)
	under.Get(route, func(f *fiber.Ctx) error {
		c := &call{op: o, language: languageOf(f), fiber: f}
		ctx := f.UserContext()
		err := a.letIn(ctx, c)
		if err == nil {
			err = do(ctx, c)
		}
		if err != nil {
			a.send(f, a.problem(ctx, c, err))
		}
		return nil
	})
}

func statusText(status int) string { return newProblem("en", status, "", nil).Title }

func (a *API) listFeeds(_ context.Context, c *call, _ *ShopPath) (*plain[Page[Feed]], error) {
	page := Page[Feed]{}
	for _, f := range feeds {
		page.Items = append(page.Items, Feed{f.name, f.title, a.Files.FeedAddress(c.shop, f.name)})
	}
	return &plain[Page[Feed]]{page}, nil
}

// export answers with a file, once all of it is written: until then it can still fail with a sentence.
func (a *API) export(ctx context.Context, c *call) error {
	format := strings.Clone(c.fiber.Query("format"))
	known, ok := exports[format]
	if !ok {
		return fault.New(fault.Invalid, "request.format").With("field", "query.format")
	}
	file, err := os.CreateTemp("", "parley-export-")
	if err != nil {
		return fmt.Errorf("make a place for an export: %w", err)
	}
	err = errors.Join(os.Remove(file.Name()), a.Files.Export(ctx, file, c.shop, format)) // it is there while it is open
	size, sought := file.Seek(0, io.SeekCurrent)
	if err = errors.Join(err, sought); err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		if refused, is := fault.Of(err); is {
			err = refused
		}
		return errors.Join(err, file.Close())
	}
	c.fiber.Set(fiber.HeaderContentType, known.kind)
	c.fiber.Set(fiber.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="%s-%s.%s"`, c.shop.Slug, format, known.suffix))
	return c.fiber.SendStream(file, int(size)) // it closes the file
}

func (a *API) feed(ctx context.Context, c *call) error {
	name := strings.Clone(c.fiber.Params("feed"))
	if !slices.ContainsFunc(feeds, func(f struct{ name, title string }) bool { return f.name == name }) {
		return fault.New(fault.Missing, "request.no_address")
	}
	found, err := a.Files.Feed(ctx, c.shop, name)
	if err != nil {
		return err
	}
	c.fiber.Set(fiber.HeaderContentType, "application/xml; charset=utf-8")
	c.fiber.Set(fiber.HeaderETag, found.ETag)
	c.fiber.Set(fiber.HeaderLastModified, found.Changed.UTC().Format(http.TimeFormat))
	if (Matching{IfMatch: c.header(fiber.HeaderIfNoneMatch)}).names(found.ETag) {
		c.fiber.Status(http.StatusNotModified)
		return found.Close()
	}
	return c.fiber.SendStream(found.ReadCloser, int(found.Size))
}
