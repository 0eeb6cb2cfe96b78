package admin

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// Base is where the pages are.
const Base = "/admin"

// Where things are below Base.
const (
	signInPath = "/sign-in"
	staticPath = "/static/"
)

// route is one thing that can be done by somebody who is signed in: a method and a path below Base. One with
// :shop is about a shop of the account.
type route string

var (
	anyone   = Roles()
	talkers  = []Role{Owner, Operator}
	readers  = []Role{Owner, Operator, Finance}
	shippers = []Role{Owner, Operator}
	tellers  = []Role{Owner, Finance}
	granters = []Role{Owner, Operator, Finance} // an operator only where somebody else executes
)

// permitted is the whole of what staff can do, and who may do it.
var permitted = map[route][]Role{
	"GET /":                                    anyone,
	"POST /sign-out":                           anyone,
	"GET /account":                             anyone,
	"POST /account/password":                   anyone,
	"GET /shops/:shop/inbox":                   talkers,
	"GET /shops/:shop/inbox/stream":            talkers,
	"GET /shops/:shop/inbox/:id":               talkers,
	"POST /shops/:shop/inbox/:id/reply":        talkers,
	"POST /shops/:shop/inbox/:id/take":         talkers,
	"POST /shops/:shop/inbox/:id/hand-back":    talkers,
	"GET /shops/:shop/orders":                  readers,
	"GET /shops/:shop/orders/:id":              readers,
	"POST /shops/:shop/orders/:id/ship":        shippers,
	"POST /shops/:shop/orders/:id/complete":    shippers,
	"POST /shops/:shop/orders/:id/cancel":      shippers,
	"POST /shops/:shop/orders/:id/confirm":     tellers,
	"GET /shops/:shop/reviews":                 tellers,
	"POST /shops/:shop/reviews/:id/close":      tellers,
	"POST /shops/:shop/reviews/:id/resolve":    tellers,
	"POST /shops/:shop/orders/:id/refund":      granters,
	"GET /shops/:shop/refunds":                 tellers,
	"POST /shops/:shop/refunds/:id/execute":    tellers,
	"POST /shops/:shop/refunds/:id/withdraw":   tellers,
	"GET /shops/:shop/disputes":                tellers,
	"GET /shops/:shop/disputes/:id/evidence":   tellers,
	"POST /shops/:shop/disputes/:id/evidence":  tellers,
	"POST /shops/:shop/disputes/:id/concede":   tellers,
	"GET /shops/:shop/differences":             tellers,
	"POST /shops/:shop/differences/:id/decide": tellers,
	"GET /shops/:shop/payouts":                 tellers,
	"GET /shops/:shop/books":                   tellers,
	"GET /shops/:shop/books/entries":           tellers,
	"GET /shops/:shop/books/export":            tellers,
	"POST /shops/:shop/books/close":            tellers,
	"GET /shops/:shop/seller":                  tellers,
	"POST /shops/:shop/seller/onboard":         {Owner},
	"POST /shops/:shop/seller/look":            tellers,
	"POST /shops/:shop/seller/fee":             {Owner}, // of all shops only
	"GET /shops/:shop/telegram":                {Owner},
	"POST /shops/:shop/telegram/provider":      {Owner},
	"POST /shops/:shop/telegram/stars":         {Owner},
	"GET /unclaimed":                           tellers,
	"POST /unclaimed/:id/close":                tellers,
	"POST /unclaimed/:id/resolve":              tellers,
}

// allows says whether a role may do what a route does.
func (r route) allows(role Role) bool { return slices.Contains(permitted[r], role) }

func (r route) split() (method, path string) {
	method, path, _ = strings.Cut(string(r), " ")
	return method, path
}

