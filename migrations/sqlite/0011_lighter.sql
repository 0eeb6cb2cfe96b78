-- +goose Up
-- Here a foreign key costs one look-up and locks nothing, so all of them stay; the rule that takes the place of
-- some on PostgreSQL holds here too.
-- +goose StatementBegin
create trigger merchants_stay before delete on merchants
begin
	select raise(abort, 'rows of merchants stay: others name them');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger merchants_number before update of id on merchants when old.id <> new.id
begin
	select raise(abort, 'rows of merchants stay: others name them');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger delivery_methods_stay before delete on delivery_methods
begin
	select raise(abort, 'rows of delivery_methods stay: others name them');
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger delivery_methods_number before update of id on delivery_methods when old.id <> new.id
begin
	select raise(abort, 'rows of delivery_methods stay: others name them');
end;
-- +goose StatementEnd

-- What an update was called by its network never changes and is unique; what a message of ours is called there is
-- told afterwards, and gets a column of its own.
alter table messages add column ref text not null default ''; -- out: the network's id of what was shown
update messages set ref = network_id, network_id = '' where way = 'out';
