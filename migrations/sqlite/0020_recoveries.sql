-- +goose Up
-- Who bears what disputes that are lost took: the shop, or the platform. A payment keeps what was so when it was begun.
alter table seller_cuts add column platform_bears boolean not null default false;
alter table payments add column platform_bears boolean not null default false check (not platform_bears or seller <> '');

-- What a lost dispute took, taken back from the shop that was passed the money. One for each dispute; the key is stored before
-- the processor is asked.
create table dispute_recoveries (
	id              integer primary key autoincrement,
	merchant_id     integer not null references merchants (id),
	dispute_id      integer not null unique references disputes (id),
	payment_id      integer not null references payments (id),
	idem_key        text not null unique check (idem_key <> ''),
	amount          integer not null check (amount > 0), -- what the dispute took
	currency        text not null check (length(currency) = 3),
	state           text not null default 'sending' check (state in ('sending', 'done', 'refused', 'dropped')), -- dropped: it was won before the processor was asked
	why             text not null default '' check ((why <> '') = (state = 'refused')), -- the key of the processor's refusal
	made_at         datetime not null,
	done_at         datetime, -- the processor answered
	check ((state = 'sending') = (done_at is null))
);
create index dispute_recoveries_of on dispute_recoveries (merchant_id, id);
create index dispute_recoveries_payment on dispute_recoveries (payment_id);
