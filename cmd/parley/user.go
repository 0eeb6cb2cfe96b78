package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"parley/admin"
	"parley/catalog"
	"parley/catalog/fault"
)

type userCommand struct {
	Add      userAdd      `cmd:"" help:"Add a person who may sign in at /admin."`
	List     userList     `cmd:"" help:"List them."`
	Password userPassword `cmd:"" help:"Set a new password and end their sessions."`
	Disable  userDisable  `cmd:"" help:"Let them sign in no more."`
	Enable   userEnable   `cmd:"" help:"Let them sign in again."`
	Token    userToken    `cmd:"" help:"Tokens for programs that use the API: add, list, revoke."`
}

type userAdd struct {
	Login string   `arg:"" help:"A word or an e-mail address."`
	Role  string   `enum:"owner,catalog,operator,finance" default:"operator" help:"owner, catalog, operator or finance."`
	Name  string   `help:"As colleagues and buyers read it; the login unless given."`
	Shop  []string `help:"The shops they work for, by their names in links; every shop unless given." placeholder:"SLUG"`
	Stdin bool     `help:"Read the password from standard input instead of generating one."`
}

// Run adds a person and shows the generated password once.
func (u userAdd) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withAccounts(ctx, settings, tty, func(s *shop, accounts *admin.Accounts) error {
		password, err := choosePassword(u.Stdin, tty)
		if err != nil {
			return err
		}
		account := admin.NewAccount{Login: u.Login, Name: u.Name, Password: password, Role: admin.Role(u.Role), AllShops: len(u.Shop) == 0}
		if account.Shops, err = s.slugs(ctx, u.Shop); err != nil {
			return err
		}
		if _, err := accounts.Create(ctx, account); err != nil {
			return err
		}
		return showPassword(tty, u.Login, password, u.Stdin)
	})
}

func (s *shop) slugs(ctx context.Context, slugs []string) (ids []catalog.MerchantID, err error) {
	for _, slug := range slugs {
		merchant, err := s.catalog.MerchantBySlug(ctx, slug)
		if fault.KindOf(err) == fault.Missing {
			return nil, fmt.Errorf("there is no shop %q; --shop should be the name in its link", slug)
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, merchant.ID)
	}
	return ids, nil
}

func choosePassword(fromInput bool, tty terminal) (string, error) {
	if !fromInput {
		return admin.GeneratePassword(), nil
	}
	all, err := io.ReadAll(io.LimitReader(tty.in, 4096))
	if err != nil {
		return "", fmt.Errorf("the password can't be read: %w", err)
	}
	return strings.TrimRight(string(all), "\r\n"), nil
}

func showPassword(tty terminal, login, password string, own bool) error {
	if own {
		_, err := fmt.Fprintf(tty.out, "%s can sign in now\n", login)
		return err
	}
	_, err := fmt.Fprintf(tty.out, "%s can sign in now with this password, which is shown only once:\n\n  %s\n\n", login, password)
	return err
}

type userList struct{}

// Run lists people.
func (userList) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withAccounts(ctx, settings, tty, func(_ *shop, accounts *admin.Accounts) error {
		list, err := accounts.List(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(tty.out, 0, 4, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "LOGIN\tNAME\tROLE\tSTATE\tSHOPS")
		for _, account := range list {
			state, shops := "active", "all"
			if !account.Active {
				state = "disabled"
			}
			if !account.AllShops {
				shops = fmt.Sprint(account.Shops)
			}
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", account.Login, account.Name, account.Role, state, shops)
		}
		return table.Flush()
	})
}

type userPassword struct {
	Login string `arg:"" help:"Whose."`
	Stdin bool   `help:"Read the password from standard input instead of generating one."`
}

// Run sets a password.
func (u userPassword) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withAccount(ctx, settings, tty, u.Login, func(accounts *admin.Accounts, account admin.Account) error {
		password, err := choosePassword(u.Stdin, tty)
		if err != nil {
			return err
		}
		if err := accounts.SetPassword(ctx, account.ID, password); err != nil {
			return err
		}
		return showPassword(tty, u.Login, password, u.Stdin)
	})
}

type userDisable struct {
	Login string `arg:"" help:"Who."`
}

// Run disables an account.
func (u userDisable) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withAccount(ctx, settings, tty, u.Login, func(accounts *admin.Accounts, account admin.Account) error {
		return accounts.Disable(ctx, account.ID)
	})
}

type userEnable struct {
	Login string `arg:"" help:"Who."`
}

// Run enables an account.
func (u userEnable) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withAccount(ctx, settings, tty, u.Login, func(accounts *admin.Accounts, account admin.Account) error {
		return accounts.Enable(ctx, account.ID)
	})
}

func withAccount(ctx context.Context, settings *Settings, tty terminal, login string, do func(*admin.Accounts, admin.Account) error) error {
	return withAccounts(ctx, settings, tty, func(_ *shop, accounts *admin.Accounts) error {
		account, err := accounts.FindByLogin(ctx, login)
		if err != nil {
			return err
		}
		return do(accounts, account)
	})
}

func withAccounts(ctx context.Context, settings *Settings, tty terminal, do func(*shop, *admin.Accounts) error) error {
	return withShop(ctx, settings, tty, func(s *shop) error { return inEnglish(do(s, s.accounts)) })
}
