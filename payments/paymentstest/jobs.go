package paymentstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"parley/migrations/db"
	"parley/payments"
)

// Work does each job that waits and has a keeper, once, whatever its time; those that failed or wait for
// later stay, and the failures are returned.
func Work(t testing.TB, d *db.DB, keepers map[string]db.Keeper) (failed error) {
	t.Helper()
	var rows []struct {
		ID      int64
		Kind    string
		Args    string
		Attempt int
	}
	if err := d.On(t.Context()).Raw("select id, kind, args, attempt from jobs where state = 'ready' order by id").Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	end := func(statement string, id int64) {
		if err := d.On(t.Context()).Exec(statement, id).Error; err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range rows {
		keeper, ours := keepers[row.Kind]
		if !ours {
			continue
		}
		err := keeper(t.Context(), db.Job{ID: row.ID, Kind: row.Kind, Args: []byte(row.Args), Attempt: row.Attempt + 1})
		var later db.Later
		var hopeless db.Hopeless
		switch {
		case errors.As(err, &later):
		case err == nil, errors.As(err, &hopeless):
			end("delete from jobs where id = ?", row.ID)
		default:
			end("update jobs set attempt = attempt + 1 where id = ?", row.ID)
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// Told is what the conversation was told of an order's payments, in order.
func Told(t testing.TB, d *db.DB, order payments.OrderID) (all []payments.Told) {
	t.Helper()
	var args []string
	err := d.On(t.Context()).Raw("select args from jobs where kind = ? and grp = ? order by id", payments.ToldJob, fmt.Sprintf("order:%d", order)).Scan(&args).Error
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range args {
		var told payments.Told
		if err := json.Unmarshal([]byte(one), &told); err != nil {
			t.Fatalf("told %s: %v", one, err)
		}
		all = append(all, told)
	}
	return all
}
