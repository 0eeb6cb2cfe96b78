package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/money"
)

type searchCommand struct {
	Merchant string   `required:"" help:"The shop's name in links, such as meadow." placeholder:"SLUG"`
	Limit    int      `default:"10" help:"How many products to list, at most 200."`
	After    string   `help:"Go on behind a page: what it said is next." placeholder:"NEXT"`
	Hidden   bool     `help:"Find drafts and archived products, too, as staff do."`
	Explain  bool     `help:"Say what each word was taken for."`
	JSON     bool     `name:"json" help:"Write JSON instead of a table."`
	Words    []string `arg:"" help:"What a buyer would type; mistakes and prices are understood: кросовки до 3000."`
}

// Run searches as a buyer does and lists what is found.
func (c searchCommand) Run(ctx context.Context, settings *Settings, tty terminal) error {
	if c.Limit < 1 || c.Limit > 200 {
		return &settingError{fmt.Sprintf("--limit is %d; it should be 1 to 200", c.Limit)}
	}
	return withMerchant(ctx, settings, tty, c.Merchant, func(s *shop, m catalog.Merchant) error {
		found, err := s.catalog.Search(ctx, m.ID, catalog.Query{
			Words: strings.Join(c.Words, " "), Hidden: c.Hidden, Page: catalog.Page{Limit: c.Limit, After: c.After},
		})
		if err != nil {
			return inEnglish(err)
		}
		if c.JSON {
			return foundJSON(tty.out, m, found, c.Explain)
		}
		return c.tell(tty.out, m, found)
	})
}

// withMerchant does something in a shop that can be searched: where a server has not yet made its index, that is
// done now.
func withMerchant(ctx context.Context, settings *Settings, tty terminal, slug string, do func(*shop, catalog.Merchant) error) error {
	return withShop(ctx, settings, tty, func(s *shop) error {
		merchant, err := s.catalog.MerchantBySlug(ctx, slug)
		if fault.KindOf(err) == fault.Missing {
			return fmt.Errorf("there is no shop %q; --merchant should be the name in its link", slug)
		}
		if err != nil {
			return err
		}
		stale, err := s.catalog.Stale(ctx)
		if err != nil {
			return err
		}
		if slices.Contains(stale, merchant.ID) {
			_, _ = fmt.Fprintln(tty.err, "making the index of the shop, once …")
			if err := s.catalog.Rebuild(ctx, merchant.ID); err != nil {
				return err
			}
		}
		return do(s, merchant)
	})
}

func (c searchCommand) tell(out io.Writer, m catalog.Merchant, found catalog.Found) error {
	if c.Explain {
		explain(out, found)
	}
	products := found.Products
	switch {
	case found.Total > 0:
		_, _ = fmt.Fprintf(out, "%d found\n", found.Total)
	case len(found.Nearest) > 0:
		_, _ = fmt.Fprintln(out, "nothing found; nearest:")
		products = found.Nearest
	default:
		_, err := fmt.Fprintln(out, "nothing found")
		return err
	}
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, p := range products {
		left := ""
		if !p.Free {
			left = "sold out"
		}
		_, _ = fmt.Fprintf(table, "%d\t%s\t%s\t%s\n", p.ID, p.Title.In(m.Languages[0]), p.From, left)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if found.Next != "" {
		_, _ = fmt.Fprintf(out, "more: --after %s\n", found.Next)
	}
	return nil
}

// explain says what each word was taken for, a line a guess.
func explain(out io.Writer, found catalog.Found) {
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	for _, one := range found.Understood {
		words := one.Words
		for _, guess := range one.Guesses {
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\tworth %d\t%s\n", words, guess.How, strings.Join(guess.Terms, " + "), guess.Worth, products(guess))
			words = ""
		}
	}
	_ = table.Flush() // to a terminal
	if found.From != (money.Amount{}) {
		_, _ = fmt.Fprintf(out, "price from %s\n", found.From)
	}
	if found.To != (money.Amount{}) {
		_, _ = fmt.Fprintf(out, "price to %s\n", found.To)
	}
	if found.Elsewhere != "" {
		_, _ = fmt.Fprintf(out, "a price in %s does not count here\n", found.Elsewhere)
	}
}

func products(guess catalog.Guess) string {
	if guess.How == catalog.AsCode {
		return "" // they are not counted
	}
	return fmt.Sprintf("in %d products", guess.Products)
}

// Shapes of --json.
type (
	foundShape struct {
		Total      int               `json:"total"`
		Products   []productShape    `json:"products"`
		Nearest    []productShape    `json:"nearest,omitempty"`
		Next       string            `json:"next,omitempty"`
		Understood []understoodShape `json:"understood,omitempty"`
	}
	productShape struct {
		ID       int64             `json:"id"`
		Title    map[string]string `json:"title"`
		From     string            `json:"from"`
		Currency string            `json:"currency"`
		SoldOut  bool              `json:"sold_out"`
	}
	understoodShape struct {
		Words   string       `json:"words"`
		Guesses []guessShape `json:"guesses"`
	}
	guessShape struct {
		How      string   `json:"how"`
		Terms    []string `json:"terms"`
		Worth    int      `json:"worth"`
		Products int      `json:"products"`
	}
)

func foundJSON(out io.Writer, m catalog.Merchant, found catalog.Found, explained bool) error {
	shape := foundShape{Total: found.Total, Products: productShapes(m, found.Products), Next: found.Next}
	if len(found.Nearest) > 0 {
		shape.Nearest = productShapes(m, found.Nearest)
	}
	for _, one := range found.Understood {
		understood := understoodShape{Words: one.Words}
		for _, guess := range one.Guesses {
			understood.Guesses = append(understood.Guesses, guessShape{string(guess.How), guess.Terms, guess.Worth, guess.Products})
		}
		if explained {
			shape.Understood = append(shape.Understood, understood)
		}
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(shape)
}

func productShapes(m catalog.Merchant, products []catalog.Summary) []productShape {
	shapes := make([]productShape, len(products))
	for i, p := range products {
		shapes[i] = productShape{ID: int64(p.ID), Title: p.Title, From: p.From.Major(), Currency: string(m.Currency), SoldOut: !p.Free}
	}
	return shapes
}
