package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// report is everything that was measured.
type report struct {
	Machine machine  `json:"machine"`
	Figures []figure `json:"figures"`
}

// figure is one measured number: the median of its rounds.
type figure struct {
	Name    string    `json:"name"`
	Value   float64   `json:"value"`
	Unit    string    `json:"unit"`
	Base    float64   `json:"base,omitempty"`        // what the machine itself does, in the same unit and rounds
	Ratio   float64   `json:"ratio,omitempty"`       // median of the rounds' ratios
	CPU     float64   `json:"cpu_ms,omitempty"`      // processor time of one, everything on this machine together
	BaseCPU float64   `json:"base_cpu_ms,omitempty"` // … of one of the machine's own
	P50     float64   `json:"p50_ms,omitempty"`
	P99     float64   `json:"p99_ms,omitempty"`
	Rounds  []float64 `json:"rounds,omitempty"`
	Note    string    `json:"note,omitempty"`
}

func (r *report) add(f figure) {
	r.Figures = append(r.Figures, f)
	line := fmt.Sprintf("%-44s %10s %-12s", f.Name, short(f.Value), f.Unit)
	if f.Base > 0 {
		line += fmt.Sprintf(" of %8s = %.3f", short(f.Base), f.Ratio)
	}
	if f.P99 > 0 {
		line += fmt.Sprintf("  p50 %.1f ms, p99 %.1f ms", f.P50, f.P99)
	}
	if f.BaseCPU > 0 {
		line += fmt.Sprintf("  cpu %.2f of %.2f ms = %.3f", f.CPU, f.BaseCPU, f.BaseCPU/f.CPU)
	}
	if f.Note != "" {
		line += "  " + f.Note
	}
	_, _ = fmt.Fprintln(os.Stdout, line)
}

func short(n float64) string {
	switch {
	case n >= 100:
		return fmt.Sprintf("%.0f", n)
	case n >= 1:
		return fmt.Sprintf("%.1f", n)
	}
	return fmt.Sprintf("%.3f", n)
}

func (r *report) write(path string) error {
	if path == "" {
		return nil
	}
	encoded, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return fmt.Errorf("encode the figures: %w", err)
	}
	return os.WriteFile(path, append(encoded, '\n'), 0o644)
}

// round is one measurement beside the machine's own.
type round struct {
	rate     float64
	base     pace
	cpu      [3]float64 // milliseconds of one: the program, PostgreSQL, the load
	p50, p99 time.Duration
}

// compared is the medians of rounds.
func compared(name, unit string, rounds []round) figure {
	f := figure{Name: name, Unit: unit}
	var base, ratio, p50, p99, cpu, baseCPU []float64
	var parts [3][]float64
	for _, r := range rounds {
		f.Rounds = append(f.Rounds, r.rate)
		base, p50, p99 = append(base, r.base.rate), append(p50, ms(r.p50)), append(p99, ms(r.p99))
		cpu, baseCPU = append(cpu, r.cpu[0]+r.cpu[1]+r.cpu[2]), append(baseCPU, r.base.cpu)
		for i, one := range r.cpu {
			parts[i] = append(parts[i], one)
		}
		if r.base.rate > 0 {
			ratio = append(ratio, r.rate/r.base.rate)
		}
	}
	f.CPU, f.BaseCPU = median(cpu), median(baseCPU)
	if f.CPU > 0 {
		f.Note = fmt.Sprintf("parley %.2f + postgres %.2f + load %.2f ms", median(parts[0]), median(parts[1]), median(parts[2]))
	}
	f.Value, f.Base, f.Ratio, f.P50, f.P99 = median(f.Rounds), median(base), median(ratio), median(p50), median(p99)
	return f
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// part is the time that a share of all took at most.
func part(all []time.Duration, share float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(int(float64(len(all))*share), len(all)-1)]
}

func list(all []string) string { return strings.Join(all, ", ") }
