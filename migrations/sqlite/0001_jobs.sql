-- +goose Up
-- Promises: what is to be done after the transaction that made it necessary.
create table jobs (
	id         integer primary key autoincrement,
	kind       text    not null,
	grp        text    not null default '',
	ukey       text    unique,
	args       text    not null default '{}',
	about      text    not null default '', -- the ids of the rows that were written together with it: "7,8"
	state      text    not null default 'ready' check (state in ('ready', 'running', 'dead')),
	run_at     integer not null,
	attempt    integer not null default 0,
	owner      text    not null default '',
	lease_till integer not null default 0,
	last_error text    not null default '',
	created_at integer not null
);
create index jobs_due on jobs (run_at, id) where state = 'ready';
create index jobs_group on jobs (grp, id) where state in ('ready', 'running');
create index jobs_running on jobs (lease_till) where state = 'running';
