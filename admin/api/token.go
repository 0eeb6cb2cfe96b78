package api

import (
	"context"
	"fmt"
	"time"

	"parley/admin"
)

// Token lets a program in as an account, for some purposes and some time.
type Token struct {
	ID      int64      `json:"id"`
	Name    string     `json:"name" example:"Stock from the warehouse" doc:"What it is for."`
	Prefix  string     `json:"prefix" example:"parley_k3v9q2xa" doc:"Its beginning, by which it is recognised."`
	Scopes  []string   `json:"scopes" example:"[\"catalog:read\"]" doc:"What it is for."`
	Created time.Time  `json:"created_at"`
	Expires time.Time  `json:"expires_at"`
	Used    *time.Time `json:"used_at,omitempty" doc:"When last, to the minute; absent: never."`
	Revoked *time.Time `json:"revoked_at,omitempty" doc:"Absent: it is good until it expires."`
}

// Secret is a new token with what a program sends.
type Secret struct {
	Token
	Secret string `json:"secret" doc:"What a program sends. Nobody can be told again."`
}

// NewToken is what a token is made of.
type NewToken struct {
	Name    string     `json:"name" minLength:"1" maxLength:"100" example:"Stock from the warehouse"`
	Scopes  []string   `json:"scopes" minItems:"1" maxItems:"50" example:"[\"catalog:read\",\"catalog:write\"]"`
	Expires *time.Time `json:"expires_at,omitempty" doc:"At most two years from now; 90 days unless set."`
}

func tokenView(t admin.Token) Token {
	view := Token{ID: int64(t.ID), Name: t.Name, Prefix: t.Prefix, Created: t.Created, Expires: t.Expires, Scopes: []string{}}
	for _, scope := range t.Scopes {
		view.Scopes = append(view.Scopes, string(scope))
	}
	if !t.Used.IsZero() {
		view.Used = &t.Used
	}
	if !t.Revoked.IsZero() {
		view.Revoked = &t.Revoked
	}
	return view
}

func (a *API) tokenOperations() {
	read(a, op{id: "list-tokens", does: "GET /tokens", tag: "Tokens", people: true, summary: "List my tokens", about: "Newest first, the revoked ones too."}, a.listTokens)
	write(a, op{id: "create-token", does: "POST /tokens", tag: "Tokens", people: true, status: 201, summary: "Make a token",
		about: "For the account that is signed in. `secret` is told only here."}, a.createToken)
	read(a, op{id: "get-token", does: "GET /tokens/{id}", tag: "Tokens", people: true, summary: "Show a token"}, a.getToken)
	write(a, op{id: "revoke-token", does: "DELETE /tokens/{id}", tag: "Tokens", people: true, summary: "Revoke a token"}, a.revokeToken)
}

func (a *API) listTokens(ctx context.Context, c *call, in *struct{ Paging }) (*listed[Token], error) {
	list := c.listOf(nil)
	after, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := a.Accounts.Tokens(ctx, c.account.ID, admin.TokenID(after.ID), in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := pageOf(a, list, in.Paging, found, tokenView, func(t admin.Token) place { return place{ID: int64(t.ID)} })
	page.Total, err = in.counted(ctx, func(ctx context.Context, most int) (int, error) {
		all, err := a.Accounts.Tokens(ctx, c.account.ID, 0, most)
		return len(all), err
	})
	return &listed[Token]{page}, err
}

type createToken struct{ Body NewToken }

func (a *API) createToken(ctx context.Context, c *call, in *createToken) (*made[Secret], []deed, error) {
	n := admin.NewToken{Name: in.Body.Name}
	for _, scope := range in.Body.Scopes {
		n.Scopes = append(n.Scopes, admin.Scope(scope))
	}
	if in.Body.Expires != nil {
		n.For = max(in.Body.Expires.Sub(a.at()), 1) // what has passed is refused there
	}
	token, secret, err := a.Accounts.CreateToken(ctx, c.account.ID, n)
	if err != nil {
		return nil, nil, err
	}
	view := Secret{Token: tokenView(token), Secret: secret}
	return &made[Secret]{ETag: etagOf(view.Token), Location: fmt.Sprintf("%s/tokens/%d", Base, view.ID), Body: view}, nil, nil // it is in the trail already
}

func (a *API) getToken(ctx context.Context, c *call, in *IDPath) (*plain[Token], error) {
	token, err := a.Accounts.TokenOf(ctx, c.account.ID, admin.TokenID(in.ID))
	return &plain[Token]{tokenView(token)}, err
}

func (a *API) revokeToken(ctx context.Context, c *call, in *IDPath) (*done, []deed, error) {
	return &done{}, nil, a.Accounts.RevokeToken(ctx, c.account.ID, admin.TokenID(in.ID)) // it is in the trail already
}
