package admin

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"parley/catalog/fault"
)

// TokenID is an id of a Token.
type TokenID int64

// Who is how a token is named in the audit trail.
func (id TokenID) Who() string { return fmt.Sprintf("token:%d", id) }

// Scope is one thing that a token may be for: an area and whether it writes there.
type Scope string

// Scopes are all that there are. A scope never allows what the role of the token's account does not.
func Scopes() []Scope {
	return []Scope{
		"catalog:read", "catalog:write", "orders:read", "orders:write", "contacts:read", "contacts:write", "payments:read", "payments:write",
		"merchants:read", "merchants:write", "users:read", "users:write", "audit:read", "webhooks:read", "webhooks:write",
	}
}

// Token lets a program in as an account, for some purposes and some time.
type Token struct {
	ID      TokenID
	Account AccountID
	Name    string  // what it is for, as its person called it
	Prefix  string  // the beginning of the token, by which it is recognised
	Scopes  []Scope // what it is for
	Created time.Time
	Expires time.Time
	Used    time.Time // when last, to the minute; zero: never
	Revoked time.Time // zero: it is good
}

// NewToken is what a token is made of.
type NewToken struct {
	Name   string        // 1…100 characters
	Scopes []Scope       // at least one
	For    time.Duration // a minute to two years; zero: 90 days
}

// How long tokens are good for.
const (
	usualToken   = 90 * 24 * time.Hour
	longestToken = 2 * 366 * 24 * time.Hour
)

// tokenMark begins each token, so that scanners of published code know one.
const tokenMark = "parley_"

func (n NewToken) tidied() (NewToken, error) {
	n.Name = strings.Join(strings.Fields(n.Name), " ")
	if n.For == 0 {
		n.For = usualToken
	}
	slices.Sort(n.Scopes)
	n.Scopes = slices.Compact(n.Scopes)
	switch {
	case n.Name == "" || utf8.RuneCountInString(n.Name) > 100 || strings.ContainsFunc(n.Name, unicode.IsControl):
		return n, fault.New(fault.Invalid, "token.name_malformed").With("field", "name")
	case len(n.Scopes) == 0:
		return n, fault.New(fault.Invalid, "token.scopes_missing").With("field", "scopes")
	case n.For < time.Minute || n.For > longestToken:
		return n, fault.New(fault.Invalid, "token.expiry").With("field", "expires_at")
	}
	for _, scope := range n.Scopes {
		if !slices.Contains(Scopes(), scope) {
			return n, fault.New(fault.Invalid, "token.scope_unknown").With("scope", string(scope)).With("field", "scopes")
		}
	}
	return n, nil
}

// CreateToken makes a token for an account and returns what a program sends, which nobody can be told again.
// It fails with fault.Invalid, and with fault.Missing for an account that is not there or may not sign in.
func (a *Accounts) CreateToken(ctx context.Context, id AccountID, n NewToken) (Token, string, error) {
	n, err := n.tidied()
	if err != nil {
		return Token{}, "", err
	}
	account, err := a.Find(ctx, id)
	if err != nil {
		return Token{}, "", err
	}
	if !account.Active {
		return Token{}, "", noAccount()
	}
	prefix := tokenMark + strings.ToLower(rand.Text()[:8])
	secret := prefix + "_" + newToken()
	token := Token{Account: id, Name: n.Name, Prefix: prefix, Scopes: n.Scopes, Created: a.at(), Expires: a.at().Add(n.For)}
	err = a.db.InTx(ctx, func(ctx context.Context) error {
		if token.ID, err = a.insertToken(ctx, token, hashOf(secret)); err != nil {
			return err
		}
		return a.recordChange(ctx, deed{
			what: "token.created", subject: fmt.Sprintf("token:%d", token.ID), note: n.Name,
			became: asJSON(map[string]any{"account": int64(id), "prefix": prefix, "scopes": n.Scopes, "expires_at": token.Expires}),
		})
	})
	return token, secret, err
}

// RevokeToken ends a token of an account for good; doing it again is fine. It fails with fault.Missing.
func (a *Accounts) RevokeToken(ctx context.Context, owner AccountID, id TokenID) error {
	return a.db.InTx(ctx, func(ctx context.Context) error {
		token, err := a.TokenOf(ctx, owner, id)
		if err != nil || !token.Revoked.IsZero() {
			return err
		}
		if err := a.revokeToken(ctx, id); err != nil {
			return err
		}
		return a.recordChange(ctx, deed{what: "token.revoked", subject: fmt.Sprintf("token:%d", id), note: token.Name})
	})
}

// Admitted is who comes in with a token: the token and its account. It fails with fault.Denied when there is no
// such token, when it has expired or was revoked, and when its account may not sign in.
func (a *Accounts) Admitted(ctx context.Context, secret string) (Token, Account, error) {
	if !strings.HasPrefix(secret, tokenMark) || len(secret) > 100 {
		return Token{}, Account{}, noToken()
	}
	token, err := a.tokenByHash(ctx, hashOf(secret))
	if err != nil {
		return Token{}, Account{}, err
	}
	now := a.at()
	if !token.Revoked.IsZero() || !now.Before(token.Expires) {
		return Token{}, Account{}, noToken()
	}
	account, err := a.Find(ctx, token.Account)
	if err != nil {
		return Token{}, Account{}, err
	}
	if !account.Active {
		return Token{}, Account{}, noToken()
	}
	if now.Sub(token.Used) > time.Minute {
		err = a.useToken(ctx, token.ID)
	}
	return token, account, err
}

func noToken() error { return fault.New(fault.Denied, "token.refused") }
