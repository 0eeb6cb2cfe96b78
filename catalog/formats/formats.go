// Package formats translates between products and the files that other programs keep them in. What kind of file
// one is, is told by what is in it, never by its name. It knows no database: files become listings, a shop
// becomes files, both as streams in bounded memory.
package formats

import (
	"bytes"
	"io"
	"os"
	"strings"

	"parley/catalog"
	"parley/catalog/fault"
)

// Format is a kind of file.
type Format string

// Formats of files.
const (
	Shopify     Format = "shopify"     // product CSV (https://help.shopify.com/en/manual/products/import-export/using-csv)
	YML         Format = "yml"         // Yandex Market Language (https://yandex.ru/support/marketplace/assortment/files/yml.html)
	WooCommerce Format = "woocommerce" // product CSV (https://woocommerce.com/document/product-csv-importer-exporter/)
	XLSX        Format = "xlsx"        // our own: one row a variant, columns by language
	CSV         Format = "csv"         // the same as text
)

// Names are all formats, as flags name them.
var Names = []Format{Shopify, YML, WooCommerce, XLSX, CSV}

// Files opens files for a catalogue.
type Files struct {
	Site string // where the program is reached, "https://shop.example": pictures of our own have links below it
}

// Open begins to read a file.
func (f Files) Open(file *os.File, shop catalog.Merchant) (catalog.Reading, error) {
	size, err := file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, err
	}
	head := make([]byte, 1024)
	n, err := io.ReadFull(file, head)
	if err != nil && n == 0 {
		return refused("", at(1, "", fault.New(fault.Invalid, "file.empty"))), nil
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	head = head[:n]
	of := source{site: strings.TrimRight(f.Site, "/"), shop: shop}
	switch {
	case size > catalog.MostFile:
		return refused("", at(1, "", fault.New(fault.Invalid, "file.too_large").With("count", "512"))), nil
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return of.openXLSX(file, size)
	}
	text, known, err := decoded(file)
	if err != nil {
		return nil, err
	}
	if isXML(head) {
		return of.openYML(text, known)
	}
	return of.openCSV(text)
}

// source is a file of a shop.
type source struct {
	site string
	shop catalog.Merchant
}

func (of source) language() string { return of.shop.Languages[0] }

// text is a wording in the shop's own language.
func (of source) text(words string) catalog.Text { return said(of.language(), words) }

func said(language, words string) catalog.Text {
	if words = strings.TrimSpace(words); words == "" {
		return catalog.Text{}
	}
	return catalog.Text{language: words}
}

// src is a picture as the shop names it: ours by its name, others by their address.
func (of source) src(link string) string {
	link = strings.TrimSpace(link)
	if own, ours := strings.CutPrefix(link, of.site+"/pictures/"); ours && of.site != "" {
		return own
	}
	return link
}

func isXML(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	if len(head) > 1 && (head[0] == 0xff && head[1] == 0xfe || head[0] == 0xfe && head[1] == 0xff) {
		head = bytes.ReplaceAll(head[2:], []byte{0}, nil)
	}
	return bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("<"))
}

func at(row int, column string, refusal *fault.Error) catalog.RowError {
	return catalog.RowError{Row: row, Column: column, Refusal: refusal}
}

// bad is a refusal of something in a file.
func bad(key string) *fault.Error { return fault.New(fault.Invalid, key) }

// none is the reading of a file of which nothing can be read.
type none struct {
	format Format
	wrong  []catalog.RowError
}

func refused(format Format, wrong ...catalog.RowError) catalog.Reading { return none{format, wrong} }

func (n none) Format() string                 { return string(n.format) }
func (n none) Next() (catalog.Listing, error) { return catalog.Listing{}, io.EOF }
func (n none) Products() int                  { return 0 }
func (n none) Errors() []catalog.RowError     { return n.wrong }
func (n none) Close() error                   { return nil }
