package paymentstest

import (
	"fmt"
	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
	"testing"
	"time"
)

// settling is the gateway, when its processor says what it does with the money.
func (e *exercise) settling() payments.Settling {
	e.t.Helper()
	settling, can := e.Gateway.(payments.Settling)
	_, whole := e.Gateway.(payments.Whole)
	switch {
	case !can:
		e.t.Skip("its processor holds no money")
	case whole:
		e.t.Skip("its processor knows neither parts nor disputes")
	}
	return settling
}

// net adds rows up and wants each to be right in itself.
func (e *exercise) net(rows *[]payments.Transaction) (take func(payments.Transaction) error) {
	return func(row payments.Transaction) error {
		if row.ID == "" || row.Gross.Minor-row.Fee.Minor != row.Net.Minor || row.Created.IsZero() || row.Available.Before(row.Created) && row.Payout == "" {
			e.t.Errorf("row %+v", row)
		}
		*rows = append(*rows, row)
		return nil
	}
}

func sum(rows []payments.Transaction) (total int64) {
	for _, row := range rows {
		total += row.Net.Minor
	}
	return total
}

func (e *exercise) settle(t *testing.T) {
	settling := e.settling()
	p := e.paid()
	r, err := e.GrantRefund(t.Context(), payments.RefundAsk{Merchant: p.Merchant, Order: p.Order, Amount: money.Of(999, "USD"), Reason: "late", Request: "one", Who: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	e.work()
	e.hear(e.Do(t, e.paid(), "dispute")...)
	var rows []payments.Transaction
	if err := settling.Transactions(t.Context(), time.Unix(0, 0), e.net(&rows)); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, row := range rows {
		kinds = append(kinds, row.Category)
	}
	if fmt.Sprint(kinds) != "[charge refund charge dispute]" || rows[0].Charge != rows[1].Charge || rows[1].Gross != money.Of(-999, "USD") || rows[0].Seen != theSum {
		t.Errorf("the balance has %+v", rows)
	}
	balances, err := e.Balances(t.Context(), r.Merchant)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range balances {
		if one.Account == payments.Clearing(p.Gateway) && one.Amount.Minor != sum(rows) {
			t.Errorf("the books have %s there, the processor %d", one.Amount, sum(rows)) // R3
		}
	}
	id := e.PayOut(t)
	e.Wait(time.Minute)
	var made []payments.Payout
	if err := settling.Payouts(t.Context(), time.Unix(0, 0), func(p payments.Payout) error { made = append(made, p); return nil }); err != nil {
		t.Fatal(err)
	}
	var itemised []payments.Transaction
	if err := settling.Itemised(t.Context(), id, e.net(&itemised)); err != nil {
		t.Fatal(err)
	}
	if len(made) != 1 || made[0].ID != id || len(itemised) != 4 || made[0].Amount.Minor != sum(itemised) { // R2
		t.Errorf("%+v has %+v", made, itemised)
	}
	heard := 0
	count := func(n payments.Notice) error { heard++; e.hear(n); return nil }
	if err := settling.Catch(t.Context(), time.Unix(0, 0), count); err != nil || heard < 4 {
		t.Errorf("%d pieces of news, %v", heard, err)
	}
	if e.orders.Refunded(t, p.Order) != 999 {
		t.Errorf("%d went back", e.orders.Refunded(t, p.Order))
	}
}

func (e *exercise) concede(t *testing.T) {
	_ = e.settling()
	p := e.paid()
	e.hear(e.Do(t, p, "dispute")...)
	found, err := e.DisputesOf(t.Context(), p.Merchant, p.Order)
	if err != nil || len(found) != 1 {
		t.Fatalf("%+v, %v", found, err)
	}
	for range 2 {
		if _, err := e.ConcedeDispute(t.Context(), p.Merchant, found[0].ID, "ann", "They are right."); err != nil {
			t.Fatal(err)
		}
		e.work()
	}
	if again, err := e.Gateway.(payments.Conceding).Concede(t.Context(), found[0], "again"); err != nil || again.Dispute == nil || again.Dispute.Status != payments.DisputeLost {
		t.Errorf("given up again: %+v, %v", again, err)
	}
	if _, err := e.SubmitEvidence(t.Context(), p.Merchant, found[0].ID, "ann", "Or are they?"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("evidence after that: %v", err)
	}
	found, err = e.DisputesOf(t.Context(), p.Merchant, p.Order)
	if err != nil || found[0].Status != payments.DisputeLost || found[0].Conceded.Who != "ann" || found[0].Conceded.Why != "" {
		t.Errorf("%+v, %v", found, err)
	}
	var booked int64
	if err := e.d.On(t.Context()).Raw("select count(*) from ledger_entries where payment_id = ? and reason = 'dispute_lost'", int64(p.ID)).Scan(&booked).Error; err != nil || booked != 1 {
		t.Errorf("the loss is booked %d times, %v", booked, err)
	}
}

func (e *exercise) dispute(t *testing.T) {
	_ = e.settling()
	p := e.paid()
	taken := e.Do(t, p, "dispute")
	e.hear(append(taken, taken...)...)
	found, err := e.DisputesOf(t.Context(), p.Merchant, p.Order)
	if err != nil || len(found) != 1 || found[0].Status != payments.DisputeOpen || found[0].Amount != theSum || len(found[0].Moves) != 1 || found[0].Due.IsZero() {
		t.Fatalf("%+v, %v", found, err)
	}
	for range 2 {
		if _, err := e.SubmitEvidence(t.Context(), p.Merchant, found[0].ID, "ann", "It was delivered."); err != nil {
			t.Fatal(err)
		}
		e.work()
	}
	e.hear(e.Do(t, p, "win")...)
	e.hear(taken...)
	found, err = e.DisputesOf(t.Context(), p.Merchant, p.Order)
	if err != nil || len(found) != 1 || found[0].Status != payments.DisputeWon || len(found[0].Moves) != 2 || found[0].Evidence.State != payments.EvidenceSent {
		t.Errorf("%+v, %v", found, err)
	}
}
