package catalog

import (
	"regexp"
	"strings"

	"parley/catalog/money"
)

// wanted is a search as it was typed, taken apart.
type wanted struct {
	words []field // what is looked for, in order
	code  string  // everything that was typed, as one code
	price priceRange
}

// field is what stands between two spaces.
type field struct {
	raw    string // folded
	tokens []token
}

// priceRange is what a search says of the price, in minor units; zero: no bound. Elsewhere says that it named a
// currency that the shop does not sell in, which bounds nothing.
type priceRange struct {
	min, max  int64
	elsewhere money.Currency
}

func (p priceRange) bounds() bool { return p.min > 0 || p.max > 0 }

// far is how much a price is beyond the range.
func (p priceRange) far(price int64) int64 {
	switch {
	case p.min > 0 && price < p.min:
		return p.min - price
	case p.max > 0 && price > p.max:
		return price - p.max
	}
	return 0
}

// How much of what was typed counts.
const (
	mostTyped  = 200 // letters
	mostFields = 8   // words
)

// wantedOf takes apart what was typed, in a shop that sells in a currency.
func wantedOf(typed string, c money.Currency) (w wanted) {
	text := fold(firstLetters(typed, mostTyped))
	text, w.price = cutPrice(text, c)
	if code := squeezed(text); len(strings.Fields(text)) > 1 {
		w.code = "#" + code
	}
	var idle []field
	for _, raw := range strings.Fields(text) {
		f := field{raw: raw, tokens: tokens(raw)}
		switch {
		case len(f.tokens) == 0 && len(tokens(otherLayout(raw))) == 0:
		case len(f.tokens) == 1 && stopWords[f.tokens[0].text]:
			idle = append(idle, f)
		default:
			w.words = append(w.words, f)
		}
	}
	if len(w.words) == 0 && !w.price.bounds() {
		w.words = idle // "The Who" may be the title of a record
	}
	w.words = w.words[:min(len(w.words), mostFields)]
	return w
}

// stopWords say nothing of what is looked for.
var stopWords = func() map[string]bool {
	all := map[string]bool{}
	for _, word := range strings.Fields(`a an the am of for with and or in on to by at my me i is are do you have any some want need please show find buy looking look get it its this that there be can could would what which
		для с со и или в во на по к у из от до под мне я мы вас ли есть хочу хотел хотела бы нужен нужна нужно нужны покажи покажите найди ищу купить какие какой какая за подскажите пожалуйста это что как где можно у`) {
		all[word] = true
	}
	return all
}()

// ---- price words ----

// Parts of the patterns below. Texts are folded; spaces stand around what is looked for, since \b knows only ASCII.
const (
	number   = `(\d{1,3}(?:[ \x{a0},.’']\d{3})+(?:[.,]\d{1,2})?|\d{1,9}(?:[.,]\d{1,2})?)`
	thousand = `(?:\s?(k|к|тыс\.?|тысяч[аи]?|thousand))?`
	coin     = `(\$|€|£|₽|¥|₸|₴|usd|eur|gbp|rub|kzt|uah|cny|jpy|byn|dollars?|bucks|euros?|pounds?|руб\.?|рубл[а-я]*|р\.?|долл\.?|доллар[а-я]*|евро|тенге)`
	amount   = `(?:` + coin + `\s?)?` + number + thousand + `(?:\s?` + coin + `)?`
	edge     = `(?:[\s,;.!?)]|$)`
)

// pricePatterns are tried in turn; the first that fits counts. Each amount is four groups.
var pricePatterns = []struct {
	pattern *regexp.Regexp
	two     bool // amounts
	coined  bool // only with a currency: "100-200" alone may be a size
	bounds  func(a, b int64) (low, high int64)
}{
	{pricing(`(?:от|from|between|с|между)\s+` + amount + `\s+(?:до|to|and|и|по|till)\s+` + amount), true, false, func(a, b int64) (int64, int64) { return min(a, b), max(a, b) }},
	{pricing(amount + `\s?[-–—]\s?` + amount), true, true, func(a, b int64) (int64, int64) { return min(a, b), max(a, b) }},
	{pricing(`(?:не дороже|не больше|не более|дешевле|подешевле|меньше|менее|до|under|below|less than|cheaper than|cheaper|up to|at most|max|maximum|no more than|not more than|within|<=?)(?:\s(?:чем|than))?\s?` + amount), false, false, func(a, _ int64) (int64, int64) { return 0, a }},
	{pricing(`(?:не дешевле|не меньше|не менее|дороже|больше|более|от|over|above|more than|at least|min|minimum|from|>=?)(?:\s(?:чем|than))?\s?` + amount), false, false, func(a, _ int64) (int64, int64) { return a, 0 }},
	{pricing(`(?:about|around|approximately|около|примерно|в районе|~)\s?` + amount), false, false, func(a, _ int64) (int64, int64) { return a - a/5, a + a/5 }},
	{pricing(`(?:за\s|for\s)?` + amount), false, true, func(a, _ int64) (int64, int64) { return 0, a }},
}

