package telegram

import (
	"regexp"
	"strconv"
	"strings"

	"parley/payments"
)

// Payload is what an invoice carries that nobody sees: whose it is. It comes back with every question about the invoice
// and with the money (https://core.telegram.org/bots/api#sendinvoice: 1 to 128 bytes).
type Payload struct {
	Order payments.OrderID
	Buyer string // the network's id of whom the invoice was made for
	Key   string // of the payment; unguessable, so that nobody makes payloads of their own
}

const payloadVersion = "p1"

var (
	buyerForm = regexp.MustCompile(`^-?[0-9]{1,20}$`)
	keyForm   = regexp.MustCompile(`^[a-z0-9_]{8,64}$`)
)

// String is the payload as it is sent: "p1:1004:501:pay_…".
func (p Payload) String() string {
	return payloadVersion + ":" + strconv.FormatInt(int64(p.Order), 10) + ":" + p.Buyer + ":" + p.Key
}

// ReadPayload reads what String wrote; false for anything else, such as invoices of other programs by the same bot.
func ReadPayload(text string) (Payload, bool) {
	parts := strings.Split(text, ":")
	if len(text) > 128 || len(parts) != 4 || parts[0] != payloadVersion {
		return Payload{}, false
	}
	order, err := strconv.ParseInt(parts[1], 10, 64)
	p := Payload{payments.OrderID(order), parts[2], parts[3]}
	if err != nil || order <= 0 || !buyerForm.MatchString(p.Buyer) || !keyForm.MatchString(p.Key) || p.String() != text {
		return Payload{}, false
	}
	return p, true
}
