package main_test

import (
	"strings"
	"testing"
)

func TestVerifyFindsOrdersThatTheBooksDoNotExplain(t *testing.T) {
	t.Parallel()
	everyPlace(t, func(t *testing.T, at place) {
		if got := at.run(t, "", "verify"); got.code != 0 || !strings.Contains(got.out, "ok      P2.order") || !strings.Contains(got.out, "ok      L9") {
			t.Fatalf("exit %d:\n%s%s", got.code, got.out, got.err)
		}
		d := at.open(t)
		for _, statement := range []string{
			"insert into contacts (channel, buyer, name, language, created_at) values ('web', 'b1', 'Ann', 'en', '2026-03-01 12:00:00+00:00')",
			`insert into orders (merchant_id, buyer_id, key, state, stock, currency, goods, discount, shipping, tax, total, received, refunded, placed_at)
				select (select min(id) from merchants), id, 'k1', 'paid', 'taken', 'EUR', 1000, 0, 0, 0, 1000, 1000, 300, '2026-03-01 12:00:00+00:00' from contacts`,
		} {
			if err := d.On(t.Context()).Exec(statement).Error; err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		got := at.run(t, "", "verify")
		for _, law := range []string{"P2.order", "L9"} {
			if !strings.Contains(got.out, "BROKEN  "+law) || got.code != 1 {
				t.Errorf("exit %d, %s is not found:\n%s", got.code, law, got.out)
			}
		}
	})
}
