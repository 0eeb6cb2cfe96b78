package catalog

import (
	"testing"
	"time"
)

func TestWhatWasReadBeforeAProductWasForgottenIsNotRemembered(t *testing.T) {
	var r recall
	old := Product{ID: 7}
	before := r.now()
	r.forget(old.ID) // saved by another turn, within the same tick of the clock
	r.put(old, time.Time{}, before)
	if _, ok := r.get(old.ID); ok {
		t.Error("the product is remembered as it was before it was saved")
	}
	r.put(old, time.Time{}, r.now())
	if _, ok := r.get(old.ID); !ok {
		t.Error("the product is not remembered although nothing happened since it was read")
	}
}
