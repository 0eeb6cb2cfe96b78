package api

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"slices"
	"time"

	"parley/catalog/fault"
)

const (
	keyHeader = "Idempotency-Key"
	mostKey   = 255            // characters of a key
	keptFor   = 24 * time.Hour // how long a write is remembered
)

// once does a write that named itself only once, and gives what it returned again to whoever repeats it. It joins the
// transaction of ctx: a repetition that comes meanwhile waits there for the first, and a write that fails is forgotten.
func once[O any](ctx context.Context, a *API, c *call, do func(ctx context.Context) (*O, error)) (*O, error) {
	key := c.header(keyHeader)
	switch {
	case key == "":
		return do(ctx)
	case len(key) > mostKey || !isText(key):
		return nil, fault.New(fault.Invalid, "request.key").With("field", "header."+keyHeader)
	}
	input := c.input()
	isNew, err := a.claimKey(ctx, c.who, key, input)
	if err != nil {
		return nil, err
	}
	if !isNew {
		return repeated[O](ctx, a, c, key, input)
	}
	out, err := do(ctx)
	if err != nil {
		return nil, err
	}
	return out, a.keepReply(ctx, c.who, key, encode(out))
}

// recalled is what was answered to a write that named itself and is repeated; nil when it is new, or names itself not.
func recalled[O any](ctx context.Context, a *API, c *call) (*O, error) {
	key := c.header(keyHeader)
	if key == "" || len(key) > mostKey || !isText(key) {
		return nil, nil // once says what is wrong with it
	}
	var known int
	err := a.DB.On(ctx).Raw("select count(*) from idempotency_keys where who = ? and key = ? and expires_at > ?", c.who, key, a.at()).Scan(&known).Error
	if err != nil {
		return nil, fmt.Errorf("look for a key: %w", err)
	}
	if known == 0 {
		return nil, nil
	}
	if c.op.file {
		if err := c.drain(); err != nil {
			return nil, err
		}
	}
	return repeated[O](ctx, a, c, key, c.input())
}

// input is a hash of everything that was asked for.
func (c *call) input() string {
	sum := sha256.New()
	parts := [][]byte{[]byte(c.fiber.Method()), []byte(c.fiber.OriginalURL()), []byte(c.header("If-Match"))}
	for _, part := range append(parts, c.said()...) {
		fmt.Fprintf(sum, "%d:", len(part))
		sum.Write(part)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// said is the body, or what is in it: a form with files has another boundary each time it is sent.
func (c *call) said() (parts [][]byte) {
	if c.sum != nil {
		return [][]byte{c.sum}
	}
	form, err := c.fiber.MultipartForm()
	if err != nil {
		return [][]byte{c.fiber.Body()}
	}
	for _, name := range slices.Sorted(maps.Keys(form.Value)) {
		for _, value := range form.Value[name] {
			parts = append(parts, []byte(name), []byte(value))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(form.File)) {
		for _, file := range form.File[name] {
			parts = append(parts, []byte(name), hashed(file))
		}
	}
	return parts
}

// hashed is a hash of a file; none when it can't be read, which who needs it will find too.
func hashed(file *multipart.FileHeader) []byte {
	content, err := file.Open()
	if err != nil {
		return nil
	}
	defer func() { _ = content.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, content); err != nil {
		return nil
	}
	return sum.Sum(nil)
}

func repeated[O any](ctx context.Context, a *API, c *call, key, input string) (*O, error) {
	var row struct{ Input, Reply string }
	err := a.DB.On(ctx).Raw("select input, reply from idempotency_keys where who = ? and key = ?", c.who, key).Scan(&row).Error
	if err != nil {
		return nil, fmt.Errorf("read what was answered: %w", err)
	}
	if row.Input != input {
		return nil, fault.New(fault.Conflict, "request.key_reused").With("field", "header."+keyHeader)
	}
	reply, err := a.unseal(row.Reply)
	if err != nil {
		return nil, fmt.Errorf("read what was answered: %w", err)
	}
	out := new(O)
	decoder := json.NewDecoder(bytes.NewReader(reply))
	if err := decoder.Decode(out); err != nil {
		return nil, fmt.Errorf("read what was answered: %w", err)
	}
	c.fiber.Set("Idempotency-Replayed", "true")
	return out, nil
}

// claimKey says whether a key is new. Keys that have had their day are forgotten on the way.
func (a *API) claimKey(ctx context.Context, who, key, input string) (isNew bool, err error) {
	now := a.at()
	if err := a.DB.On(ctx).Exec("delete from idempotency_keys where expires_at <= ? and (who, key) in"+
		" (select who, key from idempotency_keys where expires_at <= ? order by expires_at limit 100)", now, now).Error; err != nil {
		return false, fmt.Errorf("forget keys: %w", err)
	}
	done := a.DB.On(ctx).Exec("insert into idempotency_keys (who, key, input, expires_at) values (?, ?, ?, ?) on conflict do nothing",
		who, key, input, now.Add(keptFor))
	if done.Error != nil {
		return false, fmt.Errorf("claim a key: %w", done.Error)
	}
	return done.RowsAffected == 1, nil
}

func (a *API) keepReply(ctx context.Context, who, key string, reply []byte) error {
	sealed, err := a.seal(reply)
	if err != nil {
		return err
	}
	if err := a.DB.On(ctx).Exec("update idempotency_keys set reply = ? where who = ? and key = ?", sealed, who, key).Error; err != nil {
		return fmt.Errorf("keep an answer: %w", err)
	}
	return nil
}

// seal hides an answer from who reads the table: it may hold a new token, or a buyer's address.
func (a *API) seal(text []byte) (string, error) {
	box, err := a.box()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, box.NonceSize())
	_, _ = rand.Read(nonce) // it never fails
	return base64.RawStdEncoding.EncodeToString(box.Seal(nonce, nonce, text, nil)), nil
}

func (a *API) unseal(text string) ([]byte, error) {
	box, err := a.box()
	if err != nil {
		return nil, err
	}
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(raw) < box.NonceSize() {
		return nil, errors.New("no sealed answer")
	}
	return box.Open(nil, raw[:box.NonceSize()], raw[box.NonceSize():], nil)
}

func (a *API) box() (cipher.AEAD, error) {
	key := sha256.Sum256(append([]byte("parley api answers\x00"), a.Key...))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
