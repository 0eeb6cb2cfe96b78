package main

import "context"

func measureConversation(ctx context.Context, b *bench) error { return nil }
func measureSize(ctx context.Context, b *bench) error         { return nil }
func measureSQLite(ctx context.Context, b *bench) error       { return nil }
