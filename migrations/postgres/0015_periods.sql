-- +goose Up
-- When the processor says that money moved; null when nobody said. An entry is dated when it is booked (at): what comes
-- late for a month that is closed falls into the next one, and its own time is kept here.
alter table ledger_entries add column happened_at timestamptz;

-- How far each merchant's books are closed. Its row also sees to it that nothing is booked while they are being closed:
-- whoever books holds a shared lock of the merchant's books until the transaction ends, and whoever closes waits for
-- all of those, and has all later ones wait.
create table ledger_closings (
	merchant_id bigint      primary key references merchants (id),
	upto        timestamptz not null -- an entry that is dated before it is refused
);

-- A month that is closed, in the time zone that the merchant had then. Months follow each other without a gap.
create table ledger_periods (
	merchant_id bigint      not null references merchants (id),
	month       text        not null check (month ~ '^\d{4}-(0[1-9]|1[0-2])$'),
	zone        text        not null check (zone <> ''), -- IANA name
	starts_at   timestamptz not null,
	ends_at     timestamptz not null, -- the first moment that is not in it
	entries     bigint      not null check (entries >= 0), -- how many are dated in it
	position    bigint      not null check (position >= 0), -- where the merchant's chain ended, and its hash
	hash        text        not null check (length(hash) = 64 or position = 0 and hash = ''),
	closed_at   timestamptz not null,
	closed_by   text        not null check (closed_by <> ''),
	note        text        not null default '',
	primary key (merchant_id, month),
	unique (merchant_id, starts_at),
	unique (merchant_id, ends_at),
	check (starts_at < ends_at),
	check (ends_at <= closed_at)
);

-- What was still open when a month was closed all the same.
create table ledger_period_items (
	merchant_id bigint not null,
	month       text   not null,
	name        text   not null check (name <> ''), -- "review:12"
	reason      text   not null check (reason <> ''),
	subject     text   not null default '',
	amount      bigint not null default 0,
	currency    text   not null default '',
	opened_at   timestamptz not null,
	primary key (merchant_id, month, name),
	foreign key (merchant_id, month) references ledger_periods (merchant_id, month)
);

-- What was in each account when a month ended.
create table ledger_period_balances (
	merchant_id bigint not null,
	month       text   not null,
	account     text   not null,
	currency    text   not null,
	balance     bigint not null,
	primary key (merchant_id, month, account, currency),
	foreign key (merchant_id, month) references ledger_periods (merchant_id, month)
);

create trigger ledger_periods_keep before update or delete or truncate on ledger_periods
	for each statement execute function ledger_is_append_only();
create trigger ledger_period_items_keep before update or delete or truncate on ledger_period_items
	for each statement execute function ledger_is_append_only();
create trigger ledger_period_balances_keep before update or delete or truncate on ledger_period_balances
	for each statement execute function ledger_is_append_only();
create trigger ledger_closings_keep before delete or truncate on ledger_closings
	for each statement execute function ledger_is_append_only();

-- +goose StatementBegin
create function ledger_closes() returns trigger language plpgsql as $$
begin
	perform pg_advisory_xact_lock(hashtextextended('books', new.merchant_id));
	if tg_op = 'UPDATE' and new.upto <= old.upto then
		raise exception 'a closed period stays closed' using errcode = 'check_violation';
	end if;
	return new;
end $$;
-- +goose StatementEnd
create trigger ledger_closings_forward before insert or update on ledger_closings for each row execute function ledger_closes();

-- +goose StatementBegin
create function ledger_is_open() returns trigger language plpgsql as $$
begin
	perform pg_advisory_xact_lock_shared(hashtextextended('books', new.merchant_id));
	if exists (select from ledger_closings where merchant_id = new.merchant_id and upto > new.at) then
		raise exception 'the period of % is closed', new.at using errcode = 'check_violation';
	end if;
	return new;
end $$;
-- +goose StatementEnd
create trigger ledger_entries_open before insert on ledger_entries for each row execute function ledger_is_open();

-- +goose StatementBegin
create function ledger_entry_is_open() returns trigger language plpgsql as $$
begin
	if exists (select from ledger_entries e join ledger_closings c on c.merchant_id = e.merchant_id where e.id = new.entry_id and c.upto > e.at) then
		raise exception 'the period of entry % is closed', new.entry_id using errcode = 'check_violation';
	end if;
	return new;
end $$;
-- +goose StatementEnd
create trigger ledger_postings_open before insert on ledger_postings for each row execute function ledger_entry_is_open();
