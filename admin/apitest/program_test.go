// Package apitest drives the whole API of the real program with a client that a stranger would have: one generated from the
// document. It is a module of its own, so that the product has none of its libraries.
package apitest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// program is the real one, with shops that have sold something, and an owner.
type program struct {
	url, login, password, token string
	second                      string // another owner's token
	desk                        string // the sandbox's page of the order that was paid twice
}

func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "parley")
	make := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", path, "./cmd/parley")
	make.Dir = "../.."
	if out, err := make.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// start opens the shops, sells what it can in the terminal, makes an owner with a token and serves.
func start(t *testing.T) program {
	t.Helper()
	path, folder := build(t), t.TempDir()
	run := func(stdin string, args ...string) string {
		t.Helper()
		command := exec.CommandContext(t.Context(), path, args...)
		command.Dir, command.Env, command.Stdin = folder, append(os.Environ(), "PARLEY_DATA_DIR="+folder), strings.NewReader(stdin)
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	const bought = "footwear\n1\n42\nchestnut\nadd to cart · $129.00\ncheck out\nAnna, +1 555 010 0142\n1\nskip\nyes\npay on delivery\n"
	for range 3 { // whoever has an order open is shown it first, so that at least two come of this
		if out := run(bought, "chat", "meadow"); !strings.Contains(out, "is placed") && !strings.Contains(out, "delivery") {
			t.Fatalf("nothing was bought:\n%s", out)
		}
	}
	const byCard = "wallpapers\n1\nadd to cart · €5.00\ncheck out\nAnna, +1 555 010 0142\nskip\nyes\n1\n"
	pay := address(t, run(byCard, "chat", "studio"))
	run("", "shop", "money", "studio", "--two-step-refunds")
	run("", "user", "add", "deputy", "--role", "owner")
	p := program{login: "boss", second: word(t, run("", "user", "token", "add", "deputy"), 2)}
	p.password = word(t, run("", "user", "add", "boss", "--role", "owner"), 2)
	p.token = word(t, run("", "user", "token", "add", "boss"), 2)
	p.url = serve(t, path, folder)
	press(t, strings.TrimSuffix(p.url, "/api/v1")+pay, "pay")
	p.desk = strings.TrimSuffix(p.url, "/api/v1") + pay + "/desk"
	press(t, p.desk, "pay_again") // the second charge waits for a person
	return p
}

// address is the path of the sandbox's page that a conversation ended with.
func address(t *testing.T, said string) string {
	t.Helper()
	_, rest, found := strings.Cut(said, "/sandbox/pay/")
	if !found {
		t.Fatalf("nothing is to be paid:\n%s", said)
	}
	return "/sandbox/pay/" + strings.FieldsFunc(rest, func(r rune) bool { return r <= ' ' || r == 0x1b })[0]
}

// press does what a button of the sandbox's pages says.
func press(t testing.TB, page, button string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, page, strings.NewReader("do="+button))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s of %s: status %d", button, page, answer.StatusCode)
	}
}

// word is the indented line of what a command said.
func word(t *testing.T, said string, indent int) string {
	t.Helper()
	for line := range strings.Lines(said) {
		if text := strings.TrimRight(line, "\n"); strings.HasPrefix(text, strings.Repeat(" ", indent)) && text != "" {
			return strings.TrimSpace(text)
		}
	}
	t.Fatalf("nothing is shown once:\n%s", said)
	return ""
}

func serve(t *testing.T, path, folder string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	ctx, stop := context.WithCancel(context.Background())
	server := exec.CommandContext(ctx, path)
	server.Dir, server.Env = folder, append(os.Environ(), "PARLEY_DATA_DIR="+folder, "PARLEY_ADDR="+address)
	server.Cancel = func() error { return server.Process.Signal(os.Interrupt) }
	server.WaitDelay = 20 * time.Second
	said, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	server.Stderr = t.Output()
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(); _ = server.Wait() })
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if strings.Contains(lines.Text(), "Ctrl-C") {
			go func() { // it has more to say, which nobody reads
				for lines.Scan() { //nolint:revive
				}
			}()
			awaitAnswer(t, "http://"+address+"/readyz")
			return "http://" + address + "/api/v1"
		}
	}
	t.Fatal("the program did not open")
	return ""
}

func awaitAnswer(t *testing.T, url string) {
	t.Helper()
	for range 100 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(50 * time.Millisecond) // the other process has no signal to wait for
	}
	t.Fatal(fmt.Sprint("nobody answers at ", url))
}
