// Command parley is a shop that lives in messengers: one program, one command.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // merchants' time zones on machines that have none

	"github.com/alecthomas/kong"
	"github.com/joho/godotenv"
)

// version is set by the linker in releases.
var version = "dev"

// cli is every command and flag. Each flag has an environment variable of the same name.
type cli struct {
	Settings

	Serve     serveCommand     `cmd:"" default:"withargs" help:"Open the shop: web chat, Telegram, staff pages (the default)."`
	Chat      chatCommand      `cmd:"" help:"Talk to the shop in this terminal, as a buyer does."`
	Shop      shopCommand      `cmd:"" help:"Open a shop of your own, or list the shops."`
	Import    importCommand    `cmd:"" help:"Bring products into a shop from a file."`
	Export    exportCommand    `cmd:"" help:"Write the products of a shop to a file."`
	Imports   importsCommand   `cmd:"" help:"List the imports of a shop, or show what one would do or did."`
	Synonyms  synonymsCommand  `cmd:"" help:"Words that mean the same to a shop's buyers: list or set them."`
	Search    searchCommand    `cmd:"" help:"Search a shop as its buyers do, and see how they are understood."`
	Migrate   migrateCommand   `cmd:"" help:"Bring the database to the shape this version needs, or show how it stands."`
	Verify    verifyCommand    `cmd:"" help:"Check every rule the data must keep; exit 1 if one is broken."`
	Reconcile reconcileCommand `cmd:"" help:"Compare a processor's reports with the orders and the bank; explain every cent."`
	Books     booksCommand     `cmd:"" help:"What was booked: balances, entries, exports for accountants, closed months."`
	Settle    settleCommand    `cmd:"" help:"What processors and banks say, beside the books: bring in, match, work the queue."`
	Refund    refundCommand    `cmd:"" help:"Give money of an order back: grant, execute, withdraw, list."`
	Payment   paymentCommand   `cmd:"" help:"Money for an order that came by hand, in parts too: confirm, list."`
	Review    reviewCommand    `cmd:"" help:"Money that fits nothing: list it, attach, refund, write off or close it."`
	Dispute   disputeCommand   `cmd:"" help:"What buyers' banks want back: list, show, evidence, submit, give up."`
	User      userCommand      `cmd:"" help:"People who may sign in: add, list, set a password, disable."`
	Version   versionCommand   `cmd:"" help:"Say which version this is."`
}

const about = `Parley is a shop that lives in messengers: buyers browse, fill a cart, check out and pay in the chat.

Without any settings it opens two demo shops on http://127.0.0.1:8080 and keeps everything in parley-data/.
Settings come from flags, then the environment, then a file .env in the working folder.`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], terminal{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// terminal is where a command reads and writes.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

// Exit codes.
const (
	fine   = 0
	failed = 1 // one line on stderr says why
	misuse = 2 // the command line or a setting is wrong
)

// run is the whole program but the process: it returns the exit code.
func run(ctx context.Context, args []string, tty terminal) int {
	if err := loadDotEnv(); err != nil {
		_, _ = fmt.Fprintln(tty.err, "parley:", err)
		return misuse
	}
	var commands cli
	code, exited := fine, false
	parser, err := kong.New(&commands, kong.Name("parley"), kong.Description(about), kong.UsageOnError(),
		kong.Writers(tty.out, tty.err), kong.Exit(func(c int) { code, exited = c, true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}))
	if err != nil {
		_, _ = fmt.Fprintln(tty.err, "parley:", err)
		return misuse
	}
	parsed, err := parser.Parse(args)
	if exited {
		return code // --help
	}
	if err != nil {
		_, _ = fmt.Fprintln(tty.err, "parley:", err)
		return misuse
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	err = parsed.Run(&commands.Settings, tty)
	var wrong *settingError
	switch {
	case err == nil:
		return fine
	case errors.Is(err, errBroken):
		return failed // the command has said it all
	case errors.As(err, &wrong):
		_, _ = fmt.Fprintln(tty.err, "parley:", oneLine(err))
		return misuse
	}
	_, _ = fmt.Fprintln(tty.err, "parley:", oneLine(err))
	return failed
}

// errBroken ends a command that has already said what is wrong.
var errBroken = errors.New("something is wrong, as said above")

// oneLine is an error as one line, for those of libraries that have several.
func oneLine(err error) string {
	var said []string
	for line := range strings.Lines(err.Error()) {
		said = append(said, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(said, "; ")
}

// loadDotEnv fills in what the environment does not say.
func loadDotEnv() error {
	err := godotenv.Load()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the file .env can't be read as NAME=value lines: %w", err)
	}
	return nil
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(tty terminal) error {
	_, err := fmt.Fprintln(tty.out, "parley", version)
	return err
}
