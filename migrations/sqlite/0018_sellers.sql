-- +goose Up
-- A merchant's own account at a processor, which a platform takes money for. One for each mode: what is of tests is never
-- used with real money. The key is stored before the processor is asked for an account.
create table sellers (
	id          integer primary key autoincrement,
	merchant_id integer not null references merchants (id),
	gateway     text    not null check (gateway <> ''),
	live        boolean not null, -- real money
	idem_key    text    not null unique check (idem_key <> ''),
	account     text    not null default '', -- the processor's id for it; empty: being made
	charges     boolean not null default false, -- it may be paid
	payouts     boolean not null default false, -- its money may go to its bank
	submitted   boolean not null default false, -- its owner has answered what was asked at first
	due         text    not null default '', -- what the processor still wants to know, one in a line
	barred      text    not null default '', -- why the processor has barred it; its own word
	said_at     datetime, -- when it said so; null: never
	made_at     datetime not null,
	unique (merchant_id, gateway, live),
	check (account <> '' or not charges)
);
create unique index sellers_account on sellers (gateway, live, account) where account <> '';

-- What a platform keeps of each payment of a merchant; without a row, nothing.
create table seller_cuts (
	merchant_id integer primary key references merchants (id),
	rate        integer not null check (rate between 0 and 1000000), -- millionths
	fixed       integer not null check (fixed >= 0), -- minor units
	currency    text    not null check (length(currency) = 3)
);

-- Whose account a payment is passed on to, and what of it the platform keeps. Neither changes once it was begun.
alter table payments add column seller text not null default '';
alter table payments add column cut integer not null default 0 check (cut >= 0 and cut <= amount and (cut = 0 or seller <> ''));
alter table refunds add column from_seller boolean not null default false; -- the processor takes it back from the seller

-- A dispute that the shop does not contest. The key is stored before the processor hears of it.
alter table disputes add column conceded_by text not null default '';
alter table disputes add column concede_key text not null default '' check (concede_key = '' or conceded_by <> '');
alter table disputes add column concede_note text not null default '';
alter table disputes add column conceded_at datetime;
alter table disputes add column concede_why text not null default ''; -- the processor refused it

-- What a processor may keep of charges, by contract: the first term that fits counts. Of a merchant, or of all of them.
create table fee_terms (
	gateway     text    not null check (gateway <> ''),
	merchant_id integer not null default 0, -- 0: of every merchant that has no terms of its own
	position    integer not null check (position > 0),
	method      text    not null check (method <> ''), -- "card"; "*": any
	country     text    not null check (country <> ''), -- of the card; "*": any
	rate        text    not null, -- "0.015", exactly
	fixed       text    not null, -- major units of the settlement's currency
	converted   text    not null, -- the rate that a conversion adds
	primary key (gateway, merchant_id, position)
);
