package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"parley/admin"
	"parley/catalog"
)

// op is one operation and who may do it.
type op struct {
	id      string // "list-categories"
	does    string // "GET /merchants/{merchant}/categories"; with {merchant} it is about a shop of the account
	tag     string
	summary string
	about   string
	roles   []admin.Role // who may; none: everybody who is signed in
	scope   admin.Scope  // what a token must be for; empty: whatever it is for
	open    bool         // nobody need be signed in
	people  bool         // only by sessions: programs have no business here
	status  int          // of success; zero: 200, or 204 without an answer
	matched bool         // If-Match is required
	size    int64        // bytes of a body at most; zero: 2 MB
	file    bool         // its body is a file, read as it comes in

	patience time.Duration // how long it may take; zero: as long as the others
}

func (o op) split() (method, path string) {
	method, path, _ = strings.Cut(o.does, " ")
	return method, path
}

func (o op) writes() bool { return !strings.HasPrefix(o.does, http.MethodGet+" ") }

// Who may do what.
var (
	everybody = admin.Roles()
	owners    = []admin.Role{admin.Owner}
	sellers   = []admin.Role{admin.Owner, admin.Catalog}
	readers   = []admin.Role{admin.Owner, admin.Operator, admin.Finance}
	shippers  = []admin.Role{admin.Owner, admin.Operator}
)

// mostBody is how many bytes a body may have, unless an operation says otherwise. The server lets no more pass.
const mostBody = 2 << 20

// patience is how long one operation may take.
const patience = 30 * time.Second

// call is one request of somebody.
type call struct {
	op       op
	account  admin.Account
	who      string // "staff:1" or "token:7"
	token    *admin.Token
	session  admin.Session
	shop     catalog.Merchant // the one that the operation is about, if it is about one
	language string           // of sentences
	fiber    *fiber.Ctx
	sum      []byte // of a body that is not kept in memory
	did      bool   // the write was done by this call
}

// sees says whether a shop is the account's.
func (c *call) sees(id catalog.MerchantID) bool {
	return c.account.AllShops || slices.Contains(c.account.Shops, id)
}

type callKey struct{}

func callOf(ctx context.Context) *call {
	c, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		panic("an operation without its middleware")
	}
	return c
}

// deed is what a write changed, for the audit trail. Was and became are what the answers of the API show of it; nil
// stands for nothing.
type deed struct {
	subject     string // "category:5"
	note        string
	was, became any
}

// read is an operation that changes nothing.
func read[I, O any](a *API, o op, do func(ctx context.Context, c *call, in *I) (*O, error)) {
	huma.Register(a.huma, a.described(o), func(ctx context.Context, in *I) (*O, error) {
		c := callOf(ctx)
		ctx, done := context.WithTimeout(ctx, patience)
		defer done()
		if err := readable(in); err != nil {
			return nil, a.problem(ctx, c, err)
		}
		out, err := do(ctx, c, in)
		if err != nil {
			return nil, a.problem(ctx, c, err)
		}
		return out, nil
	})
}

// write is an operation that changes something: in one transaction, with its entry in the audit trail and what is
// remembered of its key. What it returns is kept and given again to a repetition, so it holds nothing but data.
func write[I, O any](a *API, o op, do func(ctx context.Context, c *call, in *I) (*O, []deed, error)) {
	writeAfter(a, o, nil, do)
}

// writeAfter is a write with something to be done before its transaction is begun, since it takes its time; before may
// be nil. It is not done for a repetition of a write that named itself. What it returns, if anything, takes it back when the
// write itself comes to nothing: because it was refused, or because the same was sent twice at once.
func writeAfter[I, O any](a *API, o op, before func(ctx context.Context, c *call, in *I) (undo func(ctx context.Context), err error),
	do func(ctx context.Context, c *call, in *I) (*O, []deed, error)) {
	huma.Register(a.huma, a.described(o), func(ctx context.Context, in *I) (*O, error) {
		c := callOf(ctx)
		ctx, done := context.WithTimeout(admin.By(ctx, c.who), max(o.patience, patience))
		defer done()
		if err := readable(in); err != nil {
			return nil, a.problem(ctx, c, err)
		}
		out, err := prepared(ctx, a, c, in, before, do)
		if err != nil {
			return nil, a.problem(ctx, c, err)
		}
		return out, nil
	})
}

