package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"parley/catalog"
	"parley/catalog/fault"
)

type importCommand struct {
	Merchant string `required:"" help:"The shop's name in links, such as meadow." placeholder:"SLUG"`
	DryRun   bool   `help:"Only say what would happen, and keep that to be confirmed."`
	Yes      bool   `help:"Go ahead although more than a third of the shop would go off sale or change its price."`
	Stock    bool   `help:"Bring in how many pieces there are of variants that the shop has, too; the difference goes into their history."`
	Confirm  int64  `help:"Bring in the file that an earlier look (--dry-run) had this number for, or go on with it." placeholder:"NUMBER"`
	Cancel   int64  `help:"Drop the import of this number, or take out again what of it came in." placeholder:"NUMBER"`
	Undo     int64  `help:"Take back the import of this number." placeholder:"NUMBER"`
	File     string `arg:"" optional:"" help:"A product CSV of Shopify or WooCommerce, a Yandex Market YML, or our own XLSX or CSV, told by what is in it; - reads standard input."`
}

// Validate wants one thing to do.
func (i *importCommand) Validate() error {
	things := 0
	for _, wanted := range []bool{i.File != "", i.Confirm != 0, i.Cancel != 0, i.Undo != 0} {
		if wanted {
			things++
		}
	}
	if things != 1 {
		return errors.New(`expected "<file>", or one of --confirm, --cancel and --undo`)
	}
	return nil
}

// Run brings products in, all of the file or nothing, or takes them out again.
func (i *importCommand) Run(ctx context.Context, settings *Settings, tty terminal) error {
	file, err := i.open(tty)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	return withShop(ctx, settings, tty, func(s *shop) error {
		merchant, err := s.merchantFor(ctx, i.Merchant)
		if err != nil {
			return err
		}
		run := importing{shop: s, merchant: merchant, tty: tty, bar: newBar(tty.err), command: i}
		defer run.bar.end()
		switch {
		case i.Confirm != 0:
			return run.confirm(ctx, catalog.ImportID(i.Confirm))
		case i.Cancel != 0:
			return run.end(ctx, catalog.ImportID(i.Cancel), s.catalog.Cancel)
		case i.Undo != 0:
			return run.end(ctx, catalog.ImportID(i.Undo), s.catalog.Undo)
		default:
			return run.upload(ctx, file)
		}
	})
}

// merchantFor is the shop that a command names.
func (s *shop) merchantFor(ctx context.Context, slug string) (catalog.Merchant, error) {
	merchant, err := s.catalog.MerchantBySlug(ctx, slug)
	if fault.KindOf(err) == fault.Missing {
		return merchant, fmt.Errorf("there is no shop %q; --merchant should be the name in its link", slug)
	}
	return merchant, err
}

func (i *importCommand) open(tty terminal) (io.ReadCloser, error) {
	if i.File == "-" || i.File == "" {
		return io.NopCloser(tty.in), nil
	}
	file, err := os.Open(i.File)
	if err != nil {
		return nil, fmt.Errorf("the file can't be read: %w", err)
	}
	return file, nil
}

// importing is one run of the command.
type importing struct {
	*shop
	merchant catalog.Merchant
	tty      terminal
	bar      *bar
	command  *importCommand
}

func (r importing) say(format string, args ...any) {
	r.bar.end()
	_, _ = fmt.Fprintf(r.tty.out, format, args...)
}

func (r importing) upload(ctx context.Context, file io.Reader) error {
	i, err := r.catalog.Upload(ctx, r.merchant.ID, catalog.Upload{
		Name: filepath.Base(r.command.File), Who: "command line", File: file, Progress: func(i catalog.Import) { r.bar.show("reading", i) },
	})
	if err != nil {
		return inEnglish(err)
	}
	r.bar.end()
	switch {
	case i.State == catalog.ImportRefused:
		return r.errors(ctx, i)
	case r.command.DryRun:
		if err := r.changes(ctx, i, tellMost); err != nil {
			return err
		}
		r.say("would be imported: %s\n", counted(i))
		if i.Sweeping() {
			r.say("%d variants would go off sale and %d change their price, of %d: confirming that takes --yes\n", i.Archives, i.Reprices, i.ForSale)
		}
		if i.Counts > 0 {
			r.say("%d variants have other stock in the file; with --stock that comes in, too\n", i.Counts)
		}
		r.say("to do it: parley import --merchant %s --confirm %d\n", r.merchant.Slug, i.ID)
		return nil
	default:
		return r.confirm(ctx, i.ID)
	}
}

