// Package channels is the language that every messenger is translated to and from.
package channels

import (
	"context"
	"time"
)

// Address names one buyer on one connected bot or page.
type Address struct {
	Channel string `json:"channel"` // the connected bot or page: "telegram:42", "web:meadow"
	Buyer   string `json:"buyer"`   // that network's own id for the buyer, opaque
}

// Inbound is one thing a buyer did. Besides ID, From and At, only what the buyer sent is set.
type Inbound struct {
	ID       string    `json:"id"` // the network's id for it within the channel; the same ID never acts twice
	From     Address   `json:"from"`
	At       time.Time `json:"at"`
	Seq      int64     `json:"-"`                  // the network's running number, where it has one: of updates that come at once the lower acts first
	Name     string    `json:"name,omitempty"`     // what the network calls the buyer
	Language string    `json:"language,omitempty"` // IETF tag the network reports; empty when it does not
	Shop     string    `json:"shop,omitempty"`     // the merchant's slug, where the address itself belongs to one
	Start    string    `json:"start,omitempty"`    // the payload of the deep link the buyer came by
	Started  bool      `json:"started,omitempty"`  // the buyer opened the conversation ("/start", page opened first)
	Text     string    `json:"text,omitempty"`
	Token    string    `json:"token,omitempty"`   // the Token of the Choice that was tapped
	Tapped   string    `json:"tapped,omitempty"`  // the network's id of the message whose button was tapped, where it can be edited
	Answer   string    `json:"answer,omitempty"`  // the network's handle for acknowledging the tap, if it waits for one
	Contact  *Contact  `json:"contact,omitempty"` // the buyer's own contact, shared by the network's own button
	Location *Location `json:"location,omitempty"`
	File     string    `json:"file,omitempty"`    // a photo, voice or document that the dialog cannot read: its kind
	Blocked  *bool     `json:"blocked,omitempty"` // true: the buyer left or blocked us; false: came back
}

// Contact is how to reach a buyer.
type Contact struct {
	Name  string `json:"name,omitempty"`
	Phone string `json:"phone,omitempty"` // as the network gave it; digits with or without +
}

// Location is a point of WGS 84, in degrees.
type Location struct {
	Latitude  float64 `json:"lat"`
	Longitude float64 `json:"lon"`
}

// Message is one thing to say to a buyer.
type Message struct {
	Title   string   `json:"title,omitempty"` // one line, shown strong where the network can
	Text    string   `json:"text,omitempty"`  // plain text; \n breaks lines
	Photo   *Photo   `json:"photo,omitempty"`
	Cards   []Card   `json:"cards,omitempty"`    // things to pick from, side by side where the network can
	Choices []Choice `json:"choices,omitempty"`  // what the buyer may do next
	Ask     Ask      `json:"ask,omitempty"`      // what the network may help the buyer to enter
	AskWith string   `json:"ask_with,omitempty"` // what the network's own button for Ask says; empty: a sign without words
	Invoice *Invoice `json:"invoice,omitempty"`  // something to pay for with the network's own button
	Same    bool     `json:"same,omitempty"`     // another state of the screen that was tapped: a page turned, a count changed
	Quiet   bool     `json:"quiet,omitempty"`    // arrives without a sound where the network can
}

// Photo is a picture by name; Pictures gives its bytes or its address.
type Photo struct {
	Name string `json:"name"` // "https://…" for a picture elsewhere, else a name that Pictures knows
	Alt  string `json:"alt,omitempty"`
}

// Invoice is something that the buyer pays for inside the chat. Where the network shows it, it stands in place of the
// message's title and text; where it can't, it is a choice that opens Link. Nothing secret is in it.
type Invoice struct {
	Payload     string  `json:"payload"`         // 1 to 128 bytes; comes back with the money
	Title       string  `json:"title"`           // 1 to 32 characters
	Description string  `json:"description"`     // 1 to 255 characters
	Currency    string  `json:"currency"`        // of ISO 4217, or XTR for Stars
	Prices      []Price `json:"prices"`          // they add up to what is paid
	Start       string  `json:"start"`           // the payload of the link that forwarded copies have in place of the button
	Photo       string  `json:"photo,omitempty"` // an address on the internet
	Pay         string  `json:"pay"`             // what the network's own button says
	Link        string  `json:"link,omitempty"`  // where to pay outside of the chat
}

// Price is a part of what an invoice comes to, in minor units.
type Price struct {
	Label  string `json:"label"`
	Amount int64  `json:"amount"`
}

// Card is one thing to pick from, with a picture.
type Card struct {
	Title    string `json:"title"`
	Subtitle string `json:"subtitle,omitempty"`
	Photo    *Photo `json:"photo,omitempty"`
	Choice   Choice `json:"choice"` // tapping the card; its label is shown where the network has a button for it
}