func pricing(pattern string) *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[\s,;(])` + pattern + edge)
}

// notMoney are units behind a number that make it something other than a price.
var notMoney = regexp.MustCompile(`^\s*(?:лет|год|года|годика|месяц[а-я]*|мес|дн[а-я]*|кг|г|гр|грамм[а-я]*|см|мм|м|л|мл|шт|штук[аи]?|размер[а-я]*|литр[а-я]*|years?|yrs?|months?|days?|kg|g|cm|mm|m|l|ml|inch(?:es)?|in|oz|pcs|pieces|sizes?|gb|гб|w|вт|v|мач|mah|%)` + edge)

// cutPrice is a folded text without what it says of the price, and that.
func cutPrice(text string, c money.Currency) (rest string, price priceRange) {
	for _, p := range pricePatterns {
		at := p.pattern.FindStringSubmatchIndex(text)
		if at == nil {
			continue
		}
		group := func(n int) string {
			if at[2*n] < 0 {
				return ""
			}
			return text[at[2*n]:at[2*n+1]]
		}
		coins := []string{group(1), group(4)}
		a, b := minorOf(group(2), group(3), c), int64(0)
		if p.two {
			coins = append(coins, group(5), group(8))
			b = minorOf(group(6), group(7), c)
			if group(3) == "" && group(7) != "" && a < b/1000 {
				a = minorOf(group(2), group(7), c) // "от 3 до 5 тысяч"
			}
		}
		named := strings.Join(coins, "")
		after := text[at[1]:]
		measured := named == "" && (notMoney.MatchString(after) || ofOption(text[:at[0]]))
		if measured && p.two {
			return text, price // "размер от 40 до 42": "до 42" is no price either
		}
		if measured || p.coined && named == "" || a == 0 && b == 0 {
			continue
		}
		price.elsewhere = otherCoin(coins, c)
		if price.elsewhere == "" {
			price.min, price.max = p.bounds(a, b)
		}
		return text[:at[0]] + " " + after, price
	}
	return text, price
}

// ofOption says whether a text ends with what options are called: then a number after it is no price.
func ofOption(text string) bool {
	words := tokens(text)
	return len(words) > 0 && optionNames[words[len(words)-1].text] != ""
}

// minorOf is an amount in the shop's currency; 0 when it is none or too large.
func minorOf(number, thousand string, c money.Currency) int64 {
	number = grouped.ReplaceAllString(number, "$1")
	parsed, err := money.Parse(strings.ReplaceAll(number, ",", "."), c)
	if err != nil && strings.ContainsAny(number, ".,") { // "9.99" in a currency without cents
		parsed, err = money.Parse(number[:strings.IndexAny(number, ".,")], c)
	}
	if err != nil || parsed.Minor > 1e15 {
		return 0
	}
	if thousand != "" {
		return parsed.Minor * 1000
	}
	return parsed.Minor
}

// grouped is a sign that separates thousands.
var grouped = regexp.MustCompile(`[ \x{a0},.’'](\d{3})`)

// coinNames are currencies by what people call them.
var coinNames = []struct {
	name string
	code money.Currency
}{
	{"€", "EUR"}, {"eur", "EUR"}, {"евро", "EUR"}, {"£", "GBP"}, {"gbp", "GBP"}, {"pound", "GBP"}, {"₽", "RUB"}, {"rub", "RUB"}, {"р", "RUB"},
	{"₸", "KZT"}, {"kzt", "KZT"}, {"тенге", "KZT"}, {"₴", "UAH"}, {"uah", "UAH"}, {"cny", "CNY"}, {"jpy", "JPY"}, {"byn", "BYN"}, {"usd", "USD"},
}

// otherCoin is the currency that was named when it can't be the shop's. Dollars are of many countries, and so are
// yens and yuans; pounds and roubles are those of the shop if it has any.
func otherCoin(named []string, c money.Currency) money.Currency {
	for _, coin := range named {
		for _, known := range coinNames {
			if coin != "" && strings.HasPrefix(coin, known.name) && known.code != c && !(known.code == "RUB" && c == "BYN") {
				return known.code
			}
		}
		if dollars := strings.HasPrefix(coin, "$") || strings.HasPrefix(coin, "doll") || strings.HasPrefix(coin, "bucks") || strings.HasPrefix(coin, "долл"); dollars && !strings.HasSuffix(string(c), "D") {
			return "USD"
		}
		if coin == "¥" && c != "JPY" && c != "CNY" {
			return "JPY"
		}
	}
	return ""
}
