package admin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"parley/catalog/fault"
)

// How long somebody stays signed in: without doing anything, and at all.
const (
	idleFor = 12 * time.Hour
	longest = 14 * 24 * time.Hour
)

// session is somebody signed in on one browser.
type session struct {
	id      int64
	hash    string // of the token in the cookie
	account Account
}

// hashOf is how a token is stored: who reads the table cannot sign in with it.
func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func newToken() string {
	random := make([]byte, 32)
	_, _ = rand.Read(random) // it never fails
	return base64.RawURLEncoding.EncodeToString(random)
}

// signIn opens a session and returns the token that the browser keeps.
func (a *Accounts) signIn(ctx context.Context, id AccountID, userAgent string) (token string, err error) {
	token, now := newToken(), a.at()
	userAgent = strings.ToValidUTF8(userAgent, "")
	if runes := []rune(strings.ReplaceAll(userAgent, "\x00", "")); len(runes) > 300 {
		userAgent = string(runes[:300])
	}
	err = a.db.On(ctx).Exec("insert into sessions (token_hash, account_id, created_at, seen_at, expires_at, user_agent) values (?, ?, ?, ?, ?, ?)",
		hashOf(token), int64(id), now, now, now.Add(longest), userAgent).Error
	if err != nil {
		return "", fmt.Errorf("open session: %w", err)
	}
	return token, nil
}

// sessionOf is the session of a token. What its person did keeps it open; a page that only looked again by
// itself does not. It fails with fault.Denied when there is none, or no more.
func (a *Accounts) sessionOf(ctx context.Context, token string, byPerson bool) (session, error) {
	hash := hashOf(token)
	var rows []struct {
		ID        int64
		AccountID int64
		SeenAt    time.Time
	}
	now := a.at()
	err := a.db.On(ctx).Raw(`select s.id, s.account_id, s.seen_at from sessions s join accounts a on a.id = s.account_id
		where s.token_hash = ? and s.revoked_at is null and s.expires_at > ? and s.seen_at > ? and a.state = 'active'`,
		hash, now, now.Add(-idleFor)).Scan(&rows).Error
	if err != nil {
		return session{}, fmt.Errorf("read session: %w", err)
	}
	if len(rows) == 0 {
		return session{}, fault.New(fault.Denied, "account.signed_out")
	}
	if byPerson && now.Sub(rows[0].SeenAt) > time.Minute {
		if err := a.db.On(ctx).Exec("update sessions set seen_at = ? where id = ?", now, rows[0].ID).Error; err != nil {
			return session{}, fmt.Errorf("see session: %w", err)
		}
	}
	account, err := a.Find(ctx, AccountID(rows[0].AccountID))
	return session{id: rows[0].ID, hash: hash, account: account}, err
}

// isOpen says whether a session still is one, without counting as something its person did.
func (a *Accounts) isOpen(ctx context.Context, s session) (open bool, err error) {
	now := a.at()
	err = a.db.On(ctx).Raw(`select exists (select 1 from sessions s join accounts a on a.id = s.account_id where s.id = ?
		and s.revoked_at is null and s.expires_at > ? and s.seen_at > ? and a.state = 'active')`, s.id, now, now.Add(-idleFor)).Scan(&open).Error
	if err != nil {
		return false, fmt.Errorf("look at session: %w", err)
	}
	return open, nil
}

// signOut ends one session.
func (a *Accounts) signOut(ctx context.Context, s session) error {
	err := a.db.On(ctx).Exec("update sessions set revoked_at = ? where id = ? and revoked_at is null", a.at(), s.id).Error
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

func (a *Accounts) revokeAll(ctx context.Context, id AccountID) error {
	err := a.db.On(ctx).Exec("update sessions set revoked_at = ? where account_id = ? and revoked_at is null", a.at(), int64(id)).Error
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}
