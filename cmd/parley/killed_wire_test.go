package main

import (
	"bytes"
	"errors"
	"net"
	"net/url"
	"path/filepath"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// watchPostgres puts the blade on the way to a PostgreSQL server and returns the address of that way: it sees what is
// asked for and answered there, commits among it (https://www.postgresql.org/docs/current/protocol.html).
func (b *blade) watchPostgres(address, dir string) (string, error) {
	server, err := pgconn.ParseConfig(address)
	if err != nil {
		return "", err
	}
	network, at := pgconn.NetworkAddress(server.Host, server.Port)
	door, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		return "", err
	}
	go func() {
		for {
			client, err := door.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial(network, at)
			if err != nil {
				_ = client.Close()
				continue
			}
			go b.asks(client, server)
			go b.answers(client, server)
		}
	}()
	parsed, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	query := parsed.Query()
	query.Set("host", dir)
	query.Set("port", "5432")
	query.Set("sslmode", "disable")
	parsed.Host, parsed.RawQuery = "", query.Encode()
	return parsed.String(), nil
}

// asks passes on what a client asks for.
func (b *blade) asks(client, server net.Conn) {
	defer func() { _, _ = client.Close(), server.Close() }()
	from, commits := pgproto3.NewBackend(client, nil), map[string]bool{}
	start, err := from.ReceiveStartupMessage()
	if err != nil {
		return
	}
	if _, usual := start.(*pgproto3.StartupMessage); !usual { // a request to break off another connection's work
		said, err := start.Encode(nil)
		if err == nil {
			_, _ = server.Write(said)
		}
		return
	}
	said, err := start.Encode(nil)
	for err == nil {
		if from != nil && len(said) > 0 {
			if _, err = server.Write(said); err != nil {
				return
			}
		}
		said, err = b.asked(from, commits)
	}
}

// asked is the next messages, up to one that is to be answered.
func (b *blade) asked(from *pgproto3.Backend, commits map[string]bool) (said []byte, err error) {
	for {
		message, err := from.Receive()
		if err != nil {
			return nil, err
		}
		if said, err = message.Encode(said); err != nil {
			return nil, err
		}
		switch m := message.(type) {
		case *pgproto3.Parse:
			commits[m.Name] = m.Query == "commit"
		case *pgproto3.Bind:
			if commits[m.PreparedStatement] {
				b.at(beforeCommit)
			}
		case *pgproto3.Query:
			if m.String == "commit" {
				b.at(beforeCommit)
			}
			return said, nil
		case *pgproto3.Sync, *pgproto3.Flush, *pgproto3.Terminate, *pgproto3.PasswordMessage, *pgproto3.CopyData, *pgproto3.CopyDone, *pgproto3.CopyFail:
			return said, nil
		}
	}
}

// answers passes on what the server answers.
func (b *blade) answers(client, server net.Conn) {
	defer func() { _, _ = client.Close(), server.Close() }()
	buffer := make([]byte, 64<<10)
	for {
		n, err := server.Read(buffer)
		if bytes.Contains(buffer[:n], []byte("COMMIT\x00")) {
			b.at(afterCommit)
		}
		if n > 0 {
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil && !errors.Is(err, net.ErrClosed) || n == 0 {
			return
		}
	}
}
