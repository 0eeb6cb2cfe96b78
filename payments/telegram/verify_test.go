package telegram_test

import (
	"fmt"
	"testing"

	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments/telegram"
)

func TestBrokenRulesAreFound(t *testing.T) {
	for want, breaks := range map[string]string{
		"T1": "update telegram_charges set total = total + 1",
		"T2": "update payment_reviews set subject = 'another'",
	} {
		dbtest.Each(t, func(t *testing.T, d *db.DB) {
			w := newWorld(t, d)
			_, made := w.start(1, telegram.InChat)
			w.ask(made, nil)
			w.paid(charge(made, "1", "501"))
			w.paid(charge(made, "2", "777"))
			w.sound()
			if err := d.On(t.Context()).Exec(breaks).Error; err != nil {
				t.Fatal(err)
			}
			findings, err := w.desk.Verify(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var found []string
			for _, broken := range db.Broken(findings) {
				found = append(found, broken.Invariant)
			}
			if fmt.Sprint(found) != "["+want+"]" {
				t.Errorf("found %v, want %s", found, want)
			}
		})
	}
}
