package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"parley/admin"
)

func TestADisputeIsNotGivenUpWhereTheProcessorTakesThatOnItsOwnPages(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		id := h.disputed(h.paid(h.meadow, h.contact(h.meadow)))
		p := h.as(h.hires("fritz", admin.Finance))
		concede := "POST " + h.in(h.meadow, fmt.Sprintf("/disputes/%d/concede", id))
		if got := p.ask(concede, is{"note": "They are right."}); got.status != http.StatusConflict || got.code() != "payment.dispute_elsewhere" {
			t.Errorf("%d %s", got.status, got.body)
		}
		if got := p.ask(concede, is{"note": ""}); got.status != http.StatusUnprocessableEntity {
			t.Errorf("without a note: %d %s", got.status, got.body)
		}
	})
}
