package webchat_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gofiber/fiber/v2"

	"parley/catalog/fault"
	"parley/channels/webchat"
)

// hashed is one picture whose name never means another.
type hashed struct{}

func (hashed) Lasting(name string) bool { return name == "m7/abc.jpg" || name == "m7/gone.jpg" }

func (hashed) Picture(_ context.Context, name string) ([]byte, string, error) {
	if name != "m7/abc.jpg" {
		return nil, "", fault.New(fault.Missing, "picture.missing")
	}
	return []byte("a picture"), "image/jpeg", nil
}

func TestAPictureWithAHashInItsNameIsKeptForEver(t *testing.T) {
	app := fiber.New()
	app.Get("/pictures/*", webchat.Pictures(hashed{}))
	get := func(method, path, tag string) (*http.Response, string) {
		t.Helper()
		request := httptest.NewRequestWithContext(t.Context(), method, path, http.NoBody)
		request.Header.Set("If-None-Match", tag)
		response, err := app.Test(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response, string(body)
	}
	first, body := get(http.MethodGet, "/pictures/m7/abc.jpg", "")
	tag := first.Header.Get("ETag")
	if body != "a picture" || first.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || first.Header.Get("Content-Type") != "image/jpeg" || tag == "" {
		t.Errorf("%q with %v", body, first.Header)
	}
	if again, body := get(http.MethodGet, "/pictures/m7/abc.jpg", tag); again.StatusCode != http.StatusNotModified || body != "" {
		t.Errorf("who has it gets %d, %q", again.StatusCode, body)
	}
	if head, body := get(http.MethodHead, "/pictures/m7/abc.jpg", ""); head.StatusCode != http.StatusOK || body != "" {
		t.Errorf("HEAD gets %d, %q", head.StatusCode, body)
	}
	if gone, _ := get(http.MethodGet, "/pictures/m7/gone.jpg", ""); gone.StatusCode != http.StatusNotFound || gone.Header.Get("Cache-Control") != "" {
		t.Errorf("what is missing is kept: %d, %v", gone.StatusCode, gone.Header)
	}
}
