package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"parley/catalog/fault"
)

type importRow struct {
	ID          int64
	MerchantID  int64
	Format      string
	File        string
	Who         string
	State       string
	Created     int
	Changed     int
	Unchanged   int
	Wrong       int
	Variants    int
	Images      int
	Archives    int
	Reprices    int
	ForSale     int
	Counts      int
	Counted     bool
	Done        int
	Total       int
	Reached     int
	Kept        int
	Shelves     encoded[[]CategoryID]
	Why         string
	CreatedAt   time.Time
	ConfirmedAt *time.Time
}

const importColumns = "id, merchant_id, format, file, who, state, created, changed, unchanged, wrong, variants, images, archives, reprices, for_sale, counts, counted," +
	" done, total, reached, kept, shelves, why, created_at, confirmed_at"

func (r importRow) is() Import {
	i := Import{
		ID: ImportID(r.ID), Merchant: MerchantID(r.MerchantID), Format: r.Format, File: r.File, Who: r.Who, State: ImportState(r.State),
		Created: r.Created, Changed: r.Changed, Unchanged: r.Unchanged, Wrong: r.Wrong, Variants: r.Variants, Images: r.Images,
		Archives: r.Archives, Reprices: r.Reprices, ForSale: r.ForSale, Counts: r.Counts, Counted: r.Counted, Done: r.Done, Total: r.Total, Kept: r.Kept,
		Why: refusalOf(r.Why), CreatedAt: r.CreatedAt,
	}
	if r.ConfirmedAt != nil {
		i.ConfirmedAt = *r.ConfirmedAt
	}
	return i
}

// refusal is a fault as it is kept.
type refusal struct {
	Kind fault.Kind        `json:"kind"`
	Key  string            `json:"key"`
	Args map[string]string `json:"args,omitempty"`
}

func refusalText(f *fault.Error) string {
	if f == nil {
		return ""
	}
	return asJSON(refusal{f.Kind, f.Key, f.Args})
}

func refusalOf(text string) *fault.Error {
	if text == "" {
		return nil
	}
	r := refusal{Kind: fault.Internal, Key: "import.not_ready"}
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return fault.New(r.Kind, r.Key).Because(err)
	}
	return &fault.Error{Kind: r.Kind, Key: r.Key, Args: r.Args}
}

// importRow reads an import, and locks it when asked to.
func (s *Service) importRow(ctx context.Context, merchant MerchantID, id ImportID, lock string) (importRow, error) {
	var rows []importRow
	err := s.db.On(ctx).Raw("select "+importColumns+" from imports where merchant_id = ? and id = ?"+lock, int64(merchant), int64(id)).Scan(&rows).Error
	switch {
	case err != nil:
		return importRow{}, fmt.Errorf("read import %d: %w", id, err)
	case len(rows) == 0:
		return importRow{}, fault.New(fault.Missing, "import.none")
	}
	return rows[0], nil
}

type importItemRow struct {
	Position  int
	Line      int
	Handle    string
	Title     string
	What      string
	Changes   encoded[[]Change]
	Counts    encoded[[]Count]
	ProductID *int64
	Product   string
	Was       string
	Seen      *time.Time
	Became    *time.Time
}

func (r importItemRow) is() ImportItem {
	item := ImportItem{
		Position: r.Position, Row: r.Line, Handle: r.Handle, Title: r.Title, What: ImportWhat(r.What), Changes: r.Changes.is, Counts: r.Counts.is,
	}
	if r.ProductID != nil {
		item.Product = ProductID(*r.ProductID)
	}
	return item
}

// Imports lists the imports of a shop, newest first.
func (s *Service) Imports(ctx context.Context, merchant MerchantID, page Page) ([]Import, error) {
	var rows []importRow
	offset, limit := page.bounds()
	err := s.db.On(ctx).Raw("select "+importColumns+" from imports where merchant_id = ? order by id desc limit ? offset ?",
		int64(merchant), limit, offset).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list imports: %w", err)
	}
	found := make([]Import, len(rows))
	for i, row := range rows {
		found[i] = row.is()
	}
	return found, nil
}

