package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"parley/migrations"
	"parley/migrations/db"
)

type migrateCommand struct {
	Up     migrateUp     `cmd:"" default:"withargs" help:"Apply what is pending (the default)."`
	Status migrateStatus `cmd:"" help:"List every migration and when it was applied."`
}

type migrateUp struct{}

// Run applies what is pending and says what that was.
func (migrateUp) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withDatabase(ctx, settings, func(d *db.DB) error {
		steps, err := migrations.Up(ctx, d)
		if err != nil {
			return err
		}
		if len(steps) == 0 {
			_, err = fmt.Fprintln(tty.out, "nothing to do: the database is up to date")
			return err
		}
		for _, step := range steps {
			if _, err := fmt.Fprintf(tty.out, "applied %04d %s\n", step.Version, step.Name); err != nil {
				return err
			}
		}
		return nil
	})
}

type migrateStatus struct{}

// Run lists migrations.
func (migrateStatus) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withDatabase(ctx, settings, func(d *db.DB) error {
		steps, err := migrations.Status(ctx, d)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(tty.out, 0, 4, 2, ' ', 0)
		for _, step := range steps {
			at := "pending"
			if !step.At.IsZero() {
				at = step.At.UTC().Format("2006-01-02 15:04:05 UTC")
			}
			_, _ = fmt.Fprintf(table, "%04d\t%s\t%s\n", step.Version, step.Name, at)
		}
		return table.Flush()
	})
}

func withDatabase(ctx context.Context, settings *Settings, do func(*db.DB) error) error {
	d, err := db.Open(ctx, settings.where())
	if err != nil {
		return err
	}
	return errors.Join(do(d), d.Close())
}

// withShop does something with the shop's parts while no server runs on the same embedded database.
func withShop(ctx context.Context, settings *Settings, tty terminal, do func(*shop) error) error {
	s, err := openShop(ctx, settings, settings.logger(tty), settings.Addr)
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.close())
}

type verifyCommand struct{}

// Run checks the invariants and prints each that is broken.
func (verifyCommand) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withShop(ctx, settings, tty, func(s *shop) error {
		checked, err := s.verify(ctx)
		if err != nil {
			return err
		}
		broken := 0
		for _, check := range checked {
			mark := "ok    "
			if check.Count > 0 {
				mark, broken = "BROKEN", broken+1
			}
			_, _ = fmt.Fprintf(tty.out, "%s  %-4s %s", mark, check.Invariant, check.Sentence)
			if check.Count > 0 {
				_, _ = fmt.Fprintf(tty.out, " — %d times, first: %v", check.Count, check.First)
			}
			_, _ = fmt.Fprintln(tty.out)
		}
		if broken > 0 {
			return errBroken
		}
		return nil
	})
}
