package telegramtest

import (
	"encoding/json"
	"strconv"
	"time"
)

// starRow is a row of the bot's balance of Stars (https://core.telegram.org/bots/api#startransaction).
type starRow struct {
	id       string
	amount   int64
	nano     int64
	at       time.Time
	incoming bool
	with     map[string]any
}

func (r *starRow) json() map[string]any {
	shown := map[string]any{"id": r.id, "amount": r.amount, "date": r.at.Unix()}
	if r.nano != 0 {
		shown["nanostar_amount"] = r.nano
	}
	side := "receiver"
	if r.incoming {
		side = "source"
	}
	shown[side] = r.with
	return shown
}

// starred puts a payment, or its refund, into the balance. The lock is held.
func (s *Server) starred(p Payment, incoming bool) {
	if p.Currency != starsOnly {
		return
	}
	with := map[string]any{"type": "user", "transaction_type": "invoice_payment", "user": s.open(p.User).person.json(p.User), "invoice_payload": p.Payload}
	s.stars = append(s.stars, &starRow{id: p.Charge, amount: p.Total, at: time.Now(), incoming: incoming, with: with})
}

// ChargeUnheard takes money for an invoice, and the bot is never told: as after an outage that was longer than Telegram keeps
// updates.
func (s *Server) ChargeUnheard(user int64, i Invoice) Payment { return s.charge(user, i) }

// Withdraw sends Stars from the bot's balance to Fragment, and returns the id; MoveWithdrawal says what becomes of it.
func (s *Server) Withdraw(amount int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploads++
	id := "withdrawal_" + strconv.Itoa(s.uploads)
	s.stars = append(s.stars, &starRow{id: id, amount: amount, at: time.Now(), with: map[string]any{"type": "fragment", "withdrawal_state": map[string]any{"type": "pending"}}})
	return id
}

// MoveWithdrawal ends a withdrawal. One that failed comes back.
func (s *Server) MoveWithdrawal(id string, succeeded bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.stars {
		switch {
		case r.id != id || r.incoming:
			continue
		case succeeded:
			r.with["withdrawal_state"] = map[string]any{"type": "succeeded", "date": time.Now().Unix(), "url": "https://fragment.com/" + id}
			return
		}
		r.with["withdrawal_state"] = map[string]any{"type": "failed"}
		s.stars = append(s.stars, &starRow{id: id, amount: r.amount, at: time.Now(), incoming: true, with: map[string]any{"type": "fragment"}})
		return
	}
}

// MoveStars puts another row into the bot's balance: with a partner as the Bot API names it, of an amount that is less than zero
// when it leaves.
func (s *Server) MoveStars(amount, nano int64, partner map[string]any) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploads++
	row := &starRow{id: "move_" + strconv.Itoa(s.uploads), amount: max(amount, -amount), nano: nano, at: time.Now(), incoming: amount >= 0, with: partner}
	s.stars = append(s.stars, row)
	return row.id
}

// mostStars is how many rows are given at once.
const mostStars = 100

func (s *Server) getStarTransactions(f form) (any, *apiError) {
	offset, limit := f.int("offset"), int64(mostStars)
	if _, given := f.values["limit"]; given {
		limit = f.int("limit")
	}
	if offset < 0 || limit < 1 || limit > mostStars {
		return nil, broken("offset %d, limit %d", offset, limit)
	}
	rows := []any{}
	for i := offset; i < min(offset+limit, int64(len(s.stars))); i++ {
		rows = append(rows, s.stars[i].json())
	}
	result := map[string]any{"transactions": rows}
	if refusal := s.shown("StarTransactions", result); refusal != nil {
		return nil, refusal
	}
	return result, nil
}

// shown checks an answer against the published API too: a fake that says what Telegram never would proves nothing.
func (s *Server) shown(kind string, result map[string]any) *apiError {
	if s.checks == nil || s.checks.Types[kind] == nil {
		return nil
	}
	var plain any
	raw, err := json.Marshal(result)
	if err == nil {
		err = json.Unmarshal(raw, &plain)
	}
	if err == nil {
		err = s.checks.json(kind, plain)
	}
	if err != nil {
		return broken("our own answer: %v", err)
	}
	return nil
}
