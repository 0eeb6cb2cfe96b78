package demo

import (
	"context"
	"embed"

	"parley/catalog/fault"
)

//go:embed pictures/*.png pictures/*/*.png
var drawn embed.FS

// Pictures are the drawings of the demo shops, "meadow/trail-boot-black.png", and the mark of Parley,
// "parley.png". They are PNG.
type Pictures struct{}

// Picture fails with fault.Missing "picture.missing" {name} unless the name is exactly that of a drawing.
func (Pictures) Picture(_ context.Context, name string) (bytes []byte, mime string, err error) {
	bytes, err = drawn.ReadFile("pictures/" + name)
	if err != nil {
		return nil, "", fault.New(fault.Missing, "picture.missing").With("name", name)
	}
	return bytes, "image/png", nil
}
