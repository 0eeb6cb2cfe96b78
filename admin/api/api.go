// Package api is what programs do with shops: everything that people do on the pages, as REST under /api/v1.
//
// The OpenAPI 3.1 document is made from the types of requests and answers, so that it says what is true. Each
// operation says who may do it; a write happens in one transaction together with its entry in the audit trail and
// what is remembered of its Idempotency-Key.
package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"parley/admin"
	"parley/admin/webhooks"
	"parley/catalog"
	"parley/catalog/images"
	"parley/dialogs"
	"parley/migrations/db"
	"parley/orders"
	"parley/payments"
	"parley/payments/books"
	"parley/payments/settlement"
)

// Base is where the API is.
const Base = "/api/v1"

// Config is what the API is made of. All but Secure and Limits is required.
type Config struct {
	DB           *db.DB
	Now          func() time.Time
	Key          []byte // signs cursors and seals remembered answers; at least 32 bytes, the same in every replica
	Secure       bool   // it is reached by https
	Accounts     *admin.Accounts
	Catalog      *catalog.Service
	Orders       *orders.Service
	Payments     admin.Payments
	Settlement   Settlement
	ChatPayments admin.ChatPayments
	Images       *images.Service
	Webhooks     *webhooks.Service
	Inbox        Inbox
	Files        Files
	Channels     books.Channels // of orders
	Limits       Limits         // zero: the usual ones
	Log          *slog.Logger
}

// Settlement is what processors and banks say, beside the books.
type Settlement interface {
	admin.Settlement
	Contracts
	Item(ctx context.Context, m payments.MerchantID, id settlement.ItemID) (settlement.Item, []settlement.Decision, error)
	Import(ctx context.Context, f settlement.File) (settlement.Imported, error)
}

// API serves the operations.
type API struct {
	Config
	huma   huma.API
	ops    map[string]op // by id
	limits *limits
	page   docsPage

	contacts *dialogs.Contacts
}

// New makes the API. It fails when something of the configuration is missing.
func New(c Config) (*API, error) {
	switch {
	case c.DB == nil || c.Now == nil || c.Log == nil:
		return nil, errors.New("the API needs a database, a clock and a log")
	case c.Accounts == nil || c.Catalog == nil || c.Orders == nil || c.Images == nil || c.Webhooks == nil || c.Inbox == nil || c.Files == nil:
		return nil, errors.New("the API needs accounts, a catalogue with its images and files, orders, an inbox and webhooks")
	case c.Payments == nil || c.Settlement == nil || c.ChatPayments == nil || c.Channels == nil:
		return nil, errors.New("the API needs payments, those in chats, their settlement and the channels of orders")
	case len(c.Key) < 32:
		return nil, fmt.Errorf("the key of the API has %d bytes; it needs 32", len(c.Key))
	}
	page, err := loadDocs()
	if err != nil {
		return nil, err
	}
	return &API{Config: c, ops: map[string]op{}, limits: newLimits(c.Limits), page: page, contacts: dialogs.NewContacts(c.DB)}, nil
}

// at is the present as both engines keep it.
func (a *API) at() time.Time { return a.Now().UTC().Truncate(time.Microsecond) }

// Routes puts the API under Base.
func (a *API) Routes(app *fiber.App) {
	under := app.Group(Base)
	under.Use(a.door)
	a.huma = humafiber.NewWithGroup(app, under, settings())
	a.huma.UseMiddleware(a.admit)
	a.operations()
	a.disputeOperations(under)
	a.importStream(under)
	a.fileOperations(under)
	a.booksExport(under)
	a.docsRoutes(under)
	under.All("/*", a.nothing)
}

// operations is everything that can be done, by what it is done to.
func (a *API) operations() {
	a.sessionOperations()
	a.tokenOperations()
	a.categoryOperations()
	a.productOperations()
	a.variantOperations()
	a.stockOperations()
	a.translationOperations()
	a.bulkOperations()
	a.imageOperations()
	a.webhookOperations()
	a.searchOperations()
	a.merchantOperations()
	a.chatPaymentOperations()
	a.orderOperations()
	a.refundOperations()
	a.paymentOperations()
	a.reviewOperations()
	a.sellerOperations()
	a.concedeOperation()
	a.unclaimedOperations()
	a.differenceOperations()
	a.payoutOperations()
	a.statementOperations()
	a.contractOperations()
	a.booksOperations()
	a.contactOperations()
	a.conversationOperations()
	a.userOperations()
	a.auditOperations()
	a.importOperations()
}

func settings() huma.Config {
	c := huma.DefaultConfig("Parley", "1")
	c.Info.Description = about
	c.Info.License = &huma.License{Name: "Apache-2.0", URL: "https://www.apache.org/licenses/LICENSE-2.0"}
	c.Servers = []*huma.Server{{URL: Base}}
	c.DocsPath, c.OpenAPIPath, c.SchemasPath, c.CreateHooks = "", "", "", nil // ours are in docs.go
	c.RejectUnknownQueryParameters = true
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "A token of an account: `parley_…`, made by `POST /tokens` or `parley user token`."},
		"session": {Type: "apiKey", In: "cookie", Name: admin.CookieName(false), Description: "The cookie of somebody signed in. Writes need the header X-CSRF-Token too."},
	}
	return c
}

const about = `Everything that people do with their shops, for programs.

**Who is asking.** Send ` + "`Authorization: Bearer parley_…`" + `. A token acts as its account, within its scopes; what the account's
role and shops do not allow, no token does. Another shop's things are answered as if they were not there: 404.

**Lists** are read with ` + "`cursor`" + `: pass what ` + "`next`" + ` said, with the same filters, until there is none. ` + "`total=true`" + ` counts, to 10,000.

**Writes** may name themselves with ` + "`Idempotency-Key`" + ` (any text, a UUID for instance): repeated within a day the same request is done once
and answered alike; another request with the same key is refused with 409; a write that failed can be tried again.

**Two people** do not overwrite each other: an answer has an ` + "`ETag`" + `, a change needs it as ` + "`If-Match`" + ` (` + "`*`" + ` is whatever there is). 412 says that
somebody was faster, 428 that the header is missing.

**Refusals** are problems as in RFC 9457: ` + "`code`" + ` is for programs, ` + "`detail`" + ` for people, in the language of ` + "`Accept-Language`" + ` where there is one;
` + "`errors`" + ` names fields by their paths. 429 and 503 say ` + "`Retry-After`" + `, in seconds.

**Money** is in minor units: ` + "`{\"minor\": 1999, \"currency\": \"EUR\"}`" + ` is €19.99. Times are RFC 3339, in UTC. Wordings are by language: ` + "`{\"en\": \"Boots\", \"ru\": \"Ботинки\"}`" + `.`
