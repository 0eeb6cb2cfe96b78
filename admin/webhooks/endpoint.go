package webhooks

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"parley/catalog"
	"parley/catalog/event"
	"parley/catalog/fault"
	"parley/catalog/outside"
)

// State is whether an endpoint hears.
type State string

// States of endpoints.
const (
	Enabled  State = "enabled"
	Disabled State = "disabled" // somebody turned it off: nothing is kept for it
	Broken   State = "broken"   // we gave it up; what happens is kept, to be replayed once it is enabled again
)

// Endpoint is where a program of others hears what happens in a shop. Its secret is shown once, when it is made.
type Endpoint struct {
	ID           EndpointID
	Merchant     catalog.MerchantID
	URL          string
	Events       []event.Type // what it wants to hear of; none: everything
	Description  string
	State        State
	Note         *fault.Error // why it is Broken
	OldTill      time.Time    // until then the secret before signs too; zero: there is none
	FailingSince time.Time    // zero: its last answer was good
	Created      time.Time
	Updated      time.Time
}

// Draft is what somebody says of an endpoint.
type Draft struct {
	URL         string
	Events      []event.Type
	Description string
	Disabled    bool
}

// Draft is what somebody has said of the endpoint.
func (e Endpoint) Draft() Draft { return Draft{e.URL, e.Events, e.Description, e.State != Enabled} }

// Bounds of endpoints.
const (
	mostEndpoints      = 20 // of a shop
	longestDescription = 500
	overlap            = 24 * time.Hour // how long the secret before still signs
)

// check tidies a draft and refuses what can't be called.
func (d Draft) check(plain bool) (Draft, error) {
	d.URL, d.Description = strings.TrimSpace(d.URL), strings.TrimSpace(d.Description)
	if err := outside.CheckURL(d.URL); err != nil {
		return d, err
	}
	if parsed, err := url.Parse(d.URL); err != nil || parsed.Scheme != "https" && !plain {
		return d, fault.New(fault.Invalid, "webhook.plain").With("field", "url")
	}
	if utf8.RuneCountInString(d.Description) > longestDescription || strings.Contains(d.Description, "\x00") {
		return d, fault.New(fault.Invalid, "webhook.description").With("field", "description").With("most", strconv.Itoa(longestDescription))
	}
	d.Events = slices.Compact(slices.Sorted(slices.Values(d.Events)))
	for _, t := range d.Events {
		if !slices.Contains(event.Types(), t) {
			return d, fault.New(fault.Invalid, "webhook.event").With("field", "events").With("value", string(t))
		}
	}
	return d, nil
}

// Create adds an endpoint and returns it with its secret, which is not shown again. It fails with fault.Invalid
// {field}, and with fault.Conflict "webhook.too_many" {most}.
func (s *Service) Create(ctx context.Context, merchant catalog.MerchantID, d Draft) (e Endpoint, secret string, err error) {
	if d, err = d.check(s.Plain); err != nil {
		return Endpoint{}, "", err
	}
	if secret, err = newSecret(s.Random); err != nil {
		return Endpoint{}, "", err
	}
	err = s.DB.InTx(ctx, func(ctx context.Context) error {
		all, err := s.List(ctx, merchant)
		if err != nil {
			return err
		}
		if len(all) >= mostEndpoints {
			return fault.New(fault.Conflict, "webhook.too_many").With("most", strconv.Itoa(mostEndpoints))
		}
		id, err := s.insertEndpoint(ctx, merchant, d, secret)
		if err != nil {
			return err
		}
		e, err = s.Find(ctx, merchant, id)
		return err
	})
	s.changed(ctx)
	return e, secret, err
}

// Change makes of an endpoint what edit leaves of what was said of it. One that was Broken is Enabled by saying that it
// is not Disabled, and its failing counts from anew. It fails with fault.Missing, fault.Invalid {field}, and as edit does.
func (s *Service) Change(ctx context.Context, merchant catalog.MerchantID, id EndpointID, edit func(Endpoint, *Draft) error) (was, is Endpoint, err error) {
	err = s.DB.InTx(ctx, func(ctx context.Context) error {
		if was, err = s.find(ctx, merchant, id, s.DB.ForUpdate()); err != nil {
			return err
		}
		next := was.Draft()
		if err := edit(was, &next); err != nil {
			return err
		}
		if next, err = next.check(s.Plain); err != nil {
			return err
		}
		if err := s.updateEndpoint(ctx, was, next); err != nil {
			return err
		}
		is, err = s.Find(ctx, merchant, id)
		return err
	})
	s.changed(ctx)
	return was, is, err
}

// Rotate gives an endpoint another secret and returns it; the one before signs beside it for a day. It fails with
// fault.Missing.
func (s *Service) Rotate(ctx context.Context, merchant catalog.MerchantID, id EndpointID) (e Endpoint, secret string, err error) {
	if secret, err = newSecret(s.Random); err != nil {
		return Endpoint{}, "", err
	}
	err = s.DB.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.find(ctx, merchant, id, s.DB.ForUpdate()); err != nil {
			return err
		}
		if err := s.rotateSecret(ctx, id, secret, s.at().Add(overlap)); err != nil {
			return err
		}
		e, err = s.Find(ctx, merchant, id)
		return err
	})
	return e, secret, err
}

// Delete removes an endpoint with the log of what was sent to it, and returns it. It fails with fault.Missing.
func (s *Service) Delete(ctx context.Context, merchant catalog.MerchantID, id EndpointID) (was Endpoint, err error) {
	err = s.DB.InTx(ctx, func(ctx context.Context) error {
		if was, err = s.find(ctx, merchant, id, s.DB.ForUpdate()); err != nil {
			return err
		}
		return s.DB.On(ctx).Exec("delete from webhook_endpoints where id = ? and merchant_id = ?", int64(id), int64(merchant)).Error
	})
	s.changed(ctx)
	return was, err
}

// changed has everybody in this process look again at who listens, now and once others can see it.
func (s *Service) changed(ctx context.Context) {
	s.wanted.forget()
	s.DB.AfterCommit(ctx, s.wanted.forget)
}
