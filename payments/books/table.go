package books

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"parley/catalog/money"
)

// disarmed is a text as a cell that no spreadsheet takes for a formula and runs (OWASP, CSV injection): it gets an
// apostrophe in front, as spreadsheets themselves mark text. Numbers are never texts here.
func disarmed(text string) string {
	if rest := strings.TrimLeft(text, "'"); rest != "" && strings.IndexByte("=+-@\t\r", rest[0]) >= 0 {
		return "'" + text
	}
	return text
}

// writeCSV writes a table as separated values, amounts in major units.
func writeCSV(ctx context.Context, to io.Writer, comma rune, table sheet) error {
	out := csv.NewWriter(bufio.NewWriterSize(to, 64<<10))
	out.Comma = comma
	if len(table.columns) > 0 {
		if err := out.Write(table.columns); err != nil {
			return err
		}
	}
	var fields []string
	err := table.rows(ctx, func(cells ...any) error {
		fields = fields[:0]
		for _, cell := range cells {
			fields = append(fields, field(cell))
		}
		return out.Write(fields)
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

func field(cell any) string {
	switch cell := cell.(type) {
	case money.Amount:
		return cell.Major()
	case int64:
		return strconv.FormatInt(cell, 10)
	case string:
		return disarmed(cell)
	}
	return fmt.Sprint(cell)
}

// workbook writes one table, or each on a sheet of its own.
func (w writing) workbook(ctx context.Context, to io.Writer) error {
	book := excelize.NewFile()
	err := w.fill(ctx, book)
	if err == nil {
		_, err = book.WriteTo(to)
	}
	return errors.Join(err, book.Close())
}

func (w writing) fill(ctx context.Context, book *excelize.File) error {
	sheets, kinds := w.sheets(), Kinds()
	if w.Kind != "" {
		kinds = []Kind{w.Kind}
	}
	styles := map[int]int{}
	for i, kind := range kinds {
		table, known := sheets[kind]
		if !known {
			return noKind(kind)
		}
		if i == 0 {
			if err := book.SetSheetName("Sheet1", table.name); err != nil {
				return err
			}
		} else if _, err := book.NewSheet(table.name); err != nil {
			return err
		}
		if err := fillSheet(ctx, book, styles, table); err != nil {
			return err
		}
	}
	return nil
}

// fillSheet streams a table: excelize keeps what is large on the disk.
func fillSheet(ctx context.Context, book *excelize.File, styles map[int]int, table sheet) error {
	out, err := book.NewStreamWriter(table.name)
	if err != nil {
		return fmt.Errorf("begin a sheet: %w", err)
	}
	line := 0
	write := func(cells ...any) error {
		line++
		for i, cell := range cells {
			if cells[i], err = cellOf(book, styles, cell); err != nil {
				return err
			}
		}
		return out.SetRow("A"+strconv.Itoa(line), cells)
	}
	head := make([]any, len(table.columns))
	for i, column := range table.columns {
		head[i] = column
	}
	if err := write(head...); err != nil {
		return err
	}
	if err := table.rows(ctx, write); err != nil {
		return err
	}
	return out.Flush()
}

// cellOf is a cell of a workbook: amounts are numbers that show their currency's digits. A workbook's numbers have 15
// of them, which is enough for ten trillion euro to the cent.
func cellOf(book *excelize.File, styles map[int]int, cell any) (any, error) {
	switch cell := cell.(type) {
	case money.Amount:
		digits := cell.Currency.Digits()
		style, known := styles[digits]
		if !known {
			format := "0"
			if digits > 0 {
				format += "." + strings.Repeat("0", digits)
			}
			var err error
			if style, err = book.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
				return nil, err
			}
			styles[digits] = style
		}
		value, err := strconv.ParseFloat(cell.Major(), 64)
		return excelize.Cell{StyleID: style, Value: value}, err
	case string:
		if cell == "" {
			return nil, nil //nolint:nilnil // an empty cell
		}
		return disarmed(cell), nil
	}
	return cell, nil
}
