package telegramtest

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Payment is money that a person paid.
type Payment struct {
	User     int64
	Payload  string
	Currency string
	Total    int64
	Charge   string // telegram_payment_charge_id
	Provider string // provider_payment_charge_id
	Refunded bool
}

// question is a query that the bot has ten seconds to answer.
type question struct {
	kind     string
	answered chan struct{}
	done, ok bool
	says     string
	options  []ShippingOption
}

// ShippingOption is a way of delivery that the bot offered.
type ShippingOption struct {
	ID, Title string
	Prices    []LabeledPrice
}

// answerWithin is how long Telegram waits (https://core.telegram.org/bots/api#answerprecheckoutquery).
const answerWithin = 10 * time.Second

// Errors of a payment besides the bot's refusal.
var (
	ErrTooLate  = errors.New("the bot did not answer within ten seconds")
	ErrDeclined = errors.New("the card was declined")
	ErrNoButton = errors.New("a forwarded copy has no pay button: the invoice has a start parameter")
)

// RefusedError is the bot's "no", in its words.
type RefusedError struct{ Says string }

func (e *RefusedError) Error() string { return e.Says }

// NewestInvoice is the last invoice that a person sees; nil when there is none.
func (s *Server) NewestInvoice(user int64) *Message {
	screen := s.Screen(user)
	for i := len(screen) - 1; i >= 0; i-- {
		if screen[i].Invoice != nil {
			return &screen[i]
		}
	}
	return nil
}

// Pay presses the button of the newest invoice and pays it: the bot is asked, and when it says yes the money is taken and
// it is told. It fails with a RefusedError, ErrTooLate or ErrDeclined.
func (s *Server) Pay(user int64) (Payment, error) {
	m := s.NewestInvoice(user)
	if m == nil {
		return Payment{}, fmt.Errorf("%d sees no invoice", user)
	}
	return s.PayInvoice(user, *m.Invoice)
}

// PayForwarded pays a copy of an invoice that was forwarded to somebody else. Such copies have a button only without a
// start parameter: else it fails with ErrNoButton.
func (s *Server) PayForwarded(user int64, i Invoice) (Payment, error) {
	if i.Start != "" {
		return Payment{}, ErrNoButton
	}
	return s.PayInvoice(user, i)
}

// PayInvoice pays an invoice that is, or was, on somebody's screen.
func (s *Server) PayInvoice(user int64, i Invoice) (Payment, error) {
	if i.Flexible {
		if _, err := s.AskShipping(user, i.Payload); err != nil {
			return Payment{}, err
		}
	}
	if err := s.AskCheckout(user, i.Payload, i.Currency, i.Total); err != nil {
		return Payment{}, err
	}
	s.mu.Lock()
	declined := s.declined > 0
	if declined {
		s.declined--
	}
	s.mu.Unlock()
	if declined {
		return Payment{}, ErrDeclined
	}
	return s.Charge(user, i), nil
}

// Decline has the card of the next buyers declined, after the bot said yes.
func (s *Server) Decline(times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.declined = times
}

// Charge takes money for an invoice without asking the bot, and tells it: as when two people were let pay at once.
func (s *Server) Charge(user int64, i Invoice) Payment {
	told := s.charge(user, i)
	s.Tell(told)
	return told
}

func (s *Server) charge(user int64, i Invoice) Payment {
	s.mu.Lock()
	defer s.mu.Unlock()
	number := strconv.Itoa(len(s.charges) + 1)
	p := Payment{User: user, Payload: i.Payload, Currency: i.Currency, Total: i.Total, Charge: "tg_" + number, Provider: "ch_" + number}
	if i.Currency == starsOnly {
		p.Charge, p.Provider = "stars_"+number, "stars_"+number
	}
	if s.options.TestCharges && i.Currency != starsOnly {
		p.Charge, p.Provider = "_", "1234567890"+number+"_test"
	}
	s.charges = append(s.charges, &p)
	s.starred(p, true)
	for _, m := range s.open(user).messages {
		if m.Invoice != nil && m.Invoice.Payload == i.Payload {
			paid := *m.Invoice
			paid.Paid = true
			m.Invoice = &paid
		}
	}
	return p
}

// Tell tells the bot of a payment, as often as it is called.
func (s *Server) Tell(p Payment) Update { return s.say(p.User, p.User, "successful_payment", p.json()) }

func (s *Server) tellRefund(p Payment) { s.say(p.User, p.User, "refunded_payment", p.json()) }

func (p Payment) json() map[string]any {
	return map[string]any{
		"currency": p.Currency, "total_amount": p.Total, "invoice_payload": p.Payload,
		"telegram_payment_charge_id": p.Charge, "provider_payment_charge_id": p.Provider,
	}
}

// Charges are all payments so far.
func (s *Server) Charges() (all []Payment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.charges {
		all = append(all, *p)
	}
	return all
}

// AskCheckout asks the bot whether somebody may pay, and waits ten seconds for the answer.
func (s *Server) AskCheckout(user int64, payload, currency string, total int64) error {
	_, err := s.ask(user, "pre_checkout_query", map[string]any{"currency": currency, "total_amount": total, "invoice_payload": payload})
	return err
}

// AskShipping asks the bot how an invoice would be delivered to an address.
func (s *Server) AskShipping(user int64, payload string) ([]ShippingOption, error) {
	q, err := s.ask(user, "shipping_query", map[string]any{"invoice_payload": payload, "shipping_address": map[string]any{
		"country_code": "DE", "state": "", "city": "Berlin", "street_line1": "Hauptstr. 1", "street_line2": "", "post_code": "10827",
	}})
	if err != nil {
		return nil, err
	}
	return q.options, nil
}

func (s *Server) ask(user int64, kind string, content map[string]any) (*question, error) {
	person := s.who(user)
	s.mu.Lock()
	s.questions++
	id := "q" + strconv.Itoa(s.questions)
	q := &question{kind: kind, answered: make(chan struct{})}
	s.asked[id] = q
	s.mu.Unlock()
	content["id"], content["from"] = id, person.json(user)
	s.update(user, kind, content)
	timer := time.NewTimer(answerWithin)
	defer timer.Stop()
	select {
	case <-q.answered:
	case <-timer.C:
		return nil, ErrTooLate
	case <-s.ctx.Done():
		return nil, ErrTooLate
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.options.Loose {
		delete(s.asked, id)
	}
	if !q.ok {
		return nil, &RefusedError{q.says}
	}
	return q, nil
}
