package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"parley/catalog/fault"
)

func TestAnUnclassifiedErrorIsInternal(t *testing.T) {
	if got := fault.KindOf(errors.New("disk on fire")); got != fault.Internal {
		t.Errorf("kind %q, want internal", got)
	}
	if got := fault.KindOf(nil); got != "" {
		t.Errorf("no error has kind %q", got)
	}
}

func TestAKindSurvivesWrapping(t *testing.T) {
	cause := errors.New("row not found")
	err := fmt.Errorf("open checkout: %w", fault.New(fault.Missing, "product.gone").Because(cause))
	if got := fault.KindOf(err); got != fault.Missing {
		t.Errorf("kind %q, want missing", got)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause was lost")
	}
}

func TestWithLeavesTheOriginalAlone(t *testing.T) {
	plain := fault.New(fault.Conflict, "cart.only_left")
	two := plain.With("count", "2")
	if len(plain.Args) != 0 || two.Args["count"] != "2" {
		t.Errorf("plain %v, two %v", plain.Args, two.Args)
	}
	if got := two.Error(); got != "cart.only_left count=2" {
		t.Errorf("logged as %q", got)
	}
}
