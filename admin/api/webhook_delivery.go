package api

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"parley/admin/webhooks"
)

// WebhookDelivery is a message on its way to an endpoint.
type WebhookDelivery struct {
	ID      int64            `json:"id" example:"9"`
	Message string           `json:"message" example:"msg_k3v9q2xa" doc:"Its webhook-id: the same in each try and replay."`
	Type    string           `json:"type" example:"order.paid"`
	At      time.Time        `json:"at" doc:"When it happened."`
	State   string           `json:"state" enum:"pending,delivered,failed"`
	Tries   int              `json:"tries" doc:"Since it was last replayed."`
	Next    *time.Time       `json:"next_at,omitempty" doc:"When it is tried; only when it is pending."`
	Last    *WebhookAttempt  `json:"last,omitempty" doc:"The last try; absent: none yet."`
	Body    json.RawMessage  `json:"body,omitempty" doc:"What is sent; only of one delivery."`
	Log     []WebhookAttempt `json:"attempts,omitempty" doc:"Newest first, at most 100; only of one delivery."`
}

// WebhookAttempt is one try.
type WebhookAttempt struct {
	At      time.Time `json:"at"`
	Took    int64     `json:"took_ms" example:"120"`
	Status  int       `json:"status" doc:"Of the answer; 0: there was none."`
	Failure *Failure  `json:"failure,omitempty" doc:"Absent: it was taken."`
	Answer  string    `json:"answer" doc:"Its first 1000 bytes."`
}

func deliveryView(language string, d webhooks.Delivery) WebhookDelivery {
	view := WebhookDelivery{
		ID: int64(d.ID), Message: d.Message, Type: string(d.Type), At: d.At, State: string(d.State), Tries: d.Tries, Next: moment(d.Next),
		Body: json.RawMessage(d.Body), Log: all(d.Attempts, func(t webhooks.Attempt) WebhookAttempt { return attemptView(language, t) }),
	}
	if d.Body == "" {
		view.Body = nil
	}
	if d.Last != nil {
		view.Last = pointer(attemptView(language, *d.Last))
	}
	return view
}

func attemptView(language string, t webhooks.Attempt) WebhookAttempt {
	return WebhookAttempt{At: t.At, Took: t.Took.Milliseconds(), Status: t.Status, Failure: failureView(language, t.Failure), Answer: t.Answer}
}

func (c *call) endpoint(id int64) string { return fmt.Sprintf("webhook:%d", id) }

type listDeliveries struct {
	ItemPath
	Paging
	State string `query:"state" enum:"pending,delivered,failed" doc:"Only those that stand so."`
}

func (a *API) listDeliveries(ctx context.Context, c *call, in *listDeliveries) (*listed[WebhookDelivery], error) {
	if _, err := a.Webhooks.Find(ctx, c.shop.ID, webhooks.EndpointID(in.ID)); err != nil {
		return nil, err
	}
	list := c.listOf([]any{in.ID, in.State})
	after, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	read := func(before int64, limit int) ([]webhooks.Delivery, error) {
		return a.Webhooks.Deliveries(ctx, c.shop.ID, webhooks.EndpointID(in.ID), webhooks.Filter{
			State: webhooks.DeliveryState(in.State), Before: webhooks.DeliveryID(before), Limit: limit,
		})
	}
	found, err := read(after.ID, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := pageOf(a, list, in.Paging, found, func(d webhooks.Delivery) WebhookDelivery { return deliveryView(c.language, d) },
		func(d webhooks.Delivery) place { return place{ID: int64(d.ID)} })
	page.Total, err = in.counted(ctx, func(_ context.Context, most int) (int, error) {
		all, err := read(0, most)
		return len(all), err
	})
	return &listed[WebhookDelivery]{page}, err
}

// DeliveryPath is one delivery to an endpoint.
type DeliveryPath struct {
	ItemPath
	Delivery int64 `path:"delivery" minimum:"1" example:"9"`
}

func (a *API) getDelivery(ctx context.Context, c *call, in *DeliveryPath) (*plain[WebhookDelivery], error) {
	d, err := a.Webhooks.Delivery(ctx, c.shop.ID, webhooks.EndpointID(in.ID), webhooks.DeliveryID(in.Delivery))
	return &plain[WebhookDelivery]{deliveryView(c.language, d)}, err
}

func (a *API) replayDelivery(ctx context.Context, c *call, in *DeliveryPath) (*plain[WebhookDelivery], []deed, error) {
	d, err := a.Webhooks.Replay(ctx, c.shop.ID, webhooks.EndpointID(in.ID), webhooks.DeliveryID(in.Delivery))
	return &plain[WebhookDelivery]{deliveryView(c.language, d)}, []deed{{subject: c.endpoint(in.ID), note: d.Message}}, err
}

func (a *API) testWebhook(ctx context.Context, c *call, in *ItemPath) (*plain[WebhookDelivery], []deed, error) {
	d, err := a.Webhooks.SendTest(ctx, c.shop.ID, webhooks.EndpointID(in.ID))
	return &plain[WebhookDelivery]{deliveryView(c.language, d)}, []deed{{subject: c.endpoint(in.ID), note: d.Message}}, err
}

// ReplaySince is from when on an endpoint hears again.
type ReplaySince struct {
	Since time.Time `json:"since" example:"2026-03-01T00:00:00Z" doc:"Messages are kept for 30 days."`
}

// Replayed is how much is sent again.
type Replayed struct {
	Messages int `json:"messages" doc:"That happened since; those that the endpoint does not hear of are left out of what is sent."`
}

type replaySince struct {
	ItemPath
	Body ReplaySince
}

func (a *API) replaySince(ctx context.Context, c *call, in *replaySince) (*plain[Replayed], []deed, error) {
	count, err := a.Webhooks.ReplaySince(ctx, c.shop.ID, webhooks.EndpointID(in.ID), in.Body.Since)
	return &plain[Replayed]{Replayed{count}}, []deed{{subject: c.endpoint(in.ID), note: in.Body.Since.UTC().Format(time.RFC3339)}}, err
}
