package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"parley/catalog"
	"parley/catalog/formats"
)

type exportCommand struct {
	Merchant string `required:"" help:"The shop's name in links, such as meadow." placeholder:"SLUG"`
	Format   string `required:"" enum:"shopify,yml,woocommerce,xlsx,csv" help:"shopify, yml, woocommerce, or our own table as xlsx or csv." placeholder:"FORMAT"`
	Output   string `short:"o" default:"-" help:"The file to write; - is standard output." placeholder:"FILE"`
}

// Run writes a shop to a file. The file is replaced when all of it is written, and not before.
func (e exportCommand) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withShop(ctx, settings, tty, func(s *shop) error {
		merchant, err := s.merchantFor(ctx, e.Merchant)
		if err != nil {
			return err
		}
		goods, err := s.goods(ctx, merchant, catalog.Draft, catalog.Active, catalog.Archived)
		if err != nil {
			return err
		}
		write := func(to io.Writer) error {
			return inEnglish(formats.Files{Site: s.url}.Write(to, formats.Format(e.Format), goods))
		}
		if e.Output == "-" {
			return write(tty.out)
		}
		return replace(e.Output, write)
	})
}

// goods is what a shop has in some states, as it is written to files.
func (s *shop) goods(ctx context.Context, merchant catalog.Merchant, states ...catalog.State) (formats.Goods, error) {
	tree, err := s.catalog.Tree(ctx, merchant.ID)
	return formats.Goods{Shop: merchant, Categories: tree, Products: func() iter.Seq2[catalog.Product, error] {
		return s.catalog.All(ctx, merchant.ID, states...)
	}}, err
}

// replace writes a file beside the one that is to be there, and puts it in its place.
func replace(path string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".parley-export-")
	if err != nil {
		return fmt.Errorf("the file can't be written: %w", err)
	}
	err = errors.Join(write(file), file.Chmod(0o644), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
