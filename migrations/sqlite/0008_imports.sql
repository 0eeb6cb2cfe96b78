-- +goose Up
-- A file of products that was brought to a shop: what it would do, what was done with it, and how far that is.
create table imports (
	id           integer primary key autoincrement,
	merchant_id  integer  not null references merchants (id),
	format       text     not null default '',
	file         text     not null default '', -- its name, for people
	who          text     not null default '',
	state        text     not null check (state in ('reading', 'refused', 'ready', 'applying', 'applied', 'reverting', 'cancelled', 'failed', 'undoing', 'undone')),
	created      integer  not null default 0 check (created >= 0),   -- products, as the preview counted them
	changed      integer  not null default 0 check (changed >= 0),
	unchanged    integer  not null default 0 check (unchanged >= 0),
	wrong        integer  not null default 0 check (wrong >= 0),     -- errors, more than are kept of a hopeless file
	variants     integer  not null default 0,
	images       integer  not null default 0,
	archives     integer  not null default 0, -- variants for sale that would not be any more
	reprices     integer  not null default 0, -- variants for sale that would cost something else
	for_sale     integer  not null default 0, -- variants for sale in the shop when it was looked at
	done         integer  not null default 0 check (done >= 0),      -- products of what is under way
	total        integer  not null default 0 check (total >= done),
	reached      integer  not null default 0 check (reached >= 0),   -- items up to here are in the shop
	kept         integer  not null default 0 check (kept >= 0),      -- products that could not be taken back
	shelves      text     not null default '[]', -- the categories it added
	why          text     not null default '',   -- the refusal that ended it
	created_at   datetime not null,
	changed_at   datetime not null,
	confirmed_at datetime,
	check (wrong = 0 or state in ('reading', 'refused')),
	check (state in ('reading', 'refused', 'ready', 'cancelled') or confirmed_at is not null)
);
create index imports_of on imports (merchant_id, id);

-- A product of a file, and what is needed to bring it in and to take it back.
create table import_items (
	import_id   integer  not null references imports (id) on delete cascade,
	position    integer  not null, -- from 1, in the order of the file
	merchant_id integer  not null,
	line        integer  not null, -- the row of the file where it begins
	handle      text     not null,
	title       text     not null,
	what        text     not null check (what in ('create', 'change', 'unchanged')),
	changes     text     not null default '[]', -- the fields that differ, for people
	product_id  integer,
	product     text     not null default '', -- as it is to be
	was         text     not null default '', -- as it was
	seen        datetime, -- the save that the preview saw; null: there was no such product
	became      datetime, -- the save that brought it in; null: not yet
	primary key (import_id, position),
	check (what <> 'create' or seen is null),
	check (what = 'create' or seen is not null)
);
create index import_items_what on import_items (import_id, what, position);
create index import_items_product on import_items (merchant_id, product_id) where became is not null;

create table import_errors (
	import_id   integer not null references imports (id) on delete cascade,
	position    integer not null, -- from 1, in the order of the rows
	merchant_id integer not null,
	line        integer not null,
	col         text    not null default '',
	sentence    text    not null, -- the key of the sentence
	args        text    not null default '{}',
	primary key (import_id, position)
);

-- Whether buyers depend on a variant, asked before it is deleted.
create index order_lines_variant on order_lines (variant_id);
create index cart_lines_variant on cart_lines (variant_id);
