package main

import "context"

func measureStatements(ctx context.Context, b *bench) error   { return nil }
func measureBurst(ctx context.Context, b *bench) error        { return nil }
func measureCheckout(ctx context.Context, b *bench) error     { return nil }
func measureConversation(ctx context.Context, b *bench) error { return nil }
func measureFlash(ctx context.Context, b *bench) error        { return nil }
func measureSize(ctx context.Context, b *bench) error         { return nil }
func measureSQLite(ctx context.Context, b *bench) error       { return nil }
