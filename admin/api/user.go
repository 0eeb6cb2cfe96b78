package api

import (
	"context"
	"fmt"
	"slices"

	"parley/admin"
	"parley/catalog"
	"parley/catalog/fault"
)

// NewUser is what a user is made of.
type NewUser struct {
	Login    string  `json:"login" minLength:"2" maxLength:"100" example:"anna"`
	Name     string  `json:"name,omitempty" maxLength:"100" example:"Anna" doc:"The login unless set."`
	Password string  `json:"password" minLength:"12" maxLength:"256" format:"password" example:"correct horse battery staple"`
	Role     string  `json:"role" enum:"owner,catalog,operator,finance"`
	AllShops bool    `json:"all_merchants,omitempty" doc:"Every shop, those of tomorrow too; only an owner of all shops may give that."`
	Shops    []int64 `json:"merchants,omitempty" maxItems:"1000" doc:"The shops they work for, unless all."`
}

// UserChange is what changes of a user; what is not there stays.
type UserChange struct {
	Name     *string  `json:"name,omitempty" minLength:"1" maxLength:"100"`
	Role     *string  `json:"role,omitempty" enum:"owner,catalog,operator,finance"`
	Active   *bool    `json:"active,omitempty" doc:"false signs them out everywhere."`
	AllShops *bool    `json:"all_merchants,omitempty"`
	Shops    *[]int64 `json:"merchants,omitempty" maxItems:"1000"`
}

// Password is a new password.
type Password struct {
	Password string `json:"password" minLength:"12" maxLength:"256" format:"password" example:"correct horse battery staple"`
}

func (u User) subject() string { return fmt.Sprintf("account:%d", u.ID) }

func (a *API) userOperations() {
	read(a, op{id: "list-users", does: "GET /users", tag: "Users", roles: owners, scope: "users:read", summary: "List users",
		about: "Those all of whose shops are the caller's."}, a.listUsers)
	write(a, op{id: "create-user", does: "POST /users", tag: "Users", roles: owners, scope: "users:write", status: 201, summary: "Add a user"}, a.createUser)
	read(a, op{id: "get-user", does: "GET /users/{id}", tag: "Users", roles: owners, scope: "users:read", summary: "Show a user"}, a.getUser)
	write(a, op{id: "change-user", does: "PATCH /users/{id}", tag: "Users", roles: owners, scope: "users:write", matched: true, summary: "Change a user",
		about: "Their role, their shops, and whether they may sign in. The last owner of all shops stays that."}, a.changeUser)
	write(a, op{id: "set-password", does: "PUT /users/{id}/password", tag: "Users", roles: owners, people: true, summary: "Set a user's password",
		about: "Signs them out everywhere."}, a.setPassword)
	read(a, op{id: "list-roles", does: "GET /roles", tag: "Users", summary: "List roles", about: "What each may do."}, a.listRoles)
}

// manages says whether an account is the caller's to see: all of its shops are theirs.
func (c *call) manages(account admin.Account) bool {
	if c.account.AllShops {
		return true
	}
	return !account.AllShops && !slices.ContainsFunc(account.Shops, func(id catalog.MerchantID) bool { return !c.sees(id) })
}

func (a *API) managed(ctx context.Context, c *call, id int64) (admin.Account, error) {
	account, err := a.Accounts.Find(ctx, admin.AccountID(id))
	if err == nil && !c.manages(account) {
		err = fault.New(fault.Missing, "account.missing")
	}
	return account, err
}

