package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"time"

	"parley/catalog"
	"parley/catalog/fault"
)

// MostImport is how large a file of products may be that comes in here, in bytes.
const MostImport = catalog.MostFile

// Import is a file of products that was brought to a shop.
type Import struct {
	ID        int64      `json:"id"`
	Format    string     `json:"format" example:"shopify" doc:"shopify, woocommerce, yml, xlsx or csv; empty: none of them."`
	File      string     `json:"file" doc:"Its name."`
	Who       string     `json:"who" example:"staff:1"`
	State     string     `json:"state" enum:"reading,refused,ready,applying,applied,reverting,cancelled,failed,undoing,undone" doc:"refused: the file has errors; ready: it waits to be confirmed."`
	Created   int        `json:"created" doc:"Products that are new."`
	Changed   int        `json:"changed"`
	Unchanged int        `json:"unchanged"`
	Wrong     int        `json:"errors" doc:"While there are any, the file can't be confirmed."`
	Variants  int        `json:"variants" doc:"In the file."`
	Images    int        `json:"images" doc:"In the file."`
	Archives  int        `json:"archives" doc:"Variants for sale that would not be any more."`
	Reprices  int        `json:"reprices" doc:"Variants for sale that would cost something else."`
	Sweeping  bool       `json:"sweeping" doc:"More than a third of what the shop sells would go or cost something else: confirming needs to say so."`
	Counts    int        `json:"stock_changes" doc:"Variants of which the file says that there are more or fewer pieces. That comes in only if confirming says so."`
	Counted   bool       `json:"stock" doc:"Confirming said so."`
	Done      int        `json:"done" doc:"Products of what is under way."`
	Total     int        `json:"total" doc:"Of them; 0: not known yet."`
	Kept      int        `json:"kept" doc:"Products that could not be taken back, because they were sold or changed meanwhile."`
	Why       *Failure   `json:"why,omitempty" doc:"What ended an import that failed."`
	CreatedAt time.Time  `json:"created_at"`
	Confirmed *time.Time `json:"confirmed_at,omitempty"`
}

// ImportItem is what an import does to one product.
type ImportItem struct {
	Position int           `json:"position" doc:"In the order of the file, from 1."`
	Row      int           `json:"row" doc:"Where it begins."`
	Handle   string        `json:"handle"`
	Title    string        `json:"title"`
	What     string        `json:"what" enum:"create,change,unchanged"`
	Changes  []FieldChange `json:"changes"`
	Counts   []StockChange `json:"stock" doc:"How many pieces there are, where the file says otherwise."`
	Product  int64         `json:"product" doc:"0: it is not in the shop."`
}

// StockChange is how many pieces of a variant there are, and how many a file says.
type StockChange struct {
	Variant int64  `json:"variant"`
	SKU     string `json:"sku"`
	Was     int    `json:"before" doc:"When the file was looked at: what is sold meanwhile is not put back."`
	Now     int    `json:"after"`
}

// FieldChange is one field that an import changes.
type FieldChange struct {
	Field string `json:"field" example:"title:en"`
	Was   string `json:"before"`
	Now   string `json:"after"`
}

