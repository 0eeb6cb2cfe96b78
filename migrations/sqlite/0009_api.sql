-- +goose Up
-- What programs come in with. Only a hash is kept; prefix is what a person recognises a token by.
create table tokens (
	id         integer primary key autoincrement,
	account_id integer not null references accounts (id),
	name       text   not null check (name <> ''),
	prefix     text   not null unique,
	token_hash text   not null unique check (length(token_hash) = 64),
	scopes     text   not null check (scopes <> ''), -- "catalog:read orders:write"
	created_at datetime not null,
	expires_at datetime not null,
	used_at    datetime,
	revoked_at datetime,
	check (expires_at > created_at)
);
create index tokens_of on tokens (account_id, id);

-- Writes that named themselves with an Idempotency-Key, and what was answered, sealed. The row is written in the
-- transaction of the write: a write that failed leaves none and can be tried again.
create table idempotency_keys (
	who        text   not null check (who <> ''), -- the token or the account
	key        text   not null check (key <> ''),
	input      text   not null check (length(input) = 64), -- a hash of what was asked for
	reply      text   not null default '',
	expires_at datetime not null,
	primary key (who, key)
);
create index idempotency_keys_due on idempotency_keys (expires_at);

-- What a write changed: JSON of the fields that differ, before and after it.
alter table audit add column was    text not null default '';
alter table audit add column became text not null default '';

-- Lists that are walked by a key, however far one goes.
drop index products_of;
create index products_of on products (merchant_id, category_id, id);
create index products_in on products (merchant_id, state, id);
create index products_by_change on products (merchant_id, updated_at, id);
create index products_by_id on products (merchant_id, id);
create index variants_of_shop on variants (merchant_id, id);
create index variants_barcode on variants (merchant_id, barcode) where barcode <> '';
create index conversations_of on conversations (merchant_id, contact_id);
