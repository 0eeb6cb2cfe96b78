package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"parley/catalog/fault"
	"parley/channels"
)

// StarTransaction is a row of the bot's balance of Stars (https://core.telegram.org/bots/api#startransaction).
type StarTransaction struct {
	ID         string // of a payment: its charge. What goes back, whoever sends it, has the id of what it undoes.
	Stars      int64
	Nano       int64 // and billionths of a Star
	At         time.Time
	Incoming   bool
	Partner    string // "user", "fragment", "telegram_ads" …; empty: Telegram names none, or two
	Kind       string // of a user's: "invoice_payment", "paid_media_payment" …
	Buyer      string // the user's id
	Payload    string // of the invoice
	Withdrawal string // of an outgoing one of Fragment's: "pending", "succeeded", "failed"
}

// MostStarTransactions is how many rows Telegram gives at once.
const MostStarTransactions = 100

// partner is who Stars came from or went to. Only what all versions of the API agree about is read: one kind that nobody
// knows must not hide the others (https://core.telegram.org/bots/api#transactionpartner).
type partner struct {
	Type            string `json:"type"`
	TransactionType string `json:"transaction_type"`
	User            struct {
		ID int64 `json:"id"`
	} `json:"user"`
	Payload         string `json:"invoice_payload"`
	WithdrawalState struct {
		Type string `json:"type"`
	} `json:"withdrawal_state"`
}

// StarTransactions are rows of the bot's balance of Stars, the oldest first, without the first offset of them; limit is 1
// to MostStarTransactions. It fails with fault.Unavailable.
func (a *Adapter) StarTransactions(ctx context.Context, offset, limit int) ([]StarTransaction, error) {
	question, err := json.Marshal(map[string]int{"offset": offset, "limit": limit})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.config.APIURL+"/bot"+a.config.Token+"/getStarTransactions", bytes.NewReader(question))
	if err != nil {
		return nil, a.scrubbed(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := a.poller.Do(request)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "payment.processor_unavailable").Because(a.scrubbed(err))
	}
	defer func() { _ = response.Body.Close() }()
	rows, err := a.starRows(response)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "payment.processor_unavailable").Because(err)
	}
	return rows, nil
}

func (a *Adapter) starRows(response *http.Response) ([]StarTransaction, error) {
	var answer struct {
		OK          bool   `json:"ok"`
		Description string `json:"description"`
		Result      struct {
			Transactions []starRow `json:"transactions"`
		} `json:"result"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, mostAnswer)).Decode(&answer); err != nil || !answer.OK {
		return nil, &channels.Refused{Why: channels.Down, Said: a.scrub(response.Status + " " + answer.Description)}
	}
	rows := make([]StarTransaction, len(answer.Result.Transactions))
	for i, r := range answer.Result.Transactions {
		if r.ID == "" || r.Amount < 0 || r.Date <= 0 {
			return nil, fmt.Errorf("row %d of the balance of Stars is none", i)
		}
		rows[i] = r.transaction()
	}
	return rows, nil
}

type starRow struct {
	ID       string   `json:"id"`
	Amount   int64    `json:"amount"`
	Nano     int64    `json:"nanostar_amount"`
	Date     int64    `json:"date"`
	Source   *partner `json:"source"`
	Receiver *partner `json:"receiver"`
}

func (r starRow) transaction() StarTransaction {
	t := StarTransaction{ID: r.ID, Stars: r.Amount, Nano: r.Nano, At: time.Unix(r.Date, 0).UTC(), Incoming: r.Receiver == nil}
	with := r.Source
	if !t.Incoming {
		with = r.Receiver
	}
	if with == nil || r.Source != nil && r.Receiver != nil {
		return t
	}
	t.Partner, t.Kind, t.Payload, t.Withdrawal = with.Type, with.TransactionType, with.Payload, with.WithdrawalState.Type
	if with.User.ID != 0 {
		t.Buyer = strconv.FormatInt(with.User.ID, 10)
	}
	return t
}
