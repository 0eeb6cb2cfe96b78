-- +goose Up
-- What only descriptions mention is counted among the words of a shop, too ("~waterproof"), so that a mistyped one is
-- understood. A row says by which rules it was made: what those before did not count is not taken away from a count.
alter table product_words add column format integer not null default 2;
