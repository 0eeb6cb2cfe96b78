-- +goose Up
-- People who run shops.
create table accounts (
	id         integer primary key autoincrement,
	login      text not null unique check (login <> ''), -- folded: case and width make no difference
	name       text not null,
	password   text not null check (password like '$argon2id$%'),
	role       text not null check (role in ('owner', 'catalog', 'operator', 'finance')),
	state      text not null default 'active' check (state in ('active', 'disabled')),
	created_at datetime not null
);

-- Whose pages an account may see; without a merchant it is every shop, those of tomorrow too.
create table account_merchants (
	id          integer primary key autoincrement,
	account_id  integer not null references accounts (id),
	merchant_id integer references merchants (id)
);
create unique index account_merchants_once on account_merchants (account_id, coalesce(merchant_id, 0));

-- Who is signed in where. Only a hash of the cookie is kept.
create table sessions (
	id         integer primary key autoincrement,
	token_hash text   not null unique check (length(token_hash) = 64),
	account_id integer not null references accounts (id),
	created_at datetime not null,
	seen_at    datetime not null,
	expires_at datetime not null,
	user_agent text   not null default '',
	revoked_at datetime,
	check (expires_at > created_at)
);
create index sessions_of on sessions (account_id, id);

-- How often somebody has tried to sign in; who is a hash of a login or of an address.
create table sign_in_tries (
	who   text    primary key,
	tries integer not null check (tries >= 0),
	since datetime not null
);

-- What staff did. Append-only. once is the form's: submitted twice, it acts once.
create table audit (
	id          integer primary key autoincrement,
	merchant_id integer references merchants (id), -- null: about no shop
	at          datetime not null,
	who         text not null check (who <> ''),
	what        text not null check (what <> ''),
	subject     text not null default '', -- "order:5"
	note        text not null default '',
	once        text unique
);
create index audit_of on audit (merchant_id, id);
create index audit_about on audit (subject, id) where subject <> '';

-- +goose StatementBegin
create trigger audit_no_update before update on audit
begin
	select raise(abort, 'the audit trail is append-only');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger audit_no_delete before delete on audit
begin
	select raise(abort, 'the audit trail is append-only');
end;
-- +goose StatementEnd
