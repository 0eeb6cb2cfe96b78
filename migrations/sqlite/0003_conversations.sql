-- +goose Up
-- A buyer as one network knows them. Whoever works a buyer's update locks this row first.
create table contacts (
	id              integer primary key autoincrement,
	channel         text not null,
	buyer           text not null,
	name            text not null default '',
	phone           text not null default '',
	language        text not null default '',
	conversation_id integer, -- the one the buyer is in; each shop has its own
	blocked_at      datetime,
	created_at      datetime not null,
	unique (channel, buyer)
);

-- One buyer with one shop; without a merchant it is the lobby of a bot that several shops share.
create table conversations (
	id          integer primary key autoincrement,
	merchant_id integer references merchants (id),
	contact_id  integer not null references contacts (id),
	owner       text not null default 'bot' check (owner in ('bot', 'human')),
	assignee    text not null default '', -- the account that took it; empty while it waits for anyone
	session     text not null default '{}',
	asked_at    datetime, -- since when a person is wanted
	updated_at  datetime not null,
	created_at  datetime not null
);
create unique index conversations_shop on conversations (contact_id, coalesce(merchant_id, 0));
create index conversations_inbox on conversations (merchant_id, asked_at) where owner = 'human';

-- Every word said on any network: the transcript, and where each outgoing one stands.
create table messages (
	id          integer primary key autoincrement,
	merchant_id integer references merchants (id),
	channel     text not null,
	buyer       text not null,
	way         text not null check (way in ('in', 'out')),
	network_id  text not null default '', -- the network's id for it
	author      text not null default '', -- out: 'shop', or the account of the person who wrote it
	edits       text not null default '', -- out: the network's id of the message it stands in place of
	body        text not null,
	state       text not null check (state in ('received', 'queued', 'sent', 'delivered', 'read', 'failed')),
	error       text not null default '',
	at          datetime not null,
	changed_at  datetime not null
);
create unique index messages_once on messages (channel, network_id) where way = 'in'; -- the same update never acts twice
create index messages_talk on messages (channel, buyer, id);

-- Updates of kinds this version does not know, kept so that nothing acknowledged is lost.
create table unknown_updates (
	id      integer primary key autoincrement,
	channel text not null,
	body    text not null,
	at      datetime not null
);
