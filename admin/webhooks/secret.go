package webhooks

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// A secret is "whsec_" and the base64 of so many bytes (Standard Webhooks, "Signature scheme": 24 to 64).
const (
	secretPrefix = "whsec_"
	secretBytes  = 32
)

func newSecret(random io.Reader) (string, error) {
	made := make([]byte, secretBytes)
	if _, err := io.ReadFull(random, made); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	return secretPrefix + base64.StdEncoding.EncodeToString(made), nil
}

// sealer keeps secrets unreadable to who has only the database.
func sealer(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("key of the secrets of webhooks: %w", err)
	}
	return cipher.NewGCM(block)
}

func (s *Service) sealed(secret string) (string, error) {
	nonce := make([]byte, s.seal.NonceSize())
	if _, err := io.ReadFull(s.Random, nonce); err != nil {
		return "", fmt.Errorf("seal a secret: %w", err)
	}
	return base64.StdEncoding.EncodeToString(s.seal.Seal(nonce, nonce, []byte(secret), nil)), nil
}

// unsealed fails when the key is another one than that it was sealed with.
func (s *Service) unsealed(text string) (string, error) {
	sealed, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(sealed) < s.seal.NonceSize() {
		return "", fmt.Errorf("a sealed secret is damaged: %w", err)
	}
	size := s.seal.NonceSize()
	secret, err := s.seal.Open(nil, sealed[:size], sealed[size:], nil)
	if err != nil {
		return "", fmt.Errorf("open a sealed secret: %w", err)
	}
	return string(secret), nil
}

// signed are the headers of a message, signed with each of the secrets.
func signed(key string, at time.Time, body []byte, secrets ...string) (http.Header, error) {
	var signatures []string
	for _, secret := range secrets {
		hook, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return nil, fmt.Errorf("read a secret: %w", err)
		}
		signature, err := hook.Sign(key, at, body)
		if err != nil {
			return nil, fmt.Errorf("sign a message: %w", err)
		}
		signatures = append(signatures, signature)
	}
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	header.Set(standardwebhooks.HeaderWebhookID, key)
	header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	header.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return header, nil
}
