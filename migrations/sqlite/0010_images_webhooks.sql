-- +goose Up
-- A picture of a product may come from elsewhere: src is where from, file is our own copy of it, which is what is
-- shown once it is there. A failed one says why, and is shown only if an earlier copy is there.
alter table images add column file text not null default ''; -- "m7/abc….jpg"
alter table images add column state text not null default 'ready' check (state in ('ready', 'pending', 'failed'));
alter table images add column failure text not null default '' check ((state = 'failed') = (failure <> '')); -- {"kind": …, "key": …, "args": …}
create index images_file on images (file) where file <> '';

-- Pictures of shops by what they show. One that no product shows any more goes after a while: chats still show it.
create table pictures (
	merchant_id  integer not null references merchants (id),
	name         text   not null check (length(name) = 26), -- made of what it shows
	created_at   datetime not null,
	unused_since datetime,
	primary key (merchant_id, name)
);
create index pictures_unused on pictures (unused_since) where unused_since is not null;

create table picture_files (
	merchant_id integer  not null,
	name        text    not null,
	size        text    not null check (size in ('large', 'card', 'thumb')),
	width       integer not null check (width > 0),
	height      integer not null check (height > 0),
	content     blob    not null,
	primary key (merchant_id, name, size),
	foreign key (merchant_id, name) references pictures (merchant_id, name) on delete cascade
);

-- Where programs of others hear what happens in a shop. secret and old_secret are sealed.
create table webhook_endpoints (
	id            integer primary key autoincrement,
	merchant_id   integer  not null references merchants (id),
	url           text    not null check (url <> ''),
	events        text    not null default '[]', -- types; [] is all of them
	description   text    not null default '',
	state         text    not null default 'enabled' check (state in ('enabled', 'disabled', 'broken')), -- broken: we gave up
	note          text    not null default '',   -- why it is broken
	secret        text    not null check (secret <> ''),
	old_secret    text    not null default '',   -- signs too until then
	old_till      datetime,
	failing_since datetime,                   -- null: the last answer was good
	created_at    datetime not null,
	updated_at    datetime not null,
	unique (merchant_id, id),
	check ((old_secret = '') = (old_till is null))
);

-- What happened, as it was when it happened.
create table webhook_messages (
	id          integer primary key autoincrement,
	merchant_id integer not null,
	key         text   not null unique check (key <> ''), -- webhook-id: the same in every try
	type        text   not null check (type <> ''),
	at          datetime not null,
	body        text   not null,
	unique (merchant_id, id)
);
create index webhook_messages_of on webhook_messages (merchant_id, at, id);
create index webhook_messages_old on webhook_messages (at);

-- A message on its way to an endpoint. round counts replays: a job of an earlier one does nothing.
create table webhook_deliveries (
	id          integer primary key autoincrement,
	merchant_id integer  not null,
	endpoint_id integer  not null,
	message_id  integer  not null,
	state       text    not null check (state in ('pending', 'delivered', 'failed')),
	round       integer not null default 1 check (round > 0),
	tries       integer not null default 0 check (tries >= 0), -- of this round
	next_at     datetime,
	updated_at  datetime not null,
	unique (endpoint_id, message_id),
	unique (merchant_id, id),
	check ((state = 'pending') = (next_at is not null)),
	foreign key (merchant_id, endpoint_id) references webhook_endpoints (merchant_id, id) on delete cascade,
	foreign key (merchant_id, message_id) references webhook_messages (merchant_id, id) on delete cascade
);
create index webhook_deliveries_of on webhook_deliveries (endpoint_id, id);
create index webhook_deliveries_about on webhook_deliveries (merchant_id, message_id);

-- Each try: what was answered, or why nothing was. Append-only but for its end.
create table webhook_attempts (
	id          integer primary key autoincrement,
	merchant_id integer  not null,
	delivery_id integer  not null,
	at          datetime not null,
	took_ms     integer not null check (took_ms >= 0),
	status      integer not null default 0, -- 0: no answer
	failure     text    not null default '',
	answer      text    not null default '', -- its beginning
	foreign key (merchant_id, delivery_id) references webhook_deliveries (merchant_id, id) on delete cascade
);
create index webhook_attempts_of on webhook_attempts (merchant_id, delivery_id, id);
