package api

import (
	"bytes"
	"context"
	"encoding/json"

	"parley/admin"
)

// record keeps what a write did in the audit trail.
func (a *API) record(ctx context.Context, c *call, deeds []deed) error {
	for _, d := range deeds {
		was, became := differing(d.was, d.became)
		err := a.Accounts.Record(ctx, admin.Deed{
			Merchant: c.shop.ID, Who: c.who, What: c.op.id, Subject: d.subject, Note: d.note, Was: was, Became: became,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// differing is what two views of a thing do not have in common, field by field.
func differing(was, became any) (before, after string) {
	old, now := fields(was), fields(became)
	for name, value := range old {
		if other, both := now[name]; both && bytes.Equal(value, other) {
			delete(old, name)
			delete(now, name)
		}
	}
	return written(old), written(now)
}

func fields(view any) map[string]json.RawMessage {
	named := map[string]json.RawMessage{}
	if view == nil {
		return named
	}
	if json.Unmarshal(encode(view), &named) != nil {
		named["value"] = encode(view) // no object
	}
	return named
}

func written(named map[string]json.RawMessage) string {
	if len(named) == 0 {
		return ""
	}
	return string(encode(named))
}
