// Command draw makes the pictures of the demo shops: shapes, written by hand as SVG, in the colours of a
// palette. It needs rsvg-convert and pngquant; the program itself does not, the pictures are committed.
//
// Run it by go generate in catalog/demo. A name, or the beginning of one, redraws only that.
package main

import (
	"embed"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed shapes/*.svg
var shapes embed.FS

func main() {
	log.SetFlags(0)
	only := ""
	if len(os.Args) > 1 {
		only = os.Args[1]
	}
	for _, p := range pictures {
		if !strings.HasPrefix(p.name, only) {
			continue
		}
		if err := draw(p, "pictures"); err != nil {
			log.Fatalf("drawing %s: %v", p.name, err)
		}
	}
}

// draw writes one picture as a PNG of few colours below dir.
func draw(p picture, dir string) error {
	drawing, err := p.svg()
	if err != nil {
		return err
	}
	path := filepath.Join(dir, filepath.FromSlash(p.name)+".png")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	side := fmt.Sprint(p.side())
	rasterise := exec.Command("rsvg-convert", "--width", side, "--height", side)
	rasterise.Stdin = strings.NewReader(drawing)
	full, err := rasterise.Output()
	if err != nil {
		return fmt.Errorf("rasterising: %w", err)
	}
	quantise := exec.Command("pngquant", "--nofs", "--speed", "1", "--strip", "24", "-")
	quantise.Stdin = strings.NewReader(string(full))
	small, err := quantise.Output()
	if err != nil {
		return fmt.Errorf("quantising: %w", err)
	}
	return os.WriteFile(path, small, 0o644)
}
