package formats

import (
	"io"

	"parley/catalog"
)

func (of source) openYML(text io.Reader) (catalog.Reading, error) { return nil, nil }
