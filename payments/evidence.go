package payments

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"parley/catalog/money"
)

// Stories is what payments asks the shop when a buyer's bank wants to know why money was taken: everything that is
// known of an order. It fails with fault.Missing when the order is not the merchant's.
type Stories interface {
	Story(ctx context.Context, merchant MerchantID, order OrderID) (Story, error)
}

// Story is what the shop knows of an order.
type Story struct {
	Shop      string
	Number    string // for people
	State     string
	Placed    time.Time
	Buyer     Person
	Lines     []DueLine
	Goods     money.Amount
	Discount  money.Amount
	Shipping  money.Amount
	Tax       money.Amount // included
	Total     money.Amount
	Delivery  string // the method
	Address   string
	Tracking  string
	Shipped   time.Time // zero: not yet
	Completed time.Time // zero: not yet
	Timeline  []Said    // what happened, oldest first
	Chat      []Said    // what was said, oldest first
}

// Person is who bought.
type Person struct{ Name, Phone, Email string }

// Said is one line of a timeline or of a conversation.
type Said struct {
	At   time.Time
	Who  string
	Text string
}

// Contesting is a Gateway whose processor takes evidence.
type Contesting interface {
	// Contest submits evidence for good; the same key submits it once. It fails with fault.Conflict when the
	// processor takes none (any more).
	Contest(ctx context.Context, d Dispute, e Evidence, key string) error
}

// Evidence is what is said for the shop in a dispute.
type Evidence struct {
	Dispute  Dispute
	Payment  Payment
	Refunds  []Refund
	Story    Story
	Note     string    // what the person who submits it adds
	Prepared time.Time // when it was put together
}

// mostEvidence is how many characters a bank is sent: Stripe takes 150,000 in all fields together.
const mostEvidence = 100_000

const clock = "2006-01-02 15:04 UTC"

// Text is the evidence as one document in English, for banks and people, at most 100,000 characters; what is too long
// is cut from the beginning of the conversation.
func (e Evidence) Text() string {
	facts := e.facts()
	chat := transcript(e.Story.Chat)
	if room := mostEvidence - len([]rune(facts)); len([]rune(chat)) > room {
		const cut = "[the beginning is left out]\n"
		runes := []rune(chat)
		chat = cut + string(runes[len(runes)-max(room-len(cut), 0):])
	}
	return facts + chat
}

func (e Evidence) facts() string {
	var doc strings.Builder
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(&doc, format+"\n", args...) } // a Builder takes everything
	d, p, story := e.Dispute, e.Payment, e.Story
	say("EVIDENCE IN DISPUTE %s", d.Ref)
	say("Prepared %s by %s\n", e.Prepared.UTC().Format(clock), or(story.Shop, "the shop"))
	say("Disputed: %s, reason %s, opened %s", d.Amount, or(d.Reason, "not given"), d.Opened.Format(clock))
	if !d.Due.IsZero() {
		say("Evidence is due by %s", d.Due.Format(clock))
	}
	say("Charge: %s, payment %s by %s, received %s of %s\n", or(d.Charge, "unknown"), p.Ref, p.Gateway, p.Captured, p.Amount)
	if e.Note != "" {
		say("STATEMENT OF THE SHOP\n%s\n", e.Note)
	}
	say("ORDER %s", story.Number)
	say("Placed %s, now %s", story.Placed.Format(clock), story.State)
	say("Buyer: %s, %s, %s", or(story.Buyer.Name, "name unknown"), or(story.Buyer.Phone, "no phone"), or(story.Buyer.Email, "no e-mail"))
	for _, line := range story.Lines {
		say("  %d × %s: %s", line.Quantity, line.Title, line.Amount)
	}
	say("Goods %s, discount %s, delivery %s, tax included %s, total %s\n", story.Goods, story.Discount, story.Shipping, story.Tax, story.Total)
	say("DELIVERY\nBy %s to %s", or(story.Delivery, "nothing to deliver"), or(story.Address, "no address"))
	say("Tracking: %s", or(story.Tracking, "none"))
	say("Handed over: %s; completed: %s\n", when(story.Shipped), when(story.Completed))
	if len(e.Refunds) > 0 {
		say("REFUNDS")
		for _, r := range e.Refunds {
			say("  %s %s, %s: %s", r.Granted.Format(clock), r.Amount, r.Status, r.Reason)
		}
		say("")
	}
	say("WHAT HAPPENED")
	for _, said := range story.Timeline {
		say("  %s %s (%s)", said.At.UTC().Format(clock), said.Text, or(said.Who, "unknown"))
	}
	say("\nCONVERSATION WITH THE BUYER")
	return doc.String()
}

func transcript(chat []Said) string {
	if len(chat) == 0 {
		return "none\n"
	}
	var doc strings.Builder
	for _, said := range chat {
		_, _ = fmt.Fprintf(&doc, "[%s] %s: %s\n", said.At.UTC().Format(clock), said.Who, strings.ReplaceAll(said.Text, "\n", "\n    "))
	}
	return doc.String()
}

func or(text, instead string) string {
	if text == "" {
		return instead
	}
	return text
}

func when(at time.Time) string {
	if at.IsZero() {
		return "not yet"
	}
	return at.UTC().Format(clock)
}

// Zip writes the evidence as an archive of evidence.txt, and conversation.txt with all that was said.
func (e Evidence) Zip(w io.Writer) error {
	archive := zip.NewWriter(w)
	for _, file := range []struct{ name, text string }{{"evidence.txt", e.Text()}, {"conversation.txt", transcript(e.Story.Chat)}} {
		made, err := archive.CreateHeader(&zip.FileHeader{Name: file.name, Method: zip.Deflate, Modified: e.Prepared})
		if err != nil {
			return fmt.Errorf("pack evidence: %w", err)
		}
		if _, err := io.WriteString(made, file.text); err != nil {
			return fmt.Errorf("pack evidence: %w", err)
		}
	}
	return archive.Close()
}
