package catalog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"parley/catalog/fault"
)

// atOnce is how many products an import reads, compares and writes at a time: few enough that those who buy
// meanwhile hardly wait, many enough that each statement does much.
const atOnce = 200

// MostFile is how large a file of products may be, in bytes.
const MostFile = 512 << 20

// Upload takes a file in and says what it would do, which is kept until it is confirmed or cancelled; nothing of
// the shop changes. What is wrong with the file is in ImportErrors, and its state is then ImportRefused: a bad
// row never hides behind a good one, and a file is brought in whole or not at all.
//
// Products are found by handle. Prices are in the shop's currency. What the file says nothing of stays: wordings
// in other languages, columns that it does not have. Stock is set only on variants that are new or begin to be
// tracked, unless it is asked for when the import is confirmed; so doing it again changes nothing.
func (s *Service) Upload(ctx context.Context, merchant MerchantID, u Upload) (Import, error) {
	shop, err := s.Merchant(ctx, merchant)
	if err != nil {
		return Import{}, err
	}
	file, err := kept(u.File)
	if err != nil {
		return Import{}, fmt.Errorf("keep the uploaded file: %w", err)
	}
	defer func() { _ = errors.Join(file.Close(), os.Remove(file.Name())) }()
	reading, err := s.Formats.Open(file, shop)
	if err != nil {
		return Import{}, fmt.Errorf("read the uploaded file: %w", err)
	}
	defer func() { _ = reading.Close() }()
	st := &staging{Service: s, shop: shop, reading: reading, skus: map[string]int{}, freed: map[string]bool{}, made: map[string]CategoryID{}}
	if st.id, err = s.beginImport(ctx, shop, u, reading); err != nil {
		return Import{}, err
	}
	if err := st.all(ctx, u.Progress); err != nil {
		s.dropImport(context.WithoutCancel(ctx), st.id)
		return Import{}, fmt.Errorf("look at the uploaded file: %w", err)
	}
	return s.ImportByID(ctx, merchant, st.id)
}

// kept is a file in a temporary place where it can be read twice; one byte more than MostFile of it at most.
func kept(r io.Reader) (*os.File, error) {
	file, err := os.CreateTemp("", "parley-import-")
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(file, io.LimitReader(r, MostFile+1))
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	return file, nil
}

func (s *Service) beginImport(ctx context.Context, shop Merchant, u Upload, reading Reading) (id ImportID, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.sweepImports(ctx, shop.ID); err != nil {
			return err
		}
		var forSale int
		err := s.db.On(ctx).Raw("select count(*) from products p join variants v on v.product_id = p.id"+
			" where p.merchant_id = ? and p.state = 'active' and v.state = 'active'", int64(shop.ID)).Scan(&forSale).Error
		if err != nil {
			return err
		}
		err = s.db.On(ctx).Raw("insert into imports (merchant_id, format, file, who, state, for_sale, total, created_at, changed_at)"+
			" values (?, ?, ?, ?, ?, ?, ?, ?, ?) returning id", int64(shop.ID), reading.Format(), firstLetters(tidyLine(u.Name), 200),
			firstLetters(tidyLine(u.Who), 200), string(ImportReading), forSale, reading.Products(), s.at(), s.at()).Scan(&id).Error
		if err != nil {
			return err
		}
		return s.noteWrong(ctx, shop.ID, id, 0, reading.Errors())
	})
	if err != nil {
		return 0, fmt.Errorf("begin an import: %w", err)
	}
	return id, nil
}

// noteWrong keeps errors and counts them.
func (s *Service) noteWrong(ctx context.Context, merchant MerchantID, id ImportID, before int, wrong []RowError) error {
	if len(wrong) == 0 {
		return nil
	}
	if err := s.writeErrors(ctx, merchant, id, before, wrong); err != nil {
		return err
	}
	return s.db.On(ctx).Exec("update imports set wrong = wrong + ? where id = ?", len(wrong), int64(id)).Error
}

func (s *Service) dropImport(ctx context.Context, id ImportID) {
	_ = s.db.On(ctx).Exec("delete from imports where id = ?", int64(id)).Error // swept later if this fails
}

