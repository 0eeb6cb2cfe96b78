package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"parley/catalog"
)

type importsCommand struct {
	Merchant string `required:"" help:"The shop's name in links, such as meadow." placeholder:"SLUG"`
	Number   int64  `arg:"" optional:"" help:"Show what this one would do or did; without it, all are listed."`
}

// Run lists imports.
func (c importsCommand) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withShop(ctx, settings, tty, func(s *shop) error {
		merchant, err := s.merchantFor(ctx, c.Merchant)
		if err != nil {
			return err
		}
		if c.Number != 0 {
			return c.show(ctx, s, merchant, tty)
		}
		table := tabwriter.NewWriter(tty.out, 0, 4, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "NUMBER\tAT\tFILE\tFORMAT\tSTATE\tCREATED\tCHANGED\tUNCHANGED\tERRORS")
		for page := (catalog.Page{Limit: 200}); ; page.Offset += page.Limit {
			found, err := s.catalog.Imports(ctx, merchant.ID, page)
			if err != nil {
				return err
			}
			for _, i := range found {
				_, _ = fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\n", i.ID, i.CreatedAt.Format("2006-01-02 15:04:05 UTC"), i.File, i.Format,
					i.State, i.Created, i.Changed, i.Unchanged, i.Wrong)
			}
			if len(found) < page.Limit {
				return table.Flush()
			}
		}
	})
}

func (c importsCommand) show(ctx context.Context, s *shop, merchant catalog.Merchant, tty terminal) error {
	i, err := s.catalog.ImportByID(ctx, merchant.ID, catalog.ImportID(c.Number))
	if err != nil {
		return inEnglish(err)
	}
	run := importing{shop: s, merchant: merchant, tty: tty, bar: newBar(nil)}
	run.say("import %d of %s, %s: %s\n", i.ID, i.File, i.State, counted(i))
	if i.Why != nil {
		run.say("%s.\n", inEnglish(i.Why))
	}
	return run.changes(ctx, i, tellMost)
}
