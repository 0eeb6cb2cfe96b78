-- +goose Up
-- A foreign key has each transaction that names a row lock it in share mode. A shop's own row is named by every
-- message, cart and order of that shop, and PostgreSQL has to write down who shares such a lock each time it is
-- taken: more work than all the rest of the row. Shops and their ways of delivery are therefore kept by a rule of
-- their own: they are never deleted and never get another number, so that a look without a lock is as good where money names a shop. A message is said in
-- the shop of its conversation; verify looks at those.
alter table messages drop constraint messages_merchant_id_fkey;
alter table conversations drop constraint conversations_merchant_id_fkey;
alter table cart_lines drop constraint cart_lines_merchant_id_fkey;
alter table orders drop constraint orders_merchant_id_fkey, drop constraint orders_delivery_id_fkey;
alter table payments drop constraint payments_merchant_id_fkey;
alter table payment_events drop constraint payment_events_merchant_id_fkey;
alter table ledger_entries drop constraint ledger_entries_merchant_id_fkey;
alter table stock_moves drop constraint stock_moves_merchant_id_fkey; -- both are written with the shop of their variant
alter table reservations drop constraint reservations_merchant_id_fkey;

-- +goose StatementBegin
create function row_stays() returns trigger language plpgsql as $$
begin
	raise exception 'rows of % stay: others name them', tg_table_name using errcode = 'foreign_key_violation';
end $$;
-- +goose StatementEnd
create trigger merchants_stay before delete on merchants for each row execute function row_stays();
create trigger merchants_number before update of id on merchants for each row when (old.id <> new.id) execute function row_stays();
create trigger delivery_methods_stay before delete on delivery_methods for each row execute function row_stays();
create trigger delivery_methods_number before update of id on delivery_methods for each row when (old.id <> new.id) execute function row_stays();

-- +goose StatementBegin
create function merchant_exists() returns trigger language plpgsql as $$
begin
	if new.merchant_id is not null and not exists (select from merchants where id = new.merchant_id) then
		raise exception '% names no merchant: %', tg_table_name, new.merchant_id using errcode = 'foreign_key_violation';
	end if;
	return new;
end $$;
-- +goose StatementEnd
create trigger cart_lines_merchant before insert or update of merchant_id on cart_lines for each row execute function merchant_exists();
create trigger orders_merchant before insert or update of merchant_id on orders for each row execute function merchant_exists();
create trigger payments_merchant before insert or update of merchant_id on payments for each row execute function merchant_exists();
create trigger payment_events_merchant before insert or update of merchant_id on payment_events for each row execute function merchant_exists();
create trigger ledger_entries_merchant before insert or update of merchant_id on ledger_entries for each row execute function merchant_exists();

-- An update of a row is light when no index knows what it changes. What an update was called by its network never
-- changes and is unique; what a message of ours is called there is told afterwards, and gets a column of its own.
alter table messages add column ref text not null default ''; -- out: the network's id of what was shown
update messages set ref = network_id, network_id = '' where way = 'out';
alter table messages set (fillfactor = 70);

-- Most jobs have no key.
alter table jobs drop constraint jobs_ukey_key;
create unique index jobs_ukey_key on jobs (ukey) where ukey is not null;

-- The same of variants, whose rows change with each sale besides. They may be deleted while nothing names them: then
-- nobody may name anything for a moment, and all that could name them is looked through.
alter table cart_lines drop constraint cart_lines_variant_id_fkey;
alter table order_lines drop constraint order_lines_variant_id_fkey;
alter table stock_moves drop constraint stock_moves_variant_id_fkey;
alter table reservations drop constraint reservations_variant_id_fkey;
-- +goose StatementBegin
create function variants_hold_still() returns trigger language plpgsql as $$
begin
	lock table cart_lines, order_lines, stock_moves, reservations in share mode;
	return null;
end $$;
-- +goose StatementEnd
-- +goose StatementBegin
create function variants_unnamed() returns trigger language plpgsql as $$
begin
	if exists (select from gone join cart_lines using (merchant_id) where cart_lines.variant_id = gone.id)
	or exists (select from gone join order_lines on order_lines.variant_id = gone.id)
	or exists (select from gone join stock_moves on stock_moves.variant_id = gone.id)
	or exists (select from gone join reservations on reservations.variant_id = gone.id) then
		raise exception 'a variant that is deleted is named in a cart, an order or the stock' using errcode = 'foreign_key_violation';
	end if;
	return null;
end $$;
-- +goose StatementEnd
create trigger variants_hold_still before delete on variants for each statement execute function variants_hold_still();
create trigger variants_unnamed after delete on variants referencing old table as gone for each statement execute function variants_unnamed();
