-- +goose Up
-- Wordings are JSON by language: {"en": "Boots", "ru": "Ботинки"}. Money is in minor units of the merchant's currency.
create table merchants (
	id           integer primary key autoincrement,
	slug         text    not null unique,
	name         text    not null,
	about        text    not null default '{}',
	languages    text    not null,
	currency     text    not null check (length(currency) = 3),
	time_zone    text    not null,
	contacts     text    not null default '{}',
	hold_minutes integer not null default 30 check (hold_minutes > 0),
	products     integer not null default 0 check (products >= 0), -- active ones: the rows of shelves with category 0
	state        text    not null default 'active' check (state in ('draft', 'active', 'archived')),
	created_at   datetime not null
);

create table delivery_methods (
	id          integer primary key autoincrement,
	merchant_id integer  not null references merchants (id),
	kind        text    not null check (kind in ('pickup', 'courier')),
	name        text    not null,
	address     text    not null default '{}',
	price       integer  not null default 0 check (price >= 0),
	free_from   integer  not null default 0 check (free_from >= 0),
	position    integer not null default 0,
	active      boolean not null default true
);
create index delivery_methods_of on delivery_methods (merchant_id, position);

create table categories (
	id          integer primary key autoincrement,
	merchant_id integer  not null references merchants (id),
	parent_id   integer  references categories (id),
	slug        text    not null,
	name        text    not null,
	position    integer not null default 0,
	products    integer not null default 0 check (products >= 0), -- active ones here and below: its rows of shelves
	unique (merchant_id, slug)
);
create index categories_tree on categories (merchant_id, parent_id, position);

create table products (
	id          integer primary key autoincrement,
	merchant_id integer  not null references merchants (id),
	category_id integer  references categories (id),
	handle      text    not null,
	kind        text    not null check (kind in ('physical', 'digital', 'service')),
	state       text    not null check (state in ('draft', 'active', 'archived')),
	title       text    not null,
	description text    not null default '{}',
	vendor      text    not null default '',
	attributes  text    not null default '[]',
	tags        text    not null default '[]',
	position    integer not null default 0,
	cover       text    not null default '',    -- of the first image
	cover_alt   text    not null default '{}',
	from_price  integer  not null default 0,     -- the lowest of its active variants
	compare_at  integer  not null default 0,     -- of the variant with the lowest price
	one_price   boolean not null default true,  -- its active variants cost the same
	created_at  datetime not null,
	updated_at  datetime not null,
	unique (merchant_id, handle)
);
create index products_of on products (merchant_id, category_id);

-- What stands where: an active product is on the shelf of its category, of each category above it, and on
-- shelf 0 with all the merchant's products; so a page of any shelf is one walk along the key, however large it is.
create table shelves (
	merchant_id integer  not null references merchants (id),
	category_id integer  not null, -- 0: everything
	position    integer not null,
	product_id  integer  not null references products (id) on delete cascade,
	primary key (merchant_id, category_id, position, product_id)
);
create index shelves_of on shelves (product_id);

-- What an active product is found by, in lower case.
create table product_words (
	merchant_id integer  not null references merchants (id),
	product_id  integer  not null references products (id) on delete cascade,
	words       text    not null, -- "|sku|barcode|en:title|:en|vendor tags|"
	shelf_words text    not null default '', -- the names of its categories
	primary key (merchant_id, product_id)
);
create index product_words_of on product_words (product_id);

create table options (
	id         integer primary key autoincrement,
	product_id integer  not null references products (id) on delete cascade,
	name       text    not null,
	position   integer not null
);
create index options_of on options (product_id, position);

create table option_values (
	id        integer primary key autoincrement,
	option_id integer  not null references options (id) on delete cascade,
	name      text    not null,
	position  integer not null
);
create index option_values_of on option_values (option_id, position);

create table images (
	id         integer primary key autoincrement,
	product_id integer  not null references products (id) on delete cascade,
	src        text    not null,
	alt        text    not null default '{}',
	position   integer not null
);
create index images_of on images (product_id, position);

create table variants (
	id          integer primary key autoincrement,
	merchant_id integer  not null references merchants (id),
	product_id  integer  not null references products (id),
	sku         text    not null default '',
	barcode     text    not null default '',
	price       integer  not null check (price >= 0),
	compare_at  integer  not null default 0 check (compare_at >= 0),
	weight      integer not null default 0 check (weight >= 0),
	tracked     boolean not null default true,
	on_hand     integer not null default 0,
	reserved    integer not null default 0,
	choice      text    not null default '', -- the ids of its option values, in the order of the options: "12,15"
	label       text    not null default '{}', -- their names by language: {"en": "42 / black"}
	image_id    integer  references images (id) on delete set null,
	state       text    not null default 'active' check (state in ('draft', 'active', 'archived')),
	position    integer not null default 0,
	check (not tracked or (reserved >= 0 and on_hand >= reserved))
);
create index variants_of on variants (product_id, position);
create unique index variants_sku on variants (merchant_id, sku) where sku <> '';
create unique index variants_choice on variants (product_id, choice) where state = 'active';

-- Pieces promised to a checkout or an order. A reservation ends exactly once: by being released or taken.
create table reservations (
	holder      text    not null, -- "cart:17", "order:5"
	variant_id  integer  not null references variants (id),
	merchant_id integer  not null references merchants (id),
	quantity    integer not null check (quantity > 0),
	expires_at  datetime,      -- null: until the order ends it
	primary key (holder, variant_id)
);
create index reservations_due on reservations (expires_at) where expires_at is not null;
create index reservations_of on reservations (variant_id);

-- Why on_hand is what it is: the sum of a variant's moves is its on_hand. Append-only.
create table stock_moves (
	id          integer primary key autoincrement,
	merchant_id integer  not null references merchants (id),
	variant_id  integer  not null references variants (id),
	quantity    integer not null,
	reason      text    not null, -- "opened", "imported", "adjusted", "sold", "returned"
	ref         text    not null default '', -- "order:5"
	who         text    not null default '',
	at          datetime not null
);
create index stock_moves_of on stock_moves (variant_id, id);
create unique index stock_moves_once on stock_moves (variant_id, reason, ref) where ref <> ''; -- sold once per order
create index stock_moves_by on stock_moves (ref) where ref <> '';
