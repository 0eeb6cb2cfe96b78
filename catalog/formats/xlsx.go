package formats

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"parley/catalog"
	"parley/catalog/fault"
)

// Limits of a spreadsheet, in bytes: it is a zip, which unpacks to more than it is.
const (
	mostPacked   = 64 << 20
	mostUnpacked = 512 << 20
	mostInMemory = 4 << 20 // of one part of it; larger parts are unpacked to the disk
)

// openXLSX reads the first sheet of a workbook as a table.
func (of source) openXLSX(file *os.File, size int64) (catalog.Reading, error) {
	if size > mostPacked {
		return refused(XLSX, at(1, "", bad("file.too_large").With("count", "64"))), nil
	}
	if wrong := unpacked(file, size); wrong != nil {
		return refused(XLSX, at(1, "", wrong)), nil
	}
	book, err := excelize.OpenReader(file, excelize.Options{RawCellValue: true, UnzipSizeLimit: mostUnpacked, UnzipXMLSizeLimit: mostInMemory})
	if err != nil {
		return refused(XLSX, at(1, "", bad("file.broken_book").Because(err))), nil
	}
	sheets := book.GetSheetList()
	if len(sheets) == 0 {
		return refused(XLSX, at(1, "", bad("file.empty"))), errors.Join(book.Close())
	}
	rows, err := book.Rows(sheets[0])
	if err != nil {
		return refused(XLSX, at(1, "", bad("file.broken_book").Because(err))), errors.Join(book.Close())
	}
	line := 0
	reading, err := of.readTable(func() (row, *fault.Error, error) {
		line++
		if !rows.Next() {
			if err := rows.Error(); err != nil {
				return row{Line: line}, bad("file.broken_book").Because(err), nil
			}
			return row{}, nil, io.EOF
		}
		fields, err := rows.Columns()
		if err != nil {
			return row{Line: line}, bad("file.broken_book").Because(err), nil
		}
		for i := range fields {
			fields[i] = rounded(fields[i])
		}
		return row{line, fields}, nil, nil
	}, true)
	return reading, errors.Join(err, rows.Close(), book.Close())
}

// unpacked refuses what would unpack to too much. What a zip says of its parts is not believed: the library
// stops at the same limit.
func unpacked(file *os.File, size int64) *fault.Error {
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return bad("file.broken_book").Because(err)
	}
	total := uint64(0)
	for _, part := range archive.File {
		total += part.UncompressedSize64
		if total > mostUnpacked {
			return bad("file.bomb").With("count", strconv.Itoa(mostUnpacked>>20))
		}
	}
	return nil
}

// rounded is a number without the noise that spreadsheets keep: 19.989999999999998 is 19.99 (they count with 15
// digits, and write 17).
func rounded(field string) string {
	if len(field) < 16 || len(field) > 25 || !strings.Contains(field, ".") {
		return field
	}
	value, err := strconv.ParseFloat(field, 64)
	if err != nil {
		return field
	}
	short := strconv.FormatFloat(value, 'g', 15, 64)
	if strings.Contains(short, "e") {
		return field
	}
	if strings.Contains(short, ".") {
		short = strings.TrimRight(strings.TrimRight(short, "0"), ".")
	}
	return short
}

// mostCell is how many letters a cell of a spreadsheet can have (Excel specifications and limits).
const mostCell = 32767

// spreadsheet writes a table as a workbook.
func (w *writing) spreadsheet(to io.Writer, table func(rowWriter) error) error {
	book := excelize.NewFile()
	err := w.fill(book, table)
	if err == nil {
		_, err = book.WriteTo(to)
	}
	return errors.Join(err, book.Close())
}

func (w *writing) fill(book *excelize.File, table func(rowWriter) error) error {
	out, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		return fmt.Errorf("begin a workbook: %w", err)
	}
	line := 0
	err = table(func(cells []any) error {
		line++
		for i, cell := range cells {
			switch cell := cell.(type) {
			case number:
				cells[i] = cell.float()
			case string:
				if len(cell) > mostCell && len([]rune(cell)) > mostCell {
					return fault.New(fault.Invalid, "file.cell_long").With("row", strconv.Itoa(line))
				}
				if cell == "" {
					cells[i] = nil
				}
			}
		}
		return out.SetRow("A"+strconv.Itoa(line), cells)
	})
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write a workbook: %w", err)
	}
	return nil
}
