-- +goose Up
-- An attempt that holds money which came by another one: that one's id at the processor, for refunds.
alter table payments add column via text not null default '';

-- News that was too early: of a refund before the money that it gives back. Heard again once that has come.
alter table payment_events add column aside text not null default '';

-- Money that no order took, given to one that owed it. It is booked under a payment of that order.
create table payment_attachments (
	id             integer primary key autoincrement,
	merchant_id    integer not null references merchants (id),
	review_id      integer not null references payment_reviews (id),
	source_payment integer not null references payments (id), -- the attempt that it came by
	payment_id     integer not null unique references payments (id), -- the payment that the order has now
	order_id       integer not null,
	gateway        text   not null,
	charge         text   not null check (charge <> ''),
	amount         integer not null check (amount > 0),
	currency       text   not null check (length(currency) = 3),
	who            text   not null check (who <> ''),
	note           text   not null check (note <> ''),
	at             datetime not null,
	unique (gateway, charge, order_id)
);
create index payment_attachments_of on payment_attachments (source_payment);

-- A buyer's bank wants money back. What leads where is a table in the program; states only go down the list.
create table disputes (
	id             integer primary key autoincrement,
	merchant_id    integer not null references merchants (id),
	payment_id     integer not null references payments (id),
	order_id       integer not null,
	gateway        text   not null check (gateway <> ''),
	ref            text   not null check (ref <> ''), -- the processor's id for it
	charge         text   not null default '',
	status         text   not null check (status in ('inquiry', 'dropped', 'open', 'review', 'lost', 'won')),
	reason         text   not null default '', -- the processor's word
	amount         integer not null check (amount >= 0),
	currency       text   not null check (length(currency) = 3),
	live           boolean not null,
	due_at         datetime, -- until when evidence is taken
	opened_at      datetime not null,
	changed_at     datetime not null,
	closed_at      datetime,
	evidence_state text   not null default '' check (evidence_state in ('', 'sending', 'sent', 'refused')),
	evidence_key   text   not null default '',
	evidence       text   not null default '', -- as it was sent
	evidence_by    text   not null default '',
	evidence_note  text   not null default '',
	evidence_at    datetime,
	why            text   not null default '', -- the processor refused it
	unique (gateway, ref),
	check (evidence_state = '' or (evidence_key <> '' and evidence_by <> '' and evidence_at is not null)),
	check ((status in ('dropped', 'lost', 'won')) = (closed_at is not null))
);
create index disputes_of on disputes (merchant_id, status, id);
create index disputes_payment on disputes (payment_id);

-- What a dispute moved at the processor, once for each of its balance transactions. Signed: negative left the balance.
create table dispute_moves (
	dispute_id  integer not null references disputes (id),
	transaction_id text not null check (transaction_id <> ''),
	amount      integer not null,
	fee         integer not null,
	currency    text   not null check (length(currency) = 3),
	at          datetime not null,
	primary key (dispute_id, transaction_id)
);

-- Up to when all news of a processor was heard.
create table payment_catches (
	gateway text   primary key,
	upto    datetime not null
);

-- The sandbox as a processor: what a session was charged, and what became of the money.
create table sandbox_charges (
	id       text   primary key,
	ref      text   not null references sandbox_sessions (ref),
	amount   integer not null check (amount > 0),
	fee      integer not null check (fee >= 0),
	refunded integer not null default 0 check (refunded >= 0 and refunded <= amount),
	at       datetime not null
);
create index sandbox_charges_of on sandbox_charges (ref, id);
insert into sandbox_charges (id, ref, amount, fee, refunded, at)
	select 'ch_' || ref, ref, amount, 0, refunded, expires_at from sandbox_sessions where state = 'paid';
alter table sandbox_refunds add column charge text not null default '';
alter table sandbox_refunds add column state text not null default 'done' check (state in ('pending', 'done', 'failed'));
create table sandbox_disputes (
	id       text   primary key,
	ref      text   not null references sandbox_sessions (ref),
	charge   text   not null unique references sandbox_charges (id), -- a charge is disputed once
	amount   integer not null check (amount > 0),
	fee      integer not null check (fee >= 0),
	reason   text   not null,
	state    text   not null check (state in ('open', 'review', 'lost', 'won')),
	evidence text   not null default '',
	due_at   datetime not null,
	at       datetime not null
);
create index sandbox_disputes_of on sandbox_disputes (ref);
create table sandbox_payouts (
	id         text   primary key,
	state      text   not null check (state in ('pending', 'in_transit', 'paid', 'failed', 'canceled')),
	amount     integer not null,
	currency   text   not null,
	automatic  boolean not null,
	reconciled boolean not null default false,
	returned   text   not null default '',
	at         datetime not null,
	arrives_at datetime not null
);
create table sandbox_transactions (
	seq          integer primary key autoincrement,
	id           text   not null unique,
	category     text   not null,
	source       text   not null,
	charge       text   not null default '',
	payout       text   not null default '',
	gross        integer not null,
	fee          integer not null,
	net          integer not null,
	currency     text   not null,
	at           datetime not null,
	available_at datetime not null,
	check (gross - fee = net)
);
create index sandbox_transactions_paid on sandbox_transactions (payout, currency, seq);
create table sandbox_events (
	seq    integer primary key autoincrement,
	id     text   not null unique,
	ref    text   not null default '', -- the session it is about
	notice text   not null,
	at     datetime not null
);
create index sandbox_events_of on sandbox_events (ref, seq);
