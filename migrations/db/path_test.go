package db_test

import (
	"os"
	"path/filepath"
	"testing"

	"parley/migrations/db"
)

func TestTheDatabaseIsInItsFolderWhateverThatIsCalled(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a#b?c d%20")
	d, err := db.Open(t.Context(), db.Where{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if err := d.On(t.Context()).Exec("create table t (id integer)").Error; err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "parley.db")); err != nil {
		t.Error(err)
	}
}
