package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/go-telegram/bot"

	"parley/channels"
)

const (
	pollFor    = 50 * time.Second // how long Telegram may keep a poll waiting
	pollAtOnce = 100              // updates in one answer
	mostAnswer = 64 << 20         // bytes of one answer
)

// Poll asks Telegram for updates until ctx ends, and takes the same way with each as Hook does. What could not be
// stored is asked for again: Telegram forgets an update only when a later one is asked for. One process may poll.
func (a *Adapter) Poll(ctx context.Context) error {
	next, wait := int64(0), firstPause
	for unhooked := false; ctx.Err() == nil; {
		err := error(nil)
		if !unhooked {
			_, err = a.bot.DeleteWebhook(ctx, &bot.DeleteWebhookParams{})
			unhooked, err = err == nil, a.refusal("delete webhook", err)
		} else {
			next, err = a.pollOnce(ctx, next)
		}
		if err == nil {
			wait = firstPause
			continue
		}
		if ctx.Err() == nil {
			a.log("poll", err)
		}
		if pause(ctx, max(wait, after(err))) != nil {
			break
		}
		wait = longer(wait)
	}
	return nil //nolint:nilerr // the end of ctx is how it should end
}

// after is how long a refusal asks to wait.
func after(err error) time.Duration {
	var refused *channels.Refused
	if errors.As(err, &refused) {
		return refused.After
	}
	return 0
}

// pollOnce takes the updates from next on, and returns the first that was not stored.
func (a *Adapter) pollOnce(ctx context.Context, next int64) (int64, error) {
	updates, err := a.updates(ctx, next)
	if err != nil {
		return next, err
	}
	for _, raw := range updates {
		u, err := decode(raw)
		if err != nil {
			return next, err // without an update_id there is no way past it
		}
		if err := a.take(ctx, raw, nil); err != nil {
			return next, fmt.Errorf("receive: %w", err)
		}
		next = *u.ID + 1
	}
	return next, nil
}

// updates calls getUpdates. The client library keeps that call to itself, and would decode what we keep as it is.
func (a *Adapter) updates(ctx context.Context, next int64) ([]json.RawMessage, error) {
	question, err := json.Marshal(map[string]any{
		"offset": next, "limit": pollAtOnce, "timeout": int(pollFor.Seconds()), "allowed_updates": heard,
	})
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.config.APIURL+"/bot"+a.config.Token+"/getUpdates", bytes.NewReader(question))
	if err != nil {
		return nil, a.scrubbed(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := a.poller.Do(request)
	if err != nil {
		return nil, a.scrubbed(err)
	}
	defer response.Body.Close()
	return a.answered(response)
}

// answered is the updates in an answer.
func (a *Adapter) answered(response *http.Response) ([]json.RawMessage, error) {
	var answer struct {
		OK          bool              `json:"ok"`
		Description string            `json:"description"`
		Result      []json.RawMessage `json:"result"`
		Parameters  struct {
			RetryAfter int `json:"retry_after"`
		} `json:"parameters"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, mostAnswer)).Decode(&answer); err != nil || !answer.OK {
		wait := time.Duration(answer.Parameters.RetryAfter) * time.Second
		return nil, &channels.Refused{Why: channels.Down, After: wait, Said: a.scrub(response.Status + " " + answer.Description)}
	}
	return answer.Result, nil
}
