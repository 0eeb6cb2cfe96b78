package manual_test

import (
	"testing"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
	"parley/payments/manual"
)

func TestATransferSaysWhereToAndWithWhichReference(t *testing.T) {
	for want, due := range map[string]payments.Due{
		"IBAN DE00\nPayment reference: order B-17":  {Number: "B-17", Language: "en"},
		"IBAN DE00\nНазначение платежа: заказ B-17": {Number: "B-17", Language: "ru"},
	} {
		opened, err := manual.Transfer("IBAN DE00", "").Open(t.Context(), payments.Payment{Key: "k"}, due, payments.Return{})
		if err != nil || opened.Note != want || opened.URL != "" || !opened.Expires.IsZero() || opened.Ref != "k" {
			t.Errorf("opened as %+v, %v", opened, err)
		}
	}
}

func TestHandsNeverHaveNewsAndNeverGiveBackMoreThanCame(t *testing.T) {
	cod := manual.COD()
	if n, err := cod.Look(t.Context(), payments.Payment{}); err != nil || n.News != payments.Open {
		t.Errorf("%+v, %v", n, err)
	}
	p := payments.Payment{Captured: money.Of(100, "USD")}
	if back, err := cod.Refund(t.Context(), p, money.Of(100, "USD"), "k"); err != nil || !back.Done {
		t.Errorf("%+v, %v", back, err)
	}
	if _, err := cod.Refund(t.Context(), p, money.Of(101, "USD"), "k"); fault.KindOf(err) != fault.Conflict {
		t.Error(err)
	}
}
