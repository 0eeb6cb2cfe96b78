package channels

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"parley/migrations/db"
)

// SendJob is the kind of job that sends what one turn of a conversation had to say.
const SendJob = "channels.send"

// Talk is the conversation that is posted to. Whoever posts holds its lock.
type Talk struct {
	Merchant int64 // zero in the lobby of a shared bot
	With     Address
}

// Letter is a message on its way out.
type Letter struct {
	Message Message
	Author  string // empty for the bot, else the account of the person who wrote it
	Edits   string // the network's id of the message it takes the place of, where the network can
}

// Outbox posts messages in the transaction of their cause and sends them afterwards, those of one
// buyer in order, each at the pace its network allows, again and again until the network has an answer.
type Outbox struct {
	db       *db.DB
	now      func() time.Time
	adapters map[string]Adapter
	pace     *pace
	marks    *marks
	Gone     func(ctx context.Context, buyer Address)  // told when a buyer can't be reached any more
	Observe  func(channel, result string, letters int) // told of each sending: "sent", "edited", or a Reason
}

// NewOutbox posts to d. Connect adapters before the first Keep.
func NewOutbox(d *db.DB, now func() time.Time) *Outbox {
	return &Outbox{
		db: d, now: now, adapters: map[string]Adapter{}, pace: newPace(), marks: newMarks(d),
		Gone: func(context.Context, Address) {}, Observe: func(string, string, int) {},
	}
}

// Connect has messages of a channel ("telegram:42"), or of all channels of a kind ("web"), sent by an adapter.
func (o *Outbox) Connect(channel string, adapter Adapter) { o.adapters[channel] = adapter }

func (o *Outbox) adapter(channel string) (Adapter, bool) {
	if exact, ok := o.adapters[channel]; ok {
		return exact, true
	}
	kind, _, _ := strings.Cut(channel, ":")
	adapter, ok := o.adapters[kind]
	return adapter, ok
}

// LimitsOf is what a channel can show; the zero Limits when it isn't connected.
func (o *Outbox) LimitsOf(channel string) Limits {
	if adapter, ok := o.adapter(channel); ok {
		return adapter.Limits()
	}
	return Limits{}
}

// parcel is the arguments of a SendJob. It is about the letters' rows, so that their words are written once.
type parcel struct {
	To     Address `json:"to"`
	Answer string  `json:"answer,omitempty"` // the tap to acknowledge first
	Count  int     `json:"count"`            // of letters: the last of the rows it is about
}

// posted is a letter that is in the database.
type posted struct {
	ID      int64
	Edits   string
	Message Message
}

// Post writes what a buyer did, if it was that, and what is said to it, and promises to send the latter;
// all in the transaction that ctx carries. When the inbound ID is known, that transaction fails, by Post or by
// its end, with an error that IsRepeated.
func (o *Outbox) Post(ctx context.Context, talk Talk, in *Inbound, letters ...Letter) error {
	rows, err := o.rows(talk, in, letters)
	if err != nil || len(rows) == 0 {
		return err
	}
	insert, args := writing(rows)
	if job, any := promiseOf(talk, in, letters); any {
		err = o.db.PromiseWith(ctx, job, insert+" returning id", args...)
	} else {
		err = o.db.Soon(ctx, insert, args...)
	}
	if err != nil {
		return fmt.Errorf("post: %w", err)
	}
	return nil
}

// promiseOf is the job that sends what is posted, if anything has to be sent.
func promiseOf(talk Talk, in *Inbound, letters []Letter) (job db.Job, any bool) {
	p := parcel{To: talk.With, Count: len(letters)}
	if in != nil {
		p.Answer = in.Answer
	}
	return db.Job{Kind: SendJob, Group: talk.With.Channel + "/" + talk.With.Buyer, Fresh: letters}.With(p), len(letters) > 0 || p.Answer != ""
}

// IsRepeated says whether a transaction failed because it posted an update that has acted already.
func IsRepeated(err error) bool { return db.IsBroken(err, "messages_once") }

// parcelOf reads a SendJob and the letters that are still to be sent.
func (o *Outbox) parcelOf(ctx context.Context, job db.Job) (p parcel, letters []posted, err error) {
	if err := job.Decode(&p); err != nil {
		return p, nil, db.Hopeless{Why: err}
	}
	first := len(job.About) - p.Count
	if first < 0 {
		return p, nil, db.Hopeless{Why: fmt.Errorf("job %d is about %d messages and has %d", job.ID, len(job.About), p.Count)}
	}
	ids := job.About[first:]
	fresh, ok := job.Fresh.([]Letter)
	if !ok || len(fresh) != len(ids) {
		letters, err = o.unsent(ctx, ids)
		return p, letters, err
	}
	for i, letter := range fresh {
		letters = append(letters, posted{ids[i], letter.Edits, letter.Message})
	}
	return p, letters, nil
}

func (o *Outbox) rows(talk Talk, in *Inbound, letters []Letter) ([]messageRow, error) {
	at := o.now().Truncate(time.Microsecond)
	row := messageRow{Channel: talk.With.Channel, Buyer: talk.With.Buyer, At: at}
	if talk.Merchant != 0 {
		row.Merchant = &talk.Merchant
	}
	var rows []messageRow
	if in != nil {
		body, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("encode inbound: %w", err)
		}
		r := row
		r.Way, r.NetworkID, r.Body, r.State = In, in.ID, string(body), Received
		rows = append(rows, r)
	}
	for _, letter := range letters {
		body, err := json.Marshal(letter.Message)
		if err != nil {
			return nil, fmt.Errorf("encode message: %w", err)
		}
		r := row
		r.Way, r.Author, r.Edits, r.Body, r.State = Out, letter.Author, letter.Edits, string(body), Queued
		rows = append(rows, r)
	}
	return rows, nil
}

