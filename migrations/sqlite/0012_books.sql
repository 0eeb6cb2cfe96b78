-- +goose Up
-- An entry that takes another one back, once.
alter table ledger_entries add column reverses integer references ledger_entries (id);
create unique index ledger_entries_reversed on ledger_entries (reverses) where reverses is not null;

-- The seal of the books: each entry's hash covers the one before it, merchant by merchant. Entries are sealed in
-- batches after they were booked, so that checkouts do not wait for each other's hash. Append-only.
create table ledger_chain (
	merchant_id integer not null,
	position    integer not null check (position > 0),
	entry_id    integer not null unique references ledger_entries (id),
	hash        text    not null check (length(hash) = 64),
	primary key (merchant_id, position)
);
-- +goose StatementBegin
create trigger ledger_chain_no_update before update on ledger_chain
begin
	select raise(abort, 'the ledger is append-only');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger ledger_chain_no_delete before delete on ledger_chain
begin
	select raise(abort, 'the ledger is append-only');
end;
-- +goose StatementEnd

-- What the sealed entries add up to, account by account: a projection, rebuilt and compared by verify.
create table ledger_balances (
	merchant_id integer not null,
	account     text    not null,
	currency    text    not null,
	balance     integer not null,
	primary key (merchant_id, account, currency)
);

-- How far sealing has come; its row is also the lock of whoever seals.
create table ledger_marks (
	id   integer primary key check (id = 1),
	upto integer not null check (upto >= 0)
);
insert into ledger_marks (id, upto) values (1, 0);

-- How a merchant wants money to be handled; without a row, nothing special.
create table payment_rules (
	merchant_id integer primary key references merchants (id),
	two_step    boolean not null default false, -- a refund that one person grants is executed by another
	stranded    integer not null default 0 check (stranded >= 0) -- seconds after which money that no order took goes back by itself; 0: never
);

-- Money that goes back to a buyer. The key is stored before the processor hears of it.
create table refunds (
	id          integer primary key autoincrement,
	merchant_id integer not null references merchants (id),
	payment_id  integer not null references payments (id),
	order_id    integer not null,
	request     text    not null check (request <> ''), -- the key of whoever asked: the same one is the same refund
	idem_key    text    not null unique check (idem_key <> ''),
	ref         text    not null default '', -- the processor's id for it
	status      text    not null check (status in ('granted', 'sending', 'working', 'done', 'failed', 'withdrawn')),
	amount      integer not null check (amount > 0),
	currency    text    not null check (length(currency) = 3),
	stray       boolean not null default false, -- of money that no order took
	reason      text    not null check (reason <> ''),
	granted_by  text    not null check (granted_by <> ''),
	executed_by text    not null default '',
	why         text    not null default '', -- it failed
	granted_at  datetime not null,
	changed_at  datetime not null,
	unique (merchant_id, request),
	check (status in ('granted', 'withdrawn') or executed_by <> '')
);
create index refunds_of on refunds (payment_id, id);
create index refunds_in on refunds (merchant_id, status, id);
create unique index refunds_ref on refunds (payment_id, ref) where ref <> '';

-- What of an order a refund is for, when it is for pieces.
create table refund_lines (
	refund_id integer not null references refunds (id),
	position  integer not null,
	quantity  integer not null check (quantity > 0),
	amount    integer not null check (amount >= 0),
	primary key (refund_id, position)
);
