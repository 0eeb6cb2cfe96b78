package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/migrations/db"
)

// AccountID is an id of an Account.
type AccountID int64

// Who is how an account is named in timelines, transcripts and the audit trail.
func (id AccountID) Who() string { return fmt.Sprintf("staff:%d", id) }

// Role is what an account may do; the table of routes says what that is.
type Role string

// Roles.
const (
	Owner    Role = "owner"    // everything
	Catalog  Role = "catalog"  // what is sold
	Operator Role = "operator" // conversations and orders
	Finance  Role = "finance"  // money
)

// Roles are all roles, the one that may do most first.
func Roles() []Role { return []Role{Owner, Catalog, Operator, Finance} }

// Account is a person who runs shops.
type Account struct {
	ID       AccountID
	Login    string // folded
	Name     string // as colleagues and buyers read it
	Role     Role
	Active   bool                 // may sign in
	AllShops bool                 // every shop, those of tomorrow too
	Shops    []catalog.MerchantID // in ascending order; none when AllShops
	Created  time.Time
}

// NewAccount is what an account is made of.
type NewAccount struct {
	Login    string // a word or an e-mail address, 2…100 characters
	Name     string // 1…100 characters; empty: the login
	Password string // 12…256
	Role     Role
	AllShops bool
	Shops    []catalog.MerchantID
}

// Accounts is everybody who may sign in. Its methods join the transaction that ctx carries, except for Authenticate.
type Accounts struct {
	db  *db.DB
	now func() time.Time
}

// NewAccounts keeps accounts in d; now is the clock.
func NewAccounts(d *db.DB, now func() time.Time) *Accounts { return &Accounts{d, now} }

func (a *Accounts) at() time.Time { return a.now().UTC().Truncate(time.Microsecond) }

// Create adds an account. It fails with fault.Invalid for what is missing or malformed, fault.Missing for an
// unknown shop, and fault.Conflict when the login is taken.
func (a *Accounts) Create(ctx context.Context, n NewAccount) (Account, error) {
	n, err := n.tidied()
	if err != nil {
		return Account{}, err
	}
	stored := hashed(n.Password)
	var account Account
	err = a.db.InTx(ctx, func(ctx context.Context) error {
		id, err := a.insert(ctx, n, stored)
		if err != nil {
			return err
		}
		if account, err = a.Find(ctx, id); err != nil {
			return err
		}
		return a.recordChange(ctx, deed{
			what: "account.created", subject: fmt.Sprintf("account:%d", id), note: string(n.Role),
			became: asJSON(map[string]any{"login": n.Login, "name": n.Name, "role": n.Role, "all_merchants": n.AllShops, "merchants": append([]catalog.MerchantID{}, n.Shops...)}),
		})
	})
	return account, err
}

func (n NewAccount) tidied() (NewAccount, error) {
	n.Login, n.Name = fold(n.Login), strings.Join(strings.Fields(n.Name), " ")
	if n.Name == "" {
		n.Name = n.Login
	}
	count := utf8.RuneCountInString(n.Login)
	switch {
	case count < 2 || count > 100 || strings.ContainsFunc(n.Login, unfit):
		return n, fault.New(fault.Invalid, "account.login_malformed")
	case utf8.RuneCountInString(n.Name) > 100 || strings.ContainsFunc(n.Name, unicode.IsControl):
		return n, fault.New(fault.Invalid, "account.name_malformed")
	case !slices.Contains(Roles(), n.Role):
		return n, fault.New(fault.Invalid, "account.role_unknown").With("role", string(n.Role))
	case n.AllShops == (len(n.Shops) > 0):
		return n, fault.New(fault.Invalid, "account.shops_missing")
	}
	return n, sensible(n.Password, n.Login)
}

func unfit(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == utf8.RuneError }

// fold makes of a login the one form that is stored: how it is capitalised or composed makes no difference.
func fold(login string) string {
	return cases.Fold().String(norm.NFKC.String(strings.TrimSpace(strings.ToValidUTF8(login, "\uFFFD"))))
}

