package api

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"parley/catalog"
)

// How a stream of an import goes: how often it looks, how long it may be quiet, and how long it lasts at most.
const (
	streamTick  = 500 * time.Millisecond
	streamQuiet = 15 * time.Second
	streamMost  = 30 * time.Minute
)

// importStream tells how an import gets on: an event whenever it got further, the last one when nothing is under way. Huma's events would
// not leave before the handler ends.
func (a *API) importStream(under fiber.Router) {
	o := op{
		id: "follow-import", does: "GET /merchants/{merchant}/imports/{id}/events", tag: "Imports", roles: sellers, scope: "catalog:write",
		summary: "Follow an import", about: "Server-sent events: `import` with the import whenever it got further. The stream ends when nothing is under way.",
	}
	id := &huma.Param{Name: "id", In: "path", Required: true, Description: "The import.", Schema: &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: pointer(1.0)}}
	a.streamed(under, o, []string{"text/event-stream"}, []*huma.Param{id}, a.followImport)
}

func (a *API) followImport(ctx context.Context, c *call) error {
	f := c.fiber
	id, err := f.ParamsInt("id")
	if err != nil {
		id = 0
	}
	now, err := a.Catalog.ImportByID(ctx, c.shop.ID, catalog.ImportID(id))
	if err != nil {
		return err
	}
	f.Set(fiber.HeaderContentType, "text/event-stream")
	f.Set("X-Accel-Buffering", "no")
	stopped, shop, language := f.Context().Done(), c.shop.ID, strings.Clone(c.language)
	f.Context().SetBodyStreamWriter(func(w *bufio.Writer) { a.tellImport(context.WithoutCancel(ctx), w, stopped, shop, language, now) })
	return nil
}

// tellImport writes events until nothing is under way, nobody listens or the server stops.
func (a *API) tellImport(ctx context.Context, w *bufio.Writer, stopped <-chan struct{}, shop catalog.MerchantID, language string, now catalog.Import) {
	ctx, done := context.WithTimeout(ctx, streamMost)
	defer done()
	tick := time.NewTicker(streamTick)
	defer tick.Stop()
	told, at := "", time.Now()
	for {
		text := string(encode(importView(language, now)))
		switch {
		case text != told:
			_, _ = fmt.Fprintf(w, "event: import\ndata: %s\n\n", text)
			told, at = text, time.Now()
		case time.Since(at) > streamQuiet:
			_, _ = w.WriteString(": still here\n\n")
			at = time.Now()
		}
		if w.Flush() != nil || !now.State.Working() && now.State != catalog.ImportReading {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-stopped:
			return
		case <-tick.C:
		}
		var err error
		if now, err = a.Catalog.ImportByID(ctx, shop, now.ID); err != nil {
			return // it was swept, or the database is gone: whoever listens asks again
		}
	}
}
