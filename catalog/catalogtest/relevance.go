package catalogtest

import (
	_ "embed" // of the judgements
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Judged is a search and what a person would want to find by it: products by name with a grade of 1 to 3 in the demo
// shop, or what they should be in the made one.
type Judged struct {
	Words   string         `json:"words"`
	Shows   string         `json:"shows"`             // of what it is an example: "typo", "layout" …
	Handles map[string]int `json:"handles,omitempty"` // in the demo shop
	Wants   *Wanted        `json:"wants,omitempty"`   // in the made shop
}

// Wanted is what a product of the made shop should be; empty fields don't matter.
type Wanted struct {
	Kind     string `json:"kind,omitempty"`
	Brand    string `json:"brand,omitempty"`
	Colour   string `json:"colour,omitempty"`
	Audience string `json:"audience,omitempty"`
	Material string `json:"material,omitempty"`
	Model    string `json:"model,omitempty"`
	Size     string `json:"size,omitempty"`
	Feature  string `json:"feature,omitempty"` // in its description alone
	Code     string `json:"code,omitempty"`    // a SKU or barcode
	Min      int64  `json:"min,omitempty"`     // roubles
	Max      int64  `json:"max,omitempty"`
}

//go:embed relevance.json
var judgements []byte

// Relevance is the judged searches, and what nDCG@10 they may not fall below: of those in the demo shop, and of those
// in the made one.
func Relevance() (searches []Judged, demo, made float64) {
	var all struct {
		Demo, Made struct {
			NDCG     float64  `json:"ndcg_at_10"`
			Searches []Judged `json:"searches"`
		}
	}
	if err := json.Unmarshal(judgements, &all); err != nil {
		panic(fmt.Sprintf("relevance.json: %v", err))
	}
	return append(all.Demo.Searches, all.Made.Searches...), all.Demo.NDCG, all.Made.NDCG
}

// Grade is how well a product fits: 3 when it is all that was wanted, 1 when it is the right thing but for one
// of several wishes, 0 when it is not.
func (w Wanted) Grade(g Good) int {
	wishes, met := 0, 0
	wish := func(asked, is bool) {
		if asked {
			wishes++
			if is {
				met++
			}
		}
	}
	wish(w.Kind != "", w.Kind == g.Kind)
	wish(w.Brand != "", w.Brand == g.Brand)
	wish(w.Colour != "", w.Colour == g.Colour)
	wish(w.Audience != "", w.Audience == g.Audience)
	wish(w.Material != "", w.Material == g.Material)
	wish(w.Model != "", strings.HasPrefix(g.Model, w.Model))
	wish(w.Size != "", slices.Contains(g.Sizes, w.Size))
	wish(w.Code != "", w.Code == g.SKU || w.Code == g.Barcode)
	wish(w.Feature != "", w.Feature == g.Feature)
	least, most := g.prices(w.Size)
	wish(w.Min > 0 || w.Max > 0, (w.Min == 0 || most >= 100*w.Min) && (w.Max == 0 || least <= 100*w.Max))
	switch {
	case met == wishes:
		return 3
	case met == wishes-1 && wishes > 1 && (w.Kind == "" || w.Kind == g.Kind):
		return 1
	}
	return 0
}

// prices is what it costs at least and at most, or in one of its sizes: each next one costs ten roubles more.
func (g Good) prices(size string) (least, most int64) {
	if at := slices.Index(g.Sizes, size); at >= 0 {
		return g.Price + int64(at)*1000, g.Price + int64(at)*1000
	}
	return g.Price, g.Price + int64(max(len(g.Sizes)-1, 0))*1000
}

// Number is which made good a handle is of.
func Number(handle string) int {
	n, err := strconv.Atoi(handle[strings.LastIndexByte(handle, '-')+1:])
	if err != nil {
		return -1
	}
	return n
}

// NDCG is the normalised discounted cumulative gain of the first ten grades, with gains of 2^grade-1 (Järvelin and
// Kekäläinen, 2002, as commonly used), given those of everything there is. It is 1 when nothing could be found.
func NDCG(found, all []int) float64 {
	best := slices.Clone(all)
	slices.SortFunc(best, func(a, b int) int { return b - a })
	ideal := gain(best)
	if ideal == 0 {
		return 1
	}
	return gain(found) / ideal
}

func gain(grades []int) (sum float64) {
	for i, grade := range grades[:min(len(grades), 10)] {
		sum += (math.Exp2(float64(grade)) - 1) / math.Log2(float64(i)+2)
	}
	return sum
}
