package telegramtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"time"
)

// Update is one thing that the server tells the bot.
type Update struct {
	ID   int64
	JSON []byte
	kind string
	chat int64
}

// update makes an update and, unless deliveries are held, sends it on its way.
func (s *Server) update(chat int64, kind string, content any) Update {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.updates++
	raw, err := json.Marshal(map[string]any{"update_id": s.updates, kind: content})
	if err != nil {
		panic(err) // maps of plain values
	}
	u := Update{ID: s.updates, JSON: raw, kind: kind, chat: chat}
	if s.held {
		return u
	}
	for range s.repeats + 1 {
		s.pending = append(s.pending, u)
	}
	s.push()
	s.wake()
	return u
}

// Hold keeps what people do from being delivered: Deliver does it by hand.
func (s *Server) Hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = true
}

// Release has what people do from now on be delivered by itself again.
func (s *Server) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = false
}

// Repeat has each update to come delivered that many times more.
func (s *Server) Repeat(times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repeats = times
}

// Inject delivers an update that was made elsewhere, as it is.
func (s *Server) Inject(u Update) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = append(s.pending, u)
	s.push()
	s.wake()
}

// Pending is how many updates the bot has not taken yet.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.pending)
}

// Deliver posts an update to the webhook now, once, and returns the status it was answered with; 0 for none.
func (s *Server) Deliver(u Update) int {
	hook := s.Hook()
	return s.post(hook.URL, hook.Secret, u.JSON)
}

func (s *Server) post(address, secret string, body []byte) int {
	request, err := http.NewRequestWithContext(s.ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0
	}
	request.Header.Set("Content-Type", "application/json")
	if secret != "" {
		request.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return 0
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode/100 == 2 {
		s.obey(response)
	}
	return response.StatusCode
}

// obey makes the call that an update was answered with, if it was: the bot doesn't hear what becomes of it
// (https://core.telegram.org/bots/api#making-requests-when-getting-updates).
func (s *Server) obey(response *http.Response) {
	if kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return // words like "OK" mean nothing
	}
	f := form{values: map[string]string{}, files: map[string][]byte{}}
	if err := f.readJSON(http.MaxBytesReader(nil, response.Body, mostForm)); err != nil {
		s.violate("an update's answer", broken("%v", err))
		return
	}
	method := f.values["method"]
	delete(f.values, "method")
	_, refusal := s.call(nil, method, f)
	status := http.StatusOK
	if refusal != nil {
		status = refusal.status
		s.violate(method, refusal)
	}
	s.counted.Add(1)
	if s.options.Called != nil {
		s.options.Called(Call{Method: method, Params: f.values, Chat: f.int("chat_id"), Status: status})
	}
}

// push starts a delivery for each chat that has updates and none on its way, so that a chat's updates arrive in order
// and chats do not wait for one another. The lock is held.
func (s *Server) push() {
	if s.hook.URL == "" || s.ctx.Err() != nil {
		return
	}
	for _, u := range s.pending {
		if !s.lanes[u.chat] {
			s.lanes[u.chat] = true
			s.deliver.Go(func() { s.serveLane(u.chat) })
		}
	}
}

// serveLane delivers the updates of one chat until there are no more. What is not taken comes again, after a while.
func (s *Server) serveLane(chat int64) {
	const first, longest = 50 * time.Millisecond, 2 * time.Second
	wait := first
	for {
		u, slots, ok := s.next(chat)
		if !ok {
			return
		}
		select {
		case slots <- struct{}{}:
		case <-s.ctx.Done():
			return
		}
		status := s.Deliver(u)
		<-slots
		if status/100 == 2 {
			s.taken(u)
			wait = first
			continue
		}
		select {
		case <-time.After(wait):
			wait = min(2*wait, longest)
		case <-s.ctx.Done():
			return
		}
	}
}

// next is the first update of a chat; false ends its lane.
func (s *Server) next(chat int64) (Update, chan struct{}, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.pending, func(u Update) bool { return u.chat == chat })
	if at < 0 || s.hook.URL == "" {
		delete(s.lanes, chat)
		return Update{}, nil, false
	}
	return s.pending[at], s.slots, true
}

