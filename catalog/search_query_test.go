package catalog

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"parley/catalog/money"
)

func TestWhatIsSaidOfThePriceIsNoWord(t *testing.T) {
	for _, want := range []struct {
		typed    string
		currency money.Currency
		words    string
		min, max int64
	}{
		{"кроссовки до 3000", "RUB", "кроссовки", 0, 300000},
		{"до 3000 рублей кроссовки", "RUB", "кроссовки", 0, 300000},
		{"кроссовки до 3к", "RUB", "кроссовки", 0, 300000},
		{"кроссовки до 3 тыс. руб.", "RUB", "кроссовки", 0, 300000},
		{"от 100 до 200 кружка", "RUB", "кружка", 10000, 20000},
		{"платье от 3 до 5 тысяч", "RUB", "платье", 300000, 500000},
		{"часы 1 500 ₽", "RUB", "часы", 0, 150000},
		{"дешевле 20 носки", "USD", "носки", 0, 2000},
		{"не дороже чем 20,50", "USD", "", 0, 2050},
		{"boots under 50", "USD", "boots", 0, 5000},
		{"boots under $49.99!", "USD", "boots", 0, 4999},
		{"boots cheaper than 1,200 dollars", "USD", "boots", 0, 120000},
		{"between 10 and 20 mug", "USD", "mug", 1000, 2000},
		{"mug $10-$20", "USD", "mug", 1000, 2000},
		{"mug over 10", "USD", "mug", 1000, 0},
		{"mug <50", "USD", "mug", 0, 5000},
		{"mug around 100", "USD", "mug", 8000, 12000},
		{"ramen under 900", "JPY", "ramen", 0, 900},
		{"ramen under 900.50", "JPY", "ramen", 0, 900},
		{"размер от 40 до 42", "RUB", "размер 40 42", 0, 0},
		{"size 42", "USD", "size 42", 0, 0},
		{"детский от 3 лет", "RUB", "детский 3 лет", 0, 0},
		{"мешок до 5 кг", "RUB", "мешок 5 кг", 0, 0},
		{"under armour", "USD", "under armour", 0, 0},
		{"100-200", "USD", "100-200", 0, 0},
		{"до свидания", "RUB", "свидания", 0, 0},
		{"кофе до 1000000000000", "RUB", "кофе 1000000000000", 0, 0},
	} {
		got := wantedOf(want.typed, want.currency)
		if raws(got.words) != want.words || got.price.min != want.min || got.price.max != want.max {
			t.Errorf("%q is %q from %d to %d, want %q from %d to %d", want.typed, raws(got.words), got.price.min, got.price.max, want.words, want.min, want.max)
		}
	}
}

func TestAPriceInAnotherCurrencyBoundsNothingAndIsSaid(t *testing.T) {
	for _, want := range []struct {
		typed     string
		shop, not money.Currency
	}{
		{"boots under $50", "EUR", "USD"}, {"boots under 50 €", "USD", "EUR"}, {"до 3000 рублей", "USD", "RUB"},
		{"boots under $50", "AUD", ""}, {"до 30 рублей", "BYN", ""}, {"under ¥900", "CNY", ""},
	} {
		got := wantedOf(want.typed, want.shop).price
		if got.elsewhere != want.not || got.bounds() != (want.not == "") {
			t.Errorf("%q in %s: %+v, want %q", want.typed, want.shop, got, want.not)
		}
	}
}

func TestFormsOfAWordShareATerm(t *testing.T) {
	for form, other := range map[string]string{
		"boots": "boot", "куртку": "куртка", "mugs": "mug", "палатки": "палатка", "batteries": "battery", "красная": "красные",
	} {
		if stem(form) != stem(other) {
			t.Errorf("%q is %q and %q is %q", form, stem(form), other, stem(other))
		}
	}
	for form, other := range map[string]string{"кроссовок": "кроссовки", "скамеек": "скамейки", "кресел": "кресло", "пальцы": "палец", "носки": "носок"} {
		if !strings.Contains(strings.Join(fleeting(stem(form)), " ")+" ", stem(other)+" ") {
			t.Errorf("%q is %q, also %q, but not %q of %q", form, stem(form), fleeting(stem(form)), stem(other), other)
		}
	}
}

func TestTheOtherKeyboardAndTheOtherAlphabetAreRead(t *testing.T) {
	for typed, want := range map[string]string{"rhjccjdrb": "кроссовки", ",jnbyrb": "ботинки", "ыщслы": "socks"} {
		if got := otherLayout(typed); got != want {
			t.Errorf("%q is %q on the other keyboard, want %q", typed, got, want)
		}
	}
	for typed, want := range map[string]string{"krossovki": "кроссовки", "shapka": "шапка", "найк": "nike", "айфон": "iphone", "вольта": "volta"} {
		if got := transliterated(typed); !strings.Contains(" "+strings.Join(got, " ")+" ", " "+want+" ") {
			t.Errorf("%q may be %q, but not %q", typed, got, want)
		}
	}
}

