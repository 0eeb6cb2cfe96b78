package admin_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/admin"
	"parley/catalog"
	"parley/catalog/fault"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

// desk is accounts on a clock that only the test moves.
type desk struct {
	*admin.Accounts
	*testing.T
	db    *db.DB
	mu    sync.Mutex
	clock time.Time
}

func eachDesk(t *testing.T, test func(t *testing.T, d *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, on *db.DB) {
		d := &desk{T: t, db: on, clock: time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)}
		d.Accounts = admin.NewAccounts(on, func() time.Time { d.mu.Lock(); defer d.mu.Unlock(); return d.clock })
		test(t, d)
	})
}

func (d *desk) pass(by time.Duration) { d.mu.Lock(); defer d.mu.Unlock(); d.clock = d.clock.Add(by) }

func (d *desk) create(n admin.NewAccount) admin.Account {
	d.Helper()
	account, err := d.Create(d.Context(), n)
	if err != nil {
		d.Fatal(err)
	}
	return account
}

func (d *desk) wantKey(err error, key string) {
	d.Helper()
	known, _ := fault.Of(err)
	if known == nil || known.Key != key {
		d.Errorf("it fails with %v, want %s", err, key)
	}
}

func owner(login string) admin.NewAccount {
	return admin.NewAccount{Login: login, Password: secret, Role: admin.Owner, AllShops: true}
}

func TestTheFirstStartMakesOneOwnerHoweverManyStart(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		passwords := make(chan string, 4)
		var starting sync.WaitGroup
		for range 4 {
			starting.Add(1)
			go func() {
				defer starting.Done()
				password, created, err := d.EnsureOwner(t.Context())
				if err != nil {
					t.Error(err)
				}
				if created {
					passwords <- password
				}
			}()
		}
		starting.Wait()
		if len(passwords) != 1 {
			t.Fatalf("%d passwords were shown, want one", len(passwords))
		}
		account, err := d.Authenticate(t.Context(), "OWNER ", <-passwords, "1.2.3.4")
		if err != nil || account.Role != admin.Owner || !account.AllShops {
			t.Errorf("%+v, %v", account, err)
		}
		if _, again, err := d.EnsureOwner(t.Context()); again || err != nil {
			t.Errorf("a second start made another owner: %v", err)
		}
	})
}

func TestALoginIsOneHoweverItIsWritten(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.create(owner("Änna@Example.com"))
		_, err := d.Create(t.Context(), owner("a\u0308NNA@example.COM"))
		d.wantKey(err, "account.login_taken")
		if _, err := d.Authenticate(t.Context(), "ÄNNA@EXAMPLE.COM", secret, "1.2.3.4"); err != nil {
			t.Error(err)
		}
	})
}

func TestWhatAnAccountLacksIsSaid(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		for key, spoil := range map[string]func(*admin.NewAccount){
			"account.login_malformed":   func(n *admin.NewAccount) { n.Login = "an na" },
			"account.name_malformed":    func(n *admin.NewAccount) { n.Name = strings.Repeat("x", 101) },
			"account.role_unknown":      func(n *admin.NewAccount) { n.Role = "boss" },
			"account.shops_missing":     func(n *admin.NewAccount) { n.AllShops = false },
			"account.password_short":    func(n *admin.NewAccount) { n.Password = "short" },
			"account.password_long":     func(n *admin.NewAccount) { n.Password = strings.Repeat("x", 257) },
			"account.password_is_login": func(n *admin.NewAccount) { n.Login, n.Password = "anna.brandt.x", "Anna.Brandt.X1" },
			"catalog.no_merchant":       func(n *admin.NewAccount) { n.AllShops, n.Shops = false, []catalog.MerchantID{99} },
		} {
			n := owner("anna")
			spoil(&n)
			_, err := d.Create(t.Context(), n)
			d.wantKey(err, key)
		}
		if all, err := d.List(t.Context()); len(all) != 0 || err != nil {
			t.Errorf("%v were made all the same (%v)", all, err)
		}
	})
}

