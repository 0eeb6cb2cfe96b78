package main

import (
	"context"
	"slices"
	"time"

	"parley/catalog"
)

// hardest are searches that ask for more work than most: what nearly everything has, prices alone, beginnings of one or
// two letters, words that are nowhere or much mistyped, and options that one variant has to have together with a price.
var hardest = []string{
	"мужские", "подарочной коробке", "до 2000", "от 1", "к", "кр", "bo", "size m", "size m до 5000", "платье размер xl до 9000",
	"кроссовки мужские красные до 5000 размер 42", "men's leather black size m under 5000", "водонепроницаемаяя куртка", "интернационализация",
	"krosovki muzhskie krasnie", "в подарок мужчине на день рождения красивые", "men women kids leather cotton wool suede linen",
	"мужские женские детские красные черные белые синие зеленые",
}

// worst is what the hardest of searches takes, alone, as the middle one of eleven times.
func (b *bench) worst(ctx context.Context, m *market) error {
	slowest, which := time.Duration(0), ""
	var took []time.Duration
	for _, words := range hardest {
		var times []time.Duration
		for range 11 {
			began := time.Now()
			if _, err := m.Search(ctx, m.shop, catalog.Query{Words: words, Page: catalog.Page{Limit: 8}}); err != nil {
				return err
			}
			times = append(times, time.Since(began))
		}
		middle := part(times, 0.5)
		if took = append(took, middle); middle > slowest {
			slowest, which = middle, words
		}
	}
	slices.Sort(took)
	b.report.add(figure{Name: "hardest searches, the median, " + m.name, Value: ms(part(took, 0.5)), Unit: "ms"})
	b.report.add(figure{Name: "hardest searches, the worst, " + m.name, Value: ms(slowest), Unit: "ms", Note: which})
	return nil
}
