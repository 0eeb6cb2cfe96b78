package admin

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"parley/catalog"
	"parley/migrations/db"
)

// deed is something that staff did.
type deed struct {
	merchant catalog.MerchantID // zero: about no shop
	who      string
	what     string // "order.shipped"
	subject  string // "order:5"
	note     string
	was      string // JSON of what changed, before and after it
	became   string
	once     string // names the form it came from; empty: not a form
	// look says how the subject is, as JSON, before it and after it; nil: was and became are known
	look func(ctx context.Context) (string, error)
}

// journal is the audit trail: it is only ever written to.
type journal struct {
	db  *db.DB
	now func() time.Time
}

// write keeps a deed in the transaction that ctx carries. It is not new when its form was submitted before:
// then what it says has been done already.
func (j journal) write(ctx context.Context, d deed) (isNew bool, err error) {
	var merchant *int64
	if d.merchant != 0 {
		id := int64(d.merchant)
		merchant = &id
	}
	var once *string
	if d.once != "" {
		once = &d.once
	}
	written := j.db.On(ctx).Exec(`insert into audit (merchant_id, at, who, what, subject, note, was, became, once) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
		on conflict (once) do nothing`, merchant, j.now(), d.who, d.what, d.subject, d.note, d.was, d.became, once)
	if written.Error != nil {
		return false, fmt.Errorf("write audit trail: %w", written.Error)
	}
	return written.RowsAffected == 1, nil
}

// isDone says whether a form was submitted before.
func (j journal) isDone(ctx context.Context, once string) (bool, error) {
	var done []int64
	if once == "" {
		return false, nil
	}
	err := j.db.On(ctx).Raw("select id from audit where once = ?", once).Scan(&done).Error
	if err != nil {
		return false, fmt.Errorf("read audit trail: %w", err)
	}
	return len(done) > 0, nil
}

// Deed is one entry of the audit trail.
type Deed struct {
	ID       int64
	Merchant catalog.MerchantID // zero: about no shop
	At       time.Time
	Who      string // "staff:1", "token:7", "console"
	What     string // "product.changed"
	Subject  string // "product:12"
	Note     string
	Was      string // JSON of what changed, before it; empty: nothing was there, or nothing is known
	Became   string // and after it
}

// DeedFilter is which deeds are looked for. Its zero value is those about no shop.
type DeedFilter struct {
	AllShops bool                 // of every shop, and those about none
	Shops    []catalog.MerchantID // else of these
	Who      string               // empty: anybody
	What     string
	Subject  string
	Since    time.Time // zero: from the beginning
	Until    time.Time // zero: to now
	Before   int64     // the id that those wanted are older than; zero: the newest first
}

// Record keeps a deed in the transaction that ctx carries; ID and At are given to it.
func (a *Accounts) Record(ctx context.Context, d Deed) error {
	_, err := journal{a.db, a.at}.write(ctx, deed{
		merchant: d.Merchant, who: d.Who, what: d.What, subject: d.Subject, note: d.Note, was: d.Was, became: d.Became,
	})
	return err
}

type deedRow struct {
	ID         int64
	MerchantID *int64
	At         time.Time
	Who        string
	What       string
	Subject    string
	Note       string
	Was        string
	Became     string
}

// Deeds are the newest entries of the audit trail, at most so many.
func (a *Accounts) Deeds(ctx context.Context, f DeedFilter, limit int) ([]Deed, error) {
	where, args := f.where()
	var rows []deedRow
	err := a.db.On(ctx).Raw("select id, merchant_id, at, who, what, subject, note, was, became from audit where "+where+
		" order by id desc limit "+strconv.Itoa(limit), args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the audit trail: %w", err)
	}
	deeds := make([]Deed, len(rows))
	for i, row := range rows {
		deeds[i] = Deed{
			ID: row.ID, At: row.At.UTC(), Who: row.Who, What: row.What, Subject: row.Subject, Note: row.Note, Was: row.Was, Became: row.Became,
		}
		if row.MerchantID != nil {
			deeds[i].Merchant = catalog.MerchantID(*row.MerchantID)
		}
	}
	return deeds, nil
}

func (f DeedFilter) where() (string, []any) {
	conditions, args := []string{"1 = 1"}, []any{}
	add := func(condition string, value any) {
		conditions, args = append(conditions, condition), append(args, value)
	}
	switch {
	case f.AllShops:
	case len(f.Shops) == 0:
		conditions = append(conditions, "merchant_id is null")
	default:
		add("merchant_id in ?", f.Shops)
	}
	for column, value := range map[string]string{"who": f.Who, "what": f.What, "subject": f.Subject} {
		if value != "" {
			add(column+" = ?", value)
		}
	}
	if !f.Since.IsZero() {
		add("at >= ?", f.Since.UTC())
	}
	if !f.Until.IsZero() {
		add("at < ?", f.Until.UTC())
	}
	if f.Before != 0 {
		add("id < ?", f.Before)
	}
	return strings.Join(conditions, " and "), args
}

// CountDeeds is how many Deeds there are, counting to most.
func (a *Accounts) CountDeeds(ctx context.Context, f DeedFilter, most int) (count int, err error) {
	where, args := f.where()
	err = a.db.On(ctx).Raw("select count(*) from (select 1 from audit where "+where+" limit ?) counted", append(args, most)...).Scan(&count).Error
	if err != nil {
		return 0, fmt.Errorf("count the audit trail: %w", err)
	}
	return count, nil
}
