package settlement_test

import (
	"strings"
	"testing"

	"parley/catalog/fault"
	"parley/migrations/db"
	"parley/migrations/dbtest"
	"parley/payments/reconcile"
)

func terms(t *testing.T, file string) reconcile.Contract {
	t.Helper()
	read, err := reconcile.ReadContract(reconcile.Source{Name: "fees", From: strings.NewReader("payment_method_type,card_country,rate,fixed,conversion_rate\n" + file)})
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func TestFeesAreJudgedByTheContractWhereThereIsOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		set := func(file string, mine bool) {
			t.Helper()
			merchant := w.orders.Merchant
			if !mine {
				merchant = 0
			}
			w.must(w.settle.SetContract(t.Context(), "bank", merchant, terms(t, file)))
		}
		w.paid(10000) // the bank keeps 3 %, and the news said so
		w.pull()
		w.expectQueue()

		set("card,*,0.015,0,0\n", false) // no term fits: the row does not say by what was paid
		w.paid(10000)
		w.pull()
		w.expectQueue()

		set("*,*,2.5%,0,0\n", false)
		w.later(1)
		w.paid(10000)
		w.pull()
		w.expectQueue("fee_variance txn:txn_3 0.50 USD")

		set("*,*,0.01,2.00,0\n", true) // the merchant's own comes first
		w.paid(10000)
		w.pull()
		w.expectQueue("fee_variance txn:txn_3 0.50 USD")
		own, err := w.settle.Contract(t.Context(), "bank", w.orders.Merchant)
		if err != nil || len(own) != 1 || own[0].Fixed != "2.00" || own[0].Rate.String() != "0.01" {
			t.Errorf("%+v, %v", own, err)
		}
		w.must(w.settle.SetContract(t.Context(), "bank", w.orders.Merchant, nil))
		if others, err := w.settle.Contract(t.Context(), "bank", w.orders.Merchant); err != nil || len(others) != 1 || others[0].Rate.String() != "0.025" {
			t.Errorf("without one of its own: %+v, %v", others, err)
		}
		if err := w.settle.SetContract(t.Context(), "", 0, nil); fault.KindOf(err) != fault.Invalid {
			t.Errorf("with nobody: %v", err)
		}
		w.sound()
	})
}

func TestATermThatCannotBeReadNamesItsField(t *testing.T) {
	for field, given := range map[string][3]string{"rate": {"1.5", "0", ""}, "conversion_rate": {"1%", "0", "-1%"}, "fixed": {"1%", "-0.10", ""}} {
		_, err := reconcile.NewTerm("card", "", given[0], given[1], given[2])
		if said, _ := fault.Of(err); fault.KindOf(err) != fault.Invalid || said.Args["field"] != field {
			t.Errorf("%v: %v", given, err)
		}
	}
}
