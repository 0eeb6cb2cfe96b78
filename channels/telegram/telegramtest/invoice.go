package telegramtest

import (
	"net/http"
	"strconv"
	"strings"
)

// Invoice is what a person can pay for (https://core.telegram.org/bots/api#sendinvoice).
type Invoice struct {
	Title, Description, Payload, Provider, Currency, Start, Photo string
	Prices                                                        []LabeledPrice
	Total                                                         int64
	Flexible                                                      bool
	Paid                                                          bool
}

// LabeledPrice is a part of what an invoice comes to.
type LabeledPrice struct {
	Label  string `json:"label"`
	Amount int64  `json:"amount"`
}

// starsOnly is the currency of Telegram Stars.
const starsOnly = "XTR"

// mostMinor bounds a total, as Telegram's lists of currencies do in their own ways.
const mostMinor = 99_999_999_99

// bill reads an invoice out of a call and refuses what Telegram refuses.
func (s *Server) bill(f form) (*Invoice, *apiError) {
	made := &Invoice{
		Title: f.values["title"], Description: f.values["description"], Payload: f.values["payload"], Provider: f.values["provider_token"],
		Currency: f.values["currency"], Start: f.values["start_parameter"], Photo: f.values["photo_url"], Flexible: f.bool("is_flexible"),
	}
	if refusal := f.json("prices", &made.Prices); refusal != nil {
		return nil, refusal
	}
	for _, price := range made.Prices {
		if made.Total += price.Amount; price.Label == "" {
			return nil, broken("a price without a label")
		}
	}
	switch {
	case len(made.Payload) < 1 || len(made.Payload) > 128:
		return nil, broken("INVOICE_PAYLOAD_INVALID")
	case strings.TrimSpace(made.Title) == "" || strings.TrimSpace(made.Description) == "":
		return nil, broken("invoice without words")
	case len(made.Prices) == 0 || made.Total <= 0 || made.Total > mostMinor:
		return nil, bad("CURRENCY_TOTAL_AMOUNT_INVALID")
	case len(made.Currency) != 3 || strings.ToUpper(made.Currency) != made.Currency:
		return nil, broken("CURRENCY_INVALID")
	case made.Currency == starsOnly && (made.Provider != "" || len(made.Prices) != 1 || made.Flexible):
		return nil, broken("STARS_INVOICE_INVALID")
	case made.Currency != starsOnly && !s.isProvider(made.Provider):
		return nil, bad("PAYMENT_PROVIDER_INVALID")
	case f.int("max_tip_amount") != 0:
		return nil, broken("tips make totals that no order has")
	}
	for _, part := range s.badURLs {
		if made.Photo != "" && strings.Contains(made.Photo, part) {
			return nil, bad("failed to get HTTP URL content")
		}
	}
	return made, nil
}

// isProvider says whether the token is one of a payment provider: any that looks like one.
func (*Server) isProvider(token string) bool {
	return strings.Contains(token, ":TEST:") || strings.Contains(token, ":LIVE:")
}

func (s *Server) sendInvoice(f form) (any, *apiError) {
	c, refusal := s.writable(f)
	if refusal != nil {
		return nil, refusal
	}
	m := &Message{Silent: f.bool("disable_notification")}
	if m.Invoice, refusal = s.bill(f); refusal != nil {
		return nil, refusal
	}
	shown, refusal := s.add(c, m, f)
	if refusal == nil && m.Buttons != nil && !m.Buttons[0][0].Pay {
		c.remove(m.ID)
		return nil, broken("the first button of an invoice pays")
	}
	return shown, refusal
}

func (s *Server) createInvoiceLink(f form) (any, *apiError) {
	made, refusal := s.bill(f)
	if refusal != nil {
		return nil, refusal
	}
	s.uploads++
	link := "https://t.me/$" + strconv.Itoa(s.uploads)
	s.links[link] = made
	return link, nil
}

func (i *Invoice) json() map[string]any {
	return map[string]any{"title": i.Title, "description": i.Description, "start_parameter": i.Start, "currency": i.Currency, "total_amount": i.Total}
}

// answered takes an answer that somebody waits for, once.
func (s *Server) answered(id, kind string, f form) (any, *apiError) {
	q := s.asked[id]
	if q == nil || q.kind != kind || q.done {
		return nil, bad("query is too old and response timeout expired or query ID is invalid")
	}
	if refusal := f.values["error_message"]; f.bool("ok") == (refusal != "") {
		return nil, broken("an answer is yes, or says why not")
	}
	if f.bool("ok") && kind == "shipping_query" {
		if refusal := f.json("shipping_options", &q.options); refusal != nil {
			return nil, refusal
		}
		if len(q.options) == 0 {
			return nil, broken("no shipping options")
		}
	}
	q.done, q.ok, q.says = true, f.bool("ok"), f.values["error_message"]
	close(q.answered)
	return true, nil
}

func (s *Server) answerShippingQuery(f form) (any, *apiError) {
	return s.answered(f.values["shipping_query_id"], "shipping_query", f)
}

func (s *Server) answerPreCheckoutQuery(f form) (any, *apiError) {
	return s.answered(f.values["pre_checkout_query_id"], "pre_checkout_query", f)
}

func (s *Server) refundStarPayment(f form) (any, *apiError) {
	for _, p := range s.charges {
		if p.Charge != f.values["telegram_payment_charge_id"] {
			continue
		}
		switch {
		case p.User != f.int("user_id"), p.Currency != starsOnly:
			return nil, bad("CHARGE_NOT_FOUND")
		case p.Refunded:
			return nil, bad("CHARGE_ALREADY_REFUNDED")
		}
		p.Refunded = true
		s.starred(*p, false)
		go s.tellRefund(*p)
		return true, nil
	}
	return nil, &apiError{status: http.StatusBadRequest, says: "Bad Request: CHARGE_NOT_FOUND"}
}
