package main_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"parley/payments/stripe/stripetest"
)

// told is what a request is answered, as somebody with a token.
func told(t *testing.T, method, address, token, body string, headers ...string) (status int, said string, header http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text), answer.Header
}

func TestAShopGetsAnAccountOfItsOwnAndThePlatformItsFee(t *testing.T) {
	t.Parallel()
	everyPlace(t, func(t *testing.T, at place) {
		const key, secret = "sk_test_connect_1234", "whsec_connect_1234"
		processor := stripetest.New(t, key, time.Now)
		at.env = append(at.env, "PARLEY_STRIPE_SECRET_KEY="+key, "PARLEY_STRIPE_WEBHOOK_SECRET="+secret, "PARLEY_STRIPE_API_URL="+processor.URL)
		says := func(code int, want string, args ...string) string {
			t.Helper()
			got := at.run(t, "", append([]string{"shop"}, args...)...)
			if got.code != code || !strings.Contains(got.out+got.err, want) {
				t.Fatalf("shop %v: exit %d, %q is missing:\n%s%s", args, got.code, want, got.out, got.err)
			}
			return got.out
		}
		says(1, "no account of its own", "connect", "meadow", "--look")
		says(0, processor.URL+"/setup/acct_test_1/1", "connect", "meadow")
		says(0, "can't be paid yet; barred: requirements.past_due; still wanted: business_profile.url, external_account", "connect", "meadow", "--look")
		says(2, "--rate is \"3\"", "fee", "meadow", "--rate", "3")
		says(0, "the platform keeps 2.9 % and 0.30 USD", "fee", "meadow", "--rate", "2.9%", "--fixed", "0.30")
		token := regexp.MustCompile(`parley_\S+`).FindString(func() string {
			if got := at.run(t, "correct horse battery staple\n", "user", "add", "anna", "--role", "owner"); got.code != 0 {
				t.Fatalf("%s%s", got.out, got.err)
			}
			return at.run(t, "", "user", "token", "add", "anna").out
		}())
		s := at.serve(t)
		api := s.url + "/api/v1/merchants/1"
		if status, said, _ := told(t, "GET", api+"/sellers", token, ""); status != 200 || !strings.Contains(said, `"account":"acct_test_1","live":false,"charges":false`) {
			t.Errorf("%d %s", status, said)
		}
		status, said, header := told(t, "GET", api+"/platform-fee", token, "")
		if status != 200 || said != `{"rate":29000,"fixed":{"minor":30,"currency":"USD"}}`+"\n" {
			t.Errorf("%d %s", status, said)
		}
		if status, said, _ = told(t, "PUT", api+"/platform-fee", token, `{"rate":50000,"fixed":{"minor":0,"currency":"USD"}}`, "If-Match", header.Get("ETag")); status != 200 {
			t.Errorf("%d %s", status, said)
		}
		status, said, _ = told(t, "POST", api+"/sellers/stripe/onboard", token, "")
		if status != 201 || !strings.Contains(said, processor.URL+"/setup/acct_test_1/2") {
			t.Errorf("%d %s", status, said)
		}
		_, audited, _ := told(t, "GET", s.url+"/api/v1/audit?merchant=1", token, "")
		for _, deed := range []string{"platform_fee.set", "seller.onboarded", `"who":"console"`} {
			if !strings.Contains(audited, deed) {
				t.Errorf("%s is not in the audit trail: %s", deed, audited)
			}
		}
		hook := func(event stripetest.Event) {
			t.Helper()
			answer, err := http.DefaultClient.Do(event.Request(t, s.url+"/hooks/stripe", secret, time.Now()))
			if err != nil || answer.StatusCode != http.StatusOK {
				t.Fatalf("%v, %v", answer, err)
			}
			_ = answer.Body.Close()
		}
		hook(processor.Seller(t, "acct_test_1", ""))
		if status, said, _ = told(t, "GET", api+"/sellers", token, ""); status != 200 || !strings.Contains(said, `"charges":true,"payouts":true`) {
			t.Errorf("%d %s", status, said)
		}
		back := passes(processor)
		if status, said, _ = told(t, "GET", s.url+back["return_url"], "", "", "Accept-Language", "ru"); status != 200 || !strings.Contains(said, "Всё готово") || !strings.Contains(said, "/admin/shops/meadow/seller") {
			t.Errorf("back from the processor: %d %s", status, said)
		}
		if status, _, header = told(t, "GET", s.url+back["refresh_url"], "", ""); status != 303 || header.Get("Location") != processor.URL+"/setup/acct_test_1/3" {
			t.Errorf("a page that is not good any more: %d %s", status, header)
		}
		if status, _, _ = told(t, "GET", s.url+"/connect/return/nobodys", "", ""); status != 404 {
			t.Errorf("with nobody's key: %d", status)
		}
		s.stop(t)
		at.verify(t)
	})
}

// passes are where the processor would send a shop's owner, as paths.
func passes(processor *stripetest.Server) map[string]string {
	paths := map[string]string{}
	for name, address := range processor.LastLink() {
		_, rest, _ := strings.Cut(address, "://")
		_, path, _ := strings.Cut(rest, "/")
		paths[name] = "/" + path
	}
	return paths
}