// SetPassword changes a password and signs the account out everywhere. It fails with fault.Missing and
// fault.Invalid.
func (a *Accounts) SetPassword(ctx context.Context, id AccountID, password string) error {
	account, err := a.Find(ctx, id)
	if err != nil {
		return err
	}
	if err := sensible(password, account.Login); err != nil {
		return err
	}
	stored := hashed(password)
	return a.db.InTx(ctx, func(ctx context.Context) error {
		if err := a.db.On(ctx).Exec("update accounts set password = ? where id = ?", stored, int64(id)).Error; err != nil {
			return fmt.Errorf("set password: %w", err)
		}
		if err := a.revokeAll(ctx, id); err != nil {
			return err
		}
		return a.record(ctx, "account.password_set", id, "")
	})
}

// Disable signs an account out everywhere and for good, until Enable. It fails with fault.Missing, and with
// fault.Conflict for the last owner of all shops: somebody must be able to come in.
func (a *Accounts) Disable(ctx context.Context, id AccountID) error {
	return a.db.InTx(ctx, func(ctx context.Context) error {
		owners, err := a.lockOwners(ctx)
		if err != nil {
			return err
		}
		if slices.Equal(owners, []AccountID{id}) {
			return fault.New(fault.Conflict, "account.last_owner")
		}
		if err := a.setState(ctx, id, "disabled"); err != nil {
			return err
		}
		if err := a.revokeAll(ctx, id); err != nil {
			return err
		}
		return a.record(ctx, "account.disabled", id, "")
	})
}

// Enable lets a disabled account sign in again. It fails with fault.Missing.
func (a *Accounts) Enable(ctx context.Context, id AccountID) error {
	return a.db.InTx(ctx, func(ctx context.Context) error {
		if err := a.setState(ctx, id, "active"); err != nil {
			return err
		}
		return a.record(ctx, "account.enabled", id, "")
	})
}

// EnsureOwner makes the account "owner" of all shops when there is no account at all, and returns its
// password, which nobody can be told again. Replicas that start at once make it once.
func (a *Accounts) EnsureOwner(ctx context.Context) (password string, created bool, err error) {
	if any, err := a.anybody(ctx); err != nil || any {
		return "", false, err
	}
	password = GeneratePassword()
	_, err = a.Create(ctx, NewAccount{Login: "owner", Name: "Owner", Password: password, Role: Owner, AllShops: true})
	if fault.KindOf(err) == fault.Conflict {
		return "", false, nil // another replica was faster
	}
	if err != nil {
		return "", false, fmt.Errorf("make the first account: %w", err)
	}
	return password, true, nil
}

// Authenticate is the account with a login and a password, tried from an address. It fails with fault.Denied
// without saying what was wrong, and with fault.Unavailable after too many tries for the login or from the
// address. It must not be called in a transaction: what was tried is to be remembered.
func (a *Accounts) Authenticate(ctx context.Context, login, password, address string) (Account, error) {
	login = fold(login)
	if err := a.tried(ctx, login, address); err != nil {
		return Account{}, err
	}
	id, stored, err := a.secret(ctx, login)
	if err != nil {
		return Account{}, err
	}
	known := stored != ""
	if !known {
		stored = nobodys
	}
	if len(password) > longestPassword || !fits(password, stored) || !known {
		return Account{}, fault.New(fault.Denied, "account.sign_in_refused")
	}
	if err := a.succeeded(ctx, login, address); err != nil {
		return Account{}, err
	}
	return a.Find(ctx, id)
}

// actorKey is where a context says who does something to accounts.
type actorKey struct{}

// By returns a context in which somebody does things: "staff:1", "token:7".
func By(ctx context.Context, who string) context.Context {
	return context.WithValue(ctx, actorKey{}, who)
}

// Console is who does things when nobody is signed in: whoever may run the program.
const Console = "console"

func (a *Accounts) record(ctx context.Context, what string, about AccountID, note string) error {
	return a.recordChange(ctx, deed{what: what, subject: fmt.Sprintf("account:%d", about), note: note})
}

// recordChange keeps a deed about no shop, by whoever ctx says.
func (a *Accounts) recordChange(ctx context.Context, d deed) error {
	who, signedIn := ctx.Value(actorKey{}).(string)
	if !signedIn {
		who = Console
	}
	d.who = who
	_, err := journal{a.db, a.at}.write(ctx, d)
	return err
}
