package api_test

import (
	"flag"
	"fmt"
	"image/color"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"parley/admin"
	"parley/admin/api"
)

var update = flag.Bool("update", false, "write the files that are made from the program")

// matrix is who may do what: one letter each of owner, catalog, operator and finance.
var matrix = map[string]string{
	"get-me": "OCPF", "list-sessions": "OCPF", "end-session": "OCPF", "list-roles": "OCPF",
	"list-tokens": "OCPF", "create-token": "OCPF", "get-token": "OCPF", "revoke-token": "OCPF",
	"list-merchants": "OCPF", "get-merchant": "OCPF", "get-settings": "OCPF",
	"create-merchant": "O---", "change-merchant": "O---", "set-settings": "O---",
	"get-telegram-payments": "O---", "change-telegram-payments": "O---",
	"list-categories": "OCPF", "get-category": "OCPF",
	"create-category": "OC--", "change-category": "OC--", "move-category": "OC--", "delete-category": "OC--",
	"list-products": "OCPF", "get-product": "OCPF", "search-products": "OCPF", "get-synonyms": "OCPF", "set-synonyms": "OC--", "get-translation": "OCPF",
	"create-product": "OC--", "change-product": "OC--", "archive-product": "OC--", "set-options": "OC--", "set-attributes": "OC--", "set-tags": "OC--",
	"set-translation": "OC--", "drop-translation": "OC--",
	"get-variant": "OCPF", "create-variant": "OC--", "change-variant": "OC--", "archive-variant": "OC--",
	"list-stock-moves": "OCPF", "adjust-stock": "OC--",
	"bulk-products": "OC--", "bulk-variants": "OC--", "bulk-stock": "OC--",
	"list-orders": "O-PF", "get-order": "O-PF", "advance-order": "O-P-", "fulfil-order": "O-P-", "cancel-order": "O-P-", "note-order": "O-P-",
	"list-contacts": "O-P-", "get-contact": "O-P-", "change-contact": "O-P-", "erase-contact": "O---",
	"list-conversations": "O-P-", "get-conversation": "O-P-", "list-messages": "O-P-", "reply": "O-P-", "take-conversation": "O-P-", "hand-back-conversation": "O-P-",
	"list-feeds": "OCPF", "get-feed": "OCPF", "export-products": "OC--",
	"grant-refund": "O-PF", "list-refunds": "O--F", "execute-refund": "O--F", "withdraw-refund": "O--F", "list-reviews": "O--F", "resolve-review": "O--F",
	"confirm-payment": "O--F", "list-unclaimed": "O--F", "resolve-unclaimed": "O--F",
	"list-disputes": "O--F", "get-dispute": "O--F", "get-evidence": "O--F", "submit-evidence": "O--F",
	"list-differences": "O--F", "get-difference": "O--F", "decide-difference": "O--F", "list-payouts": "O--F", "list-transactions": "O--F", "import-statement": "O--F",
	"list-balances": "O--F", "get-revenue": "O--F", "list-entries": "O--F", "list-open-items": "O--F", "list-periods": "O--F", "close-period": "O--F", "export-books": "O--F",
	"concede-dispute": "O--F", "get-fee-contract": "O--F", "set-fee-contract": "O--F", "list-sellers": "O--F", "onboard-seller": "O---", "look-at-seller": "O--F", "get-platform-fee": "O--F", "set-platform-fee": "O---",
	"list-users": "O---", "create-user": "O---", "get-user": "O---", "change-user": "O---", "set-password": "O---",
	"list-audit":    "O---",
	"upload-import": "OC--", "list-imports": "OC--", "get-import": "OC--", "list-import-items": "OC--", "list-import-errors": "OC--", "follow-import": "OC--",
	"confirm-import": "OC--", "cancel-import": "OC--", "undo-import": "OC--",
	"list-images": "OCPF", "get-image": "OCPF",
	"upload-image": "OC--", "fetch-image": "OC--", "arrange-images": "OC--", "change-image": "OC--", "delete-image": "OC--", "retry-image": "OC--",
	"list-webhooks": "O---", "create-webhook": "O---", "get-webhook": "O---", "change-webhook": "O---", "delete-webhook": "O---",
	"rotate-webhook-secret": "O---", "test-webhook": "O---", "list-webhook-deliveries": "O---", "get-webhook-delivery": "O---",
	"replay-webhook-delivery": "O---", "replay-webhook": "O---",
}

var letters = map[admin.Role]string{admin.Owner: "O", admin.Catalog: "C", admin.Operator: "P", admin.Finance: "F"}

