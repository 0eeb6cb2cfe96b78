package main

import (
	"fmt"
	"strings"
)

// picture is one drawing: shapes laid over each other, in two colours, on the ground of its shelf.
type picture struct {
	name         string // without .png
	shapes       string // names of files in shapes, from the back to the front
	ground       string // colour behind; empty: none
	main, accent string
}

// Grounds, one for each shelf.
const (
	footwear = "#f3e6d6"
	clothing = "#dfe9f2"
	bags     = "#e3edda"
	outdoors = "#d8ebe9"
	home     = "#f8e4da"
	services = "#e8e2f4"
	courses  = "#d9eee4"
	books    = "#faedc9"
	gifts    = "#f9dfe3"
	files    = "#dde7f6"
)

// side is the width and height in pixels: the mark of Parley is small, products are large.
func (p picture) side() int {
	if p.ground == "" {
		return 256
	}
	return 640
}

const frame = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 640"><style>%s</style>` +
	`<defs><filter id="lying" x="-10%%" y="-10%%" width="120%%" height="120%%">` +
	`<feOffset in="SourceAlpha" dx="10" dy="14"/><feComponentTransfer><feFuncA type="linear" slope=".14"/></feComponentTransfer>` +
	`<feMerge><feMergeNode/><feMergeNode in="SourceGraphic"/></feMerge></filter></defs>%s%s</svg>`

// svg is the whole drawing.
func (p picture) svg() (string, error) {
	var layers strings.Builder
	for _, name := range strings.Fields(p.shapes) {
		layer, err := shapes.ReadFile("shapes/" + name + ".svg")
		if err != nil {
			return "", err
		}
		layers.Write(layer)
	}
	return fmt.Sprintf(frame, p.style(), p.backdrop(), layers.String()), nil
}

func (p picture) backdrop() string {
	if p.ground == "" {
		return ""
	}
	return fmt.Sprintf(`<rect width="640" height="640" fill="%s"/><circle cx="320" cy="316" r="262" fill="%s"/>`,
		p.ground, mixed(p.ground, "#ffffff", 0.45))
}
