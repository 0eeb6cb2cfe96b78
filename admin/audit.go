package admin

import (
	"context"
	"fmt"
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
	once     string // names the form it came from; empty: not a form
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
	written := j.db.On(ctx).Exec(`insert into audit (merchant_id, at, who, what, subject, note, once) values (?, ?, ?, ?, ?, ?, ?)
		on conflict (once) do nothing`, merchant, j.now(), d.who, d.what, d.subject, d.note, once)
	if written.Error != nil {
		return false, fmt.Errorf("write audit trail: %w", written.Error)
	}
	return written.RowsAffected == 1, nil
}