// path is where an operation is done, about a shop and with ids that may be there or not.
func pathOf(o api.Operation, shop, id int64) string {
	return strings.NewReplacer("{merchant}", fmt.Sprint(shop), "{id}", fmt.Sprint(id), "{language}", "en", "{image}", fmt.Sprint(id), "{delivery}", fmt.Sprint(id), "{feed}", "yml", "{gateway}", "stripe").Replace(o.Does)
}

func TestEachRoleMayDoWhatTheTableSaysAndNothingElse(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t), api.Limits{})
	for role, letter := range letters {
		p := h.signedIn(h.hires(string(role), role))
		for _, o := range h.api.OperationsForTest() {
			if o.Open {
				continue
			}
			who, known := matrix[o.ID]
			if !known {
				t.Fatalf("the matrix does not know %s", o.ID)
			}
			if o.ID == "end-session" {
				continue // it has nothing of another's to end, and would be asked with its own id
			}
			got := p.ask(pathOf(o, int64(h.meadow.ID), 999999), nil) // what is permitted then fails for its body or its id
			if may := strings.Contains(who, letter); may == (got.status == http.StatusForbidden) || got.status >= 500 || got.status == http.StatusUnauthorized {
				t.Errorf("%s as %s: status %d, want it permitted: %v", o.ID, role, got.status, may)
			}
		}
	}
}

func TestATokenIsForWhatItsScopesSay(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t), api.Limits{})
	account := h.hires("anna", admin.Owner)
	for _, scope := range admin.Scopes() {
		p := h.as(account, scope)
		for _, o := range h.api.OperationsForTest() {
			if o.Open || o.ID == "end-session" {
				continue
			}
			got := p.ask(pathOf(o, int64(h.meadow.ID), 999999), nil)
			may := !o.People && (o.Scope == "" || o.Scope == scope)
			if may == (got.status == http.StatusForbidden) {
				t.Errorf("%s with %s: status %d, want it permitted: %v", o.ID, scope, got.status, may)
			}
		}
	}
}

func TestNobodyComesInWithoutSigningIn(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t), api.Limits{})
	for _, o := range h.api.OperationsForTest() {
		if o.Open {
			continue
		}
		for _, token := range []string{"", "parley_aaaaaaaa_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "x"} {
			got := (&program{house: h, token: token, header: http.Header{}}).ask(pathOf(o, int64(h.meadow.ID), 1), nil)
			if got.status != http.StatusUnauthorized || got.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s with the token %q: status %d", o.ID, token, got.status)
			}
		}
	}
}

func TestAnotherShopsThingsAreNotThere(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.as(h.hires("anna", admin.Owner, h.meadow.ID))
		people := h.signedIn(h.hires("boris", admin.Owner, h.meadow.ID))
		stranger := h.hires("noor", admin.Owner, h.studio.ID)
		theirs := h.stock(h.studio)
		theirs["webhook"] = h.endpointOf(h.studio)
		theirs["account"], theirs["token"], theirs["session"] = int64(stranger.ID), h.tokenOf(stranger), h.sessionOf(stranger)
		before := h.state()
		for _, o := range h.api.OperationsForTest() {
			if o.Open || !strings.Contains(o.Does, "{") {
				continue
			}
			as := p
			if o.People {
				as = people
			}
			id := theirs[kindOf(o)]
			for _, shop := range []int64{int64(h.meadow.ID), int64(h.studio.ID)} {
				if shop == int64(h.meadow.ID) && !strings.Contains(o.Does, "{id}") {
					continue // their own shop
				}
				got := as.with("If-Match", "*").ask(pathOf(o, shop, id), bodyFor(o.ID))
				if o.ID == "upload-image" {
					got = as.uploads(strings.TrimPrefix(pathOf(o, shop, id), "POST "), h.drawn(color.Black))
				}
				if got.status != http.StatusNotFound && got.status != http.StatusForbidden {
					t.Errorf("%s of shop %d with a thing of another: status %d: %s", o.ID, shop, got.status, got.body)
				}
				if strings.Contains(got.body, "Lantern") || strings.Contains(got.body, "noor") {
					t.Errorf("%s tells of another shop: %s", o.ID, got.body)
				}
			}
		}
		if after := h.state(); after != before {
			t.Errorf("something was done: %s\nwas %s", after, before)
		}
	})
}

