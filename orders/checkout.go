package orders

import (
	"net/mail"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/money"
)

// Checkout is everything a buyer has told when they confirm an order.
type Checkout struct {
	Merchant catalog.MerchantID
	Buyer    BuyerID
	Key      string // names this checkout, 1…100 bytes: confirmed again, it places nothing new
	Contact  Contact
	Delivery catalog.DeliveryID // zero when nothing in the cart is delivered
	Address  string             // where a courier brings it
	Comment  string
	Language string       // the buyer's
	Later    bool         // paid on delivery or by transfer: the order is Agreed and does not expire
	Expect   money.Amount // the total that the buyer has confirmed
}

// The longest that buyers may write, in characters.
const (
	longestName    = 100
	longestAddress = 500
	longestComment = 1000
	longestKey     = 100 // bytes
)

// tidied returns the checkout as it is stored, or what is wrong with it. What it says about delivery is
// judged with the goods, by deliverTo.
func (c Checkout) tidied() (Checkout, error) {
	if c.Key == "" || len(c.Key) > longestKey {
		return c, fault.New(fault.Invalid, "order.key_malformed")
	}
	var err error
	if c.Contact, err = TidyContact(c.Contact); err != nil {
		return c, err
	}
	if c.Address, err = TidyAddress(c.Address); err != nil {
		return c, err
	}
	c.Comment, err = TidyComment(c.Comment)
	return c, err
}

// TidyContact returns a contact as it is stored: without stray spaces and control characters, the phone as
// E.164 when it is written with its country. A contact needs a name, a phone or an e-mail address. It fails
// with fault.Invalid; a dialog may ask it about each part as the buyer tells it.
func TidyContact(c Contact) (Contact, error) {
	c = Contact{Name: oneLine(c.Name), Phone: oneLine(c.Phone), Email: oneLine(c.Email)}
	switch {
	case c == Contact{}:
		return c, fault.New(fault.Invalid, "order.contact_missing")
	case utf8.RuneCountInString(c.Name) > longestName:
		return c, tooLong("order.name_too_long", longestName)
	case c.Email != "" && !isEmail(c.Email):
		return c, fault.New(fault.Invalid, "order.email_malformed")
	}
	if c.Phone != "" {
		phone, ok := phone(c.Phone)
		if !ok {
			return c, fault.New(fault.Invalid, "order.phone_malformed")
		}
		c.Phone = phone
	}
	return c, nil
}

// TidyAddress returns an address as it is stored; it may be empty. It fails with fault.Invalid when it is too long.
func TidyAddress(address string) (string, error) {
	return tidyText(address, "order.address_too_long", longestAddress)
}

// TidyComment returns a comment as it is stored; it may be empty. It fails with fault.Invalid when it is too long.
func TidyComment(comment string) (string, error) {
	return tidyText(comment, "order.comment_too_long", longestComment)
}

func tidyText(text, key string, most int) (string, error) {
	text = lines(text)
	if utf8.RuneCountInString(text) > most {
		return "", tooLong(key, most)
	}
	return text, nil
}

// deliverTo is how a cart reaches the buyer as the merchant's methods allow. Only physical goods are delivered;
// a shop that has stated no methods arranges it with the buyer.
func (c Checkout) deliverTo(cart Cart, m catalog.Merchant) (Delivery, *catalog.DeliveryMethod, error) {
	if !cart.Physical() {
		return Delivery{}, nil, nil
	}
	if len(m.Delivery) == 0 {
		return Delivery{Address: c.Address}, nil, nil
	}
	method, err := methodOf(m, c.Delivery)
	if err != nil {
		return Delivery{}, nil, err
	}
	to := Delivery{Method: method.ID, Kind: method.Kind, Name: method.Name.In(c.Language), Address: c.Address}
	switch {
	case method.Kind == catalog.Pickup:
		to.Address = method.Address.In(c.Language)
	case c.Address == "":
		return Delivery{}, nil, fault.New(fault.Invalid, "order.address_missing")
	}
	return to, method, nil
}

// methodOf finds one of a merchant's ways to deliver.
func methodOf(m catalog.Merchant, id catalog.DeliveryID) (*catalog.DeliveryMethod, error) {
	if id == 0 {
		return nil, fault.New(fault.Invalid, "order.delivery_missing")
	}
	for i := range m.Delivery {
		if m.Delivery[i].ID == id {
			return &m.Delivery[i], nil
		}
	}
	return nil, fault.New(fault.Conflict, "order.delivery_gone")
}

// phone reads a number: digits with the usual marks between them. 5 digits is the shortest local number,
// 15 the longest international one (E.164). A number with its country loses its marks.
func phone(written string) (string, bool) {
	digits := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return r
		case strings.ContainsRune(" -().+\u00a0\u2011", r):
			return -1
		default:
			return utf8.RuneError
		}
	}, written)
	if !utf8.ValidString(digits) || strings.ContainsRune(digits, utf8.RuneError) || strings.LastIndexByte(written, '+') > 0 {
		return "", false
	}
	international := written[0] == '+' || strings.HasPrefix(digits, "00")
	if international {
		digits = strings.TrimPrefix(digits, "00")
	}
	switch {
	case len(digits) < 5 || len(digits) > 15 || utf8.RuneCountInString(written) > 32:
		return "", false
	case international:
		return "+" + digits, true
	default:
		return written, true
	}
}

// isEmail says whether somebody could be written to there (RFC 5321 allows 254 bytes).
func isEmail(text string) bool {
	parsed, err := mail.ParseAddress(text)
	return err == nil && parsed.Address == text && len(text) <= 254
}

// oneLine is text without control characters and with single spaces.
func oneLine(text string) string { return strings.Join(strings.Fields(printable(text)), " ") }

// lines is text without control characters other than line breaks.
func lines(text string) string { return strings.TrimSpace(printable(text)) }

// printable drops what PostgreSQL refuses to store (NUL, broken UTF-8) and what no page can show.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || !unicode.IsControl(r) {
			return r
		}
		if r == '\t' {
			return ' '
		}
		return -1
	}, strings.ToValidUTF8(text, ""))
}

func tooLong(key string, most int) error {
	return fault.New(fault.Invalid, key).With("max", strconv.Itoa(most))
}
