package catalog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"parley/catalog/fault"
)

// Options is how to import.
type Options struct {
	DryRun bool // say what would be done, and do nothing
}

// Report is what an import did, or would do. When there are errors, nothing was done.
type Report struct {
	Created, Changed, Unchanged []string // handles, in the order of the file
	Variants, Images            int      // in the file
	Errors                      []RowError
}

// Import reads Shopify's product CSV into a shop, all of it or nothing. Prices are in the shop's currency and
// words in its own language; what other languages say stays. A product's type becomes a category. Doing it
// again changes nothing: products are found by handle, and stock is set only on variants that are new or
// begin to be tracked, so that what was sold meanwhile is not put back.
//
// It fails when the file cannot be read or the database refuses; what is wrong in the file is in the report.
func (s *Service) Import(ctx context.Context, merchant MerchantID, r io.Reader, how Options) (Report, error) {
	shop, err := s.Merchant(ctx, merchant)
	if err != nil {
		return Report{}, err
	}
	listings, wrong, err := readShopify(r, shop.Languages[0], shop.Currency)
	if err != nil {
		return Report{}, fmt.Errorf("read the file of products: %w", err)
	}
	var report Report
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		report = Report{Errors: slices.Clone(wrong)}
		if err := s.importAll(ctx, merchant, listings, &report); err != nil {
			return err
		}
		if how.DryRun || len(report.Errors) > 0 {
			return errNothingDone
		}
		return nil
	})
	if err != nil && !errors.Is(err, errNothingDone) {
		return Report{}, fmt.Errorf("import products: %w", err)
	}
	slices.SortStableFunc(report.Errors, func(a, b RowError) int { return a.Row - b.Row })
	return report, nil
}

// errNothingDone rolls a trial back.
var errNothingDone = errors.New("nothing was to be done")

func (s *Service) importAll(ctx context.Context, merchant MerchantID, listings []listing, report *Report) error {
	w, err := s.writer(ctx, merchant, imported)
	if err != nil {
		return err
	}
	w.adds = true
	for _, l := range listings {
		report.Variants += len(l.product.Variants)
		report.Images += len(l.product.Images)
		if l.wrong {
			continue // other errors would only follow
		}
		if err := w.importOne(ctx, l, report); err != nil {
			return err
		}
	}
	return w.count(ctx)
}

// importOne saves a product. What is wrong with it goes to the report: a product is refused before anything
// of it is written. An error is the database's.
func (w *writer) importOne(ctx context.Context, l listing, report *Report) error {
	what, err := unchanged, error(nil)
	if l.product.Category, err = w.shelfFor(ctx, l.shelf); err == nil {
		_, what, err = w.save(ctx, l.product)
	}
	refusal, refused := fault.Of(err)
	switch {
	case refused:
		report.Errors = append(report.Errors, RowError{l.row, columnOf(refusal.Args["field"]), sentence(refusal)})
		return nil
	case err != nil:
		return fmt.Errorf("row %d: %w", l.row, err)
	case what == created:
		report.Created = append(report.Created, l.product.Handle)
	case what == changed:
		report.Changed = append(report.Changed, l.product.Handle)
	default:
		report.Unchanged = append(report.Unchanged, l.product.Handle)
	}
	return nil
}

// shelfFor is the category of a type, which is added at the top when it is new.
func (w *writer) shelfFor(ctx context.Context, name string) (CategoryID, error) {
	if name == "" {
		return 0, nil
	}
	slug := slugOf(name)
	if slug == "" {
		return 0, invalid("category", "catalog.slug").With("value", name)
	}
	if id := w.tree.bySlug(slug); id != 0 {
		return id, nil
	}
	c := Category{Merchant: w.shop.ID, Slug: slug, Name: Text{w.shop.Languages[0]: name}}
	id, err := w.writeCategory(ctx, c)
	if err == nil {
		w.tree[id] = node{slug: slug, name: c.Name}
	}
	return id, err
}

var numbered = regexp.MustCompile(`\[(\d+)\]`)

// columnOf is the column of a product's field.
func columnOf(field string) string {
	columns := map[string]string{
		"handle": "Handle", "title": "Title", "description": "Body (HTML)", "vendor": "Vendor", "category": "Type",
		"variants.sku": "Variant SKU", "variants.price": "Variant Price", "variants.compare_at": "Variant Compare At Price",
		"variants.weight": "Variant Grams", "variants.on_hand": "Variant Inventory Qty", "images.src": "Image Src",
		"images": "Image Src", "variants": "Variant Price", "options": "Option1 Name", "options.name": "Option1 Name",
		"options.values": "Option1 Value", "variants.values": "Option1 Value",
	}
	return columns[numbered.ReplaceAllString(field, "")]
}

// sentence says a refusal in plain English, for the report of a file.
func sentence(refusal *fault.Error) string {
	sentences := map[string]string{
		"catalog.sku_taken":   "The SKU {value} belongs to another product.",
		"catalog.sku_twice":   "The SKU {value} is given to two variants.",
		"catalog.handle":      "A handle is letters, digits and hyphens, at most 255.",
		"catalog.nameless":    "A name is missing.",
		"catalog.too_long":    "The text is too long.",
		"catalog.too_many":    "There are more than {count}.",
		"catalog.no_variants": "The product has no variant that could be sold.",
		"catalog.image":       "The address of an image is empty or longer than 4096 letters.",
		"catalog.slug":        "No category can be called {value}.",
		"catalog.price":       "The price is negative or too large.",
		"catalog.same_value":  "An option has the same value twice.",
		"catalog.same_values": "Two variants have the same option values.",
	}
	text, ok := sentences[refusal.Key]
	if !ok {
		text = "The product cannot be saved (" + refusal.Key + ")."
	}
	for name, value := range refusal.Args {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}
