package db

import (
	"context"
	"database/sql/driver"
)

// mostKept is how many statements a connection to SQLite keeps prepared; beyond it all are prepared anew.
const mostKept = 500

// keepers makes connections to SQLite that keep their statements prepared: parsing one costs more than most of them
// do. What database/sql keeps for a transaction ends with it.
type keepers struct{ driver.Connector }

// Connect makes one.
func (k keepers) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &keeping{liteConn: made.(liteConn), kept: map[string]*keptStmt{}}, nil
}

// liteConn is what SQLite's connections can do.
type liteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// keeping is one such connection.
type keeping struct {
	liteConn
	kept   map[string]*keptStmt
	within bool // a transaction
}

// keptStmt is a prepared statement, which can be used by one at a time.
type keptStmt struct {
	driver.Stmt
	busy bool
}

// take is the prepared statement for a query, now busy; nil while its rows are still being read.
func (k *keeping) take(ctx context.Context, query string) (*keptStmt, error) {
	if kept, ok := k.kept[query]; ok {
		if kept.busy {
			return nil, nil
		}
		kept.busy = true
		return kept, nil
	}
	if len(k.kept) >= mostKept {
		if err := k.drop(); err != nil {
			return nil, err
		}
	}
	made, err := k.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	kept := &keptStmt{Stmt: made, busy: true}
	k.kept[query] = kept
	return kept, nil
}

// drop lets go of all statements that nobody uses.
func (k *keeping) drop() error {
	for query, kept := range k.kept {
		if !kept.busy {
			delete(k.kept, query)
			if err := kept.Stmt.Close(); err != nil {
				return err
			}
		}
	}
	return nil
}

// BeginTx begins a transaction.
func (k *keeping) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	tx, err := k.liteConn.BeginTx(ctx, options)
	if err != nil {
		return nil, err
	}
	k.within = true
	return keptTx{tx, k}, nil
}

// keptTx is a transaction of such a connection.
type keptTx struct {
	driver.Tx
	of *keeping
}

// Commit ends it.
func (t keptTx) Commit() error {
	t.of.within = false
	return t.Tx.Commit()
}

// Rollback ends it.
func (t keptTx) Rollback() error {
	t.of.within = false
	return t.Tx.Rollback()
}

// patient is the context of a statement. Breaking one off in a transaction would undo all of that
// (https://sqlite.org/c3ref/interrupt.html), others' parts of it too, so there it is only not begun.
func (k *keeping) patient(ctx context.Context) (context.Context, error) {
	if !k.within {
		return ctx, nil
	}
	return context.WithoutCancel(ctx), ctx.Err()
}

// ExecContext is the connection's, by a statement that is kept. One without arguments may be several, as migrations
// are, and those are not.
func (k *keeping) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	ctx, err := k.patient(ctx)
	if err != nil {
		return nil, err
	}
	if len(args) == 0 {
		return k.liteConn.ExecContext(ctx, query, args)
	}
	kept, err := k.take(ctx, query)
	if err != nil {
		return nil, err
	}
	if kept == nil {
		return k.liteConn.ExecContext(ctx, query, args)
	}
	defer func() { kept.busy = false }()
	return kept.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

// QueryContext is the connection's, by a statement that is kept until its rows are closed.
func (k *keeping) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	ctx, err := k.patient(ctx)
	if err != nil {
		return nil, err
	}
	if len(args) == 0 {
		return k.liteConn.QueryContext(ctx, query, args)
	}
	kept, err := k.take(ctx, query)
	if err != nil {
		return nil, err
	}
	if kept == nil {
		return k.liteConn.QueryContext(ctx, query, args)
	}
	rows, err := kept.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		kept.busy = false
		return nil, err
	}
	return &keptRows{rows.(liteRows), kept}, nil
}

// Close ends the connection and its statements.
func (k *keeping) Close() error {
	for _, kept := range k.kept {
		_ = kept.Stmt.Close() // the connection goes with it
	}
	clear(k.kept)
	return k.liteConn.Close()
}

// liteRows is what SQLite's rows can do.
type liteRows interface {
	driver.Rows
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// keptRows are rows of a kept statement.
type keptRows struct {
	liteRows
	of *keptStmt
}

// Close gives the statement back.
func (r *keptRows) Close() error {
	err := r.liteRows.Close()
	r.of.busy = false
	return err
}
