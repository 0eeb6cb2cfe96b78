package telegram_test

import (
	"testing"

	"parley/payments/telegram"
)

func TestAPayloadIsReadAsItWasWritten(t *testing.T) {
	p := telegram.Payload{Order: 1004, Buyer: "501", Key: "pay_abcdefgh234567"}
	if got, ok := telegram.ReadPayload(p.String()); !ok || got != p || len(p.String()) > 128 {
		t.Errorf("%s is read as %+v, %v", p, got, ok)
	}
	for _, other := range []string{"", "order:9f1c", "p1:0:501:pay_abcdefgh", "p1:01:501:pay_abcdefgh", "p1:1::pay_abcdefgh", "p1:1:501:short", "p1:1:501:pay_abcdefgh:", "p2:1:501:pay_abcdefgh"} {
		if got, ok := telegram.ReadPayload(other); ok {
			t.Errorf("%q is read as %+v", other, got)
		}
	}
}

func FuzzReadPayload(f *testing.F) {
	for _, one := range []string{"p1:1004:501:pay_abcdefgh234567", "HAPPY FRIDAYS COUPON", "p1:9223372036854775808:5:pay_abcdefgh", "p1:1:-5:________"} {
		f.Add(one)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := telegram.ReadPayload(text)
		if !ok {
			return
		}
		if p.String() != text || len(text) > 128 || p.Order <= 0 || p.Buyer == "" || p.Key == "" {
			t.Errorf("%q is read as %+v", text, p)
		}
	})
}