// errors says what is wrong with a file, and drops it.
func (r importing) errors(ctx context.Context, i catalog.Import) error {
	for page := (catalog.Page{Limit: 200}); ; page.Offset += page.Limit {
		wrong, err := r.catalog.ImportErrors(ctx, r.merchant.ID, i.ID, page)
		if err != nil {
			return err
		}
		for _, one := range wrong {
			where := fmt.Sprintf("row %d", one.Row)
			if one.Column != "" {
				where += ", " + one.Column
			}
			r.say("%s: %s.\n", where, inEnglish(one.Refusal))
		}
		if len(wrong) < page.Limit {
			break
		}
	}
	if _, err := r.catalog.Cancel(ctx, r.merchant.ID, i.ID); err != nil {
		return err
	}
	return fmt.Errorf("nothing was imported: %d errors, listed above", i.Wrong)
}

func (r importing) confirm(ctx context.Context, id catalog.ImportID) error {
	i, err := r.catalog.ImportByID(ctx, r.merchant.ID, id)
	if err == nil && i.State != catalog.ImportApplying { // it goes on where it ended
		i, err = r.catalog.Confirm(ctx, r.merchant.ID, id, catalog.Consent{Sweeping: r.command.Yes, Stock: r.command.Stock})
	}
	if refusal, ok := fault.Of(err); ok && refusal.Key == "import.sweeping" {
		return fmt.Errorf("%w; with --yes it is done: parley import --merchant %s --yes --confirm %d", inEnglish(err), r.merchant.Slug, id)
	}
	if err != nil {
		return inEnglish(err)
	}
	if i, err = r.work(ctx, i); err != nil {
		return err
	}
	if i.State != catalog.ImportApplied {
		return ended(i)
	}
	if i.Created+i.Changed == 0 {
		r.say("imported: %s\n", counted(i))
		return nil
	}
	r.say("imported: %s\nto take it back: parley import --merchant %s --undo %d\n", counted(i), r.merchant.Slug, id)
	return nil
}

// work does what is to be done; one that is interrupted goes on where it ended.
func (r importing) work(ctx context.Context, i catalog.Import) (catalog.Import, error) {
	i, err := r.catalog.Work(ctx, r.merchant.ID, i.ID, func(now catalog.Import) { r.bar.show(string(now.State), now) })
	r.bar.end()
	return i, inEnglish(err)
}

// end takes an import back or drops it.
func (r importing) end(ctx context.Context, id catalog.ImportID, begin func(context.Context, catalog.MerchantID, catalog.ImportID) (catalog.Import, error)) error {
	i, err := r.catalog.ImportByID(ctx, r.merchant.ID, id)
	if err == nil && !(i.State == catalog.ImportUndoing || i.State == catalog.ImportReverting) {
		i, err = begin(ctx, r.merchant.ID, id)
	}
	if err != nil {
		return inEnglish(err)
	}
	if i, err = r.work(ctx, i); err != nil {
		return err
	}
	if i.State == catalog.ImportFailed {
		return ended(i)
	}
	r.say("%s: import %d", i.State, id)
	if i.Kept > 0 {
		r.say("; %d products were kept, for they were bought or changed meanwhile", i.Kept)
	}
	r.say("\n")
	return nil
}

// ended says why an import did not come in.
func ended(i catalog.Import) error {
	if i.Why != nil {
		return fmt.Errorf("nothing was imported: %w", inEnglish(i.Why))
	}
	return fmt.Errorf("nothing was imported: import %d is %s", i.ID, i.State)
}

func counted(i catalog.Import) string {
	return fmt.Sprintf("%d products created, %d changed, %d unchanged; %d variants, %d images in the file",
		i.Created, i.Changed, i.Unchanged, i.Variants, i.Images)
}

// tellMost is how many products a look at a file names.
const tellMost = 200

// changes lists what an import does to products, at most so many.
func (r importing) changes(ctx context.Context, i catalog.Import, most int) error {
	for _, what := range []catalog.ImportWhat{catalog.ImportCreates, catalog.ImportChanges} {
		items, err := r.catalog.ImportItems(ctx, r.merchant.ID, i.ID, what, catalog.Page{Limit: most})
		if err != nil {
			return err
		}
		for _, item := range items {
			r.say("%s %s\n", what, item.Handle)
			for _, c := range item.Changes {
				r.say("  %s: %q → %q\n", c.Field, c.Was, c.Now)
			}
		}
		all := map[catalog.ImportWhat]int{catalog.ImportCreates: i.Created, catalog.ImportChanges: i.Changed}[what]
		if more := all - len(items); more > 0 {
			r.say("%s %d more\n", what, more)
		}
	}
	return nil
}
