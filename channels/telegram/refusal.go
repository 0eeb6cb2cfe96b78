package telegram

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/go-telegram/bot"

	"parley/channels"
)

// refusal is what an error of the Bot API means for the message; a plain error when the call may not have been heard.
// The token, which is part of every address, is in neither.
func (a *Adapter) refusal(doing string, err error) error {
	var slow *bot.TooManyRequestsError
	var moved *bot.MigrateError
	var transport *url.Error
	refused := &channels.Refused{Said: a.scrub(fmt.Sprint(err))}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", doing, context.Canceled)
	case errors.As(err, &slow):
		refused.Why, refused.After = channels.Slow, time.Duration(max(slow.RetryAfter, 1))*time.Second
	case errors.Is(err, bot.ErrorForbidden), errors.As(err, &moved), says(err, noChat):
		refused.Why = channels.Gone
	case errors.Is(err, bot.ErrorBadRequest):
		refused.Why = channels.Bad
	case errors.As(err, &transport) && !transport.Timeout():
		return fmt.Errorf("%s: %w", doing, a.scrubbed(err))
	default: // 5xx, a proxy's page, a timeout, a token that was revoked: the message is not to blame
		refused.Why = channels.Down
	}
	return refused
}

// The Bot API tells refusals of kind 400 apart only by their words.
var (
	noChat      = []string{"chat not found", "user not found", "peer_id_invalid", "user is deactivated"}
	notModified = []string{"message is not modified"}
	notEditable = []string{"message to edit not found", "message can't be edited", "message_id_invalid", "there is no text in the message to edit", "there is no media in the message to edit"}
	tooOld      = []string{"query is too old", "query_id_invalid", "query id is invalid"}
	wentBack    = []string{"charge_already_refunded"}
	badPhoto    = []string{
		"failed to get http url content", "wrong file identifier", "wrong type of the web page content", "wrong remote file identifier",
		"photo_invalid_dimensions", "image_process_failed", "webpage_curl_failed", "webpage_media_empty", "wrong file_id",
		"photo_save_file_invalid", "wrong padding", "file is too big", "invalid file http url", "file must be non-empty",
	}
)

// says tells whether the Bot API refused a call with one of the phrases.
func says(err error, phrases []string) bool {
	if !errors.Is(err, bot.ErrorBadRequest) {
		return false
	}
	words := strings.ToLower(err.Error())
	for _, phrase := range phrases {
		if strings.Contains(words, phrase) {
			return true
		}
	}
	return false
}

// scrub takes the token out of words.
func (a *Adapter) scrub(words string) string {
	words = strings.ReplaceAll(words, a.config.Token, "***")
	_, secret, _ := strings.Cut(a.config.Token, ":")
	return strings.ReplaceAll(words, secret, "***")
}

// scrubbed is an error with the same words but for the token, and no way back to the original.
func (a *Adapter) scrubbed(err error) error { return errors.New(a.scrub(err.Error())) }

func (a *Adapter) log(doing string, err error) {
	a.config.Log.Warn(doing, "channel", a.channel, "error", a.scrub(err.Error()))
}