func (a *API) listUsers(ctx context.Context, c *call, in *struct{ Paging }) (*listed[User], error) {
	list := c.listOf(nil)
	after, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	shops := c.account.Shops
	if c.account.AllShops {
		shops = nil
	}
	found, err := a.Accounts.AccountsOf(ctx, shops, admin.AccountID(after.ID), in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := pageOf(a, list, in.Paging, found, userView, func(account admin.Account) place { return place{ID: int64(account.ID)} })
	page.Total, err = in.counted(ctx, func(ctx context.Context, most int) (int, error) {
		all, err := a.Accounts.AccountsOf(ctx, shops, 0, most)
		return len(all), err
	})
	return &listed[User]{page}, err
}

type createUser struct{ Body NewUser }

func (a *API) createUser(ctx context.Context, c *call, in *createUser) (*made[User], []deed, error) {
	n := admin.NewAccount{
		Login: in.Body.Login, Name: in.Body.Name, Password: in.Body.Password, Role: admin.Role(in.Body.Role), AllShops: in.Body.AllShops, Shops: shopIDs(in.Body.Shops),
	}
	if err := c.mayGive(n.AllShops, n.Shops); err != nil {
		return nil, nil, err
	}
	account, err := a.Accounts.Create(ctx, n)
	if err != nil {
		return nil, nil, err
	}
	view := userView(account)
	return &made[User]{ETag: etagOf(view), Location: fmt.Sprintf("%s/users/%d", Base, view.ID), Body: view}, nil, nil // it is in the trail already
}

func shopIDs(given []int64) (ids []catalog.MerchantID) {
	for _, id := range given {
		ids = append(ids, catalog.MerchantID(id))
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// mayGive refuses shops that are not the caller's own to give.
func (c *call) mayGive(every bool, shops []catalog.MerchantID) error {
	if every && !c.account.AllShops {
		return fault.New(fault.Denied, "account.not_permitted")
	}
	for i, shop := range shops {
		if !c.sees(shop) {
			return fault.New(fault.Missing, "catalog.no_merchant").With("field", fmt.Sprintf("merchants[%d]", i))
		}
	}
	return nil
}

func (a *API) getUser(ctx context.Context, c *call, in *IDPath) (*shown[User], error) {
	account, err := a.managed(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	view := userView(account)
	return &shown[User]{ETag: etagOf(view), Body: view}, nil
}

type changeUser struct {
	IDPath
	Matching
	Body UserChange
}

func (a *API) changeUser(ctx context.Context, c *call, in *changeUser) (*shown[User], []deed, error) {
	if _, err := a.managed(ctx, c, in.ID); err != nil {
		return nil, nil, err
	}
	was, is, err := a.Accounts.Change(ctx, admin.AccountID(in.ID), func(was admin.Account, change *admin.AccountChange) error {
		if err := in.check(c, etagOf(userView(was))); err != nil {
			return err
		}
		in.Body.apply(change)
		return c.mayGive(change.AllShops, change.Shops)
	})
	if err != nil {
		return nil, nil, err
	}
	before, after := userView(was), userView(is)
	return &shown[User]{ETag: etagOf(after), Body: after}, []deed{{subject: after.subject(), was: before, became: after}}, nil
}

func (n UserChange) apply(change *admin.AccountChange) {
	set(&change.Name, n.Name)
	set(&change.Active, n.Active)
	if n.Role != nil {
		change.Role = admin.Role(*n.Role)
	}
	if n.AllShops != nil {
		if change.AllShops = *n.AllShops; change.AllShops {
			change.Shops = nil
		}
	}
	if n.Shops != nil {
		change.Shops = shopIDs(*n.Shops)
	}
}

type setPassword struct {
	IDPath
	Body Password
}

func (a *API) setPassword(ctx context.Context, c *call, in *setPassword) (*done, []deed, error) {
	if _, err := a.managed(ctx, c, in.ID); err != nil {
		return nil, nil, err
	}
	return &done{}, nil, a.Accounts.SetPassword(ctx, admin.AccountID(in.ID), in.Body.Password) // it is in the trail already
}

// Role is what an account may do.
type Role struct {
	Name       string   `json:"name" enum:"owner,catalog,operator,finance"`
	Operations []string `json:"operations" doc:"The ids of the operations that it permits."`
}

// Roles is all of them.
type Roles struct {
	Items  []Role   `json:"items"`
	Scopes []string `json:"scopes" doc:"What tokens can be for."`
}

func (a *API) listRoles(context.Context, *call, *struct{}) (*plain[Roles], error) {
	roles := Roles{Items: []Role{}, Scopes: []string{}}
	for _, scope := range admin.Scopes() {
		roles.Scopes = append(roles.Scopes, string(scope))
	}
	for _, name := range admin.Roles() {
		role := Role{Name: string(name), Operations: []string{}}
		for _, o := range a.sorted() {
			if slices.Contains(o.allowed(), name) {
				role.Operations = append(role.Operations, o.id)
			}
		}
		roles.Items = append(roles.Items, role)
	}
	return &plain[Roles]{roles}, nil
}
