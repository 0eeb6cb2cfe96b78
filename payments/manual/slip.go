package manual

import (
	"strconv"
	"strings"

	"parley/catalog/money"
)

// Account is where bank transfers go, as the lines of the setting say it: "IBAN: DE02 …", "Name: Meadow Ltd",
// "BIC: …"; or, for roubles, "Получатель: …", "Счёт: …", "Банк: …", "БИК: …", "К/с: …", "ИНН: …", "КПП: …". Lines end at
// a line break or a semicolon. Others are for people only.
type Account struct {
	lines []string
	parts map[string]string
}

// names of the parts of an account, as people write them, by what ST00012 calls them.
var names = map[string]string{
	"iban": "IBAN", "bic": "BIC", "swift": "BIC", "бик": "BIC",
	"name": "Name", "recipient": "Name", "beneficiary": "Name", "получатель": "Name",
	"account": "PersonalAcc", "счёт": "PersonalAcc", "счет": "PersonalAcc", "р/с": "PersonalAcc",
	"bank": "BankName", "банк": "BankName", "к/с": "CorrespAcc", "корр. счёт": "CorrespAcc", "корр. счет": "CorrespAcc",
	"инн": "PayeeINN", "inn": "PayeeINN", "кпп": "KPP", "kpp": "KPP",
}

// ReadAccount never fails: what it does not know stays a line for people.
func ReadAccount(text string) Account {
	a := Account{parts: map[string]string{}}
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == ';' }) {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" {
			continue
		}
		a.lines = append(a.lines, line)
		name, value, named := strings.Cut(line, ":")
		if !named {
			name, value, _ = strings.Cut(line, " ") // "IBAN DE02 …"
		}
		if part, known := names[strings.ToLower(strings.TrimSpace(name))]; known {
			a.parts[part] = strings.TrimSpace(value)
		}
	}
	return a
}

// String is the account for people.
func (a Account) String() string { return strings.Join(a.lines, "\n") }

// Slip is what the QR code of a transfer says, in the form that banks of the currency read: EPC069-12 for euros to an
// IBAN, ST00012 (GOST R 56042-2014) for roubles. It is empty when there is no such form, or when the account lacks what
// the form needs.
func (a Account) Slip(amount money.Amount, reference string) string {
	switch amount.Currency {
	case "EUR":
		return a.epc(amount, reference)
	case "RUB":
		return a.gost(amount, reference)
	}
	return ""
}

// The limits of EPC069-12, version 3.1, in signs; the amount is at most 999999999.99.
const (
	epcName      = 70
	epcReference = 140
	epcMost      = 999_999_999_99
)

func (a Account) epc(amount money.Amount, reference string) string {
	iban := strings.ToUpper(strings.ReplaceAll(a.parts["IBAN"], " ", ""))
	if !isIBAN(iban) || a.parts["Name"] == "" || amount.Minor <= 0 || amount.Minor > epcMost {
		return ""
	}
	return strings.Join([]string{
		"BCD", "002", "1", "SCT", strings.ToUpper(a.parts["BIC"]), cut(a.parts["Name"], epcName), iban,
		"EUR" + amount.Major(), "", "", cut(reference, epcReference),
	}, "\n")
}

// isIBAN checks form and check digits (ISO 13616: 97 divides the digits with one left over).
func isIBAN(text string) bool {
	if len(text) < 15 || len(text) > 34 {
		return false
	}
	left := 0
	for _, sign := range text[4:] + text[:4] {
		switch {
		case sign >= '0' && sign <= '9':
			left = (left*10 + int(sign-'0')) % 97
		case sign >= 'A' && sign <= 'Z':
			left = (left*100 + int(sign-'A') + 10) % 97
		default:
			return false
		}
	}
	return left == 1
}

// needed is what ST00012 cannot do without, in its order, and more is what it can.
var (
	needed = []string{"Name", "PersonalAcc", "BankName", "BIC", "CorrespAcc"}
	more   = []string{"PayeeINN", "KPP"}
)

func (a Account) gost(amount money.Amount, reference string) string {
	slip := []string{"ST00012"}
	say := func(name, value string) {
		slip = append(slip, name+"="+strings.ReplaceAll(value, "|", " "))
	}
	for _, name := range needed {
		if a.parts[name] == "" {
			return ""
		}
		say(name, a.parts[name])
	}
	if amount.Minor <= 0 {
		return ""
	}
	say("Sum", strconv.FormatInt(amount.Minor, 10)) // kopecks
	say("Purpose", reference)
	for _, name := range more {
		if a.parts[name] != "" {
			say(name, a.parts[name])
		}
	}
	return strings.Join(slip, "|")
}

// cut is at most so many signs of a line.
func cut(text string, most int) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	return string(runes[:min(len(runes), most)])
}
