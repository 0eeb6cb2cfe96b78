package api

import (
	"context"
	"fmt"
	"net/http"

	"parley/catalog"
	"parley/catalog/fault"
)

func (a *API) bulkOperations() {
	const at = "/merchants/{merchant}"
	about := "Up to 500 at once. Each one succeeds or fails by itself and has its own result; with `atomic` all of them succeed or none, and the errors name them."
	write(a, op{id: "bulk-products", does: "POST " + at + "/products/bulk", tag: "Bulk", roles: sellers, scope: "catalog:write",
		summary: "Add, change and archive products", about: about}, a.bulkProducts)
	write(a, op{id: "bulk-variants", does: "POST " + at + "/variants/bulk", tag: "Bulk", roles: sellers, scope: "catalog:write",
		summary: "Change variants: prices, SKUs, states", about: about}, a.bulkVariants)
	write(a, op{id: "bulk-stock", does: "POST " + at + "/stock/bulk", tag: "Bulk", roles: sellers, scope: "catalog:write",
		summary: "Adjust what is in stock of many variants", about: about}, a.bulkStock)
}

// Bulk is what became of each of many.
type Bulk[T any] struct {
	Done    int          `json:"done" doc:"How many succeeded."`
	Failed  int          `json:"failed"`
	Results []Outcome[T] `json:"results" doc:"In the order of what was sent."`
}

// Outcome is what became of one of many.
type Outcome[T any] struct {
	Status  int      `json:"status" example:"200" doc:"As if it had been sent alone."`
	Result  *T       `json:"result,omitempty"`
	Problem *Problem `json:"problem,omitempty"`
}

// each does many things, each in a savepoint of its own. When it is all or nothing, what failed is the error.
func each[I, T any](ctx context.Context, a *API, c *call, atomic bool, items []I, do func(ctx context.Context, item I) (T, int, deed, error)) (*plain[Bulk[T]], []deed, error) {
	bulk, deeds, wrong := Bulk[T]{Results: []Outcome[T]{}}, []deed{}, &several{}
	for i, item := range items {
		var result T
		var status int
		var what deed
		err := a.DB.InTx(ctx, func(ctx context.Context) (err error) {
			result, status, what, err = do(ctx, item)
			return err
		})
		_, classified := fault.Of(err)
		switch {
		case err == nil:
			bulk.Done++
			deeds = append(deeds, what)
			bulk.Results = append(bulk.Results, Outcome[T]{Status: status, Result: &result})
		case !classified:
			return nil, nil, fmt.Errorf("item %d: %w", i, err)
		default:
			bulk.Failed++
			wrong.add(fmt.Sprintf("body.items[%d]", i), err)
			p := say(c.language, err)
			bulk.Results = append(bulk.Results, Outcome[T]{Status: p.Status, Problem: p})
		}
	}
	if atomic && bulk.Failed > 0 {
		return nil, nil, wrong
	}
	return &plain[Bulk[T]]{bulk}, deeds, nil
}

// ProductBulk is what is done to products.
type ProductBulk struct {
	Atomic bool         `json:"atomic,omitempty" doc:"All or nothing."`
	Items  []ProductJob `json:"items" minItems:"1" maxItems:"500"`
}

// ProductJob is what is done to one product.
type ProductJob struct {
	Action  string         `json:"action" enum:"create,change,archive"`
	ID      int64          `json:"id,omitempty" minimum:"1" doc:"Of what is changed or archived."`
	IfMatch string         `json:"if_match,omitempty" maxLength:"500" doc:"Its ETag; without it, whatever there is."`
	Product *NewProduct    `json:"product,omitempty" doc:"To create."`
	Change  *ProductChange `json:"change,omitempty"`
}

type bulkProducts struct {
	ShopPath
	Body ProductBulk
}

