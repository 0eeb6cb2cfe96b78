package admin

import (
	"context"
	"fmt"
	"time"

	"parley/catalog"
	"parley/catalog/fault"
)

type accountRow struct {
	ID        int64
	Login     string
	Name      string
	Role      string
	State     string
	CreatedAt time.Time
}

const accountColumns = "select id, login, name, role, state, created_at from accounts "

func (r accountRow) account() Account {
	return Account{
		ID: AccountID(r.ID), Login: r.Login, Name: r.Name, Role: Role(r.Role), Active: r.State == "active", Created: r.CreatedAt.UTC(),
	}
}

// List is every account, oldest first, the disabled ones too.
func (a *Accounts) List(ctx context.Context) ([]Account, error) {
	return a.accounts(ctx, "order by id")
}

// Find is one account. It fails with fault.Missing.
func (a *Accounts) Find(ctx context.Context, id AccountID) (Account, error) {
	return a.one(ctx, "where id = ?", int64(id))
}

// FindByLogin is the account with a login, however it is capitalised. It fails with fault.Missing.
func (a *Accounts) FindByLogin(ctx context.Context, login string) (Account, error) {
	return a.one(ctx, "where login = ?", fold(login))
}

func (a *Accounts) one(ctx context.Context, where string, args ...any) (Account, error) {
	found, err := a.accounts(ctx, where, args...)
	if err != nil {
		return Account{}, err
	}
	if len(found) == 0 {
		return Account{}, noAccount()
	}
	return found[0], nil
}

func noAccount() error { return fault.New(fault.Missing, "account.missing") }

func (a *Accounts) accounts(ctx context.Context, where string, args ...any) ([]Account, error) {
	var rows []accountRow
	if err := a.db.On(ctx).Raw(accountColumns+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	shops, err := a.shopsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	list := make([]Account, len(rows))
	for i, row := range rows {
		list[i] = row.account()
		for _, shop := range shops[row.ID] {
			if shop == nil {
				list[i].AllShops = true
			} else {
				list[i].Shops = append(list[i].Shops, catalog.MerchantID(*shop))
			}
		}
	}
	return list, nil
}

// shopsOf is the merchants of accounts, by account; nil stands for all of them.
func (a *Accounts) shopsOf(ctx context.Context, ids []int64) (map[int64][]*int64, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []struct {
		AccountID  int64
		MerchantID *int64
	}
	err := a.db.On(ctx).Raw("select account_id, merchant_id from account_merchants where account_id in ? order by merchant_id", ids).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read shops of accounts: %w", err)
	}
	shops := map[int64][]*int64{}
	for _, row := range rows {
		shops[row.AccountID] = append(shops[row.AccountID], row.MerchantID)
	}
	return shops, nil
}

func (a *Accounts) insert(ctx context.Context, n NewAccount, password string) (AccountID, error) {
	var id int64
	tx := a.db.On(ctx)
	err := tx.Raw(`insert into accounts (login, name, password, role, created_at) values (?, ?, ?, ?, ?)
		on conflict (login) do nothing returning id`, n.Login, n.Name, password, string(n.Role), a.at()).Scan(&id).Error
	if err != nil {
		return 0, fmt.Errorf("create account: %w", err)
	}
	if id == 0 {
		return 0, fault.New(fault.Conflict, "account.login_taken").With("login", n.Login)
	}
	return AccountID(id), a.giveShops(ctx, id, n.AllShops, n.Shops)
}

// giveShops has an account work for shops. It fails with fault.Missing for an unknown one.
func (a *Accounts) giveShops(ctx context.Context, id int64, every bool, shops []catalog.MerchantID) error {
	tx := a.db.On(ctx)
	if every {
		if err := tx.Exec("insert into account_merchants (account_id) values (?)", id).Error; err != nil {
			return fmt.Errorf("give account its shops: %w", err)
		}
	}
	for _, shop := range shops {
		made := tx.Exec(`insert into account_merchants (account_id, merchant_id) select ?, id from merchants where id = ?
			on conflict do nothing`, id, int64(shop))
		if made.Error != nil {
			return fmt.Errorf("give account its shops: %w", made.Error)
		}
		if made.RowsAffected == 0 {
			return fault.New(fault.Missing, "catalog.no_merchant")
		}
	}
	return nil
}

func (a *Accounts) setState(ctx context.Context, id AccountID, state string) error {
	done := a.db.On(ctx).Exec("update accounts set state = ? where id = ?", state, int64(id))
	if done.Error != nil {
		return fmt.Errorf("set account's state: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return noAccount()
	}
	return nil
}

// lockOwners are the active owners of all shops, who stay that until the transaction ends.
func (a *Accounts) lockOwners(ctx context.Context) (ids []AccountID, err error) {
	err = a.db.On(ctx).Raw(`select id from accounts where role = 'owner' and state = 'active'
		and id in (select account_id from account_merchants where merchant_id is null) order by id` + a.db.ForUpdate()).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("lock owners: %w", err)
	}
	return ids, nil
}

func (a *Accounts) anybody(ctx context.Context) (bool, error) {
	var any bool
	if err := a.db.On(ctx).Raw("select exists (select 1 from accounts)").Scan(&any).Error; err != nil {
		return false, fmt.Errorf("look for accounts: %w", err)
	}
	return any, nil
}

// secret is the id and the hash of an active account; empty when there is none.
func (a *Accounts) secret(ctx context.Context, login string) (AccountID, string, error) {
	var row struct {
		ID       int64
		Password string
	}
	err := a.db.On(ctx).Raw("select id, password from accounts where login = ? and state = 'active'", login).Scan(&row).Error
	if err != nil {
		return 0, "", fmt.Errorf("read password: %w", err)
	}
	return AccountID(row.ID), row.Password, nil
}

// NameOf is how the person behind a Who is called; empty for what is no account.
func (a *Accounts) NameOf(ctx context.Context, who string) (string, error) {
	var id int64
	if _, err := fmt.Sscanf(who, "staff:%d", &id); err != nil {
		return "", nil //nolint:nilerr // the bot, the buyer, time: nobody with an account
	}
	var name string
	if err := a.db.On(ctx).Raw("select name from accounts where id = ?", id).Scan(&name).Error; err != nil {
		return "", fmt.Errorf("name of %s: %w", who, err)
	}
	return name, nil
}