// taken forgets one delivery of an update.
func (s *Server) taken(u Update) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := slices.IndexFunc(s.pending, func(p Update) bool { return p.ID == u.ID }); at >= 0 {
		s.pending = slices.Delete(s.pending, at, at+1)
	}
	s.acknowledge(u)
	s.wake()
}

// acknowledge writes down that the bot has taken an update. The lock is held.
func (s *Server) acknowledge(u Update) {
	if !s.options.Loose {
		s.acknowledged[u.ID] = true
	}
}

// Taken is the ids of all updates that the bot has taken, in order. A loose server does not remember them.
func (s *Server) Taken() []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.acknowledged))
}

func (s *Server) setWebhook(f form) (any, *apiError) {
	hook := Webhook{URL: f.values["url"], Secret: f.values["secret_token"], Connections: int(f.int("max_connections"))}
	if refusal := f.json("allowed_updates", &hook.Allowed); refusal != nil {
		return nil, refusal
	}
	if hook.Connections == 0 {
		hook.Connections = 40
	}
	if hook.Connections < 1 || hook.Connections > 100 {
		return nil, broken("max_connections is %d", hook.Connections)
	}
	s.hook, s.slots = hook, make(chan struct{}, hook.Connections)
	if f.bool("drop_pending_updates") {
		s.pending = nil
	}
	s.push()
	return true, nil
}

func (s *Server) deleteWebhook(f form) (any, *apiError) {
	s.hook = Webhook{}
	if f.bool("drop_pending_updates") {
		s.pending = nil
	}
	return true, nil
}

// getUpdates waits for updates as long as the bot asked for, and forgets those before the offset.
func (s *Server) getUpdates(r *http.Request, f form) (any, *apiError) {
	limit, timeout := int(f.int("limit")), time.NewTimer(time.Duration(f.int("timeout"))*time.Second)
	defer timeout.Stop()
	if limit == 0 {
		limit = 100
	}
	for {
		found, changed, refusal := s.polled(f.int("offset"), limit)
		if refusal != nil || len(found) > 0 {
			return found, refusal
		}
		select {
		case <-changed:
		case <-timeout.C:
			return found, nil
		case <-s.ctx.Done():
			return found, nil
		case <-r.Context().Done():
			return found, nil
		}
	}
}

func (s *Server) polled(offset int64, limit int) ([]json.RawMessage, chan struct{}, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hook.URL != "" {
		return nil, nil, &apiError{status: http.StatusConflict, says: "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"}
	}
	before := len(s.pending)
	s.pending = slices.DeleteFunc(s.pending, func(u Update) bool {
		if u.ID < offset {
			s.acknowledge(u)
		}
		return u.ID < offset
	})
	if len(s.pending) < before {
		s.wake()
	}
	found := []json.RawMessage{}
	for _, u := range s.pending[:min(limit, len(s.pending))] {
		found = append(found, u.JSON)
	}
	return found, s.changed, nil
}

// Await waits until a person's screen is as wanted, and returns it; ctx limits the patience.
func (s *Server) Await(ctx context.Context, user int64, wanted func([]Message) bool) ([]Message, error) {
	for {
		s.mu.Lock()
		screen, changed := s.screen(user), s.changed
		s.mu.Unlock()
		if wanted(screen) {
			return screen, nil
		}
		select {
		case <-changed:
		case <-s.ctx.Done():
			return screen, fmt.Errorf("the server was closed; %d sees %+v", user, screen)
		case <-ctx.Done():
			return screen, fmt.Errorf("%w; %d sees %+v", ctx.Err(), user, screen)
		}
	}
}

// AwaitTaken waits until the bot has taken every update.
func (s *Server) AwaitTaken(ctx context.Context) error {
	for {
		s.mu.Lock()
		left, changed := len(s.pending), s.changed
		s.mu.Unlock()
		if left == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-s.ctx.Done():
			return fmt.Errorf("the server was closed; %d updates were not taken", left)
		case <-ctx.Done():
			return fmt.Errorf("%w; %d updates were not taken", ctx.Err(), left)
		}
	}
}
