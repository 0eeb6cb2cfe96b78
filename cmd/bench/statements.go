package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// wire stands between the program and PostgreSQL and counts what goes by: statements and round trips. It works
// for servers that are reached without TLS, as the throw-away one is.
type wire struct {
	listener net.Listener
	server   string // network and address behind
	network  string
	mu       sync.Mutex
	trips    int
	turns    []string // statements within transactions, as they came
	others   []string // those of jobs and of the clock
}

func startWire(database string) (w *wire, through string, err error) {
	parsed, err := url.Parse(database)
	if err != nil {
		return nil, "", err
	}
	w = &wire{network: "tcp", server: parsed.Host}
	if dir := parsed.Query().Get("host"); dir != "" {
		port := "5432"
		if given := parsed.Query().Get("port"); given != "" {
			port = given
		}
		w.network, w.server = "unix", dir+"/.s.PGSQL."+port
	}
	if w.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, "", fmt.Errorf("listen as PostgreSQL: %w", err)
	}
	go w.serve()
	parsed.Host = w.listener.Addr().String()
	query := parsed.Query()
	query.Del("host")
	query.Set("sslmode", "disable")
	parsed.RawQuery = query.Encode()
	return w, parsed.String(), nil
}

func (w *wire) serve() {
	for {
		front, err := w.listener.Accept()
		if err != nil {
			return // closed
		}
		back, err := net.Dial(w.network, w.server)
		if err != nil {
			_ = front.Close()
			continue
		}
		go func() { _, _ = io.Copy(front, back); _ = front.Close() }()
		go func() { _ = w.forward(front, back); _ = back.Close() }()
	}
}

// forward reads the program's messages (PostgreSQL's protocol, 3.0) and passes them on.
func (w *wire) forward(front io.Reader, back io.Writer) error {
	head := make([]byte, 5)
	if _, err := io.ReadFull(front, head[:4]); err != nil { // the start-up message has no type
		return err
	}
	if err := pass(front, back, head[:4], int(binary.BigEndian.Uint32(head))-4, nil); err != nil {
		return err
	}
	session := &session{wire: w, texts: map[string]string{}}
	for {
		if _, err := io.ReadFull(front, head); err != nil {
			return err
		}
		if err := pass(front, back, head, int(binary.BigEndian.Uint32(head[1:]))-4, session.see); err != nil {
			return err
		}
	}
}

func pass(front io.Reader, back io.Writer, head []byte, length int, see func(kind byte, body []byte)) error {
	body := make([]byte, length)
	if _, err := io.ReadFull(front, body); err != nil {
		return err
	}
	if see != nil {
		see(head[0], body)
	}
	_, err := back.Write(append(slices.Clone(head), body...))
	return err
}

// session is one connection's prepared statements, and whether a transaction is open on it.
type session struct {
	wire  *wire
	texts map[string]string
	bound string
	open  bool
}

func (s *session) see(kind byte, body []byte) {
	part := func() string {
		text, rest, _ := bytes.Cut(body, []byte{0})
		body = rest
		return string(text)
	}
	switch kind {
	case 'P':
		name := part()
		s.texts[name] = part()
	case 'B':
		part()
		s.bound = s.texts[part()]
	case 'E':
		s.count(s.bound)
	case 'Q':
		s.count(part())
	}
	if kind == 'Q' || kind == 'S' {
		s.wire.mu.Lock()
		s.wire.trips++
		s.wire.mu.Unlock()
	}
}

func (s *session) count(text string) {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasPrefix(text, "--") {
		return // a look whether the connection lives
	}
	if strings.HasPrefix(text, "begin") {
		s.open = true
	}
	s.wire.mu.Lock()
	if s.open {
		s.wire.turns = append(s.wire.turns, text)
	} else {
		s.wire.others = append(s.wire.others, text)
	}
	s.wire.mu.Unlock()
	if text == "commit" || text == "rollback" {
		s.open = false
	}
}

// reset forgets what was counted and returns it.
func (w *wire) reset() (turns, others []string, trips int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	turns, others, trips = w.turns, w.others, w.trips
	w.turns, w.others, w.trips = nil, nil, 0
	return turns, others, trips
}

// measureStatements counts the statements of one turn of each kind, and those of turns under load.
func measureStatements(ctx context.Context, b *bench) error {
	database, err := b.postgres.database(ctx)
	if err != nil {
		return err
	}
	defer b.postgres.drop(context.WithoutCancel(ctx), database)
	w, through, err := startWire(database)
	if err != nil {
		return err
	}
	defer func() { _ = w.listener.Close() }()
	conns := b.Conns
	b.Conns = 2 // so that statements are prepared on all of them before they are counted
	program, err := b.start(ctx, through, b.dir)
	b.Conns = conns
	if err != nil {
		return err
	}
	return errors.Join(b.countTurns(ctx, w), program.stop())
}

// kinds of turns: what a person does, in an order in which each is possible.
var kinds = []struct{ name, code, says string }{
	{"begin, /start", "", "/start s_" + demoShop}, {"open a shelf", "s", ""}, {"open a product", "p", ""}, {"pick an option", "v", ""},
	{"pick the other option", "v", ""}, {"add to the cart", "a", ""}, {"change the cart", "q", ""}, {"menu", "h", ""}, {"search", "", "boot"},
}

func (b *bench) countTurns(ctx context.Context, w *wire) error {
	phone := newPhone(b.api.hook.Load())
	crowd := b.crowd(64)
	for i := range 12 { // so that everything is prepared and remembered
		if err := phone.walk(ctx, crowd.chats[i], func(string) {}); err != nil {
			return err
		}
	}
	return phone.walk(ctx, crowd.chats[63], func(name string) {
		time.Sleep(300 * time.Millisecond) // for the sending and its marks
		turns, others, trips := w.reset()
		if name == "" {
			return // what was before
		}
		b.report.add(figure{
			Name: "statements: " + name, Value: float64(len(turns)), Unit: "in the turn",
			Note: strconv.Itoa(len(others)) + " around it, " + strconv.Itoa(trips) + " round trips: " + heads(turns),
		})
	})
}

// walk does each kind of turn once.
func (p *phone) walk(ctx context.Context, c *chat, done func(name string)) error {
	done("")
	for _, kind := range kinds {
		update := []byte(nil)
		if kind.says != "" {
			update = c.says(kind.says)
		} else if data := c.offered(kind.code); data != "" {
			update = c.taps(data)
		} else {
			continue
		}
		if _, err := p.turn(ctx, c, update); err != nil {
			return err
		}
		done(kind.name)
	}
	return nil
}

// offered is the first button of a kind.
func (c *chat) offered(code string) string {
	buttons, _, _, _ := c.screen()
	for _, b := range buttons {
		if b == code || strings.HasPrefix(b, code+".") {
			return b
		}
	}
	return ""
}

// heads are statements by their verb and table.
func heads(statements []string) string {
	var short []string
	for _, text := range statements {
		words := strings.Fields(text)
		head := strings.ToLower(words[0])
		for i, word := range words[:len(words)-1] {
			if word == "from" || word == "into" || word == "update" {
				head += " " + strings.Trim(words[i+1], "(")
				break
			}
		}
		short = append(short, head)
	}
	return list(short)
}
