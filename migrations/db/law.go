package db

import (
	"context"
	"fmt"
)

// Law is a rule that rows keep and no constraint can see, with a query for those that break it.
type Law struct {
	Invariant string // its number and name: "S1.on_hand"; stable, for programs
	Sentence  string // what is true, in English
	Broken    string // SQL for what breaks it: one column, a name for people; ends with its order
}

// Finding is how a law stands.
type Finding struct {
	Invariant string
	Sentence  string
	Count     int64    // how often it is broken
	First     []string // the first of what breaks it, at most MostNamed
}

// MostNamed is how many offenders a finding names.
const MostNamed = 10

// Check says how each law stands, in their order.
func (d *DB) Check(ctx context.Context, laws ...Law) ([]Finding, error) {
	findings := make([]Finding, len(laws))
	for i, law := range laws {
		found := Finding{Invariant: law.Invariant, Sentence: law.Sentence}
		if err := d.On(ctx).Raw("select count(*) from (" + law.Broken + ") as broken").Scan(&found.Count).Error; err != nil {
			return nil, fmt.Errorf("verify %s: %w", law.Invariant, err)
		}
		if found.Count > 0 {
			if err := d.On(ctx).Raw("select * from ("+law.Broken+") as broken limit ?", MostNamed).Scan(&found.First).Error; err != nil {
				return nil, fmt.Errorf("verify %s: %w", law.Invariant, err)
			}
		}
		findings[i] = found
	}
	return findings, nil
}

// Found is how a law stands that no query can check, given everything that breaks it.
func Found(invariant, sentence string, broken []string) Finding {
	return Finding{invariant, sentence, int64(len(broken)), broken[:min(len(broken), MostNamed)]}
}

// Broken is those of the findings that are no good news.
func Broken(findings []Finding) (broken []Finding) {
	for _, found := range findings {
		if found.Count > 0 {
			broken = append(broken, found)
		}
	}
	return broken
}
