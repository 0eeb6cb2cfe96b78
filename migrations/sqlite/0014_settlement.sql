-- +goose Up
-- A processor's balance as it is followed here: how far it was read. Its row is the lock of whoever brings rows in.
create table settlement_accounts (
	gateway      text   primary key check (gateway <> ''),
	owner_id     integer references merchants (id), -- whose is what belongs to no payment; null: nobody knows
	paid_is_bank boolean not null default false, -- a payout that the processor calls paid has come to the bank, without a line of the bank
	read_to      datetime,  -- balance transactions were read to here
	pulled_to    datetime,  -- the processor was asked for them to here
	covered_from datetime,  -- and there are none missing from here
	swept_to     integer not null default 0 -- the books were searched to this entry for what the processor lacks
);

-- Balance transactions as the processor told them, and what each turned out to be. What was told never changes.
create table settlement_transactions (
	id            integer primary key autoincrement,
	gateway       text   not null references settlement_accounts (gateway),
	txn           text   not null check (txn <> ''),
	category      text   not null, -- as the processor calls it
	kind          text   not null check (kind <> ''), -- what that does to money: "charge", "refund" …
	source        text   not null default '',
	charge        text   not null default '',
	gross         integer not null,
	fee           integer not null,
	net           integer not null,
	currency      text   not null,
	seen          integer not null, -- as the buyer saw it, with the sign of gross
	seen_currency text   not null,
	said          text   not null default '', -- of a currency that nobody knows: the amount as it was written; the others are 0
	method        text   not null default '',
	country       text   not null default '',
	created_at    datetime not null,
	available_at  datetime not null,
	origin        text   not null, -- "api", or the name of the file
	-- what it turned out to be
	state         text   not null check (state in ('matched', 'queued')),
	merchant_id   integer references merchants (id), -- null: nobody knows whose
	payment_id    integer references payments (id),
	order_id      integer,
	counterpart   text   not null default '', -- the business key of the entry that the books had for it before
	booked        boolean not null default false, -- the books say exactly its net
	payout        text   not null default '', -- the payout that it went out with
	unique (gateway, txn),
	check (not booked or merchant_id is not null),
	check (counterpart = '' or booked)
);
create unique index settlement_one_row_one_capture on settlement_transactions (gateway, counterpart) where counterpart <> '';
create index settlement_transactions_of on settlement_transactions (merchant_id, created_at, id);
create index settlement_transactions_charge on settlement_transactions (gateway, charge, id);
create index settlement_transactions_source on settlement_transactions (gateway, source, id);
create index settlement_transactions_payout on settlement_transactions (gateway, payout, id);
create index settlement_transactions_waiting on settlement_transactions (gateway, currency, available_at, id) where payout = '';

-- Transfers from a processor to a bank, as they stand.
create table settlement_payouts (
	id         integer primary key autoincrement,
	gateway    text   not null references settlement_accounts (gateway),
	payout     text   not null check (payout <> ''),
	status     text   not null check (status in ('pending', 'in_transit', 'paid', 'failed', 'canceled')),
	amount     integer not null, -- towards the bank
	currency   text   not null,
	automatic  boolean not null,
	created_at datetime not null,
	arrives_at datetime not null,
	returned   text   not null default '', -- the balance transaction with which a failed one came back
	descriptor text   not null default '',
	reconciled boolean not null default false, -- the processor says that its rows are complete
	listed     boolean not null default false, -- it was listed itself; else only its balance transaction was seen
	itemised   text   not null default 'no' check (itemised in ('no', 'yes', 'assumed')), -- how its rows are known
	merchant_id integer references merchants (id), -- whose all its rows are; null: several merchants', or not known
	banked     boolean not null default false, -- the books have it in the bank
	returned_at datetime, -- the books have it back
	unique (gateway, payout)
);
create index settlement_payouts_at on settlement_payouts (gateway, created_at, id);
create index settlement_payouts_of on settlement_payouts (merchant_id, created_at, id);

-- What of a payout is whose, as the books say it. Append-only: what becomes known later is another number.
create table settlement_shares (
	payout_id   integer not null references settlement_payouts (id),
	merchant_id integer not null references merchants (id),
	number      integer not null check (number > 0),
	amount      integer not null check (amount <> 0), -- towards the bank
	primary key (payout_id, merchant_id, number)
);
create index settlement_shares_of on settlement_shares (merchant_id, payout_id);

-- Which rows a payout that can't be itemised is taken to consist of: the oldest available money. Append-only.
create table settlement_assumed (
	payout_id      integer not null references settlement_payouts (id),
	transaction_id integer not null references settlement_transactions (id),
	amount         integer not null check (amount <> 0),
	primary key (payout_id, transaction_id)
);
create index settlement_assumed_row on settlement_assumed (transaction_id);

-- What of each payout is whose, by the rows that it consists of and the books have. Money that came back from a payout
-- that failed is still of those whose it was.
create view settlement_dues as
	select p.id as payout_id, t.merchant_id, t.net as amount from settlement_payouts p
		join settlement_transactions t on t.gateway = p.gateway and t.payout = p.payout
		where p.itemised = 'yes' and t.booked and t.kind not in ('payout', 'payout_reversal')
	union all select p.id, s.merchant_id, s.amount from settlement_payouts p
		join settlement_transactions t on t.gateway = p.gateway and t.payout = p.payout and t.kind = 'payout_reversal'
		join settlement_payouts f on f.gateway = t.gateway and f.payout = t.source join settlement_shares s on s.payout_id = f.id
		where p.itemised = 'yes'
	union all select a.payout_id, t.merchant_id, a.amount from settlement_assumed a join settlement_transactions t on t.id = a.transaction_id
		where t.booked and t.kind not in ('payout', 'payout_reversal')
	union all select a.payout_id, s.merchant_id, s.amount from settlement_assumed a
		join settlement_transactions t on t.id = a.transaction_id and t.kind = 'payout_reversal' and t.net = a.amount
		join settlement_payouts f on f.gateway = t.gateway and f.payout = t.source join settlement_shares s on s.payout_id = f.id
	union all select a.payout_id, f.merchant_id, a.amount from settlement_assumed a
		join settlement_transactions t on t.id = a.transaction_id and t.kind = 'payout_reversal' and t.net <> a.amount
		join settlement_payouts f on f.gateway = t.gateway and f.payout = t.source
		where f.merchant_id is not null;

