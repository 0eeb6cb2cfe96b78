package reconcile

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// bankLine is one line of a bank statement; amount is what came to the account, less than zero for what left it.
type bankLine struct {
	number int
	day    time.Time
	amount int64
	unit   *unit
	text   string // all that the line says, in lower case
	used   bool
}

// statement is what was read of the bank.
type statement struct {
	given                    bool
	lines                    []*bankLine
	others, matched, assumed int
}

// readBank reads a statement in whichever of the two forms it is.
func (d *desk) readBank(s Source) error {
	if !s.given() {
		return nil
	}
	var err error
	d.statement.given = true
	d.statement.lines, err = readStatement(s, d.units, d.onlyUnit())
	return err
}

// onlyUnit is the currency of all payouts, for statements that leave it out; nil when there are several.
func (d *desk) onlyUnit() (only *unit) {
	for _, p := range d.payoutList {
		if p.unit != nil && only != nil && p.unit != only {
			return nil
		}
		if p.unit != nil {
			only = p.unit
		}
	}
	return only
}

// banking is how long before and after its expected day a payout that names no reference is looked for.
const (
	bankingBefore = 24 * time.Hour
	bankingAfter  = 5 * 24 * time.Hour
)

// matchBank gives each line of the statement to its payout: by the payout's reference, else by its id, else by
// amount and day.
func (d *desk) matchBank() {
	for _, line := range d.statement.lines {
		for _, p := range d.payoutList {
			if p.unit != nil && line.names(p) {
				d.give(line, p)
				break
			}
		}
	}
	for _, p := range d.payoutList {
		if p.unit == nil || len(p.lines) > 0 || p.failed || !p.isListed && d.beganBefore(p) {
			continue
		}
		var best *bankLine
		for _, line := range d.statement.lines {
			if !line.used && line.fits(p) && (best == nil || distance(line, p) < distance(best, p)) {
				best = line
			}
		}
		if best != nil {
			d.give(best, p)
			d.statement.assumed++
		}
	}
	for _, line := range d.statement.lines {
		d.judgeLine(line)
	}
}

func (d *desk) give(line *bankLine, p *payout) {
	line.used = true
	p.lines = append(p.lines, line)
	d.statement.matched++
}

func (l *bankLine) names(p *payout) bool {
	return slices.ContainsFunc(append(p.traces, strings.ToLower(p.id)), func(name string) bool { return contains(l.text, name) })
}

// contains says whether a text has a name that is not the beginning or the end of another.
func contains(text, name string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], name)
		if at < 0 {
			return false
		}
		at += from
		end := at + len(name)
		if (at == 0 || !isWordSign(text[at-1])) && (end == len(text) || !isWordSign(text[end])) {
			return true
		}
		from = at + 1
	}
}

func isWordSign(sign byte) bool {
	return sign == '_' || sign >= '0' && sign <= '9' || sign >= 'a' && sign <= 'z'
}

func (l *bankLine) fits(p *payout) bool {
	return l.amount == p.expected() && (l.unit == nil || l.unit == p.unit) && !l.day.IsZero() && !p.arrives.IsZero() &&
		!l.day.Before(p.arrives.Add(-bankingBefore).Truncate(24*time.Hour)) && !l.day.After(p.arrives.Add(bankingAfter))
}

func distance(l *bankLine, p *payout) time.Duration { return l.day.Sub(p.arrives).Abs() }

// judgeLine names a line that no payout explains. What left the account and does not speak of the processor is
// the shop's own business.
func (d *desk) judgeLine(line *bankLine) {
	switch {
	case line.used:
	case line.amount <= 0 && !strings.Contains(line.text, "stripe"):
		d.statement.others++
	default:
		d.add(line.difference("", "no payout explains the line of "+line.day.Format(time.DateOnly)))
	}
}

func (l *bankLine) difference(payout, note string) Difference {
	one := Difference{Class: BankOnly, Payout: payout, Note: note}
	if l.unit != nil {
		one.Amount, one.Currency = l.unit.write(l.amount), string(l.unit.code)
	}
	return one
}

// judgeLines compares a payout with its lines in the bank. More than one line for a payout are the first one and
// repetitions, unless they cancel each other out, as those of a payout that was sent back do.
func (d *desk) judgeLines(p *payout) (found []Difference) {
	slices.SortStableFunc(p.lines, func(a, b *bankLine) int {
		return cmp.Or(cmp.Compare(abs(a.amount-p.expected()), abs(b.amount-p.expected())), a.day.Compare(b.day), cmp.Compare(a.number, b.number))
	})
	came := int64(0)
	for _, line := range p.lines {
		came += line.amount
	}
	switch {
	case !d.statement.given, p.failed && came == 0, len(p.lines) > 1 && came == p.expected() && !p.failed:
		return nil
	case len(p.lines) == 0 && d.isDue(p) && p.expected() != 0 && (p.isListed || !d.beganBefore(p)):
		return []Difference{p.difference(BankMissing, p.expected(), "due on "+p.arrives.Format(time.DateOnly)+", and the bank has no line for it")}
	case len(p.lines) == 0:
		return nil
	}
	first := p.lines[0]
	for _, line := range p.lines[1:] {
		found = append(found, line.difference(p.id, "a second line for the payout"))
	}
	switch {
	case p.failed:
		found = append(found, first.difference(p.id, "the payout failed, and the bank has it"))
	case first.unit != nil && first.unit != p.unit:
		found = append(found, p.difference(CurrencyMismatch, first.amount, "the payout is in "+string(p.unit.code)+", the bank's line in "+string(first.unit.code)))
	case first.amount != p.expected() && !p.isListed && d.beganBefore(p):
	case first.amount != p.expected() && !(p.isListed && p.rows().rows > 0 && p.rows().net != p.amount):
		found = append(found, p.difference(AmountMismatch, first.amount-p.expected(), "the payout is "+p.unit.say(p.expected())+", the bank has "+p.unit.say(first.amount)))
	}
	return found
}
