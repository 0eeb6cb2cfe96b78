package api

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments/reconcile"
	"parley/payments/settlement"
)

func (a *API) statementOperations() {
	writeAfter(a, op{id: "import-statement", does: "POST /merchants/{merchant}/statements", tag: "Settlement", roles: tellers, scope: "payments:write", status: 201, summary: "Bring in a bank statement or a report",
		about: "A statement of the shop's bank account (CSV, 1CClientBankExchange), for accounts of all shops also a processor's report (balance transactions, payouts), at most 64 MB; what it is is seen by its content. " +
			"Larger reports come in with `parley settle import`. A file that can't be read exactly brings in nothing; bringing in the same again changes nothing.", file: true, size: MostStatement, patience: 10 * time.Minute}, a.readStatement, a.importStatement)
}

// MostStatement is how large a statement or a report may be that comes in here, in bytes.
const MostStatement = settlement.MostStatement

// Imported is what a file came to.
type Imported struct {
	Form    string `json:"form" example:"bank statement"`
	Lines   int    `json:"lines" doc:"Of a bank, that were not known before."`
	Payouts int    `json:"payouts" doc:"That were listed."`
	Rows    int    `json:"rows" doc:"Balance transactions that were not known before."`
	Known   int    `json:"known" doc:"Rows or lines that were."`
	Matched int    `json:"matched"`
	Queued  int    `json:"queued"`
}

type importStatement struct {
	ShopPath
	Name     string `query:"name" maxLength:"200" example:"statement.csv" doc:"Of the file, for people."`
	Gateway  string `query:"gateway" maxLength:"40" default:"stripe" doc:"Whose report it is."`
	Zone     string `query:"time_zone" maxLength:"60" default:"UTC" example:"Europe/Berlin" doc:"Of the report's local columns."`
	Currency string `query:"currency" pattern:"^[A-Z]{3}$" doc:"Of a statement that does not say it."`
	read     settlement.Imported
}

// readStatement brings the file in, in transactions of its own.
func (a *API) readStatement(ctx context.Context, c *call, in *importStatement) (undo func(context.Context), err error) {
	zone, err := time.LoadLocation(in.Zone)
	if err != nil {
		return nil, fault.New(fault.Invalid, "catalog.time_zone").With("value", in.Zone).With("field", "query.time_zone")
	}
	if in.Currency != "" && !money.Currency(in.Currency).Valid() {
		return nil, fault.New(fault.Invalid, "money.unknown_currency").With("code", in.Currency).With("field", "query.currency")
	}
	file, start, err := c.spool()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close(), os.Remove(file.Name())) }()
	if form := reconcile.FormOf(start); form == reconcile.RowsForm || form == reconcile.PayoutsForm {
		if err := c.everywhere(); err != nil { // a processor's account is every shop's
			return nil, err
		}
	}
	in.read, err = a.Settlement.Import(ctx, settlement.File{
		Name: in.Name, From: file, Gateway: in.Gateway, Zone: zone, Merchant: c.payee(), Currency: money.Currency(in.Currency),
	})
	var flaw *reconcile.Flaw
	if errors.As(err, &flaw) {
		err = fault.New(fault.Invalid, "settlement.file_wrong").With("says", flaw.Error())
	}
	return nil, err
}

// spool is the body in a temporary place where it can be read twice, and how it begins.
func (c *call) spool() (file *os.File, start []byte, err error) {
	file, err = os.CreateTemp("", "parley-statement-")
	if err != nil {
		return nil, nil, fmt.Errorf("keep a file for a moment: %w", err)
	}
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(file, sum), c.body())
	if err == nil {
		start = make([]byte, min(size, 1<<14))
		_, err = file.ReadAt(start, 0)
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, nil, errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	c.sum = sum.Sum(nil)
	return file, start, nil
}

func (a *API) importStatement(_ context.Context, _ *call, in *importStatement) (*plain[Imported], []deed, error) {
	r := in.read
	view := Imported{string(r.Form), r.Lines, r.Payouts, r.Rows, r.Known, r.Matched, r.Queued}
	return &plain[Imported]{view}, []deed{{subject: fmt.Sprintf("statement:%.150s", in.Name), became: view}}, nil
}
