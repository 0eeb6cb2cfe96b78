package books

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	"parley/payments"
)

// clientBank writes what processors hold in the exchange format of 1C:Enterprise (1CClientBankExchange, version 1.03,
// windows-1251): each clearing account is the statement of a bank account, with every move as a document. A program
// finds its own account by the number, which Numbers says; the format knows no currencies, so each has its own.
func (w writing) clientBank(ctx context.Context, to io.Writer) error {
	all, err := w.ledger.Turnovers(ctx, w.Merchant, w.Span)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(t payments.Turnover) bool { return !t.Account.IsClearing() })
	encoded := encoding.ReplaceUnsupported(charmap.Windows1251.NewEncoder()).Writer(to)
	out := &lines{to: bufio.NewWriterSize(encoded, 64<<10)}
	const day = "02.01.2006"
	from, until, made := w.local(w.Span.From).Format(day), w.local(w.Span.To.Add(-1)).Format(day), w.local(w.Made)
	out.say("1CClientBankExchange")
	out.pairs("ВерсияФормата", "1.03", "Кодировка", "Windows", "Отправитель", "Parley", "Получатель", "",
		"ДатаСоздания", made.Format(day), "ВремяСоздания", made.Format("15:04:05"), "ДатаНачала", from, "ДатаКонца", until)
	for _, t := range all {
		out.pairs("РасчСчет", w.numberIn(t))
	}
	for _, t := range all {
		out.say("СекцияРасчСчет")
		out.pairs("ДатаНачала", from, "ДатаКонца", until, "РасчСчет", w.numberIn(t), "НачальныйОстаток", t.Opening.Major(),
			"ВсегоПоступило", t.In.Major(), "ВсегоСписано", t.Out.Major(), "КонечныйОстаток", t.Closing.Major())
		out.say("КонецРасчСчет")
	}
	for _, t := range all {
		if err := w.documents(ctx, t, out); err != nil {
			return err
		}
	}
	out.say("КонецФайла")
	return out.end()
}

// documents are the moves of one account.
func (w writing) documents(ctx context.Context, t payments.Turnover, out *lines) error {
	ask, balance := w.all(), t.Opening
	ask.Account, ask.Currency = t.Account, t.Currency
	err := w.ledger.Journal(ctx, ask, func(b payments.Booked) error {
		at := w.local(b.At).Format("02.01.2006")
		for i, move := range b.Moves {
			debit, credit, contra := sides(move, t)
			if contra == "" {
				continue
			}
			balance.Minor += debit.Minor - credit.Minor
			number := strconv.FormatInt(b.ID, 10)
			if i > 0 {
				number += "-" + strconv.Itoa(i+1)
			}
			purpose := w.tell(b)
			if b.Order != 0 {
				purpose = w.Say("books.purpose", map[string]any{"number": w.order(b.Order), "what": purpose})
			}
			out.say("СекцияДокумент=Банковский ордер")
			out.pairs("Номер", number, "Дата", at, "Сумма", move.Amount.Major())
			if credit.IsZero() {
				out.pairs("ПлательщикСчет", w.number(contra), "Плательщик1", AccountName(contra, w.Say), "ПолучательСчет", w.numberIn(t),
					"Получатель1", w.Shop, "ДатаПоступило", at)
			} else {
				out.pairs("ПлательщикСчет", w.numberIn(t), "ДатаСписано", at, "Плательщик1", w.Shop, "ПолучательСчет", w.number(contra),
					"Получатель1", AccountName(contra, w.Say))
			}
			out.pairs("НазначениеПлатежа", purpose+" ["+b.Key+"]")
			out.say("КонецДокумента")
		}
		return out.err
	})
	if err != nil {
		return err
	}
	return moved(balance, t.Closing)
}

// numberIn is the number of an account in a currency, where each currency has its own.
func (w writing) numberIn(t payments.Turnover) string {
	key := string(t.Account) + ":" + string(t.Currency)
	if number := w.Numbers[key]; number != "" {
		return number
	}
	if number := w.Numbers[string(t.Account)]; number != "" {
		return number
	}
	return key
}

// lines writes lines as Windows ends them, and remembers the first error.
type lines struct {
	to  *bufio.Writer
	err error
}

func (l *lines) say(line string) {
	if l.err == nil {
		_, l.err = fmt.Fprintf(l.to, "%s\r\n", strings.Map(func(r rune) rune {
			if r < ' ' {
				return ' '
			}
			return r
		}, line))
	}
}

// pairs are names and values in turn.
func (l *lines) pairs(words ...string) {
	for i := 0; i+1 < len(words); i += 2 {
		l.say(words[i] + "=" + words[i+1])
	}
}

func (l *lines) end() error {
	if l.err != nil {
		return l.err
	}
	return l.to.Flush()
}
