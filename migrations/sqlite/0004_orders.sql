-- +goose Up
-- What a buyer wants from one shop. said_price is what the buyer was last told a piece costs.
create table cart_lines (
	merchant_id integer  not null references merchants (id),
	buyer_id    integer  not null references contacts (id),
	variant_id  integer  not null references variants (id),
	quantity    integer not null check (quantity between 1 and 999),
	said_price  integer  not null check (said_price >= 0),
	added_at    datetime not null,
	primary key (merchant_id, buyer_id, variant_id)
);

-- A contract, in minor units of its currency. Its number for people is 1000 + id. tax is included in goods and
-- shipping. key is the checkout's: the same checkout places one order, however often it is confirmed.
create table orders (
	id               integer primary key autoincrement,
	merchant_id      integer  not null references merchants (id),
	buyer_id         integer  not null references contacts (id),
	key              text    not null check (key <> ''),
	state            text    not null check (state in ('pending', 'agreed', 'paid', 'shipped', 'completed', 'cancelled')),
	stock            text    not null check (stock in ('held', 'taken', 'let_go', 'returned')),
	expired          boolean not null default false, -- cancelled because nobody paid in time
	currency         text    not null check (length(currency) = 3),
	goods            integer  not null check (goods >= 0),
	discount         integer  not null check (discount between 0 and goods),
	shipping         integer  not null check (shipping >= 0),
	tax              integer  not null check (tax between 0 and total),
	total            integer  not null check (total = goods - discount + shipping),
	received         integer  not null default 0 check (received in (0, total)), -- paid in full, once, or not at all
	refunded         integer  not null default 0 check (refunded between 0 and received),
	contact_name     text    not null default '',
	contact_phone    text    not null default '',
	contact_email    text    not null default '',
	delivery_id      integer  references delivery_methods (id),
	delivery_kind    text    not null default '',
	delivery_name    text    not null default '',
	delivery_address text    not null default '',
	comment          text    not null default '',
	language         text    not null default '',
	tracking         text    not null default '',
	search           text    not null default '', -- the contact in lower case, for staff
	placed_at        datetime not null,
	expires_at       datetime,                 -- null: it waits for money without an end
	unique (merchant_id, id),
	unique (merchant_id, buyer_id, key),
	check (state <> 'paid' or received = total),
	check (state not in ('pending', 'agreed') or received = 0),
	check (state <> 'pending' or expires_at is not null),
	check (not expired or state = 'cancelled'),
	check (stock = case when state in ('pending', 'agreed') then 'held' when state in ('paid', 'shipped', 'completed') then 'taken' else stock end),
	check (state <> 'cancelled' or stock in ('let_go', 'returned'))
);
create index orders_of on orders (merchant_id, buyer_id, id);
create index orders_in on orders (merchant_id, state, id);

-- What was sold, as it was when it was sold.
create table order_lines (
	order_id    integer  not null,
	position    integer not null,
	merchant_id integer  not null,
	variant_id  integer  not null references variants (id),
	kind        text    not null check (kind in ('physical', 'digital', 'service')),
	sku         text    not null default '',
	title       text    not null,
	options     text    not null default '',
	price       integer  not null check (price >= 0),
	quantity    integer not null check (quantity between 1 and 999),
	total       integer  not null check (total = price * quantity),
	primary key (order_id, position),
	unique (order_id, variant_id),
	foreign key (merchant_id, order_id) references orders (merchant_id, id)
);

-- What happened to an order after it was placed, and who did it. Append-only.
create table order_events (
	id          integer primary key autoincrement,
	merchant_id integer not null,
	order_id    integer not null,
	at          datetime not null,
	what        text   not null,
	who         text   not null,
	note        text   not null default '',
	foreign key (merchant_id, order_id) references orders (merchant_id, id)
);
create index order_events_of on order_events (order_id, id);