// kindOf is what the ids of an operation are of.
func kindOf(o api.Operation) string {
	if o.ID == "create-variant" {
		return "products"
	}
	return map[string]string{
		"Categories": "categories", "Products": "products", "Translations": "products", "Variants": "variants", "Stock": "variants", "Orders": "order",
		"Contacts": "contact", "Conversations": "conversation", "Users": "account", "Tokens": "token", "Sessions": "session", "Imports": "import", "Images": "products", "Webhooks": "webhook",
		"Refunds": "refund", "Reviews": "review", "Disputes": "dispute", "Settlement": "difference",
	}[o.Tag]
}

// bodyFor is a body that an operation takes.
func bodyFor(operation string) any {
	bodies := map[string]any{
		"confirm-import": is{}, "upload-import": []byte("x"),
		"fetch-image": is{"url": "https://cdn.example/x.png"}, "arrange-images": is{"order": []any{}}, "change-image": is{"alt": is{"en": "x"}},
		"create-webhook": is{"url": "https://x.example/"}, "change-webhook": is{"enabled": false}, "replay-webhook": is{"since": "2026-03-01T00:00:00Z"},
		"change-category": is{"position": 3}, "move-category": is{"parent": 0}, "change-product": is{"position": 3}, "set-options": is{"options": []any{}},
		"set-attributes": is{"attributes": []any{}}, "set-tags": is{"tags": []any{}}, "change-contact": is{"note": "x"}, "reply": is{"text": "x"}, "set-translation": is{"title": "x"},
		"create-variant": is{"price": is{"minor": 1, "currency": "EUR"}}, "change-variant": is{"weight": 3}, "adjust-stock": is{"delta": 1, "reason": "x"},
		"advance-order": is{"to": "shipped"}, "fulfil-order": is{}, "cancel-order": is{}, "note-order": is{"text": "x"}, "change-user": is{"name": "x"},
		"set-password": is{"password": secret}, "change-merchant": is{"state": "draft"}, "create-category": is{"slug": "x", "name": is{"en": "x"}},
		"create-product": is{"handle": "x", "title": is{"en": "x"}}, "set-synonyms": is{"synonyms": []any{}}, "change-telegram-payments": is{"stars_rate": "60"}, "set-settings": is{"time_zone": "UTC", "hold_minutes": 9, "delivery": []any{}},
		"bulk-products": is{"items": []any{is{"action": "archive", "id": 1}}}, "bulk-variants": is{"items": []any{is{"id": 1, "change": is{"weight": 1}}}},
		"concede-dispute": is{"note": "x"}, "set-fee-contract": is{"terms": []any{}}, "set-platform-fee": is{"rate": 1, "fixed": is{"minor": 0, "currency": "EUR"}},
		"grant-refund": is{"minor": 1, "reason": "x"}, "resolve-review": is{"action": "close", "note": "x"}, "close-period": is{"month": "2026-02"},
		"confirm-payment": is{"gateway": "transfer", "minor": 1}, "resolve-unclaimed": is{"action": "close", "note": "x"}, "submit-evidence": is{"note": "x"},
		"decide-difference": is{"action": "dismiss", "note": "x"}, "import-statement": []byte("x"),
		"bulk-stock": is{"items": []any{is{"variant": 1, "delta": 1, "reason": "x"}}},
	}
	return bodies[operation]
}

func TestThePageOfPermissionsIsTrue(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t), api.Limits{})
	var page strings.Builder
	page.WriteString("# Who may do what\n\nMade from the table that the program checks (`go test ./admin/api -run Permissions -update`).\n" +
		"Everything is also limited to the shops of the account; a token to its scopes. An empty scope: any token; “people”: only\nwho is signed in.\n\n" +
		"| operation | route | owner | catalog | operator | finance | scope |\n|---|---|---|---|---|---|---|\n")
	for _, o := range h.api.OperationsForTest() {
		cells := []string{}
		for _, role := range admin.Roles() {
			mark := ""
			if o.Open || slices.Contains(o.Roles, role) {
				mark = "yes"
			}
			cells = append(cells, mark)
		}
		scope := string(o.Scope)
		switch {
		case o.Open:
			scope = "nobody need be signed in"
		case o.People:
			scope = "people"
		}
		fmt.Fprintf(&page, "| `%s` | `%s` | %s | %s |\n", o.ID, o.Does, strings.Join(cells, " | "), scope)
	}
	isKept(t, "../../docs/permissions.md", page.String())
}

func TestTheCommittedDocumentIsTrue(t *testing.T) {
	h := openHouse(t, stocked.SQLite(t), api.Limits{})
	document, err := h.api.Document()
	h.check(err)
	isKept(t, "openapi.json", string(document))
}

// isKept says whether a committed file is what it is made as, or makes it so.
func isKept(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the program makes; run go test ./admin/api -update and look at the difference", path)
	}
}
