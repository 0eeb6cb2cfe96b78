package main

import (
	"os"
	"runtime"
	"runtime/debug"
	measured "runtime/metrics"
)

// worthwhile is the heap, in bytes, below which collecting garbage is not worth it. A shop lives in some fifteen
// megabytes, and collecting whenever they have doubled is a tenth of the work of a busy one.
const worthwhile = 64 << 20

// spareCollector has garbage collected when the heap has doubled, as usual, but not below what is worthwhile.
// Whoever sets GOGC knows better.
func spareCollector() {
	if os.Getenv("GOGC") == "" {
		afterCollection(&collected{})
	}
}

// collected is garbage from the start: when it goes, a collection has just been.
type collected struct {
	percent int // as it was set
}

func afterCollection(c *collected) {
	live := []measured.Sample{{Name: "/gc/heap/live:bytes"}}
	measured.Read(live)
	if percent := patience(live[0].Value.Uint64()); percent != c.percent {
		debug.SetGCPercent(percent)
		c.percent = percent
	}
	runtime.SetFinalizer(&collected{c.percent}, afterCollection)
}

// patience is by how many percent what lives may grow before it is collected again, in steps, so that it seldom changes.
func patience(live uint64) int {
	const smallest, step = 4 << 20, 20
	live = max(live, smallest)
	if live >= worthwhile/2 {
		return 100
	}
	return int((worthwhile-live)*100/live) / step * step
}

// giveBack hands the system what it took to start, demo pictures and the API's document among it.
func giveBack() {
	debug.FreeOSMemory()
	unmapStart()
}