// Routes puts the pages under Base. Nothing that reads response bodies (etag, cache, compression that
// buffers) may stand before the stream.
func (a *Admin) Routes(app fiber.Router) {
	under := app.Group(Base)
	under.Get(staticPath+":hash/:name", a.asset)
	under.Get(signInPath, a.open((*Admin).sessionNew))
	under.Post(signInPath, a.open((*Admin).sessionCreate))
	serve := func(r route, do func(*Admin, *visit) error) {
		method, path := r.split()
		under.Add(method, path, a.guarded(r, do))
	}
	serve("GET /", (*Admin).homeShow)
	serve("POST /sign-out", (*Admin).sessionDelete)
	serve("GET /account", (*Admin).accountShow)
	serve("POST /account/password", (*Admin).passwordChange)
	serve("GET /shops/:shop/inbox", (*Admin).conversationList)
	serve("GET /shops/:shop/inbox/stream", (*Admin).inboxStream)
	serve("GET /shops/:shop/inbox/:id", (*Admin).conversationShow)
	serve("POST /shops/:shop/inbox/:id/reply", (*Admin).conversationReply)
	serve("POST /shops/:shop/inbox/:id/take", (*Admin).conversationTake)
	serve("POST /shops/:shop/inbox/:id/hand-back", (*Admin).conversationHandBack)
	serve("GET /shops/:shop/orders", (*Admin).orderList)
	serve("GET /shops/:shop/orders/:id", (*Admin).orderShow)
	serve("POST /shops/:shop/orders/:id/ship", (*Admin).orderShip)
	serve("POST /shops/:shop/orders/:id/complete", (*Admin).orderComplete)
	serve("POST /shops/:shop/orders/:id/cancel", (*Admin).orderCancel)
	serve("POST /shops/:shop/orders/:id/confirm", (*Admin).paymentConfirm)
	serve("GET /shops/:shop/reviews", (*Admin).reviewList)
	serve("POST /shops/:shop/reviews/:id/close", (*Admin).reviewClose)
	serve("POST /shops/:shop/reviews/:id/resolve", (*Admin).reviewResolve)
	serve("POST /shops/:shop/orders/:id/refund", (*Admin).refundGrant)
	serve("GET /shops/:shop/refunds", (*Admin).refundList)
	serve("POST /shops/:shop/refunds/:id/execute", (*Admin).refundExecute)
	serve("POST /shops/:shop/refunds/:id/withdraw", (*Admin).refundWithdraw)
	serve("GET /shops/:shop/disputes", (*Admin).disputeList)
	serve("GET /shops/:shop/disputes/:id/evidence", (*Admin).evidenceShow)
	serve("POST /shops/:shop/disputes/:id/evidence", (*Admin).evidenceSubmit)
	serve("POST /shops/:shop/disputes/:id/concede", (*Admin).disputeConcede)
	serve("GET /shops/:shop/differences", (*Admin).differenceList)
	serve("POST /shops/:shop/differences/:id/decide", (*Admin).differenceDecide)
	serve("GET /shops/:shop/payouts", (*Admin).payoutList)
	serve("GET /shops/:shop/books", (*Admin).booksShow)
	serve("GET /shops/:shop/books/entries", (*Admin).entryList)
	serve("GET /shops/:shop/books/export", (*Admin).booksExport)
	serve("POST /shops/:shop/books/close", (*Admin).periodClose)
	serve("GET /shops/:shop/seller", (*Admin).sellerShow)
	serve("POST /shops/:shop/seller/onboard", (*Admin).sellerOnboard)
	serve("POST /shops/:shop/seller/look", (*Admin).sellerLook)
	serve("POST /shops/:shop/seller/fee", (*Admin).sellerFee)
	serve("GET /shops/:shop/telegram", (*Admin).telegramShow)
	serve("POST /shops/:shop/telegram/provider", (*Admin).telegramProvider)
	serve("POST /shops/:shop/telegram/stars", (*Admin).telegramStars)
	serve("GET /unclaimed", (*Admin).unclaimedList)
	serve("POST /unclaimed/:id/close", (*Admin).unclaimedClose)
	serve("POST /unclaimed/:id/resolve", (*Admin).unclaimedResolve)
	under.All("/*", a.open(func(*Admin, *visit) error { return noPage() }))
}