func prepared[I, O any](ctx context.Context, a *API, c *call, in *I, before func(ctx context.Context, c *call, in *I) (func(context.Context), error),
	do func(ctx context.Context, c *call, in *I) (*O, []deed, error)) (out *O, err error) {
	if before != nil {
		out, err := recalled[O](ctx, a, c)
		if out != nil || err != nil {
			return out, err
		}
		undo, err := before(ctx, c, in)
		if err != nil {
			return nil, err
		}
		if undo != nil {
			defer func() {
				if !c.did {
					undo(context.WithoutCancel(ctx))
				}
			}()
		}
	}
	acted := false
	err = a.DB.InTx(ctx, func(ctx context.Context) (err error) {
		acted = false // a transaction may be run again
		out, err = once(ctx, a, c, func(ctx context.Context) (*O, error) {
			acted = true
			made, deeds, err := do(ctx, c, in)
			if err != nil {
				return nil, err
			}
			return made, a.record(ctx, c, deeds)
		})
		return err
	})
	c.did = acted && err == nil
	return out, err
}

// refusals are the statuses that an operation may refuse with.
func (o op) refusals() []int {
	all := []int{400, 401, 403, 404, 406, 422, 429, 500, 503}
	if o.open {
		all = []int{400, 401, 403, 406, 422, 429, 500, 503}
	}
	if o.writes() {
		all = append(all, 409, 412, 413, 415)
	}
	if o.matched {
		all = append(all, 428)
	}
	slices.Sort(all)
	return all
}

// described is an operation as the document has it. It also keeps it for whoever comes.
func (a *API) described(o op) huma.Operation {
	if _, twice := a.ops[o.id]; twice {
		panic("two operations are called " + o.id)
	}
	a.ops[o.id] = o
	method, path := o.split()
	if o.size == 0 {
		o.size = mostBody
	}
	h := huma.Operation{
		OperationID: o.id, Method: method, Path: path, Tags: []string{o.tag}, Summary: o.summary, Description: o.about + o.permission(),
		DefaultStatus: o.status, MaxBodyBytes: o.size, Errors: o.refusals(), Security: []map[string][]string{{"token": {}}, {"session": {}}},
		Extensions: map[string]any{"x-roles": o.allowed(), "x-scope": string(o.scope)},
	}
	if o.file {
		h.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		}}
	}
	if o.open {
		h.Security = []map[string][]string{}
	}
	if o.people {
		h.Security = []map[string][]string{{"session": {}}}
	}
	if o.writes() && !o.open {
		h.Parameters = append(h.Parameters, &huma.Param{
			Name: "Idempotency-Key", In: "header", Description: "Names this write: repeated within a day it is done once.",
			Schema: &huma.Schema{Type: huma.TypeString, MinLength: pointer(1), MaxLength: pointer(mostKey)},
		})
	}
	return h
}

func pointer[T any](value T) *T { return &value }

func (o op) allowed() []admin.Role {
	if len(o.roles) == 0 {
		return everybody
	}
	return o.roles
}

// permission is who may do it, as a sentence.
func (o op) permission() string {
	if o.open {
		return ""
	}
	names := make([]string, len(o.allowed()))
	for i, role := range o.allowed() {
		names[i] = string(role)
	}
	said := "\n\nRoles: " + strings.Join(names, ", ") + "."
	if o.scope != "" {
		said += fmt.Sprintf(" Scope: `%s`.", o.scope)
	}
	return strings.TrimPrefix(said, "")
}
