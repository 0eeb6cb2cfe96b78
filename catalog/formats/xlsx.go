package formats

import (
	"os"

	"parley/catalog"
)

func (of source) openXLSX(file *os.File, size int64) (catalog.Reading, error) { return nil, nil }

type sheet struct{ spreadsheet bool }

func (*sheet) format() Format { return CSV }

func (*sheet) key(t *table, r row) (string, bool)           { return "", false }
func (*sheet) listing(t *table, rows []row) catalog.Listing { return catalog.Listing{} }

type woo struct{ alias map[string]string }

func (*woo) format() Format { return WooCommerce }

func (*woo) key(t *table, r row) (string, bool)           { return "", false }
func (*woo) listing(t *table, rows []row) catalog.Listing { return catalog.Listing{} }
