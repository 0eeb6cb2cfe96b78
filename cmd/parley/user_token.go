package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"parley/admin"
)

type userToken struct {
	Add    tokenAdd    `cmd:"" help:"Make a token for a person's programs; it is shown once."`
	List   tokenList   `cmd:"" help:"List a person's tokens by what they begin with."`
	Revoke tokenRevoke `cmd:"" help:"End a token for good."`
}

type tokenAdd struct {
	Login string        `arg:"" help:"Whose: the token acts as them, within its scopes."`
	Name  string        `default:"command line" help:"What it is for."`
	Scope []string      `help:"What it may be used for, such as catalog:read; everything unless given." placeholder:"SCOPE"`
	For   time.Duration `default:"2160h" help:"How long it is good for, such as 720h; at most two years."`
}

// Run makes a token and shows it once.
func (t tokenAdd) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withAccount(ctx, settings, tty, t.Login, func(accounts *admin.Accounts, account admin.Account) error {
		n := admin.NewToken{Name: t.Name, Scopes: admin.Scopes(), For: t.For}
		if len(t.Scope) > 0 {
			n.Scopes = nil
			for _, scope := range t.Scope {
				n.Scopes = append(n.Scopes, admin.Scope(scope))
			}
		}
		token, secret, err := accounts.CreateToken(ctx, account.ID, n)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(tty.out, "A program acts as %s with this token until %s; it is shown only once:\n\n  %s\n\n",
			account.Login, token.Expires.Format(time.DateOnly), secret)
		return err
	})
}

type tokenList struct {
	Login string `arg:"" help:"Whose."`
}

// Run lists tokens.
func (t tokenList) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withAccount(ctx, settings, tty, t.Login, func(accounts *admin.Accounts, account admin.Account) error {
		tokens, err := accounts.Tokens(ctx, account.ID, 0, 1000)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(tty.out, 0, 4, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "TOKEN\tNAME\tSTATE\tUNTIL\tUSED\tSCOPES")
		for _, token := range tokens {
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", token.Prefix, token.Name, stateOf(token, time.Now()), token.Expires.Format(time.DateOnly),
				dayOf(token.Used), scopesOf(token))
		}
		return table.Flush()
	})
}

func stateOf(token admin.Token, now time.Time) string {
	switch {
	case !token.Revoked.IsZero():
		return "revoked"
	case !now.Before(token.Expires):
		return "expired"
	default:
		return "good"
	}
}

func dayOf(at time.Time) string {
	if at.IsZero() {
		return "never"
	}
	return at.Format(time.DateOnly)
}

func scopesOf(token admin.Token) string {
	names := make([]string, len(token.Scopes))
	for i, scope := range token.Scopes {
		names[i] = string(scope)
	}
	return strings.Join(names, " ")
}

type tokenRevoke struct {
	Login  string `arg:"" help:"Whose."`
	Prefix string `arg:"" help:"What the token begins with, as list shows it."`
}

// Run ends a token.
func (t tokenRevoke) Run(ctx context.Context, settings *Settings, tty terminal) error {
	return withAccount(ctx, settings, tty, t.Login, func(accounts *admin.Accounts, account admin.Account) error {
		tokens, err := accounts.Tokens(ctx, account.ID, 0, 1000)
		if err != nil {
			return err
		}
		for _, token := range tokens {
			if token.Prefix != t.Prefix {
				continue
			}
			if err := accounts.RevokeToken(ctx, account.ID, token.ID); err != nil {
				return err
			}
			_, err := fmt.Fprintf(tty.out, "%s is revoked\n", token.Prefix)
			return err
		}
		return fmt.Errorf("%s has no token %s", account.Login, t.Prefix)
	})
}
