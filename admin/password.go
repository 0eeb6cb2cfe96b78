package admin

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"parley/catalog/fault"
)

// cost is how hard a password is to guess from its hash: OWASP's first choice of 2024 for Argon2id.
type cost struct {
	memory  uint32 // KiB
	rounds  uint32
	threads uint8
}

var today = cost{memory: 19 * 1024, rounds: 2, threads: 1}

// The shortest and longest password, in characters and bytes.
const (
	shortestPassword = 12
	longestPassword  = 256
)

// hashing lets two passwords be hashed at once: a crowd at the door must not cost the shop its memory.
var hashing = make(chan struct{}, 2)

// hashed is a password as it is stored, in the PHC string format: its salt and its cost are in it.
func hashed(password string) string {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // it never fails
	return phc(today, salt, derive(password, salt, today, 32))
}

func derive(password string, salt []byte, c cost, size uint32) []byte {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(password), salt, c.rounds, c.memory, c.threads, size)
}

func phc(c cost, salt, sum []byte) string {
	plain := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.memory, c.rounds, c.threads, plain.EncodeToString(salt), plain.EncodeToString(sum))
}

// fits says whether a password is the one that was hashed. It takes as long for a wrong one.
func fits(password, stored string) bool {
	c, salt, sum, ok := readPHC(stored)
	return ok && subtle.ConstantTimeCompare(derive(password, salt, c, uint32(len(sum))), sum) == 1
}

func readPHC(stored string) (c cost, salt, sum []byte, ok bool) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.rounds, &c.threads); err != nil || c.rounds == 0 || c.threads == 0 {
		return c, nil, nil, false
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	sum, sumErr := base64.RawStdEncoding.DecodeString(parts[5])
	return c, salt, sum, saltErr == nil && sumErr == nil && len(sum) >= 16
}

// nobodys is compared with when a login is unknown, so that the answer takes as long.
var nobodys = phc(today, make([]byte, 16), make([]byte, 32))

// sensible refuses a password that is too short, too long or the login itself.
func sensible(password, login string) error {
	switch {
	case utf8.RuneCountInString(password) < shortestPassword:
		return fault.New(fault.Invalid, "account.password_short").With("least", fmt.Sprint(shortestPassword))
	case len(password) > longestPassword || !utf8.ValidString(password):
		return fault.New(fault.Invalid, "account.password_long").With("most", fmt.Sprint(longestPassword))
	case strings.Contains(fold(password), fold(login)) && len(login)*2 > len(password):
		return fault.New(fault.Invalid, "account.password_is_login")
	}
	return nil
}

// GeneratePassword is a password of 100 random bits that can be read out: four groups of five letters and
// digits, none of which look alike.
func GeneratePassword() string {
	signs := strings.ToLower(rand.Text()) // base32: no 0, 1, 8 or 9
	return strings.Join([]string{signs[:5], signs[5:10], signs[10:15], signs[15:20]}, "-")
}
