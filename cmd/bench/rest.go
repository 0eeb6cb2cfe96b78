package main

import "context"

func measureSize(ctx context.Context, b *bench) error   { return nil }
func measureSQLite(ctx context.Context, b *bench) error { return nil }