// ImportError is what is wrong with a file.
type ImportError struct {
	Row    int    `json:"row" doc:"The header is 1; 0: the file as a whole."`
	Column string `json:"column" doc:"As the header calls it; empty: the row as a whole."`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func importView(language string, i catalog.Import) Import {
	view := Import{
		ID: int64(i.ID), Format: i.Format, File: i.File, Who: i.Who, State: string(i.State), Created: i.Created, Changed: i.Changed, Unchanged: i.Unchanged,
		Wrong: i.Wrong, Variants: i.Variants, Images: i.Images, Archives: i.Archives, Reprices: i.Reprices, Sweeping: i.Sweeping(), Counts: i.Counts, Counted: i.Counted,
		Done: i.Done, Total: i.Total, Kept: i.Kept, Why: failureView(language, i.Why), CreatedAt: i.CreatedAt,
	}
	if !i.ConfirmedAt.IsZero() {
		view.Confirmed = &i.ConfirmedAt
	}
	return view
}

func (i Import) subject() string { return fmt.Sprintf("import:%d", i.ID) }

func (a *API) importOperations() {
	const at = "/merchants/{merchant}/imports"
	common := op{tag: "Imports", roles: sellers, scope: "catalog:write"}
	with := func(id, does, summary, about string) op {
		o := common
		o.id, o.does, o.summary, o.about = id, does, summary, about
		return o
	}
	upload := with("upload-import", "POST "+at, "Bring a file of products",
		"A product CSV of Shopify or WooCommerce, Yandex Market YML, or our own table as XLSX or CSV, at most 512 MB; what it is is seen by its content. "+
			"Nothing changes yet: the answer counts what would.")
	upload.status, upload.size, upload.patience, upload.file = 201, MostImport, 10*time.Minute, true
	writeAfter(a, upload, a.readImport, a.uploadImport)
	read(a, with("list-imports", "GET "+at, "List imports", "Newest first."), a.listImports)
	read(a, with("get-import", "GET "+at+"/{id}", "Show an import", "How far it is, too; `events` tells of it while it goes on."), a.getImport)
	read(a, with("list-import-items", "GET "+at+"/{id}/items", "Preview an import", "What it does to each product, field by field."), a.listImportItems)
	read(a, with("list-import-errors", "GET "+at+"/{id}/errors", "Show what is wrong with a file", "By row and column."), a.listImportErrors)
	write(a, with("confirm-import", "POST "+at+"/{id}/confirm", "Confirm an import", "It then comes in; one that archives or reprices more than a third of the shop needs `sweeping`."), a.confirmImport)
	write(a, with("cancel-import", "POST "+at+"/{id}/cancel", "Cancel an import", "What of it came in goes out again."), a.cancelImport)
	write(a, with("undo-import", "POST "+at+"/{id}/undo", "Undo an import", "While nobody has bought what it added."), a.undoImport)
}

type uploadImport struct {
	ShopPath
	Name string `query:"name" maxLength:"200" example:"products.csv" doc:"Of the file, for people."`
	read catalog.Import
}

// readImport looks at the file as it comes in, in transactions of its own, since a large one takes a while. It is never
// in memory as a whole.
func (a *API) readImport(ctx context.Context, c *call, in *uploadImport) (undo func(context.Context), err error) {
	sum := sha256.New()
	body := io.TeeReader(c.body(), sum)
	in.read, err = a.Catalog.Upload(ctx, c.shop.ID, catalog.Upload{Name: in.Name, Who: c.who, File: body})
	if err != nil {
		return nil, err
	}
	c.sum = sum.Sum(nil)
	return func(ctx context.Context) {
		if _, err := a.Catalog.Cancel(ctx, c.shop.ID, in.read.ID); err != nil {
			a.Log.WarnContext(ctx, "a preview that nobody knows of stays until it is swept", "import", in.read.ID, "error", err)
		}
	}, nil
}

// body is what was sent, as it comes in; at most as much of it as the operation takes.
func (c *call) body() io.Reader {
	if stream := c.fiber.Context().RequestBodyStream(); stream != nil {
		return &bounded{stream, c.op.size}
	}
	return bytes.NewReader(c.fiber.Body())
}

// bounded fails when more comes than may.
type bounded struct {
	from io.Reader
	left int64
}

// Read reads on, and fails with fault.Invalid "request.too_large" where too much comes.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fault.New(fault.Invalid, "request.too_large")
	}
	return n, err
}

// drain reads a body that nobody needs any more but for what it was.
func (c *call) drain() error {
	sum := sha256.New()
	if _, err := io.Copy(sum, c.body()); err != nil {
		return fmt.Errorf("read the body: %w", err)
	}
	c.sum = sum.Sum(nil)
	return nil
}

func (a *API) uploadImport(_ context.Context, c *call, in *uploadImport) (*made[Import], []deed, error) {
	view := importView(c.language, in.read)
	at := fmt.Sprintf("%s/merchants/%d/imports/%d", Base, c.shop.ID, view.ID)
	return &made[Import]{ETag: etagOf(view), Location: at, Body: view}, []deed{{subject: view.subject(), note: in.Name}}, nil
}

type listImports struct {
	ShopPath
	Paging
}

func (a *API) listImports(ctx context.Context, c *call, in *listImports) (*listed[Import], error) {
	return offsetPage(a, c, in.Paging, nil, func(page catalog.Page) ([]catalog.Import, error) { return a.Catalog.Imports(ctx, c.shop.ID, page) },
		func(i catalog.Import) Import { return importView(c.language, i) })
}

