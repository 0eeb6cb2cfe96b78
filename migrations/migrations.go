// Package migrations brings a database to the shape this version of Parley needs.
//
// Migrations are plain SQL, numbered, forward only, one file an engine; a failed one leaves no trace.
package migrations

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"parley/migrations/db"
)

//go:embed postgres/*.sql sqlite/*.sql
var files embed.FS

// Step is one migration and when it was applied; At is zero when it has not been.
type Step struct {
	Version int64
	Name    string
	At      time.Time
}

// Up applies what is pending and returns it. Replicas that start together wait for the first.
func Up(ctx context.Context, d *db.DB) ([]Step, error) {
	provider, err := provider(d)
	if err != nil {
		return nil, err
	}
	results, err := provider.Up(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	steps := make([]Step, len(results))
	for i, result := range results {
		steps[i] = Step{Version: result.Source.Version, Name: name(result.Source.Path), At: time.Now().UTC()}
	}
	return steps, nil
}

// Status lists every migration in order.
func Status(ctx context.Context, d *db.DB) ([]Step, error) {
	provider, err := provider(d)
	if err != nil {
		return nil, err
	}
	states, err := provider.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("migration status: %w", err)
	}
	steps := make([]Step, len(states))
	for i, state := range states {
		steps[i] = Step{Version: state.Source.Version, Name: name(state.Source.Path), At: state.AppliedAt}
	}
	return steps, nil
}

func provider(d *db.DB) (*goose.Provider, error) {
	folder, err := fs.Sub(files, string(d.Engine()))
	if err != nil {
		return nil, err
	}
	dialect, options := goose.DialectSQLite3, []goose.ProviderOption{}
	if d.Engine() == db.Postgres {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
		if err != nil {
			return nil, err
		}
		dialect, options = goose.DialectPostgres, append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, d.Pool(), folder, options...)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}

func name(path string) string {
	if len(path) > 5 {
		return path[5 : len(path)-len(".sql")]
	}
	return path
}
