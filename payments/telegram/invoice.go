package telegram

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/catalog/money"
	"parley/payments"
)

// Invoice is what the chat shows (https://core.telegram.org/bots/api#sendinvoice). Title has 1 to 32 characters and
// Description 1 to 255; Prices add up to Total.
type Invoice struct {
	Payload     string  `json:"payload"`
	Title       string  `json:"title"`
	Description string  `json:"description"`
	Currency    string  `json:"currency"` // of ISO 4217, or XTR
	Prices      []Price `json:"prices"`   // exactly one for Stars
	Total       int64   `json:"total"`    // in Telegram's minor units
	Start       string  `json:"start"`    // never empty: else everybody could pay from forwarded copies
	Photo       string  `json:"photo,omitempty"`
	Number      string  `json:"number"` // of the order
}

// Price is a part of the total, in Telegram's minor units; discounts are negative.
type Price struct {
	Label  string `json:"label"`
	Amount int64  `json:"amount"`
}

// Telegram's bounds. A part of a price has none that is published; longer ones than these are not read on a phone.
const (
	mostTitle       = 32
	mostDescription = 255
	mostLabel       = 64
	mostPrices      = 20
)

// known are the currencies that Telegram takes (https://core.telegram.org/bots/payments/currencies.json). Its exponents
// are those of ISO 4217 for each of them, ISK and UGX included, so that amounts are sent as they are kept.
var known = strings.Fields(`AED AFN ALL AMD ARS AUD AZN BAM BDT BGN BND BOB BRL CAD CHF CLP CNY COP CRC CZK DKK DOP DZD EGP EUR GBP GEL GTQ
	HKD HNL HUF IDR ILS INR ISK JMD JPY KES KGS KRW KZT LBP LKR MAD MDL MNT MUR MVR MXN MYR MZN NGN NIO NOK NPR NZD PAB PEN PHP PKR PLN
	PYG QAR RON RSD RUB SAR SEK SGD THB TJS TRY TTD TWD TZS UAH UGX USD UYU UZS VND`)

// mostTotal is far beyond what Telegram takes of any currency; it says itself where its bounds are.
const mostTotal = 100_000_000_00

func takes(amount money.Amount) bool {
	return slices.Contains(known, string(amount.Currency)) && amount.Minor > 0 && amount.Minor <= mostTotal
}

// bill is the invoice for what is due, in the buyer's language.
func bill(payload string, due payments.Due, sale Sale, total money.Amount) Invoice {
	say := wordsIn(due.Language)
	made := Invoice{
		Payload: payload, Title: clip(say.order+" "+due.Number, mostTitle), Currency: string(total.Currency), Total: total.Minor,
		Start: cmp.Or(letters(sale.Start), "shop"), Photo: sale.Photo, Number: due.Number,
	}
	var titles []string
	for _, line := range due.Lines {
		titles = append(titles, titled(line))
	}
	if sale.Delivery != "" {
		titles = append(titles, say.delivery+": "+sale.Delivery)
	}
	made.Description = clip(strings.Join(titles, "; "), mostDescription)
	if made.Description == "" {
		made.Description = made.Title
	}
	if total.Currency == due.Amount.Currency {
		made.Prices = prices(due, sale, say)
	}
	if made.Prices == nil {
		made.Prices = []Price{{made.Title, total.Minor}}
	}
	return made
}

// prices are the order's lines, its delivery and its discount, when they add up to exactly what is due; else nil.
func prices(due payments.Due, sale Sale, say phrases) (all []Price) {
	sum := int64(0)
	add := func(label string, minor int64) {
		if minor != 0 {
			all, sum = append(all, Price{clip(label, mostLabel), minor}), sum+minor
		}
	}
	for i, line := range due.Lines {
		if line.Amount.Currency != due.Amount.Currency {
			return nil
		}
		if i >= mostPrices-3 && len(due.Lines) > mostPrices-2 {
			rest := int64(0)
			for _, other := range due.Lines[i:] {
				rest += other.Amount.Minor
			}
			add("+ "+strconv.Itoa(len(due.Lines)-i), rest)
			break
		}
		add(titled(line), line.Amount.Minor)
	}
	add(say.shipping, sale.Shipping.Minor)
	add(say.discount, -sale.Discount.Minor)
	if sum != due.Amount.Minor {
		return nil
	}
	return all
}

func titled(line payments.DueLine) string {
	if line.Quantity > 1 {
		return line.Title + " × " + strconv.Itoa(line.Quantity)
	}
	return line.Title
}

// letters are those of a text that a deep link may have, 64 at most.
func letters(text string) string {
	text = text[:min(len(text), 64)]
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, text)
}

// clip cuts a text at so many UTF-16 code units, as Telegram counts them.
func clip(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	used := 0
	for _, r := range text {
		used += units(r)
	}
	if used <= most {
		return text
	}
	used = 1 // of the ellipsis
	for at, r := range text {
		if used += units(r); used > most {
			return strings.TrimRight(text[:at], " ;,") + "…"
		}
	}
	return text
}

func units(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

// phrases are the words on an invoice.
type phrases struct{ order, delivery, shipping, discount, included string }

func wordsIn(language string) phrases {
	if strings.HasPrefix(language, "ru") {
		return phrases{"Заказ", "Доставка", "Доставка", "Скидка", "уже в сумме"}
	}
	return phrases{"Order", "Delivery", "Delivery", "Discount", "included"}
}

func asJSON(made Invoice) string {
	content, err := json.Marshal(made)
	if err != nil {
		panic(err) // strings and numbers
	}
	return string(content)
}

// States of an invoice.
const (
	open   = "open"
	closed = "closed"
)

// chargedWithin is how long after "yes" a card may still be being charged: Telegram waits ten seconds for the answer,
// charges at once, and says nothing when the card was declined. A buyer whose card was can try again after that.
const chargedWithin = 20 * time.Second

// isBeingPaid says whether another question than this one was answered with yes a moment ago.
func (r invoiceRow) isBeingPaid(now time.Time, query string) bool {
	return r.CheckedAt != nil && r.CheckedQuery != query && now.Before(r.CheckedAt.Add(chargedWithin))
}

func (r invoiceRow) chat() Chat { return Chat{r.Channel, r.Buyer} }
