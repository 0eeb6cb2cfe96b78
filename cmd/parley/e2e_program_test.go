package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"parley/catalog"
	"parley/catalog/demo"
	main "parley/cmd/parley"
	"parley/migrations/db"
	"parley/migrations/dbtest"
)

// patience is how long anything may take before a test gives up. It is never waited for when all is well.
const patience = 60 * time.Second

var builtIn string // folder of the built program

func TestMain(m *testing.M) {
	if main.Killed() {
		return
	}
	dir, err := os.MkdirTemp("", "parley-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	builtIn = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// build makes the program once, with the race detector when these tests have it.
var build = sync.OnceValues(func() (string, error) {
	path := filepath.Join(builtIn, "parley")
	args := []string{"build", "-o", path}
	if raceEnabled {
		args = append(args, "-race")
	}
	said, err := exec.Command("go", append(args, "parley/cmd/parley")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, said)
	}
	return path, nil
})

// place is where the program keeps everything: its settings of the database, and a folder of its own to run in.
type place struct {
	engine db.Engine
	dir    string
	where  db.Where
	env    []string
}

// opened is what a first start of the program leaves behind: the demo shops. Tests begin with copies of it, since a
// start where nothing was takes seconds with the race detector.
var opened = dbtest.Stock{Fill: func(ctx context.Context, d *db.DB) error {
	return demo.Open(ctx, catalog.New(d, time.Now))
}}

// sqlitePlace is a folder in which the program was started before.
func sqlitePlace(t *testing.T) place {
	t.Helper()
	return sqliteAt(t, opened.Folder(t))
}

func sqliteAt(t *testing.T, data string) place {
	t.Helper()
	return place{engine: db.SQLite, dir: t.TempDir(), where: db.Where{Dir: data}, env: []string{"PARLEY_DATA_DIR=" + data}}
}

const testSecret = "only-for-tests-0123456789abcdef0123456789"

// postgresPlace is a database on a real server in which the program was started before; the test is skipped, loudly,
// when there is none.
func postgresPlace(t *testing.T) place {
	t.Helper()
	return postgresAt(t, opened.URL(t))
}

func postgresAt(t *testing.T, url string) place {
	t.Helper()
	return place{
		engine: db.Postgres, dir: t.TempDir(), where: db.Where{URL: url},
		env: []string{"PARLEY_DATABASE_URL=" + url, "PARLEY_SECRET_KEY=" + testSecret},
	}
}

// newPlace is a folder in which nothing ever was.
func newPlace(t *testing.T) place {
	t.Helper()
	return sqliteAt(t, filepath.Join(t.TempDir(), "data"))
}

// everyPlace runs a test on each engine, side by side, where the program was started before.
func everyPlace(t *testing.T, test func(t *testing.T, at place)) {
	t.Helper()
	onEach(t, sqlitePlace, postgresPlace, test)
}

// everyNewPlace runs a test on each engine, side by side, where no program ever was.
func everyNewPlace(t *testing.T, test func(t *testing.T, at place)) {
	t.Helper()
	onEach(t, newPlace, func(t *testing.T) place { t.Helper(); return postgresAt(t, dbtest.PostgresURL(t)) }, test)
}

func onEach(t *testing.T, sqlite, postgres func(*testing.T) place, test func(t *testing.T, at place)) {
	t.Helper()
	for name, where := range map[string]func(*testing.T) place{"sqlite": sqlite, "postgres": postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, where(t))
		})
	}
}

// open is the database itself, to look at what is in it. On SQLite the program must have ended.
func (p place) open(t *testing.T) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), p.where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// count is the number that a query gives.
func count(t *testing.T, d *db.DB, query string, args ...any) (n int64) {
	t.Helper()
	if err := d.On(t.Context()).Raw(query, args...).Scan(&n).Error; err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// command is the program as it is called by hand: nothing of this test's own environment reaches it.
func (p place) command(ctx context.Context, t *testing.T, args []string, more ...string) *exec.Cmd {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(ctx, path, args...)
	c.Dir = p.dir
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "TMPDIR=" + os.TempDir(), "LANG=en_US.UTF-8"}, p.env...)
	c.Env = append(c.Env, more...)
	return c
}

// ran is how a command ended.
type ran struct {
	code     int
	out, err string
}

