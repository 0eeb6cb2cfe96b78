package admin

import (
	"context"
	"fmt"
	"time"

	"parley/catalog/fault"
)

// Session is somebody signed in somewhere.
type Session struct {
	ID        int64
	Account   Account
	Created   time.Time
	Seen      time.Time // when they last did something, to the minute
	Expires   time.Time
	UserAgent string
	hash      string
}

// Secret is what proofs of this session are made from, such as the token against forged requests. It is no way in.
func (s Session) Secret() string { return s.hash }

// SignIn opens a session of an account that was authenticated and returns what the cookie holds.
func (a *Accounts) SignIn(ctx context.Context, id AccountID, userAgent string) (token string, err error) {
	return a.signIn(ctx, id, userAgent)
}

// SessionOf is the session of what a cookie holds; being asked for keeps it open. It fails with fault.Denied when
// there is none, or no more.
func (a *Accounts) SessionOf(ctx context.Context, token string) (Session, error) {
	s, err := a.sessionOf(ctx, token, true)
	return Session{ID: s.id, Account: s.account, hash: s.hash}, err
}

// Sessions are those of an account that are open, newest first: at most limit of those before an id, or of all
// for zero.
func (a *Accounts) Sessions(ctx context.Context, id AccountID, before int64, limit int) ([]Session, error) {
	var rows []struct {
		ID                           int64
		CreatedAt, SeenAt, ExpiresAt time.Time
		UserAgent                    string
	}
	now := a.at()
	err := a.db.On(ctx).Raw(`select id, created_at, seen_at, expires_at, user_agent from sessions where account_id = ? and revoked_at is null
		and expires_at > ? and seen_at > ? and (cast(? as bigint) = 0 or id < ?) order by id desc limit ?`, int64(id), now, now.Add(-idleFor), before, before, limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	sessions := make([]Session, len(rows))
	for i, row := range rows {
		sessions[i] = Session{
			ID: row.ID, Created: row.CreatedAt.UTC(), Seen: row.SeenAt.UTC(), Expires: row.ExpiresAt.UTC(), UserAgent: row.UserAgent,
		}
	}
	return sessions, nil
}

// EndSession signs an account out in one place. It fails with fault.Missing when there is no such session of
// theirs.
func (a *Accounts) EndSession(ctx context.Context, owner AccountID, id int64) error {
	done := a.db.On(ctx).Exec("update sessions set revoked_at = coalesce(revoked_at, ?) where id = ? and account_id = ?", a.at(), id, int64(owner))
	if done.Error != nil {
		return fmt.Errorf("end session: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return fault.New(fault.Missing, "session.missing")
	}
	return nil
}

// CookieName is the name of the cookie that keeps somebody signed in, when the pages are reached by https or not.
func CookieName(secure bool) string {
	if secure {
		return "__Host-" + sessionCookie
	}
	return sessionCookie
}

// LongestSession is how long a session may last at most.
const LongestSession = longest