// offsetPage is a page of what is read by offset; the cursor holds it. Counting goes as far as one page of the largest.
func offsetPage[F, T any](a *API, c *call, p Paging, filters any, list func(catalog.Page) ([]F, error), show func(F) T) (*listed[T], error) {
	name := c.listOf(filters)
	at, err := a.after(name, p.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := list(catalog.Page{Offset: int(at.ID), Limit: min(p.Limit+1, 200)})
	if err != nil {
		return nil, err
	}
	limit := min(p.Limit, 199)
	page := Page[T]{}
	if len(found) > limit {
		found = found[:limit]
		page.Next = a.cursor(name, place{ID: at.ID + int64(limit)})
	}
	page.Items = all(found, show)
	if p.Total {
		page.Total, err = countedByPages(list)
	}
	return &listed[T]{page}, err
}

func countedByPages[F any](list func(catalog.Page) ([]F, error)) (*Total, error) {
	count := 0
	for count < mostCounted {
		found, err := list(catalog.Page{Offset: count, Limit: 200})
		if err != nil {
			return nil, err
		}
		if count += len(found); len(found) < 200 {
			return &Total{Count: min(count, mostCounted), Exact: true}, nil
		}
	}
	return &Total{Count: mostCounted}, nil
}

func (a *API) getImport(ctx context.Context, c *call, in *ItemPath) (*plain[Import], error) {
	i, err := a.Catalog.ImportByID(ctx, c.shop.ID, catalog.ImportID(in.ID))
	return &plain[Import]{importView(c.language, i)}, err
}

type listImportItems struct {
	ItemPath
	Paging
	What string `query:"what" enum:"create,change,unchanged"`
}

func (a *API) listImportItems(ctx context.Context, c *call, in *listImportItems) (*listed[ImportItem], error) {
	if _, err := a.getImport(ctx, c, &in.ItemPath); err != nil {
		return nil, err
	}
	return offsetPage(a, c, in.Paging, []any{in.ID, in.What}, func(page catalog.Page) ([]catalog.ImportItem, error) {
		return a.Catalog.ImportItems(ctx, c.shop.ID, catalog.ImportID(in.ID), catalog.ImportWhat(in.What), page)
	}, func(i catalog.ImportItem) ImportItem {
		return ImportItem{i.Position, i.Row, i.Handle, i.Title, string(i.What), all(i.Changes, func(f catalog.Change) FieldChange { return FieldChange(f) }),
			all(i.Counts, func(n catalog.Count) StockChange { return StockChange{int64(n.Variant), n.SKU, n.Was, n.Now} }), int64(i.Product)}
	})
}

type listImportErrors struct {
	ItemPath
	Paging
}

func (a *API) listImportErrors(ctx context.Context, c *call, in *listImportErrors) (*listed[ImportError], error) {
	if _, err := a.getImport(ctx, c, &in.ItemPath); err != nil {
		return nil, err
	}
	return offsetPage(a, c, in.Paging, in.ID, func(page catalog.Page) ([]catalog.RowError, error) {
		return a.Catalog.ImportErrors(ctx, c.shop.ID, catalog.ImportID(in.ID), page)
	}, func(e catalog.RowError) ImportError {
		return ImportError{e.Row, e.Column, e.Refusal.Key, sentence(c.language, e.Refusal)}
	})
}

// Confirmation is what somebody knows who confirms.
type Confirmation struct {
	Sweeping bool `json:"sweeping,omitempty" doc:"More than a third of the shop may go or cost something else."`
	Stock    bool `json:"stock,omitempty" doc:"How many pieces the file says there are comes in, too."`
}

type confirmImport struct {
	ItemPath
	Body Confirmation
}

func (a *API) confirmImport(ctx context.Context, c *call, in *confirmImport) (*plain[Import], []deed, error) {
	i, err := a.Catalog.Confirm(ctx, c.shop.ID, catalog.ImportID(in.ID), catalog.Consent{Sweeping: in.Body.Sweeping, Stock: in.Body.Stock})
	return stepped(c, i, err)
}

func (a *API) cancelImport(ctx context.Context, c *call, in *ItemPath) (*plain[Import], []deed, error) {
	i, err := a.Catalog.Cancel(ctx, c.shop.ID, catalog.ImportID(in.ID))
	return stepped(c, i, err)
}

func (a *API) undoImport(ctx context.Context, c *call, in *ItemPath) (*plain[Import], []deed, error) {
	i, err := a.Catalog.Undo(ctx, c.shop.ID, catalog.ImportID(in.ID))
	return stepped(c, i, err)
}

func stepped(c *call, i catalog.Import, err error) (*plain[Import], []deed, error) {
	if err != nil {
		return nil, nil, err
	}
	view := importView(c.language, i)
	return &plain[Import]{view}, []deed{{subject: view.subject(), became: struct {
		State string `json:"state"`
	}{view.State}}}, nil
}