func TestEditsAreCountedAlikeBothWays(t *testing.T) {
	for _, want := range []struct {
		a, b  string
		edits int
	}{{"куртка", "крутка", 1}, {"кросовки", "кроссовки", 1}, {"boot", "boat", 1}, {"sneaker", "sneaker", 0}, {"мяч", "стол", 3}} {
		if got := distance([]rune(want.a), []rune(want.b), 2); got != want.edits {
			t.Errorf("%q and %q are %d apart, want %d", want.a, want.b, got, want.edits)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SliceOfN(rapid.SampledFrom([]rune("абв")), 0, 8)
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		if distance(a, b, 2) != distance(b, a, 2) {
			t.Fatalf("%q and %q are %d apart, and %d the other way", string(a), string(b), distance(a, b, 2), distance(b, a, 2))
		}
	})
}

func TestABlockKeepsWhatWasWrittenToIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		model := map[uint16]posting{}
		var block []byte
		for range rapid.IntRange(1, 5).Draw(t, "writes") {
			var some []posting
			for at := range rapid.MapOf(rapid.Uint16Range(0, blockSize-1), rapid.Just(true)).Draw(t, "places") {
				p := posting{at, rapid.Uint8Range(0, mostWeight).Draw(t, "weight"), rapid.Bool().Draw(t, "live")}
				some, model[at] = append(some, p), p
				if p.weight == 0 {
					delete(model, at)
				}
			}
			block = withPostings(block, some)
		}
		if got := postings(block); len(got) != len(model) {
			t.Fatalf("%d postings of %d", len(got), len(model))
		}
		for i, p := range postings(block) {
			if p != model[p.place] || i > 0 && postings(block)[i-1].place >= p.place {
				t.Fatalf("%+v, want %+v, in order", p, model[p.place])
			}
		}
	})
}

func TestABlockKeepsWhatIsForSale(t *testing.T) {
	runs := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) run {
		return run{rapid.Uint64Range(1, 300).Draw(t, "count"), rapid.Int64Range(0, 1<<40).Draw(t, "price")}
	}), 1, 4)
	rapid.Check(t, func(t *rapid.T) {
		model := map[uint16]offer{}
		var costs, having []byte
		for range rapid.IntRange(1, 5).Draw(t, "writes") {
			var some []offer
			for at := range rapid.MapOf(rapid.Uint16Range(0, blockSize-1), rapid.Just(true)).Draw(t, "places") {
				o := offer{place: at, live: rapid.Bool().Draw(t, "live"), none: rapid.Bool().Draw(t, "none"),
					runs: runs.Draw(t, "runs"), has: string(rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "has"))}
				some, model[at] = append(some, o), o
				if o.none {
					delete(model, at)
				}
			}
			costs, having = pricesBlock(withOffers(prices(costs), some)), holdersBlock(withOffers(holders(having), some))
		}
		for name, got := range map[string][]offer{"prices": prices(costs), "holders": holders(having)} {
			if len(got) != len(model) {
				t.Fatalf("%d products in the block of %s, want %d", len(got), name, len(model))
			}
			for i, o := range got {
				want := model[o.place]
				if o.live != want.live || name == "prices" && !slices.Equal(o.runs, want.runs) || name == "holders" && o.has != want.has || i > 0 && got[i-1].place >= o.place {
					t.Fatalf("%s: %+v, want %+v, in order", name, o, want)
				}
			}
		}
	})
}

// FuzzSearchesAreUnderstood: whatever is typed becomes a plan that reads no more than it may and finds something or
// nothing, and whatever an index holds can be read.
func FuzzSearchesAreUnderstood(f *testing.F) {
	for _, typed := range []string{"красные кроссовки до 3000", "boots size 42 under $50", "от 1 до 2", "rhjccjdrb", "TB-41/х", "'’'", "size", "42 size", "a\x00b\xff", "ёЁ ьъ", "no-no-no - -", "до", "$", "=", "#", "ﬁ ½ ①"} {
		f.Add(typed, []byte{1, 0, 201, 2, 0, 200})
	}
	v := &vocabulary{words: map[string]*wordOf{}, options: map[string]bool{}, values: map[string]bool{}, synonyms: readSynonyms([][]string{{"кеды", "тапки", "high top"}})}
	v.learn([]wordRow{{"кроссовк", 3, 4}, {"boot", 5, 5}, {"size=42", 1, 1}, {"красн", 2, 2}, {"high", 1, 1}, {"top", 1, 1}, {"42", 1, 1}, {"~waterproof", 2, 2}}, 1)
	f.Fuzz(func(t *testing.T, typed string, blob []byte) {
		w := wantedOf(typed, "USD")
		if len(w.words) > mostFields || w.price.min < 0 || w.price.max < 0 {
			t.Errorf("%q is %+v", typed, w)
		}
		p := planner{v: v, products: 7}.plan(w)
		terms := p.terms()
		if len(terms) > 8*400 {
			t.Errorf("%q reads %d terms", typed, len(terms))
		}
		var rows []blockRow
		for _, term := range terms {
			if !utf8.ValidString(term) || strings.ContainsAny(term, " :\x00") {
				t.Errorf("%q looks for %q", typed, term)
			}
			rows = append(rows, blockRow{term, 0, blob})
		}
		for _, h := range slices.Concat(p.fits(rows), p.nearest(rows, 7), p.near(rows, 7, nil)) {
			if h.score < 0 || h.product < 0 {
				t.Errorf("%q finds %+v", typed, h)
			}
		}
	})
}
