package admin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"parley/catalog/fault"
)

// Tries to sign in within a window: of one login, from wherever, and from one address, for whomever.
const (
	mostForLogin   = 10
	mostForAddress = 40
	tryWindow      = 15 * time.Minute
)

// triesOf names what tries are counted for, without saying who it is.
func triesOf(what, value string) string {
	sum := sha256.Sum256([]byte(what + ":" + value))
	return hex.EncodeToString(sum[:])
}

// tried counts a try before the password is looked at, so that many at once are no more than many.
func (a *Accounts) tried(ctx context.Context, login, address string) error {
	for _, count := range []struct {
		who  string
		most int
	}{{triesOf("login", login), mostForLogin}, {triesOf("address", address), mostForAddress}} {
		tries, since, err := a.countTry(ctx, count.who)
		if err != nil {
			return err
		}
		if tries > count.most {
			wait := since.Add(tryWindow).Sub(a.at())
			minutes := max(1, int((wait+time.Minute-1)/time.Minute))
			return fault.New(fault.Unavailable, "account.too_many_tries").With("minutes", strconv.Itoa(minutes))
		}
	}
	return nil
}

const countTrySQL = `insert into sign_in_tries (who, tries, since) values (?, 1, ?) on conflict (who) do update set
	tries = case when sign_in_tries.since <= ? then 1 else sign_in_tries.tries + 1 end,
	since = case when sign_in_tries.since <= ? then excluded.since else sign_in_tries.since end
	returning tries, since`

func (a *Accounts) countTry(ctx context.Context, who string) (int, time.Time, error) {
	var row struct {
		Tries int
		Since time.Time
	}
	now := a.at()
	old := now.Add(-tryWindow)
	if err := a.db.On(ctx).Raw(countTrySQL, who, now, old, old).Scan(&row).Error; err != nil {
		return 0, time.Time{}, fmt.Errorf("count a try to sign in: %w", err)
	}
	return row.Tries, row.Since.UTC(), nil
}

// succeeded forgives a login's tries, and this one of the address: an own account is no way to guess others'.
func (a *Accounts) succeeded(ctx context.Context, login, address string) error {
	if err := a.db.On(ctx).Exec("delete from sign_in_tries where who = ? or since < ?", triesOf("login", login), a.at().Add(-24*time.Hour)).Error; err != nil {
		return fmt.Errorf("forget tries to sign in: %w", err)
	}
	err := a.db.On(ctx).Exec("update sign_in_tries set tries = tries - 1 where who = ? and tries > 0", triesOf("address", address)).Error
	if err != nil {
		return fmt.Errorf("forget a try to sign in: %w", err)
	}
	return nil
}
