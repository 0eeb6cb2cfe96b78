package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"parley/catalog"
)

type synonymsCommand struct {
	List synonymsList `cmd:"" help:"List a shop's groups, a line each."`
	Set  synonymsSet  `cmd:"" help:"Replace them all by those of a file."`
}

type synonymsList struct {
	Merchant string `required:"" help:"The shop's name in links, such as meadow." placeholder:"SLUG"`
}

// Run lists groups as Set reads them.
func (l synonymsList) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withMerchant(ctx, settings, tty, l.Merchant, func(s *shop, m catalog.Merchant) error {
		groups, err := s.catalog.Synonyms(ctx, m.ID)
		for _, group := range groups {
			_, _ = fmt.Fprintln(tty.out, strings.Join(group, ", "))
		}
		return err
	})
}

type synonymsSet struct {
	Merchant string `required:"" help:"The shop's name in links, such as meadow." placeholder:"SLUG"`
	File     string `arg:"" help:"A group a line, its words and phrases separated by commas; # begins a remark; - reads standard input."`
}

// Run replaces the groups.
func (c synonymsSet) Run(ctx context.Context, settings *Settings, tty terminal) error {
	in := tty.in
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return fmt.Errorf("the file can't be read: %w", err)
		}
		defer func() { _ = file.Close() }()
		in = file
	}
	groups, err := synonymLines(in)
	if err != nil {
		return fmt.Errorf("the file can't be read: %w", err)
	}
	return withMerchant(ctx, settings, tty, c.Merchant, func(s *shop, m catalog.Merchant) error {
		if err := s.catalog.SetSynonyms(ctx, m.ID, groups); err != nil {
			return inEnglish(err)
		}
		_, err := fmt.Fprintf(tty.out, "groups of synonyms that are set: %d\n", len(groups))
		return err
	})
}

func synonymLines(in io.Reader) (groups [][]string, err error) {
	lines := bufio.NewScanner(io.LimitReader(in, 10<<20))
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		if strings.TrimSpace(line) != "" {
			groups = append(groups, strings.Split(line, ","))
		}
	}
	return groups, lines.Err()
}
