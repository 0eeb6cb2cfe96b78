package main

import "testing"

func TestASmallHeapIsCollectedSeldomAndALargeOneAsUsual(t *testing.T) {
	const mega = 1 << 20
	for live, want := range map[uint64]int{0: 1500, 4 * mega: 1500, 16 * mega: 300, 31 * mega: 100, 32 * mega: 100, 500 * mega: 100} {
		if got := patience(live); got != want {
			t.Errorf("%d MB may grow by %d %%, want %d", live/mega, got, want)
		}
	}
}
