package books

import (
	"strings"

	"parley/payments"
)

// Explain is what an entry of the books means, in a sentence. say has the sentences of dialogs/texts in the reader's
// language, and gives a key that it does not know back.
func Explain(entry payments.Booked, say func(key string, args map[string]any) string) string {
	args := map[string]any{"amount": total(entry).String(), "way": way(entry.Source, say), "from": "", "to": ""}
	if len(entry.Moves) > 0 {
		args["from"], args["to"] = AccountName(entry.Moves[0].From, say), AccountName(entry.Moves[0].To, say)
	}
	key := "books.entry_" + entry.Reason
	if text := say(key, args); text != key {
		return text
	}
	return say("books.entry", args)
}

// AccountName is an account in words: "At Stripe", "Fees of Stripe". One without words is called as it is.
func AccountName(account payments.Account, say func(key string, args map[string]any) string) string {
	kind, gateway, _ := strings.Cut(string(account), ":")
	key := "books.account_" + kind
	if text := say(key, map[string]any{"way": way(gateway, say)}); text != key {
		return text
	}
	return string(account)
}

// way is a gateway in words.
func way(gateway string, say func(key string, args map[string]any) string) string {
	key := "books.way_" + gateway
	if text := say(key, nil); gateway != "" && text != key {
		return text
	}
	return gateway
}