func TestARefusedSignInDoesNotSayWhatWasWrong(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		anna := d.create(owner("anna"))
		d.create(owner("boss"))
		refused := func(login, password string) {
			t.Helper()
			_, err := d.Authenticate(t.Context(), login, password, "1.2.3.4")
			d.wantKey(err, "account.sign_in_refused")
		}
		refused("anna", "not the password")
		refused("nobody", secret)
		refused("anna", strings.Repeat("x", 100_000))
		if err := d.Disable(t.Context(), anna.ID); err != nil {
			t.Fatal(err)
		}
		refused("anna", secret)
		if err := d.Enable(t.Context(), anna.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Authenticate(t.Context(), "anna", secret, "1.2.3.4"); err != nil {
			t.Error(err)
		}
	})
}

func TestTooManyTriesMustWait(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.create(owner("anna"))
		d.create(owner("boris"))
		for n := range 10 {
			_, err := d.Authenticate(t.Context(), "anna", "wrong", "1.2.3."+string(rune('0'+n)))
			d.wantKey(err, "account.sign_in_refused")
		}
		_, err := d.Authenticate(t.Context(), "anna", secret, "9.9.9.9")
		d.wantKey(err, "account.too_many_tries")
		if known, _ := fault.Of(err); known == nil || known.Args["minutes"] != "15" || known.Kind != fault.Unavailable {
			t.Errorf("it says %v", err)
		}
		if _, err := d.Authenticate(t.Context(), "boris", secret, "9.9.9.9"); err != nil {
			t.Errorf("another account is shut out too: %v", err)
		}
		d.pass(15 * time.Minute)
		if _, err := d.Authenticate(t.Context(), "anna", secret, "9.9.9.9"); err != nil {
			t.Errorf("it is still shut out after a while: %v", err)
		}
	})
}

func TestAnAddressThatTriesManyLoginsMustWait(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, on *db.DB) {
		accounts := admin.NewAccounts(on, time.Now)
		if err := on.On(t.Context()).Exec("select 1").Error; err != nil {
			t.Fatal(err)
		}
		var last error
		for n := range 41 {
			_, last = accounts.Authenticate(t.Context(), "login"+string(rune('a'+n)), strings.Repeat("x", 300), "1.2.3.4")
		}
		if known, _ := fault.Of(last); known == nil || known.Key != "account.too_many_tries" {
			t.Errorf("the 41st try fails with %v", last)
		}
	})
}

func TestTheLastOwnerCannotBeShutOut(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		anna, boris := d.create(owner("anna")), d.create(owner("boris"))
		if err := d.Disable(t.Context(), anna.ID); err != nil {
			t.Fatal(err)
		}
		d.wantKey(d.Disable(t.Context(), boris.ID), "account.last_owner")
		d.wantKey(d.Disable(t.Context(), 99), "account.missing")
	})
}

func TestAGeneratedPasswordIsLongAndEachIsItsOwn(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		password := admin.GeneratePassword()
		if len(password) != 23 || strings.Count(password, "-") != 3 || strings.ContainsAny(password, "0189") || seen[password] {
			t.Fatalf("%q", password)
		}
		seen[password] = true
	}
}

func TestTheAuditTrailCannotBeChanged(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.create(owner("anna"))
		for _, change := range []string{"update audit set who = 'nobody'", "delete from audit"} {
			if err := d.db.On(t.Context()).Exec(change).Error; err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", change, err)
			}
		}
	})
}

func TestAPasswordIsStoredAsAHashWithItsCost(t *testing.T) {
	admin.RealCost(t)
	eachDesk(t, func(t *testing.T, d *desk) {
		anna := d.create(owner("anna"))
		read := func() (stored string) {
			if err := d.db.On(t.Context()).Raw("select password from accounts").Scan(&stored).Error; err != nil {
				t.Fatal(err)
			}
			return stored
		}
		first := read()
		if !strings.HasPrefix(first, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("stored as %q", first)
		}
		if err := d.SetPassword(t.Context(), anna.ID, secret); err != nil || read() == first {
			t.Errorf("the same password has the same hash twice (%v)", err)
		}
		if err := d.SetPassword(t.Context(), 99, secret); fault.KindOf(err) != fault.Missing {
			t.Error(errors.Join(errors.New("nobody's password was set"), err))
		}
	})
}
