-- +goose Up
-- When the processor says that money moved; null when nobody said. An entry is dated when it is booked (at): what comes
-- late for a month that is closed falls into the next one, and its own time is kept here.
alter table ledger_entries add column happened_at datetime;

-- How far each merchant's books are closed.
create table ledger_closings (
	merchant_id integer  primary key references merchants (id),
	upto        datetime not null -- an entry that is dated before it is refused
);

-- A month that is closed, in the time zone that the merchant had then. Months follow each other without a gap.
create table ledger_periods (
	merchant_id integer  not null references merchants (id),
	month       text     not null check (month glob '[0-9][0-9][0-9][0-9]-[01][0-9]' and substr(month, 6) between '01' and '12'),
	zone        text     not null check (zone <> ''), -- IANA name
	starts_at   datetime not null,
	ends_at     datetime not null, -- the first moment that is not in it
	entries     integer  not null check (entries >= 0), -- how many are dated in it
	position    integer  not null check (position >= 0), -- where the merchant's chain ended, and its hash
	hash        text     not null check (length(hash) = 64 or position = 0 and hash = ''),
	closed_at   datetime not null,
	closed_by   text     not null check (closed_by <> ''),
	note        text     not null default '',
	primary key (merchant_id, month),
	unique (merchant_id, starts_at),
	unique (merchant_id, ends_at),
	check (starts_at < ends_at),
	check (ends_at <= closed_at)
);

-- What was still open when a month was closed all the same.
create table ledger_period_items (
	merchant_id integer  not null,
	month       text     not null,
	name        text     not null check (name <> ''), -- "review:12"
	reason      text     not null check (reason <> ''),
	subject     text     not null default '',
	amount      integer  not null default 0,
	currency    text     not null default '',
	opened_at   datetime not null,
	primary key (merchant_id, month, name),
	foreign key (merchant_id, month) references ledger_periods (merchant_id, month)
);

-- What was in each account when a month ended.
create table ledger_period_balances (
	merchant_id integer not null,
	month       text    not null,
	account     text    not null,
	currency    text    not null,
	balance     integer not null,
	primary key (merchant_id, month, account, currency),
	foreign key (merchant_id, month) references ledger_periods (merchant_id, month)
);

-- +goose StatementBegin
create trigger ledger_periods_no_update before update on ledger_periods
begin
	select raise(abort, 'the ledger is append-only');
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_periods_no_delete before delete on ledger_periods
begin
	select raise(abort, 'the ledger is append-only');
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_period_items_no_update before update on ledger_period_items
begin
	select raise(abort, 'the ledger is append-only');
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_period_items_no_delete before delete on ledger_period_items
begin
	select raise(abort, 'the ledger is append-only');
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_period_balances_no_update before update on ledger_period_balances
begin
	select raise(abort, 'the ledger is append-only');
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_period_balances_no_delete before delete on ledger_period_balances
begin
	select raise(abort, 'the ledger is append-only');
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_closings_no_delete before delete on ledger_closings
begin
	select raise(abort, 'the ledger is append-only');
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_closings_forward before update on ledger_closings when new.upto <= old.upto or new.merchant_id <> old.merchant_id
begin
	select raise(abort, 'a closed period stays closed');
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_entries_open before insert on ledger_entries
	when exists (select 1 from ledger_closings where merchant_id = new.merchant_id and upto > new.at)
begin
	select raise(abort, 'the period is closed');
end;
-- +goose StatementEnd

-- +goose StatementBegin
create trigger ledger_postings_open before insert on ledger_postings
	when exists (select 1 from ledger_entries e join ledger_closings c on c.merchant_id = e.merchant_id where e.id = new.entry_id and c.upto > e.at)
begin
	select raise(abort, 'the period of the entry is closed');
end;
-- +goose StatementEnd
