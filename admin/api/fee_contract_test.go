package api_test

import (
	"net/http"
	"strings"
	"testing"

	"parley/admin"
	"parley/admin/api"
)

func TestAContractOfFeesIsSetWholeAndRead(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p, at := h.as(h.hires("fritz", admin.Finance)), h.in(h.meadow, "/fee-contracts/stripe")
		before := p.does(http.StatusOK, "GET "+at, nil)
		put := "PUT " + at
		term := is{"payment_method_type": "card", "rate": "0.015", "fixed": "0.25"}
		if got := p.ask(put, is{"terms": []any{term}}); got.status != http.StatusPreconditionRequired {
			t.Errorf("without If-Match: %d %s", got.status, got.body)
		}
		var set, read api.FeeContract
		p.with("If-Match", before.header.Get("ETag")).does(http.StatusOK, put, is{"terms": []any{term}}).into(t, &set)
		p.does(http.StatusOK, "GET "+at, nil).into(t, &read)
		if want := (api.FeeTerm{Method: "card", Country: "*", Rate: "0.015", Fixed: "0.25", Converted: "0"}); len(read.Terms) != 1 || read.Terms[0] != want || set.Terms[0] != want {
			t.Errorf("%+v and %+v", set, read)
		}
		if got := p.with("If-Match", before.header.Get("ETag")).ask(put, is{"terms": []any{}}); got.status != http.StatusPreconditionFailed {
			t.Errorf("by somebody who saw what was before: %d %s", got.status, got.body)
		}
		if got := p.with("If-Match", "*").ask(put, is{"terms": []any{is{"rate": "1.5"}}}); got.status != http.StatusUnprocessableEntity {
			t.Errorf("a rate of more than all: %d %s", got.status, got.body)
		}
		owner := h.owner()
		if got := owner.ask("GET /audit?what=fee-contract.set", nil); strings.Count(got.body, `"who"`) > 1 {
			t.Errorf("%s", got.body)
		}
	})
}
