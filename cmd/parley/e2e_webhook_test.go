package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// program is one of others that asks the API with a token.
type program struct {
	*testing.T
	url, token string
}

// asks wants a status and returns the answer.
func (p program) asks(want int, method, path, body string) map[string]any {
	p.Helper()
	request, err := http.NewRequestWithContext(p.Context(), method, p.url+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+p.token)
	request.Header.Set("If-Match", "*")
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	got, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		p.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil || got.StatusCode != want {
		p.Fatalf("%s %s: status %d, want %d: %s %v", method, path, got.StatusCode, want, text, err)
	}
	var answer map[string]any
	_ = json.Unmarshal(text, &answer) // some have none
	return answer
}

var shownToken = regexp.MustCompile(`(?m)^  (parley_\S+)$`)

// owner makes an owner with a token for some scopes; for every one without any.
func (p place) owner(t *testing.T, scopes ...string) (token string) {
	t.Helper()
	if got := p.run(t, "", "user", "add", "boss", "--role", "owner"); got.code != 0 {
		t.Fatalf("user add exits with %d: %s", got.code, got.err)
	}
	args := []string{"user", "token", "add", "boss", "--name", "warehouse"}
	for _, scope := range scopes {
		args = append(args, "--scope", scope)
	}
	got := p.run(t, "", args...)
	found := shownToken.FindStringSubmatch(got.out)
	if got.code != 0 || found == nil {
		t.Fatalf("user token add exits with %d: %s%s", got.code, got.out, got.err)
	}
	return found[1]
}

func TestATokenOfTheCommandLineIsGoodWithinItsScopesUntilItIsRevoked(t *testing.T) {
	t.Parallel()
	at := sqlitePlace(t)
	token := at.owner(t, "catalog:read", "merchants:read")
	s := at.serve(t)
	p := program{t, s.url, token}
	p.asks(http.StatusOK, http.MethodGet, "/merchants/1/products", "")
	p.asks(http.StatusForbidden, http.MethodPost, "/merchants/1/categories", `{"slug":"x","name":{"en":"X"}}`)
	p.asks(http.StatusForbidden, http.MethodGet, "/merchants/1/orders", "")
	s.stop(t)
	list := at.run(t, "", "user", "token", "list", "boss")
	line := regexp.MustCompile(`(?m)^(parley_\S+)\s+warehouse\s+good\s.*catalog:read`).FindStringSubmatch(list.out)
	if line == nil || !strings.HasPrefix(token, line[1]) || strings.Contains(list.out, token) {
		t.Fatalf("the list is:\n%s", list.out)
	}
	if got := at.run(t, "", "user", "token", "revoke", "boss", line[1]); got.code != 0 {
		t.Fatalf("user token revoke exits with %d: %s", got.code, got.err)
	}
	if list := at.run(t, "", "user", "token", "list", "boss"); !strings.Contains(list.out, "revoked") {
		t.Errorf("afterwards the list is:\n%s", list.out)
	}
	s = at.serve(t)
	program{t, s.url, token}.asks(http.StatusUnauthorized, http.MethodGet, "/merchants/1/products", "")
	s.stop(t)
}

// private is an address of this machine that is not its own: webhooks never lead to that.
func private(t *testing.T) net.IP {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		if at, ok := one.(*net.IPNet); ok && at.IP.IsPrivate() {
			return at.IP
		}
	}
	t.Skip("SKIPPED: THIS MACHINE HAS NO ADDRESS IN A PRIVATE NETWORK, to which webhooks could be sent")
	return nil
}

// heard is what a receiver was sent.
type heard struct {
	header http.Header
	body   []byte
}

// receiver hears webhooks at an address of this machine.
func receiver(t *testing.T) (url, network string, all chan heard) {
	t.Helper()
	at, all := private(t), make(chan heard, 100)
	listener, err := net.Listen("tcp", net.JoinHostPort(at.String(), "0"))
	if err != nil {
		t.Skipf("SKIPPED: NOBODY CAN LISTEN AT %s: %v", at, err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		all <- heard{r.Header.Clone(), body}
	})}}
	server.Start()
	t.Cleanup(server.Close)
	bits := 128
	if at.To4() != nil {
		bits = 32
	}
	return "http://" + listener.Addr().String() + "/in", fmt.Sprintf("%s/%d", at, bits), all
}

// hears waits for a message of a type and checks that each secret signs it.
func hears(t *testing.T, all chan heard, kind string, secrets ...string) (id string) {
	t.Helper()
	var last heard
	eventually(t, "a message of "+kind, func() bool {
		select {
		case last = <-all:
			return strings.Contains(string(last.body), `"type":"`+kind+`"`)
		default:
			return false
		}
	})
	for _, secret := range secrets {
		verifier, err := standard.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		if err := verifier.Verify(last.body, last.header); err != nil {
			t.Errorf("%s is not signed with %.10s…: %v", last.body, secret, err)
		}
	}
	return last.header.Get("webhook-id")
}

func TestAProgramHearsSignedWebhooksReplaysThemAndRotatesTheirSecret(t *testing.T) {
	t.Parallel()
	everyPlace(t, func(t *testing.T, at place) {
		url, network, all := receiver(t)
		token := at.owner(t)
		s := at.serve(t, "PARLEY_PRIVATE_NETWORKS="+network)
		p := program{t, s.url, token}
		hook := p.asks(http.StatusCreated, http.MethodPost, "/merchants/1/webhooks", `{"url":"`+url+`","events":["product.updated"]}`)
		one := fmt.Sprintf("/merchants/1/webhooks/%v", hook["id"])
		first := hook["secret"].(string)
		product := p.asks(http.StatusOK, http.MethodGet, "/merchants/1/products?limit=1", "")["items"].([]any)[0].(map[string]any)["id"]
		change := func(vendor string) {
			t.Helper()
			p.asks(http.StatusOK, http.MethodPatch, fmt.Sprintf("/merchants/1/products/%v", product), `{"vendor":"`+vendor+`"}`)
		}
		change("Alm")
		id := hears(t, all, "product.updated", first)

		var delivery any
		eventually(t, "the delivery in the log", func() bool {
			list := p.asks(http.StatusOK, http.MethodGet, one+"/deliveries", "")["items"].([]any)
			if len(list) != 1 || list[0].(map[string]any)["state"] != "delivered" {
				return false
			}
			delivery = list[0].(map[string]any)["id"]
			return true
		})
		p.asks(http.StatusOK, http.MethodPost, fmt.Sprintf("%s/deliveries/%v/replay", one, delivery), "")
		if again := hears(t, all, "product.updated", first); again != id {
			t.Errorf("replayed it is %s, and was %s", again, id)
		}

		second := p.asks(http.StatusOK, http.MethodPost, one+"/secret", "")["secret"].(string)
		if second == first {
			t.Error("the secret is the same")
		}
		change("Ulm")
		hears(t, all, "product.updated", first, second)
		p.asks(http.StatusNoContent, http.MethodDelete, one, "")
		s.stop(t)
		at.verify(t)
	})
}
