package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/catalog"
	"parley/catalog/fault"
)

// AccountChange is what an account becomes. Its login stays: the audit trail is read by it.
type AccountChange struct {
	Name     string
	Role     Role
	Active   bool
	AllShops bool
	Shops    []catalog.MerchantID
}

// Change gives an account another name, role or other shops, or lets it sign in no more: then it is signed out
// everywhere. edit gets it as it is, while nobody else changes it; an error of it ends the change. It fails with
// fault.Missing, fault.Invalid, and with fault.Conflict when the last owner of all shops would be that no more.
func (a *Accounts) Change(ctx context.Context, id AccountID, edit func(was Account, c *AccountChange) error) (was, is Account, err error) {
	err = a.db.InTx(ctx, func(ctx context.Context) error {
		owners, err := a.lockOwners(ctx)
		if err != nil {
			return err
		}
		if err := a.lockAccount(ctx, id); err != nil {
			return err
		}
		if was, err = a.Find(ctx, id); err != nil {
			return err
		}
		change := AccountChange{Name: was.Name, Role: was.Role, Active: was.Active, AllShops: was.AllShops, Shops: slices.Clone(was.Shops)}
		if err := edit(was, &change); err != nil {
			return err
		}
		if change, err = change.tidied(); err != nil {
			return err
		}
		stays := change.Role == Owner && change.Active && change.AllShops
		if slices.Equal(owners, []AccountID{id}) && !stays {
			return fault.New(fault.Conflict, "account.last_owner")
		}
		if err := a.writeChange(ctx, was, change); err != nil {
			return err
		}
		is, err = a.Find(ctx, id)
		return err
	})
	return was, is, err
}

func (c AccountChange) tidied() (AccountChange, error) {
	c.Name = strings.Join(strings.Fields(c.Name), " ")
	slices.Sort(c.Shops)
	c.Shops = slices.Compact(c.Shops)
	switch {
	case c.Name == "" || utf8.RuneCountInString(c.Name) > 100 || strings.ContainsFunc(c.Name, unicode.IsControl):
		return c, fault.New(fault.Invalid, "account.name_malformed").With("field", "name")
	case !slices.Contains(Roles(), c.Role):
		return c, fault.New(fault.Invalid, "account.role_unknown").With("role", string(c.Role)).With("field", "role")
	case c.AllShops == (len(c.Shops) > 0):
		return c, fault.New(fault.Invalid, "account.shops_missing").With("field", "merchants")
	}
	return c, nil
}

// lockAccount has an account stay as it is until the transaction ends. The owners were locked before.
func (a *Accounts) lockAccount(ctx context.Context, id AccountID) error {
	if err := a.db.On(ctx).Exec("update accounts set name = name where id = ?", int64(id)).Error; err != nil {
		return fmt.Errorf("lock account: %w", err)
	}
	return nil
}

func (a *Accounts) writeChange(ctx context.Context, was Account, c AccountChange) error {
	state := "active"
	if !c.Active {
		state = "disabled"
	}
	err := a.db.On(ctx).Exec("update accounts set name = ?, role = ?, state = ? where id = ?", c.Name, string(c.Role), state, int64(was.ID)).Error
	if err != nil {
		return fmt.Errorf("change account: %w", err)
	}
	if was.Active && !c.Active {
		if err := a.revokeAll(ctx, was.ID); err != nil {
			return err
		}
	}
	if was.AllShops == c.AllShops && slices.Equal(was.Shops, c.Shops) {
		return nil
	}
	if err := a.db.On(ctx).Exec("delete from account_merchants where account_id = ?", int64(was.ID)).Error; err != nil {
		return fmt.Errorf("take shops from an account: %w", err)
	}
	return a.giveShops(ctx, int64(was.ID), c.AllShops, c.Shops)
}

// AccountsOf are accounts by id, at most so many after one (zero: from the first): every one for nil, else those all of
// whose shops are among some.
func (a *Accounts) AccountsOf(ctx context.Context, shops []catalog.MerchantID, after AccountID, limit int) ([]Account, error) {
	where, args := "where id > ?", []any{int64(after)}
	if shops != nil {
		where += " and exists (select 1 from account_merchants m where m.account_id = accounts.id)" +
			" and not exists (select 1 from account_merchants m where m.account_id = accounts.id and (m.merchant_id is null or m.merchant_id not in ?))"
		args = append(args, shops)
	}
	return a.accounts(ctx, where+" order by id limit ?", append(args, limit)...)
}