// staging is a file on its way to a preview.
type staging struct {
	*Service
	shop     Merchant
	id       ImportID
	reading  Reading
	position int
	wrong    int
	skus     map[string]int        // the row of each SKU of the file
	freed    map[string]bool       // SKUs that products of the file give up
	made     map[string]CategoryID // categories that it would add, which are negative
	tree     tree
}

func (st *staging) all(ctx context.Context, progress func(Import)) (err error) {
	st.wrong = len(st.reading.Errors())
	if st.tree, err = st.readTree(ctx, st.shop.ID); err != nil {
		return err
	}
	for done := false; !done; {
		if err := ctx.Err(); err != nil {
			return err
		}
		listings, err := st.some()
		if err != nil {
			return err
		}
		done = len(listings) < atOnce
		if err := st.db.InTx(ctx, func(ctx context.Context) error { return st.stage(ctx, listings, done) }); err != nil {
			return err
		}
		if progress != nil {
			now, err := st.ImportByID(ctx, st.shop.ID, st.id)
			if err != nil {
				return err
			}
			progress(now)
		}
	}
	return nil
}

// some is the next listings, fewer than atOnce at the end of the file.
func (st *staging) some() (listings []Listing, err error) {
	for len(listings) < atOnce {
		l, err := st.reading.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		listings = append(listings, l)
	}
	return listings, nil
}

// stage keeps what some listings would do.
func (st *staging) stage(ctx context.Context, listings []Listing, last bool) error {
	c, err := st.compare(ctx, listings)
	if err != nil {
		return err
	}
	for i := range c.items {
		c.items[i][1] = st.position + i + 1
	}
	if err := st.insertRows(ctx, itemColumns, c.items); err != nil {
		return err
	}
	if err := st.noteWrong(ctx, st.shop.ID, st.id, st.wrong, c.wrong); err != nil {
		return err
	}
	state := ImportReading
	switch {
	case last && st.wrong+len(c.wrong) > 0:
		state = ImportRefused
	case last:
		state = ImportReady
	}
	err = st.db.On(ctx).Exec("update imports set created = created + ?, changed = changed + ?, unchanged = unchanged + ?, variants = variants + ?,"+
		" images = images + ?, archives = archives + ?, reprices = reprices + ?, counts = counts + ?, done = done + ?, state = ?, changed_at = ? where id = ?",
		c.counts[ImportCreates], c.counts[ImportChanges], c.counts[ImportLeaves], c.variants, c.images, c.archives, c.reprices, c.recounts, len(listings),
		string(state), st.at(), int64(st.id)).Error
	if err != nil {
		return err
	}
	st.db.AfterCommit(ctx, func() { // a transaction may be run again
		st.position += len(c.items)
		st.wrong += len(c.wrong)
		c.learn(st)
	})
	return st.tell(ctx, st.id)
}

const itemColumns = "import_items (import_id, position, merchant_id, line, handle, title, what, changes, product_id, product, was, seen, counts)"

// ImportTopic is rung with the id of an import each time that it got further.
const ImportTopic = "imports"

func (s *Service) tell(ctx context.Context, id ImportID) error {
	return s.db.Ring(ctx, ImportTopic, fmt.Sprint(int64(id)))
}

// comparison is what some listings would do to the shop.
type comparison struct {
	items              [][]any
	wrong              []RowError
	counts             map[ImportWhat]int
	variants, images   int
	archives, reprices int
	recounts           int
	skus               map[string]int
	freed              []string
}

func (c *comparison) learn(st *staging) {
	for sku, row := range c.skus {
		st.skus[sku] = row
	}
	for _, sku := range c.freed {
		st.freed[sku] = true
	}
}

// mend says a refusal of a listing in terms of its file.
func (l Listing) mend(refused *fault.Error) RowError {
	return RowError{l.Row, l.Columns[numbered.ReplaceAllString(refused.Args["field"], "")], refused}
}

func sortErrors(wrong []RowError) {
	slices.SortStableFunc(wrong, func(a, b RowError) int { return a.Row - b.Row })
}
