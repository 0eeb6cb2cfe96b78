package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/dialogs/texts"
)

type shopCommand struct {
	Add   shopAdd   `cmd:"" help:"Open a shop, or change one that is open."`
	List  shopList  `cmd:"" help:"List them."`
	Money shopMoney `cmd:"" help:"Say how a shop's refunds and stranded money are handled."`

	Connect shopConnect `cmd:"" help:"Open a shop's own account at a payment system, and show how it stands."`
	Fee     shopFee     `cmd:"" help:"Say what the platform keeps of a shop's payments."`
}

type shopAdd struct {
	Slug     string   `arg:"" help:"Its name in links: letters, digits and hyphens."`
	Name     string   `required:"" help:"Its name, in its first language."`
	About    string   `help:"A sentence or two that greet buyers."`
	Currency string   `required:"" help:"ISO 4217 code of its prices, such as EUR. It can't change once there are products." placeholder:"CODE"`
	Language []string `default:"en,ru" help:"Languages it speaks, its own first: en, ru."`
	TimeZone string   `default:"UTC" help:"IANA name, such as Europe/Berlin."`
	Phone    string   `help:"For buyers."`
	Pickup   []string `sep:"none" help:"A pickup point, as NAME: ADDRESS. May be repeated."`
	Courier  []string `sep:"none" help:"A courier, as NAME: PRICE. May be repeated."`
}

// Run opens or changes a shop.
func (a shopAdd) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withShop(ctx, settings, tty, func(s *shop) error {
		merchant, err := a.merchant()
		if err != nil {
			return inEnglish(err)
		}
		if _, err := s.catalog.SaveMerchant(ctx, merchant); err != nil {
			return inEnglish(err)
		}
		_, err = fmt.Fprintf(tty.out, "the shop is open at /chat/%s; bring products in with: parley import --merchant %s FILE\n", a.Slug, a.Slug)
		return err
	})
}

func (a shopAdd) merchant() (catalog.Merchant, error) {
	own := a.Language[0]
	m := catalog.Merchant{
		Slug: a.Slug, Name: catalog.Text{own: a.Name}, Languages: a.Language, Currency: money.Currency(strings.ToUpper(a.Currency)),
		TimeZone: a.TimeZone, Contacts: catalog.Contacts{Phone: a.Phone}, State: catalog.Active,
	}
	if a.About != "" {
		m.About = catalog.Text{own: a.About}
	}
	for _, point := range a.Pickup {
		name, address, _ := strings.Cut(point, ":")
		m.Delivery = append(m.Delivery, catalog.DeliveryMethod{
			Kind: catalog.Pickup, Name: catalog.Text{own: strings.TrimSpace(name)}, Address: catalog.Text{own: strings.TrimSpace(address)}, Price: money.Of(0, m.Currency),
		})
	}
	for _, courier := range a.Courier {
		name, price, _ := strings.Cut(courier, ":")
		amount, err := money.Parse(price, m.Currency)
		if err != nil {
			return m, err
		}
		m.Delivery = append(m.Delivery, catalog.DeliveryMethod{Kind: catalog.Courier, Name: catalog.Text{own: strings.TrimSpace(name)}, Price: amount})
	}
	return m, nil
}

type shopList struct{}

// Run lists shops.
func (shopList) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withShop(ctx, settings, tty, func(s *shop) error {
		shops, err := s.catalog.Merchants(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(tty.out, 0, 4, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "SLUG\tNAME\tCURRENCY\tLANGUAGES")
		for _, m := range shops {
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", m.Slug, m.Name.In(m.Languages[0]), m.Currency, strings.Join(m.Languages, ", "))
		}
		return table.Flush()
	})
}

// inEnglish says in words what people may read of an error: on the command line nobody translates it later.
func inEnglish(err error) error {
	refusal, classified := fault.Of(err)
	if !classified || refusal.Kind == fault.Internal {
		return err
	}
	args := map[string]any{}
	for name, value := range refusal.Args {
		args[name] = value
	}
	return fmt.Errorf("%s", strings.TrimSuffix(texts.Say("en", refusal.Key, args), "."))
}
