-- +goose Up
-- An order that is paid by hand may be paid in parts: while it waits for the rest it has received less than its total.
-- Only one that is agreed waits with a part, so that it does not expire and keeps its pieces.
-- +goose StatementBegin
do $$
declare rule text;
begin
	for rule in select conname from pg_constraint where conrelid = 'orders'::regclass and contype = 'c' and pg_get_constraintdef(oid) like '%received%' loop
		execute format('alter table orders drop constraint %I', rule);
	end loop;
end $$;
-- +goose StatementEnd
alter table orders
	add constraint orders_received check (received between 0 and total),
	add constraint orders_refunded check (refunded between 0 and received),
	add constraint orders_paid check (state <> 'paid' or received = total),
	add constraint orders_pending check (state <> 'pending' or received = 0),
	add constraint orders_agreed check (state <> 'agreed' or received = 0 or received < total);

-- A capture that is only a part of what its order costs. There may be several; of the whole there is one.
alter table ledger_entries add column part boolean not null default false check (not part or reason = 'capture');
drop index ledger_entries_one_capture;
create unique index ledger_entries_one_capture on ledger_entries (order_id) where reason = 'capture' and not part;