// ImportByID is one import. It fails with fault.Missing "import.none".
func (s *Service) ImportByID(ctx context.Context, merchant MerchantID, id ImportID) (Import, error) {
	row, err := s.importRow(ctx, merchant, id, "")
	if err != nil {
		return Import{}, err
	}
	return row.is(), nil
}

// ImportItems lists the products of an import in the order of the file, those with one outcome or, for "", all.
func (s *Service) ImportItems(ctx context.Context, merchant MerchantID, id ImportID, what ImportWhat, page Page) ([]ImportItem, error) {
	offset, limit := page.bounds()
	where, args := "merchant_id = ? and import_id = ?", []any{int64(merchant), int64(id)}
	if what != "" {
		where, args = where+" and what = ?", append(args, string(what))
	}
	var rows []importItemRow
	err := s.db.On(ctx).Raw("select position, line, handle, title, what, changes, counts, product_id from import_items where "+where+
		" order by position limit ? offset ?", append(args, limit, offset)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list the products of import %d: %w", id, err)
	}
	items := make([]ImportItem, len(rows))
	for i, row := range rows {
		items[i] = row.is()
	}
	return items, nil
}

// ImportErrors lists what is wrong with the file of an import, by row. Of a hopeless file only the first
// thousand errors are kept.
func (s *Service) ImportErrors(ctx context.Context, merchant MerchantID, id ImportID, page Page) ([]RowError, error) {
	offset, limit := page.bounds()
	var rows []struct {
		Line     int
		Col      string
		Sentence string
		Args     encoded[map[string]string]
	}
	err := s.db.On(ctx).Raw("select line, col, sentence, args from import_errors where merchant_id = ? and import_id = ? order by line, position limit ? offset ?",
		int64(merchant), int64(id), limit, offset).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list the errors of import %d: %w", id, err)
	}
	found := make([]RowError, len(rows))
	for i, row := range rows {
		found[i] = RowError{row.Line, row.Col, &fault.Error{Kind: fault.Invalid, Key: row.Sentence, Args: row.Args.is}}
	}
	return found, nil
}

// mostErrors is how many errors of a file are kept.
const mostErrors = 1000

func (s *Service) writeErrors(ctx context.Context, merchant MerchantID, id ImportID, before int, errors []RowError) error {
	var rows [][]any
	for i, e := range errors {
		if before+i < mostErrors {
			args := e.Refusal.Args
			if args == nil {
				args = map[string]string{}
			}
			rows = append(rows, []any{int64(id), before + i + 1, int64(merchant), e.Row, e.Column, e.Refusal.Key, asJSON(args)})
		}
	}
	return s.insertRows(ctx, "import_errors (import_id, position, merchant_id, line, col, sentence, args)", rows)
}

// rowsAtOnce keeps a statement below the 32,766 values that SQLite takes.
const rowsAtOnce = 500

// insertRows adds rows of which nothing needs to be known.
func (s *Service) insertRows(ctx context.Context, into string, rows [][]any) error {
	for len(rows) > 0 {
		some := rows[:min(len(rows), rowsAtOnce)]
		rows = rows[len(some):]
		sql, args := valuesOf(into, some)
		if err := s.db.On(ctx).Exec(sql, args...).Error; err != nil {
			return err
		}
	}
	return nil
}

// valuesOf is an insert of rows.
func valuesOf(into string, rows [][]any) (sql string, args []any) {
	one := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(rows[0])), ", ") + ")"
	args = make([]any, 0, len(rows)*len(rows[0]))
	for _, row := range rows {
		args = append(args, row...)
	}
	return "insert into " + into + " values " + strings.TrimSuffix(strings.Repeat(one+", ", len(rows)), ", "), args
}

// valueList is rows as a table whose columns are column1, column2 … on both engines, each cast so that
// PostgreSQL knows its type.
func valueList(rows [][]any, casts ...string) (sql string, args []any) {
	one := "(" + strings.Join(casts, ", ") + ")"
	for _, row := range rows {
		args = append(args, row...)
	}
	return "values " + strings.TrimSuffix(strings.Repeat(one+", ", len(rows)), ", "), args
}
