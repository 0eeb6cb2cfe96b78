package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEveryDrawingIsWellFormedAndCommitted(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range pictures {
		if seen[p.name] {
			t.Errorf("%s is drawn twice", p.name)
		}
		seen[p.name] = true
		drawing, err := p.svg()
		if err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
		decoder := xml.NewDecoder(strings.NewReader(drawing))
		for err == nil {
			_, err = decoder.Token()
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", p.name, err)
		}
		if _, err := os.Stat(filepath.Join("..", "pictures", filepath.FromSlash(p.name)+".png")); err != nil {
			t.Error(err)
		}
	}
}

func TestEveryShapeIsDrawn(t *testing.T) {
	used := map[string]bool{}
	for _, p := range pictures {
		for _, shape := range strings.Fields(p.shapes) {
			used[shape+".svg"] = true
		}
	}
	entries, err := shapes.ReadDir("shapes")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !used[entry.Name()] {
			t.Errorf("nothing draws %s", entry.Name())
		}
	}
}

func TestColoursMixInProportion(t *testing.T) {
	for share, want := range map[float64]string{0: "#102030", 0.5: "#889098", 1: "#ffffff"} {
		if got := mixed("#102030", "#ffffff", share); got != want {
			t.Errorf("at %v: %s, want %s", share, got, want)
		}
	}
}
