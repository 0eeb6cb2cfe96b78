package api

import (
	"context"
	"fmt"
	"time"

	"parley/admin/webhooks"
	"parley/catalog/event"
)

// Webhook is where a program of others hears what happens in a shop.
type Webhook struct {
	ID          int64      `json:"id" example:"4"`
	URL         string     `json:"url" example:"https://erp.example/parley"`
	Events      []string   `json:"events" doc:"What it hears of; none: everything."`
	Description string     `json:"description"`
	State       string     `json:"state" enum:"enabled,disabled,broken" doc:"broken: it failed for three days, or said 410, and hears nothing until it is enabled again."`
	Note        *Failure   `json:"note,omitempty" doc:"Why it is broken."`
	Failing     *time.Time `json:"failing_since,omitempty" doc:"Absent: its last answer was good."`
	OldSecret   *time.Time `json:"old_secret_until,omitempty" doc:"Until then messages are signed with the secret before too."`
	Created     time.Time  `json:"created_at"`
	Updated     time.Time  `json:"updated_at"`
}

// WebhookSecret is an endpoint with what its messages are signed with.
type WebhookSecret struct {
	Webhook
	Secret string `json:"secret" example:"whsec_…" doc:"What messages are signed with. Nobody can be told again."`
}

// NewWebhook is what an endpoint is made of.
type NewWebhook struct {
	URL         string   `json:"url" format:"uri" minLength:"8" maxLength:"4096" example:"https://erp.example/parley" doc:"https, of the public internet."`
	Events      []string `json:"events,omitempty" maxItems:"50" example:"[\"order.paid\"]" doc:"What it hears of; none: everything."`
	Description string   `json:"description,omitempty" maxLength:"500"`
	Enabled     *bool    `json:"enabled,omitempty" doc:"true unless set."`
}

// WebhookChange is what changes of an endpoint; what is not there stays.
type WebhookChange struct {
	URL         *string   `json:"url,omitempty" format:"uri" minLength:"8" maxLength:"4096"`
	Events      *[]string `json:"events,omitempty" maxItems:"50"`
	Description *string   `json:"description,omitempty" maxLength:"500"`
	Enabled     *bool     `json:"enabled,omitempty" doc:"true also mends one that is broken."`
}

func webhookView(language string, e webhooks.Endpoint) Webhook {
	return Webhook{
		ID: int64(e.ID), URL: e.URL, Events: all(e.Events, func(t event.Type) string { return string(t) }), Description: e.Description,
		State: string(e.State), Note: failureView(language, e.Note), Failing: moment(e.FailingSince), OldSecret: moment(e.OldTill),
		Created: e.Created, Updated: e.Updated,
	}
}

// moment is a time that may be none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// etag leaves out what changes by itself.
func (w Webhook) etag() string {
	return etagOf([]any{w.ID, w.URL, w.Events, w.Description, w.State})
}

func (w Webhook) subject() string { return fmt.Sprintf("webhook:%d", w.ID) }

func typesOf(names []string) []event.Type {
	return all(names, func(name string) event.Type { return event.Type(name) })
}

func (a *API) webhookOperations() {
	const at, one = "/merchants/{merchant}/webhooks", "/merchants/{merchant}/webhooks/{id}"
	seen := func(id, does, summary, about string) op {
		return op{id: id, does: does, tag: "Webhooks", roles: owners, scope: "webhooks:read", summary: summary, about: about}
	}
	change := func(id, does, summary, about string) op {
		return op{id: id, does: does, tag: "Webhooks", roles: owners, scope: "webhooks:write", summary: summary, about: about}
	}
	read(a, seen("list-webhooks", "GET "+at, "List webhook endpoints", "All of them, oldest first; there are at most 20."), a.listWebhooks)
	create := change("create-webhook", "POST "+at, "Add a webhook endpoint", "`secret` is told only here and by rotating it. Messages are signed as Standard Webhooks has it.")
	create.status = 201
	write(a, create, a.createWebhook)
	read(a, seen("get-webhook", "GET "+one, "Show a webhook endpoint", ""), a.getWebhook)
	edit, drop := change("change-webhook", "PATCH "+one, "Change a webhook endpoint", ""), change("delete-webhook", "DELETE "+one, "Delete a webhook endpoint", "Its log goes with it.")
	edit.matched, drop.matched = true, true
	write(a, edit, a.changeWebhook)
	write(a, drop, a.deleteWebhook)
	write(a, change("rotate-webhook-secret", "POST "+one+"/secret", "Rotate the secret", "Messages are signed with both for 24 hours."), a.rotateWebhook)
	write(a, change("test-webhook", "POST "+one+"/test", "Send a test call", "A message of the type `webhook.test`, tried once; its delivery says a moment later what became of it."), a.testWebhook)
	read(a, seen("list-webhook-deliveries", "GET "+one+"/deliveries", "List deliveries", "Newest first; they are kept for 30 days."), a.listDeliveries)
	read(a, seen("get-webhook-delivery", "GET "+one+"/deliveries/{delivery}", "Show a delivery", "With what was sent and each try."), a.getDelivery)
	write(a, change("replay-webhook-delivery", "POST "+one+"/deliveries/{delivery}/replay", "Replay a delivery", "With the same webhook-id."), a.replayDelivery)
	write(a, change("replay-webhook", "POST "+one+"/replay", "Replay what happened since", "Everything that the endpoint wants to hear of, up to now; each with its webhook-id."), a.replaySince)
}

