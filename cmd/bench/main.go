// Command bench measures the shop beside the machine's own limits: the same PostgreSQL, the same cores, the same
// minutes. It starts a durable throw-away PostgreSQL (or uses --database-url), builds and starts the program as a
// child, stands in for Telegram's Bot API, and prints what it measured as a table and, with --json, as a file.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// Flags is the command line.
type Flags struct {
	DatabaseURL string   `help:"A PostgreSQL server to make databases on; without it a throw-away one is started, with fsync on." placeholder:"URL"`
	Seconds     int      `default:"5" help:"How long each measurement takes, after a warm-up of a third of that."`
	Rounds      int      `default:"3" help:"How often each measurement is made; the medians are shown."`
	Only        []string `help:"Measure only these: turn, statements, burst, checkout, conversation, flash, size, sqlite, reconcile, verify, search, import, invoice, webhook." placeholder:"NAME"`
	JSON        string   `name:"json" help:"Write the figures to a file, too." type:"path" placeholder:"FILE"`
	Parley      string   `help:"The program to measure; without it, it is built." type:"existingfile" placeholder:"FILE"`
	Clients     []int    `default:"1,8,32,128" help:"How many chats are at it at once."`
	Conns       int      `default:"16" help:"PARLEY_DATABASE_CONNS of the program."`
	Chats       int      `default:"1000000" help:"How many conversations the large database of size has."`
	Products    int      `default:"100000" help:"How many products the large database of size has, and the largest of search."`
	Rows        int      `default:"1000000" help:"How many rows of a processor's report are reconciled."`
	Orders      int      `default:"100000" help:"How many orders the largest database of verify has."`
	Variants    int      `default:"100000" help:"How many variants the largest file of import has."`
	Active      int      `default:"10000" help:"How many conversations are active in the minute of size."`
}

// measurements are what can be measured, in the order in which that is done.
var measurements = []struct {
	name string
	do   func(ctx context.Context, b *bench) error
}{
	{"turn", measureTurns}, {"statements", measureStatements}, {"burst", measureBurst}, {"checkout", measureCheckout},
	{"conversation", measureConversation}, {"flash", measureFlash}, {"size", measureSize}, {"sqlite", measureSQLite},
	{"reconcile", measureReconcile}, {"verify", measureVerify}, {"search", measureSearch},
	{"import", measureImport}, {"invoice", measureInvoice}, {"webhook", measureWebhooks},
}

func main() {
	var flags Flags
	kong.Parse(&flags, kong.Name("bench"), kong.Description("Measures parley beside the limits of this machine."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, flags)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// spared is by how many percent garbage may grow, as it may in the program while its heap is small: what is measured
// without the program runs in this process.
const spared = 300

func run(ctx context.Context, flags Flags) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(spared)
	}
	if err := flags.validate(); err != nil {
		return err
	}
	b, err := newBench(ctx, flags)
	if err != nil {
		return err
	}
	defer b.close()
	b.report.Machine.print(os.Stdout)
	for _, m := range measurements {
		if len(flags.Only) > 0 && !slices.Contains(flags.Only, m.name) {
			continue
		}
		began := time.Now()
		if err := m.do(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		_, _ = fmt.Fprintf(os.Stdout, "  (%s took %s, load %s)\n", m.name, time.Since(began).Round(time.Second), load())
	}
	return b.report.write(flags.JSON)
}

func (f Flags) validate() error {
	if f.Seconds < 1 || f.Rounds < 1 || f.Chats < 1 || f.Products < 1 || f.Rows < 100 || f.Orders < 1 || f.Active < 1 || f.Variants < 1 || len(f.Clients) == 0 {
		return errors.New("--seconds, --rounds, --clients, --chats, --products, --orders, --variants and --active should be 1 or more, --rows 100 or more")
	}
	var names []string
	for _, m := range measurements {
		names = append(names, m.name)
	}
	for _, name := range f.Only {
		if !slices.Contains(names, name) {
			return fmt.Errorf("--only %s is not measured; it should be of: %s", name, strings.Join(names, ", "))
		}
	}
	return nil
}
