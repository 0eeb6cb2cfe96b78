package payments

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// booked is an entry as the books have it, with what of it is sealed.
type booked struct {
	id       int64
	merchant MerchantID
	payment  PaymentID
	order    OrderID
	reverses int64
	at       time.Time
	Entry
}

// seal is the hash of an entry in its merchant's chain: SHA-256, in hex, over the hash before it and every word of
// the entry, each with its length, so that no two entries write the same. The first entry follows the empty hash.
func (b booked) seal(before string) string {
	var text strings.Builder
	say := func(words ...string) {
		for _, word := range words {
			_, _ = fmt.Fprintf(&text, "%d:%s", len(word), word) // a Builder takes everything
		}
	}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	say(before, number(b.id), number(int64(b.merchant)), number(int64(b.payment)), number(int64(b.order)), number(b.reverses),
		number(b.at.UnixMicro()), b.Source, b.Key, b.Reason)
	if !b.Happened.IsZero() {
		say("happened", number(b.Happened.UnixMicro()))
	}
	if b.Part {
		say("part")
	}
	for _, move := range b.Moves {
		say(string(move.From), string(move.To), number(move.Amount.Minor), string(move.Amount.Currency))
	}
	sum := sha256.Sum256([]byte(text.String()))
	return hex.EncodeToString(sum[:])
}