func (a *API) bulkProducts(ctx context.Context, c *call, in *bulkProducts) (*plain[Bulk[Product]], []deed, error) {
	return each(ctx, a, c, in.Body.Atomic, in.Body.Items, func(ctx context.Context, job ProductJob) (Product, int, deed, error) {
		if job.Action == "create" {
			return a.bulkCreate(ctx, c, job)
		}
		if job.ID == 0 {
			return Product{}, 0, deed{}, fault.New(fault.Invalid, "field.missing").With("field", "id")
		}
		if job.Action == "change" && job.Change == nil {
			return Product{}, 0, deed{}, fault.New(fault.Invalid, "field.missing").With("field", "change")
		}
		before, after, err := a.editProduct(ctx, c, job.ID, whatever(job.IfMatch), func(p *catalog.Product) error {
			if job.Action == "archive" {
				p.State = catalog.Archived
				return nil
			}
			job.Change.apply(p)
			return nil
		})
		return after, http.StatusOK, deed{subject: after.subject(), was: before, became: after}, err
	})
}

// whatever is a condition of one of many, which need not have any.
func whatever(etag string) Matching {
	if etag == "" {
		etag = "*"
	}
	return Matching{IfMatch: etag}
}

func (a *API) bulkCreate(ctx context.Context, c *call, job ProductJob) (Product, int, deed, error) {
	if job.Product == nil {
		return Product{}, 0, deed{}, fault.New(fault.Invalid, "field.missing").With("field", "product")
	}
	p, err := job.Product.product(c.shop)
	if err != nil {
		return Product{}, 0, deed{}, err
	}
	saved, err := a.Catalog.AddProduct(ctx, p)
	view := productView(saved)
	return view, http.StatusCreated, deed{subject: view.subject(), became: view}, err
}

// VariantBulk is what changes of variants.
type VariantBulk struct {
	Atomic bool         `json:"atomic,omitempty" doc:"All or nothing."`
	Items  []VariantJob `json:"items" minItems:"1" maxItems:"500"`
}

// VariantJob is what changes of one variant.
type VariantJob struct {
	ID      int64         `json:"id" minimum:"1"`
	IfMatch string        `json:"if_match,omitempty" maxLength:"500" doc:"Its ETag; without it, whatever there is."`
	Change  VariantChange `json:"change"`
}

type bulkVariants struct {
	ShopPath
	Body VariantBulk
}

func (a *API) bulkVariants(ctx context.Context, c *call, in *bulkVariants) (*plain[Bulk[Variant]], []deed, error) {
	return each(ctx, a, c, in.Body.Atomic, in.Body.Items, func(ctx context.Context, job VariantJob) (Variant, int, deed, error) {
		was, is, err := a.editVariant(ctx, c, job.ID, whatever(job.IfMatch), func(p *catalog.Product, place int) error {
			return job.Change.apply(*p, &p.Variants[place], c.shop.Currency)
		})
		return is, http.StatusOK, deed{subject: is.subject(), was: was, became: is}, err
	})
}

// StockBulk is how the stock of variants changes.
type StockBulk struct {
	Atomic bool       `json:"atomic,omitempty" doc:"All or nothing."`
	Items  []StockJob `json:"items" minItems:"1" maxItems:"500"`
}

// StockJob is how the stock of one variant changes.
type StockJob struct {
	Variant int64 `json:"variant" minimum:"1"`
	Adjustment
}

type bulkStock struct {
	ShopPath
	Body StockBulk
}

func (a *API) bulkStock(ctx context.Context, c *call, in *bulkStock) (*plain[Bulk[Variant]], []deed, error) {
	return each(ctx, a, c, in.Body.Atomic, in.Body.Items, func(ctx context.Context, job StockJob) (Variant, int, deed, error) {
		was, is, err := a.adjust(ctx, c, job.Variant, job.Adjustment)
		return is, http.StatusOK, deed{subject: is.subject(), note: job.Reason, was: was, became: is}, err
	})
}
