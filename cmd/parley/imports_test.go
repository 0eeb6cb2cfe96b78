package main_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// arrows is which way the packages point: what each may import of our own. A name that ends in "/*" is every package
// just below it that has no line of its own. Everything may import the leaves; nothing else is shared by all.
var arrows = map[string][]string{
	"catalog/fault":       {},
	"catalog/money":       {},
	"catalog/event":       {},
	"catalog":             {"catalog/event"},
	"catalog/demo":        {"catalog"},
	"catalog/demo/draw":   {},
	"catalog/catalogtest": {"catalog"},
	"catalog/outside":     {}, // calls the addresses of strangers; knows nothing of shops
	"catalog/picture":     {},
	"catalog/images":      {"catalog", "catalog/outside", "catalog/picture"},
	"catalog/formats":     {"catalog"},

	"orders": {"catalog", "catalog/event"},

	"payments":              {},
	"payments/*":            {"payments"},
	"payments/paymentstest": {"payments", "migrations/dbtest"},
	"payments/reconcile":    {}, // compares files and knows nothing of our tables
	"payments/settlement":   {"payments", "payments/reconcile"},

	"payments/stripe/stripetest": {}, // a processor knows nothing of us

	"channels":              {},
	"channels/*":            {"channels"},
	"channels/channelstest": {"channels"},

	"channels/telegram/telegramtest": {"channels"},

	"dialogs/flow":  {},
	"dialogs/texts": {},
	"dialogs":       {"catalog", "orders", "payments", "channels", "dialogs/flow", "dialogs/texts"},

	"admin": {"catalog", "orders", "payments", "payments/books", "payments/settlement", "channels", "dialogs", "dialogs/texts"},
	"admin/api": {"admin", "admin/webhooks", "catalog", "catalog/event", "catalog/images", "catalog/picture",
		"orders", "payments", "payments/books", "payments/reconcile", "channels", "dialogs", "dialogs/texts"},
	"admin/webhooks": {"catalog", "catalog/event", "catalog/outside"},

	"migrations/db":     {},
	"migrations":        {},
	"migrations/dbtest": {"migrations"},

	"cmd/*": {"*"},
}

// leaves are what each package may import besides. The pure ones know no database.
var leaves = []string{"catalog/fault", "catalog/money", "migrations/db"}

var withoutLeaves = map[string][]string{
	"dialogs/flow":  {"migrations/db"},
	"dialogs/texts": {"migrations/db"},
	"migrations/db": {"migrations/db", "catalog/money"},

	"payments/reconcile": {"migrations/db"},
}

// engines are the libraries that know which database is open, and who may.
var engines = []string{"gorm.io/driver/", "github.com/libtnb/sqlite", "github.com/jackc/pgx", "modernc.org/sqlite", "github.com/pressly/goose"}

var knowEngines = []string{"migrations", "migrations/db", "migrations/dbtest", "cmd/bench"} // bench holds us beside the bare engines

// vague names say nothing of what is inside, so that everything comes to lie there.
var vague = []string{"util", "utils", "common", "helper", "helpers", "types", "misc", "shared", "lib", "pkg", "internal"}

// pack is a package as go list tells of it. Imports are those of the program, without those of its tests.
type pack struct {
	ImportPath string
	Imports    []string
}

func (p pack) name() string { return strings.TrimPrefix(p.ImportPath, "parley/") }

// own are the imports from this module.
func (p pack) own() (names []string) {
	for _, imported := range p.Imports {
		if name, ours := strings.CutPrefix(imported, "parley/"); ours {
			names = append(names, name)
		}
	}
	return names
}

func packages(t *testing.T) (all []pack) {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "parley/...")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pack
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestPackagesPointOneWay(t *testing.T) {
	for _, p := range packages(t) {
		may, known := allowed(p.name())
		if !known {
			t.Errorf("nobody has said where %s may point", p.name())
			continue
		}
		for _, imported := range p.own() {
			if !slices.Contains(may, imported) && !slices.Contains(may, "*") {
				t.Errorf("%s imports %s", p.name(), imported)
			}
		}
	}
}

// allowed is what a package may import of our own.
func allowed(name string) ([]string, bool) {
	may, known := arrows[name]
	if !known {
		may, known = arrows[path.Dir(name)+"/*"]
	}
	may = slices.Clone(may)
	for _, leaf := range leaves {
		if !slices.Contains(withoutLeaves[name], leaf) {
			may = append(may, leaf)
		}
	}
	return may, known
}

func TestWhatIsForTestsStaysWithTests(t *testing.T) {
	for _, p := range packages(t) {
		if p.name() == "cmd/bench" || strings.HasSuffix(p.name(), "test") {
			continue // it makes load with them
		}
		for _, imported := range p.own() {
			if strings.HasSuffix(imported, "test") {
				t.Errorf("%s ships %s", p.name(), imported)
			}
		}
	}
}

func TestOnlyTheDatabasePackageKnowsTheEngines(t *testing.T) {
	for _, p := range packages(t) {
		if slices.Contains(knowEngines, p.name()) {
			continue
		}
		for _, imported := range p.Imports {
			for _, engine := range engines {
				if strings.HasPrefix(imported, engine) {
					t.Errorf("%s imports %s", p.name(), imported)
				}
			}
		}
	}
}

func TestPackagesAreNamedAfterWhatIsInThem(t *testing.T) {
	for _, p := range packages(t) {
		if slices.Contains(vague, path.Base(p.name())) {
			t.Errorf("%s says nothing of what is in it", p.name())
		}
	}
}
