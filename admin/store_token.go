package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"parley/catalog/fault"
)

type tokenRow struct {
	ID        int64
	AccountID int64
	Name      string
	Prefix    string
	Scopes    string
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    *time.Time
	RevokedAt *time.Time
}

const tokenColumns = "select id, account_id, name, prefix, scopes, created_at, expires_at, used_at, revoked_at from tokens " //nolint:gosec // columns are no secret

func (r tokenRow) token() Token {
	t := Token{
		ID: TokenID(r.ID), Account: AccountID(r.AccountID), Name: r.Name, Prefix: r.Prefix, Created: r.CreatedAt.UTC(), Expires: r.ExpiresAt.UTC(),
	}
	for scope := range strings.FieldsSeq(r.Scopes) {
		t.Scopes = append(t.Scopes, Scope(scope))
	}
	if r.UsedAt != nil {
		t.Used = r.UsedAt.UTC()
	}
	if r.RevokedAt != nil {
		t.Revoked = r.RevokedAt.UTC()
	}
	return t
}

func (a *Accounts) tokensWhere(ctx context.Context, where string, args ...any) ([]Token, error) {
	var rows []tokenRow
	if err := a.db.On(ctx).Raw(tokenColumns+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	tokens := make([]Token, len(rows))
	for i, row := range rows {
		tokens[i] = row.token()
	}
	return tokens, nil
}

// Tokens are those of an account, newest first, the revoked ones too: at most limit of those before an id, or of
// all for zero.
func (a *Accounts) Tokens(ctx context.Context, owner AccountID, before TokenID, limit int) ([]Token, error) {
	return a.tokensWhere(ctx, "where account_id = ? and (cast(? as bigint) = 0 or id < ?) order by id desc limit ?", int64(owner), int64(before), int64(before), limit)
}

// TokenOf is one token of an account. It fails with fault.Missing.
func (a *Accounts) TokenOf(ctx context.Context, owner AccountID, id TokenID) (Token, error) {
	found, err := a.tokensWhere(ctx, "where account_id = ? and id = ?", int64(owner), int64(id))
	if err == nil && len(found) == 0 {
		err = fault.New(fault.Missing, "token.missing")
	}
	if err != nil {
		return Token{}, err
	}
	return found[0], nil
}

func (a *Accounts) tokenByHash(ctx context.Context, hash string) (Token, error) {
	found, err := a.tokensWhere(ctx, "where token_hash = ?", hash)
	if err == nil && len(found) == 0 {
		err = noToken()
	}
	if err != nil {
		return Token{}, err
	}
	return found[0], nil
}

func (a *Accounts) insertToken(ctx context.Context, t Token, hash string) (id TokenID, err error) {
	scopes := make([]string, len(t.Scopes))
	for i, scope := range t.Scopes {
		scopes[i] = string(scope)
	}
	err = a.db.On(ctx).Raw("insert into tokens (account_id, name, prefix, token_hash, scopes, created_at, expires_at) values (?, ?, ?, ?, ?, ?, ?) returning id",
		int64(t.Account), t.Name, t.Prefix, hash, strings.Join(scopes, " "), t.Created, t.Expires).Scan(&id).Error
	if err != nil {
		return 0, fmt.Errorf("create token: %w", err)
	}
	return id, nil
}

func (a *Accounts) revokeToken(ctx context.Context, id TokenID) error {
	if err := a.db.On(ctx).Exec("update tokens set revoked_at = ? where id = ? and revoked_at is null", a.at(), int64(id)).Error; err != nil {
		return fmt.Errorf("revoke token: %w", err)
	}
	return nil
}

// useToken says that a token was used now, to the minute.
func (a *Accounts) useToken(ctx context.Context, id TokenID) error {
	if err := a.db.On(ctx).Exec("update tokens set used_at = ? where id = ?", a.at(), int64(id)).Error; err != nil {
		return fmt.Errorf("use token: %w", err)
	}
	return nil
}

// asJSON is a value of ours as the audit trail keeps it.
func asJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("%T does not encode: %v", value, err)) // a bug: these are plain maps and structs
	}
	return string(text)
}