func (a *API) listWebhooks(ctx context.Context, c *call, _ *ShopPath) (*listed[Webhook], error) {
	found, err := a.Webhooks.List(ctx, c.shop.ID)
	return &listed[Webhook]{Page[Webhook]{Items: all(found, func(e webhooks.Endpoint) Webhook { return webhookView(c.language, e) })}}, err
}

type createWebhook struct {
	ShopPath
	Body NewWebhook
}

func (a *API) createWebhook(ctx context.Context, c *call, in *createWebhook) (*made[WebhookSecret], []deed, error) {
	e, secret, err := a.Webhooks.Create(ctx, c.shop.ID, webhooks.Draft{
		URL: in.Body.URL, Events: typesOf(in.Body.Events), Description: in.Body.Description, Disabled: in.Body.Enabled != nil && !*in.Body.Enabled,
	})
	if err != nil {
		return nil, nil, err
	}
	view := webhookView(c.language, e)
	at := fmt.Sprintf("%s/merchants/%d/webhooks/%d", Base, c.shop.ID, view.ID)
	return &made[WebhookSecret]{ETag: view.etag(), Location: at, Body: WebhookSecret{view, secret}}, []deed{{subject: view.subject(), became: view}}, nil
}

func (a *API) getWebhook(ctx context.Context, c *call, in *ItemPath) (*shown[Webhook], error) {
	found, err := a.Webhooks.Find(ctx, c.shop.ID, webhooks.EndpointID(in.ID))
	view := webhookView(c.language, found)
	return &shown[Webhook]{ETag: view.etag(), Body: view}, err
}

type changeWebhook struct {
	ItemPath
	Matching
	Body WebhookChange
}

func (w WebhookChange) onto(d *webhooks.Draft) {
	if w.URL != nil {
		d.URL = *w.URL
	}
	if w.Events != nil {
		d.Events = typesOf(*w.Events)
	}
	if w.Description != nil {
		d.Description = *w.Description
	}
	if w.Enabled != nil {
		d.Disabled = !*w.Enabled
	}
}

func (a *API) changeWebhook(ctx context.Context, c *call, in *changeWebhook) (*shown[Webhook], []deed, error) {
	was, is, err := a.Webhooks.Change(ctx, c.shop.ID, webhooks.EndpointID(in.ID), func(now webhooks.Endpoint, d *webhooks.Draft) error {
		in.Body.onto(d)
		return in.check(c, webhookView(c.language, now).etag())
	})
	if err != nil {
		return nil, nil, err
	}
	view := webhookView(c.language, is)
	return &shown[Webhook]{ETag: view.etag(), Body: view}, []deed{{subject: view.subject(), was: webhookView(c.language, was), became: view}}, nil
}

type deleteWebhook struct {
	ItemPath
	Matching
}

func (a *API) deleteWebhook(ctx context.Context, c *call, in *deleteWebhook) (*done, []deed, error) {
	was, err := a.Webhooks.Delete(ctx, c.shop.ID, webhooks.EndpointID(in.ID))
	view := webhookView(c.language, was)
	if err == nil {
		err = in.check(c, view.etag()) // what was deleted comes back with the transaction
	}
	return &done{}, []deed{{subject: view.subject(), was: view}}, err
}

func (a *API) rotateWebhook(ctx context.Context, c *call, in *ItemPath) (*shown[WebhookSecret], []deed, error) {
	e, secret, err := a.Webhooks.Rotate(ctx, c.shop.ID, webhooks.EndpointID(in.ID))
	if err != nil {
		return nil, nil, err
	}
	view := webhookView(c.language, e)
	return &shown[WebhookSecret]{ETag: view.etag(), Body: WebhookSecret{view, secret}}, []deed{{subject: view.subject(), became: view}}, nil
}