// run runs a command to its end.
func (p place) run(t *testing.T, stdin string, args ...string) ran {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := p.command(ctx, t, args)
	var out, said bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(stdin), &out, &said
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("parley %s: %v %v", strings.Join(args, " "), err, ctx.Err())
	}
	alarm(t, said.String())
	return ran{c.ProcessState.ExitCode(), out.String(), said.String()}
}

// verify holds the database to its invariants. On SQLite the program must have ended.
func (p place) verify(t *testing.T) {
	t.Helper()
	got := p.run(t, "", "verify")
	if got.code != 0 || strings.Contains(got.out, "BROKEN") || !strings.Contains(got.out, "ok") {
		t.Errorf("verify: exit %d\n%s%s", got.code, got.out, got.err)
	}
}

// process is the program serving.
type process struct {
	url  string
	cmd  *exec.Cmd
	out  *tail
	err  *tail
	done chan struct{} // closed when it has ended
}

// serve starts the program on a free port and waits until it is open.
func (p place) serve(t *testing.T, env ...string) *process {
	t.Helper()
	s := p.launch(t, env...)
	s.awaitOpen(t)
	return s
}

// launch starts the program and does not wait for it.
func (p place) launch(t *testing.T, env ...string) *process {
	t.Helper()
	settings := append([]string{"PARLEY_ADDR=127.0.0.1:0", "PARLEY_LOG_LEVEL=debug"}, env...)
	s := &process{cmd: p.command(context.Background(), t, nil, settings...), out: newTail(), err: newTail(), done: make(chan struct{})}
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.err
	s.cmd.WaitDelay = 5 * time.Second
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.cmd.Wait(); close(s.done) }() // ProcessState tells
	t.Cleanup(func() {
		s.kill()
		alarm(t, s.err.String())
		if t.Failed() {
			t.Logf("the program of %s said:\n%s", s.url, last(s.err.String(), 4000))
		}
	})
	return s
}

var shopLink = regexp.MustCompile(`(http://\S+)/chat/meadow`)

func (s *process) awaitOpen(t *testing.T) {
	t.Helper()
	late := time.After(patience)
	for {
		changed := s.out.changed()
		if strings.Contains(s.out.String(), "Ctrl-C") {
			break
		}
		select {
		case <-changed:
		case <-s.done:
			t.Fatalf("the program ended: %s\n%s", s.cmd.ProcessState, s.err)
		case <-late:
			t.Fatalf("the program does not open: %s\n%s", s.out, s.err)
		}
	}
	found := shopLink.FindStringSubmatch(s.out.String())
	if found == nil {
		t.Fatalf("no link to the shop in:\n%s", s.out)
	}
	s.url = found[1]
}

// kill ends the program as a power cut does.
func (s *process) kill() {
	_ = s.cmd.Process.Kill() // it may have ended
	<-s.done
}

// stop ends the program as Ctrl-C does, and wants it to end well.
func (s *process) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatalf("interrupt: %v", err)
	}
	if code := s.exit(t); code != 0 {
		t.Errorf("after Ctrl-C it exited with %d: %s", code, last(s.err.String(), 2000))
	}
}

// exit waits for the end and returns the exit code.
func (s *process) exit(t *testing.T) int {
	t.Helper()
	select {
	case <-s.done:
	case <-time.After(patience):
		s.kill()
		t.Fatal("the program does not end")
	}
	return s.cmd.ProcessState.ExitCode()
}

// alarm fails the test for what must never be on stderr.
func alarm(t *testing.T, said string) {
	t.Helper()
	for _, sign := range []string{"DATA RACE", "panic:", "goroutine ", "runtime error"} {
		if strings.Contains(said, sign) {
			t.Errorf("%q on stderr:\n%s", sign, last(said, 6000))
		}
	}
}

// eventually waits until a condition of another process holds; there is no signal to wait for across processes.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	late, tick := time.After(patience), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not in time: %s", what)
		}
	}
}

// freeAddress is a port that nobody listens on, for a program that must come back where it was.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return address
}

// tail keeps what a process writes, and tells when there is more.
type tail struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

var _ io.Writer = (*tail)(nil)

func newTail() *tail { return &tail{more: make(chan struct{})} }

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	close(t.more)
	t.more = make(chan struct{})
	return t.text.Write(p)
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

func (t *tail) changed() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.more
}

func last(text string, most int) string {
	if len(text) > most {
		return "…" + text[len(text)-most:]
	}
	return text
}
