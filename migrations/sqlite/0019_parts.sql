-- +goose Up
-- An order that is paid by hand may be paid in parts: while it waits for the rest it has received less than its total.
-- Only one that is agreed waits with a part, so that it does not expire and keeps its pieces.
--
-- The rules of a table can't be altered here, and nothing that is stored changes by these, so their text does: the
-- procedure of https://www.sqlite.org/lang_altertable.html#otheralter for removing and relaxing CHECK constraints. To
-- write the table anew would take as long as there are orders, and every table that refers to them with it.
pragma writable_schema = on;
update sqlite_schema set sql = replace(replace(sql,
	'check (received in (0, total))', 'check (received between 0 and total)'),
	'check (state not in (''pending'', ''agreed'') or received = 0)',
	'check (state <> ''pending'' or received = 0), check (state <> ''agreed'' or received = 0 or received < total)')
	where type = 'table' and name = 'orders';
pragma writable_schema = reset;

-- A capture that is only a part of what its order costs. There may be several; of the whole there is one.
alter table ledger_entries add column part boolean not null default false check (not part or reason = 'capture');
drop index ledger_entries_one_capture;
create unique index ledger_entries_one_capture on ledger_entries (order_id) where reason = 'capture' and not part;