-- Lines of bank statements. What the bank said never changes.
create table settlement_bank_lines (
	id          integer primary key autoincrement,
	merchant_id integer references merchants (id), -- whose account it is; null: of whoever runs this
	identity    text   not null unique check (length(identity) = 64), -- what tells it from all others
	day         datetime not null,
	amount      integer not null, -- less than zero left the account
	currency    text   not null,
	said        text   not null,
	origin      text   not null,
	state       text   not null check (state in ('matched', 'queued', 'other')), -- other: the shop's own business
	payout_id   integer references settlement_payouts (id),
	back        boolean not null default false, -- it takes a failed payout back
	check ((state = 'matched') = (payout_id is not null))
);
create unique index settlement_one_line_one_payout on settlement_bank_lines (payout_id, back) where payout_id is not null;
create index settlement_bank_lines_of on settlement_bank_lines (merchant_id, day, id);
create index settlement_bank_lines_waiting on settlement_bank_lines (currency, amount, day) where payout_id is null;

-- What does not fit, until a person has dealt with it or it turned out to fit after all.
create table settlement_items (
	id          integer primary key autoincrement,
	merchant_id integer references merchants (id), -- null: nobody knows whose
	gateway     text   not null default '', -- empty: the bank's
	class       text   not null check (class in ('psp_only', 'ledger_only', 'amount_mismatch', 'currency_mismatch', 'duplicate_charge', 'refund_not_in_ledger', 'refund_failed', 'dispute_open_or_lost', 'dispute_won', 'fee_variance', 'fee_without_charge', 'cutoff', 'payout_failed', 'payout_not_itemised', 'bank_missing', 'bank_only', 'fx_rounding', 'unknown')),
	subject     text   not null check (subject <> ''), -- of what: "txn:txn_1", "payout:po_1", "line:17", "entry:5"
	amount      integer not null,
	currency    text   not null,
	order_id    integer,
	payment_id  integer references payments (id),
	charge      text   not null default '',
	refund      text   not null default '',
	payout      text   not null default '',
	detail      text   not null default '',
	since       datetime not null, -- its age counts from here
	opened_at   datetime not null,
	state       text   not null default 'open' check (state in ('open', 'matched', 'accepted', 'dismissed', 'explained')),
	unique (gateway, class, subject)
);
create index settlement_items_queue on settlement_items (merchant_id, state, id);
create index settlement_items_subject on settlement_items (subject, gateway);
create index settlement_items_all on settlement_items (state, id);

-- What was decided about an item, by whom and why. Append-only.
create table settlement_decisions (
	item_id integer not null references settlement_items (id),
	number  integer not null check (number > 0),
	what    text   not null check (what in ('match', 'accept', 'dismiss', 'explain', 'reopen')),
	who     text   not null check (who <> ''),
	note    text   not null check (note <> ''),
	at      datetime not null,
	primary key (item_id, number)
);

-- +goose StatementBegin
create trigger settlement_transactions_told before update of gateway, txn, category, kind, source, charge, gross, fee, net, currency, seen, seen_currency, said, method, country, created_at, available_at, origin on settlement_transactions
begin
	select raise(abort, 'what was told is kept as it was');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger settlement_transactions_keep before delete on settlement_transactions
begin
	select raise(abort, 'what was told is kept as it was');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger settlement_transactions_payout_once before update of payout on settlement_transactions when old.payout <> '' and new.payout <> old.payout
begin
	select raise(abort, 'what was told is kept as it was');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger settlement_transactions_booked_once before update of booked on settlement_transactions when old.booked and not new.booked
begin
	select raise(abort, 'what was told is kept as it was');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger settlement_bank_lines_told before update of merchant_id, identity, day, amount, currency, said, origin on settlement_bank_lines
begin
	select raise(abort, 'what was told is kept as it was');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger settlement_bank_lines_keep before delete on settlement_bank_lines
begin
	select raise(abort, 'what was told is kept as it was');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger settlement_payouts_keep before delete on settlement_payouts
begin
	select raise(abort, 'what was told is kept as it was');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger settlement_shares_no_update before update on settlement_shares
begin
	select raise(abort, 'what was told is kept as it was');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger settlement_shares_no_delete before delete on settlement_shares
begin
	select raise(abort, 'what was told is kept as it was');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger settlement_assumed_no_update before update on settlement_assumed
begin
	select raise(abort, 'what was told is kept as it was');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger settlement_assumed_no_delete before delete on settlement_assumed
begin
	select raise(abort, 'what was told is kept as it was');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger settlement_decisions_no_update before update on settlement_decisions
begin
	select raise(abort, 'what was told is kept as it was');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger settlement_decisions_no_delete before delete on settlement_decisions
begin
	select raise(abort, 'what was told is kept as it was');
end;
-- +goose StatementEnd