// Keep sends until ctx ends, then finishes what is in hand. Failed is told of tries that failed.
func (o *Outbox) Keep(ctx context.Context, width int, failed func(db.Job, error, bool)) {
	o.db.Keep(ctx, db.Keeping{
		Kinds: map[string]db.Keeper{SendJob: o.send}, Width: width, Lease: 30 * time.Second, Attempts: sendAttempts, Failed: failed,
	})
}

// sendAttempts: with the queue's back-off a network may be down for about three hours.
const sendAttempts = 26

// send keeps one promise: every letter of the parcel is shown, in order, or has been refused for good.
func (o *Outbox) send(ctx context.Context, job db.Job) error {
	p, letters, err := o.parcelOf(ctx, job)
	if err != nil {
		return err
	}
	adapter, connected := o.adapter(p.To.Channel)
	if !connected {
		return db.Later{At: o.now().Add(time.Minute)} // another replica may have it, or it comes back
	}
	if acknowledger, can := adapter.(Acknowledger); can && p.Answer != "" && job.Attempt == 1 {
		go o.acknowledge(context.WithoutCancel(ctx), acknowledger, p)
	}
	for i, letter := range letters {
		ends := (*db.Job)(nil)
		if i == len(letters)-1 {
			ends = &job
		}
		if err := o.deliver(ctx, adapter, p.To, letter, job.Attempt >= sendAttempts, ends); err != nil {
			var gone *goneError
			if errors.As(err, &gone) {
				return o.giveUp(ctx, p.To, letters[i:], gone)
			}
			return err
		}
	}
	return nil
}

// acknowledge stops the spinner on a tapped button. It is worth one try: the answer itself follows anyway.
func (o *Outbox) acknowledge(ctx context.Context, adapter Acknowledger, p parcel) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := adapter.Acknowledge(ctx, p.Answer); err != nil {
		o.Observe(p.To.Channel, "unacknowledged", 1)
	}
}

// unsent reads the letters that no earlier try has shown.
func (o *Outbox) unsent(ctx context.Context, ids []int64) ([]posted, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []messageRow
	err := o.db.On(ctx).Raw("select id, edits, body from messages where id in ? and state = 'queued' order by id", ids).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("which letters are unsent: %w", err)
	}
	left := make([]posted, len(rows))
	for i, row := range rows {
		left[i].ID, left[i].Edits = row.ID, row.Edits
		if err := json.Unmarshal([]byte(row.Body), &left[i].Message); err != nil {
			return nil, db.Hopeless{Why: fmt.Errorf("message %d: %w", row.ID, err)}
		}
	}
	return left, nil
}

// deliver shows one letter and writes down how that went, together with the end of the job if it is the last.
func (o *Outbox) deliver(ctx context.Context, adapter Adapter, to Address, letter posted, lastTry bool, ends *db.Job) error {
	if wait := o.pace.wait(to, adapter.Limits(), o.now()); wait > 0 {
		return db.Later{At: o.now().Add(wait)}
	}
	ref, result, err := show(ctx, adapter, to, letter)
	if err == nil {
		o.Observe(to.Channel, result, 1)
		return o.marks.mark(ctx, mark{letter.ID, Sent, ref, "", ends})
	}
	return o.judge(ctx, to, letter, verdict(err, o.now(), lastTry), ends)
}

func show(ctx context.Context, adapter Adapter, to Address, letter posted) (ref, result string, err error) {
	fitted := Fit(letter.Message, adapter.Limits())
	editor, can := adapter.(Editor)
	if letter.Edits != "" && can && len(fitted) == 1 {
		ref, err = editor.Edit(ctx, to, letter.Edits, fitted[0])
		return ref, "edited", err
	}
	for _, message := range fitted {
		if ref, err = adapter.Send(ctx, to, message); err != nil {
			return "", "", err
		}
	}
	return ref, "sent", nil
}

// ruling is what becomes of a letter that was not shown.
type ruling struct {
	result string
	retry  error  // to be returned to the queue; nil: the letter is refused for good
	gone   bool   // nothing reaches this buyer any more
	said   string // why, in the network's words
}

// verdict decides what an adapter's error means for a letter.
func verdict(err error, now time.Time, lastTry bool) ruling {
	var refused *Refused
	if !errors.As(err, &refused) {
		return ruling{result: "error", retry: unless(lastTry, err), said: "the network was not reached"}
	}
	r := ruling{result: string(refused.Why), said: refused.Said}
	switch refused.Why {
	case Slow:
		r.retry = db.Later{At: now.Add(max(refused.After, 100*time.Millisecond))}
	case Down:
		r.retry = unless(lastTry, err)
	case Gone:
		r.gone = true
	}
	return r
}

func unless(lastTry bool, err error) error {
	if lastTry {
		return nil
	}
	return err
}

type goneError struct{ said string }

func (g *goneError) Error() string { return g.said }

func (o *Outbox) judge(ctx context.Context, to Address, letter posted, r ruling, ends *db.Job) error {
	o.Observe(to.Channel, r.result, 1)
	switch {
	case r.gone:
		return &goneError{r.said}
	case r.retry != nil:
		return r.retry
	}
	return o.marks.mark(ctx, mark{letter.ID, Failed, "", r.said, ends})
}

// giveUp fails the letters of a buyer who left.
func (o *Outbox) giveUp(ctx context.Context, to Address, letters []posted, why *goneError) error {
	for _, letter := range letters {
		if err := o.marks.mark(ctx, mark{letter.ID, Failed, "", why.said, nil}); err != nil {
			return err
		}
	}
	o.Gone(ctx, to)
	return nil
}
