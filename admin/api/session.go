package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"parley/admin"
)

// Me is who is asking, and what they may do.
type Me struct {
	User       User     `json:"user"`
	Token      *Token   `json:"token,omitempty" doc:"What they came in with; absent: with a session."`
	CSRF       string   `json:"csrf_token,omitempty" doc:"What a browser sends as X-CSRF-Token with writes; absent for tokens."`
	Operations []string `json:"operations" doc:"The ids of the operations that they may use."`
}

// Credentials are how a person signs in.
type Credentials struct {
	Login    string `json:"login" minLength:"1" maxLength:"200" example:"owner"`
	Password string `json:"password" minLength:"1" maxLength:"1000" format:"password" example:"correct horse battery staple"`
}

// Session is a person signed in somewhere.
type Session struct {
	ID        int64     `json:"id"`
	Created   time.Time `json:"created_at"`
	Seen      time.Time `json:"seen_at" doc:"When they last did something, to the minute."`
	Expires   time.Time `json:"expires_at"`
	UserAgent string    `json:"user_agent"`
	Current   bool      `json:"current" doc:"It is the one that asks."`
}

// User is a person who runs shops.
type User struct {
	ID       int64     `json:"id"`
	Login    string    `json:"login" example:"anna"`
	Name     string    `json:"name" example:"Anna" doc:"As colleagues and buyers read it."`
	Role     string    `json:"role" enum:"owner,catalog,operator,finance"`
	Active   bool      `json:"active" doc:"They may sign in."`
	AllShops bool      `json:"all_merchants" doc:"Every shop is theirs, those of tomorrow too."`
	Shops    []int64   `json:"merchants" doc:"The shops they work for, unless all."`
	Created  time.Time `json:"created_at"`
}

func userView(account admin.Account) User {
	u := User{
		ID: int64(account.ID), Login: account.Login, Name: account.Name, Role: string(account.Role), Active: account.Active,
		AllShops: account.AllShops, Shops: []int64{}, Created: account.Created,
	}
	for _, shop := range account.Shops {
		u.Shops = append(u.Shops, int64(shop))
	}
	return u
}

func (a *API) sessionOperations() {
	read(a, op{id: "get-me", does: "GET /me", tag: "Sessions", summary: "Who am I", about: "Also what the caller may do, and what a browser needs for writes."}, a.getMe)
	read(a, op{id: "sign-in", does: "POST /sessions", tag: "Sessions", open: true, status: 201, summary: "Sign in",
		about: "Sets the cookie of a session. Too many tries are refused with 429."}, a.signIn)
	read(a, op{id: "list-sessions", does: "GET /sessions", tag: "Sessions", summary: "List my sessions", about: "The open ones, newest first."}, a.listSessions)
	write(a, op{id: "end-session", does: "DELETE /sessions/{id}", tag: "Sessions", summary: "Sign out somewhere",
		about: "Ends one of the caller's own sessions."}, a.endSession)
}

func (a *API) getMe(_ context.Context, c *call, _ *struct{}) (*plain[Me], error) {
	return &plain[Me]{a.me(c)}, nil
}

func (a *API) me(c *call) Me {
	me := Me{User: userView(c.account), Operations: []string{}}
	if c.token != nil {
		view := tokenView(*c.token)
		me.Token = &view
	} else {
		me.CSRF = a.csrf(c.session)
	}
	for _, o := range a.sorted() {
		as := *c
		if as.op = o; as.permitted() == nil {
			me.Operations = append(me.Operations, o.id)
		}
	}
	return me
}

type signIn struct{ Body Credentials }

// signIn is outside of any transaction: what was tried is to be remembered, whatever comes of it.
func (a *API) signIn(ctx context.Context, c *call, in *signIn) (*plain[Me], error) {
	account, err := a.Accounts.Authenticate(ctx, in.Body.Login, in.Body.Password, strings.Clone(c.fiber.IP()))
	if err != nil {
		return nil, err
	}
	var secret string
	err = a.DB.InTx(ctx, func(ctx context.Context) error {
		if secret, err = a.Accounts.SignIn(ctx, account.ID, c.header(fiber.HeaderUserAgent)); err != nil {
			return err
		}
		c.who = account.ID.Who()
		return a.record(ctx, c, []deed{{subject: c.who}})
	})
	if err != nil {
		return nil, err
	}
	if c.session, err = a.Accounts.SessionOf(ctx, secret); err != nil {
		return nil, err
	}
	c.account = account
	c.fiber.Cookie(&fiber.Cookie{
		Name: admin.CookieName(a.Secure), Value: secret, Path: "/", MaxAge: int(admin.LongestSession.Seconds()), Secure: a.Secure, HTTPOnly: true,
		SameSite: fiber.CookieSameSiteLaxMode,
	})
	return &plain[Me]{a.me(c)}, nil
}

func (a *API) listSessions(ctx context.Context, c *call, in *struct{ Paging }) (*listed[Session], error) {
	list := c.listOf(nil)
	after, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := a.Accounts.Sessions(ctx, c.account.ID, after.ID, in.Limit+1)
	if err != nil {
		return nil, err
	}
	view := func(s admin.Session) Session {
		return Session{ID: s.ID, Created: s.Created, Seen: s.Seen, Expires: s.Expires, UserAgent: s.UserAgent, Current: s.ID == c.session.ID}
	}
	page := pageOf(a, list, in.Paging, found, view, func(s admin.Session) place { return place{ID: s.ID} })
	page.Total, err = in.counted(ctx, func(ctx context.Context, most int) (int, error) {
		all, err := a.Accounts.Sessions(ctx, c.account.ID, 0, most)
		return len(all), err
	})
	return &listed[Session]{page}, err
}

// IDPath is one thing that belongs to no shop.
type IDPath struct {
	ID int64 `path:"id" minimum:"1" example:"1"`
}

func (a *API) endSession(ctx context.Context, c *call, in *IDPath) (*done, []deed, error) {
	if err := a.Accounts.EndSession(ctx, c.account.ID, in.ID); err != nil {
		return nil, nil, err
	}
	return &done{}, []deed{{subject: fmt.Sprintf("session:%d", in.ID)}}, nil
}