// Choice is one thing the buyer may do next: Token comes back in Inbound.Token, or a page opens.
type Choice struct {
	Label  string `json:"label"`
	Hint   string `json:"hint,omitempty"`   // what it does in full, where the label is a sign: for numbered lists and screen readers
	Token  string `json:"token,omitempty"`  // at most 64 bytes of [A-Za-z0-9:._-]
	URL    string `json:"url,omitempty"`    // opens a page instead, when set
	Beside bool   `json:"beside,omitempty"` // shares the row of the choice before it, where the network has rows
	Main   bool   `json:"main,omitempty"`   // the step most buyers want next
}

// Ask is something a network can help a buyer to enter with a button of its own.
type Ask string

// What a network may help to enter; typing it is possible everywhere.
const (
	AskNothing  Ask = ""
	AskPhone    Ask = "phone"
	AskLocation Ask = "location"
)

// Limits is what one network can show. A zero count means "not at all".
type Limits struct {
	Text     int           // characters in one message: title, line break and text; 0 is taken as "any number"
	Caption  int           // characters beside a photo
	Buttons  int           // choices in one message
	Label    int           // characters on one button
	Row      int           // buttons side by side at most
	Payload  int           // bytes of a token that come back
	Cards    int           // cards side by side in one message
	Photos   bool          // pictures can be shown
	Edit     Edit          // which sent messages are changed in place
	Links    bool          // a button can open a page; otherwise the address is in the text
	Phone    bool          // the network has a button that shares the buyer's phone
	Location bool          // … and location
	AskAlone bool          // … but not in a message that has choices: it follows in one of its own
	Public   bool          // pages behind buttons must be on the internet: an address of this machine is in the text
	Invoices bool          // the network takes money inside the chat
	UTF16    bool          // characters are counted as UTF-16 code units, so that most emoji are two
	Window   time.Duration // how long after the buyer's last word we may write freely; 0: always
	PerChat  Rate          // messages to one buyer
	Overall  Rate          // messages to all buyers of one channel
}

// Edit is when a tapped message is changed in place instead of a new one sent below it.
type Edit string

// Levels of editing.
const (
	EditNever Edit = ""     // the network cannot
	EditSame  Edit = "same" // only for another state of the same screen (Message.Same)
	EditAny   Edit = "any"  // whatever answers a tap takes the place of what was tapped
)

// Rate allows Burst messages at once and PerSecond in the long run. The zero Rate allows any number.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Adapter speaks to one network through one connected bot or page.
type Adapter interface {
	// Limits is the same on each call.
	Limits() Limits
	// Send shows one message that already fits and returns the network's id for it. It fails with
	// *Refused when the network answered, and with any other error when it may not even have heard.
	Send(ctx context.Context, to Address, message Message) (id string, err error)
}

// Editor is an Adapter on a network where a sent message can be changed. Edit shows message in place of
// the one with the id, and returns the id of what stands there now: another one, when the network had
// to send anew.
type Editor interface {
	Edit(ctx context.Context, to Address, id string, message Message) (now string, err error)
}

// Acknowledger is an Adapter on a network that keeps a tapped button spinning until it is answered.
type Acknowledger interface {
	Acknowledge(ctx context.Context, answer string) error
}

// Typer is an Adapter on a network that can show "typing…".
type Typer interface {
	Typing(ctx context.Context, to Address) error
}

// Receive takes in one thing a buyer did, durably: when it returns nil the network may be answered, and
// the same ID may come again without acting again. An error means the network must deliver it again.
// The function is given to adapters by the program; they know no more of the shop.
type Receive func(ctx context.Context, in Inbound) error

// Pictures gives adapters the bytes of our own pictures.
type Pictures interface {
	// Picture fails with fault.Missing when there is none of the name. The type is a MIME type.
	Picture(ctx context.Context, name string) (bytes []byte, mime string, err error)
}

// Refused is a network's answer that a message will not be shown.
type Refused struct {
	Why   Reason
	After time.Duration // Slow: not before
	Said  string        // the network's own words, for the log
}

// Reason is what to do about a refusal.
type Reason string

// Reasons of networks to refuse a message.
const (
	Slow   Reason = "slow"   // too many at once: again After
	Gone   Reason = "gone"   // the buyer blocked us or is no more: not this one, nor others
	Closed Reason = "closed" // outside the network's window for free messages
	Bad    Reason = "bad"    // this message never: malformed, or what it edits is no more
	Down   Reason = "down"   // the network has troubles: again later
)

// Error is the network's words after the reason.
func (r *Refused) Error() string { return string(r.Why) + ": " + r.Said }
