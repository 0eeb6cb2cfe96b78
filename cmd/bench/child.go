package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// bench is what the measurements share.
type bench struct {
	Flags
	postgres *postgres
	yard     *yardstick // made when it is first asked for
	api      *botAPI
	dir      string
	report   report
	env      []string // of the program, besides the usual
}

func newBench(ctx context.Context, flags Flags) (*bench, error) {
	b := &bench{Flags: flags, report: report{Machine: thisMachine()}}
	var err error
	if b.dir, err = os.MkdirTemp("", "bench"); err != nil {
		return nil, err
	}
	if b.Parley == "" {
		b.Parley = filepath.Join(b.dir, "parley")
		if said, err := exec.CommandContext(ctx, "go", "build", "-o", b.Parley, "parley/cmd/parley").CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build parley: %w\n%s", err, said)
		}
	}
	if b.postgres, err = startPostgres(flags.DatabaseURL); err != nil {
		return nil, err
	}
	if b.report.Machine.Postgres, b.report.Machine.Durable, err = b.postgres.about(ctx); err != nil {
		return nil, err
	}
	b.api, err = startBotAPI()
	return b, err
}

func (b *bench) close() {
	b.api.close()
	ctx := context.Background()
	if b.yard != nil {
		b.postgres.drop(ctx, b.yard.url)
		_ = os.RemoveAll(b.yard.dir)
	}
	_ = os.RemoveAll(b.dir)
}

// pgbench is the pace of a shape on the same server, now.
func (b *bench) pgbench(ctx context.Context, shape string, clients int) (pace, error) {
	if b.yard == nil {
		made, err := newYardstick(ctx, b.postgres)
		if err != nil {
			return pace{}, err
		}
		b.yard = made
	}
	found, err := b.yard.pace(ctx, shape, clients, b.Seconds)
	if errors.Is(err, errNoRate) { // another program had the machine for itself
		return b.yard.pace(ctx, shape, clients, b.Seconds)
	}
	return found, err
}

// child is the program under measurement, in a process of its own.
type child struct {
	command *exec.Cmd
	log     bytes.Buffer
	exited  chan error
	url     string
	ready   time.Duration // from its start to the first request it could serve
}

// start starts the program on a database ("" is SQLite in dir) and waits until it is ready.
func (b *bench) start(ctx context.Context, database, dir string) (*child, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	c := &child{url: "http://" + addr, exited: make(chan error, 1)}
	c.command = exec.Command(b.Parley, "serve")
	c.command.Dir = dir
	c.command.Env = append(os.Environ(), "PARLEY_ADDR="+addr, "PARLEY_PUBLIC_URL="+c.url, "PARLEY_DATA_DIR="+dir, "PARLEY_DATABASE_URL="+database,
		"PARLEY_DATABASE_CONNS="+strconv.Itoa(b.Conns), "PARLEY_SECRET_KEY="+rand.Text()+rand.Text(), "PARLEY_DEMO=true", "PARLEY_LOG_LEVEL=warn",
		"PARLEY_TELEGRAM_TOKEN="+botToken, "PARLEY_TELEGRAM_API_URL="+b.api.url, "PARLEY_TELEGRAM_RATE=100000")
	c.command.Env = append(c.command.Env, b.env...)
	c.command.Stdout, c.command.Stderr = &c.log, &c.log
	b.api.forgetHook()
	began := time.Now()
	if err := c.command.Start(); err != nil {
		return nil, fmt.Errorf("start parley: %w", err)
	}
	go func() { c.exited <- c.command.Wait() }()
	if err := c.await(ctx); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	c.ready = time.Since(began)
	if err := b.api.awaitHook(ctx); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

func (c *child) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	retry := time.NewTicker(5 * time.Millisecond)
	defer retry.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/readyz", nil)
		if err != nil {
			return err
		}
		if answer, err := http.DefaultClient.Do(request); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case err := <-c.exited:
			c.exited <- err
			return fmt.Errorf("parley exited: %w\n%s", err, c.log.Bytes())
		case <-ctx.Done():
			return fmt.Errorf("parley is not ready: %w\n%s", ctx.Err(), c.log.Bytes())
		case <-retry.C:
		}
	}
}

// stop ends the program as Ctrl-C does; its last words are an error if it ends otherwise than well.
func (c *child) stop() error {
	_ = c.command.Process.Signal(syscall.SIGINT) // it may have ended by itself
	select {
	case err := <-c.exited:
		if err != nil {
			return fmt.Errorf("parley ended badly: %w\n%.2000s", err, c.log.Bytes())
		}
		return nil
	case <-time.After(20 * time.Second):
		_ = c.command.Process.Kill()
		return errors.New("parley did not stop within 20 s")
	}
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return listener.Addr().String(), listener.Close()
}
