-- +goose Up
-- Money may be held by a processor behind the gateway (Stripe behind Telegram), whose books it is in then; and a buyer may
-- tender another currency than the order's (Stars).
alter table payments add column holder text not null default '';
alter table payments add column tender integer not null default 0 check (tender >= 0);
alter table payments add column tender_currency text not null default '' check ((tender = 0) = (tender_currency = '') and tender_currency <> currency);

-- How a merchant is paid inside Telegram. The token is sealed: it can't be read with the database alone.
create table telegram_settings (
	merchant_id    integer primary key references merchants (id),
	provider_token text    not null default '',
	stars_rate     text    not null default '', -- Stars for one major unit of the shop's currency, a decimal; empty: no Stars
	changed_at     datetime not null
);

-- An invoice in a chat: who may pay what for which order.
create table telegram_invoices (
	payload       text    primary key check (length(payload) between 1 and 128),
	merchant_id   integer not null references merchants (id),
	order_id      integer not null,
	payment_key   text    not null unique check (payment_key <> ''),
	channel       text    not null,
	buyer         text    not null check (buyer <> ''),
	language      text    not null,
	currency      text    not null check (length(currency) = 3),
	total         integer not null check (total > 0), -- in Telegram's minor units
	content       text    not null, -- title, description, prices: as it is sent
	message       text    not null default '', -- the network's id of the newest message that shows it
	state         text    not null default 'open' check (state in ('open', 'closed')),
	checked_query text    not null default '', -- the last question that was answered "yes"
	checked_at    datetime,
	made_at       datetime not null,
	check ((checked_query = '') = (checked_at is null))
);
create index telegram_invoices_of on telegram_invoices (merchant_id, order_id);

-- What Telegram asked before it took money, and what was answered.
create table telegram_queries (
	query_id     text    primary key check (query_id <> ''),
	merchant_id  integer references merchants (id), -- null: about no invoice of ours
	payload      text    not null,
	buyer        text    not null,
	currency     text    not null,
	total        integer not null,
	due          integer not null, -- of the order, as it stood
	due_currency text    not null,
	refusal      text    not null default '', -- the key of the sentence; empty: the buyer could pay
	at           datetime not null
);
create index telegram_queries_of on telegram_queries (merchant_id, payload);

-- Money that came for an invoice, once for each charge. In test mode Telegram calls every charge "_": then the invoice names it.
create table telegram_charges (
	id              integer primary key autoincrement,
	merchant_id     integer not null references merchants (id),
	payload         text    not null references telegram_invoices (payload),
	charge          text    not null unique check (charge <> ''),
	telegram_charge text    not null,
	provider_charge text    not null, -- the processor's own id
	buyer           text    not null check (buyer <> ''), -- who paid
	currency        text    not null check (length(currency) = 3),
	total           integer not null,
	refund_key      text    not null default '', -- of the refund that gives it back; stored before Telegram is asked
	refunded_at     datetime,
	at              datetime not null,
	check (refunded_at is null or refund_key <> '')
);
create index telegram_charges_of on telegram_charges (merchant_id, payload, id);
create unique index telegram_charges_processor on telegram_charges (provider_charge) where provider_charge like 'ch!_%' escape '!' or provider_charge like 'pi!_%' escape '!';
create unique index telegram_charges_refund on telegram_charges (refund_key) where refund_key <> '';

-- The processor's id of the attempt that a charge belongs to: all that Telegram may say of the money.
alter table settlement_transactions add column intent text not null default '';
