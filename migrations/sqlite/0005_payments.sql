-- +goose Up
-- One attempt to be paid for one order. The key is stored before the processor hears of it.
create table payments (
	id          integer primary key autoincrement,
	merchant_id integer  not null references merchants (id),
	order_id    integer  not null,
	gateway     text    not null check (gateway <> ''),
	idem_key    text    not null unique check (idem_key <> ''),
	ref         text    not null default '', -- the processor's id for the attempt
	status      text    not null check (status in ('opening', 'open', 'working', 'settled', 'failed', 'expired', 'replaced', 'refunded')),
	amount      integer  not null check (amount > 0),
	captured    integer  not null default 0 check (captured >= 0),
	currency    text    not null check (length(currency) = 3),
	live        boolean not null, -- real money
	account     text    not null default '', -- the processor's account, when it is not the one that the key belongs to
	url         text    not null default '',
	note        text    not null default '',
	closed      boolean not null default false, -- the processor takes nothing for it any more
	opened_at   datetime not null,
	expires_at  datetime,
	changed_at  datetime not null,
	check (status not in ('settled', 'refunded') or captured > 0)
);
create index payments_of on payments (merchant_id, order_id, id);
create unique index payments_ref on payments (gateway, ref) where ref <> '';
create unique index payments_live on payments (order_id) where status in ('opening', 'open', 'working'); -- one attempt at a time

-- What processors said, as they said it. The same event never acts twice.
create table payment_events (
	id          integer primary key autoincrement,
	merchant_id integer  references merchants (id), -- null: about no payment of ours
	payment_id  integer  references payments (id),
	gateway     text    not null,
	event_id    text    not null check (event_id <> ''),
	ref         text    not null default '',
	charge      text    not null default '', -- the business key: charge id, refund id …
	news        text    not null default '', -- empty: of a kind that this version only keeps
	amount      integer  not null default 0,
	currency    text    not null default '',
	live        boolean not null,
	account     text    not null default '',
	raw         text    not null default '',
	at          datetime not null,
	unique (gateway, event_id)
);
create index payment_events_of on payment_events (payment_id, id) where payment_id is not null;

-- The books: why money moved, and its moves. Each move names both ends. Append-only.
create table ledger_entries (
	id           integer primary key autoincrement,
	merchant_id  integer not null references merchants (id),
	payment_id   integer references payments (id),
	order_id     integer,
	reason       text   not null check (reason <> ''), -- "capture", "stray", "fee" …
	source       text   not null check (source <> ''),
	business_key text   not null check (business_key <> ''), -- "capture:ch_1": posted once, ever
	at           datetime not null,
	unique (source, business_key)
);
create index ledger_entries_of on ledger_entries (merchant_id, at, id);
create index ledger_entries_payment on ledger_entries (payment_id) where payment_id is not null;
create unique index ledger_entries_one_capture on ledger_entries (order_id) where reason = 'capture'; -- an order is paid once

create table ledger_postings (
	entry_id     integer  not null references ledger_entries (id),
	line         integer not null,
	from_account text    not null check (from_account <> ''),
	to_account   text    not null check (to_account <> ''),
	amount       integer  not null check (amount > 0),
	currency     text    not null check (length(currency) = 3),
	primary key (entry_id, line),
	check (from_account <> to_account)
);

-- +goose StatementBegin
create trigger ledger_entries_no_update before update on ledger_entries
begin
	select raise(abort, 'the ledger is append-only');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger ledger_entries_no_delete before delete on ledger_entries
begin
	select raise(abort, 'the ledger is append-only');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger ledger_postings_no_update before update on ledger_postings
begin
	select raise(abort, 'the ledger is append-only');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger ledger_postings_no_delete before delete on ledger_postings
begin
	select raise(abort, 'the ledger is append-only');
end;
-- +goose StatementEnd

-- Money and news that fit nothing, until a person has dealt with them.
create table payment_reviews (
	id          integer primary key autoincrement,
	merchant_id integer references merchants (id), -- null: nobody knows whose
	payment_id  integer references payments (id),
	order_id    integer,
	event_id    integer not null references payment_events (id),
	gateway     text   not null,
	reason      text   not null check (reason <> ''),
	subject     text   not null check (subject <> ''), -- charge, else attempt, else event
	detail      text   not null default '',
	amount      integer not null default 0,
	currency    text   not null default '',
	state       text   not null default 'open' check (state in ('open', 'closed')),
	opened_at   datetime not null,
	closed_at   datetime,
	closed_by   text   not null default '',
	note        text   not null default '',
	unique (gateway, reason, subject),
	check ((state = 'closed') = (closed_at is not null)),
	check (state = 'open' or (closed_by <> '' and note <> ''))
);
create index payment_reviews_queue on payment_reviews (merchant_id, state, id);

-- The sandbox's own memory: it stands for a processor and shares nothing with the tables above.
create table sandbox_sessions (
	ref         text   primary key,
	idem_key    text   not null unique,
	number      text   not null,
	amount      integer not null check (amount > 0),
	currency    text   not null,
	refunded    integer not null default 0 check (refunded >= 0 and refunded <= amount),
	language    text   not null default '',
	return_url  text   not null,
	state       text   not null check (state in ('open', 'working', 'paid', 'declined', 'expired')),
	expires_at  datetime not null,
	check (refunded = 0 or state = 'paid')
);
create table sandbox_refunds (
	idem_key text   primary key,
	ref      text   not null references sandbox_sessions (ref),
	amount   integer not null check (amount > 0)
);
