-- +goose Up
-- Which variants for sale of a product have which values of its options: "red:03 size=42:01", the bits of the variants
-- in their order. A search for "red under 50" wants one that is both. Prices are runs of neighbours from now on:
-- "2*4900 1*5100". Blocks of prices as they were can't be read any more; each shop's index is made anew by a job at the
-- next start, and until then a search for a price finds a part.
alter table product_words add column choices text not null default '';
delete from product_terms where term = '$';

-- What a shop calls a buyer, where it is not what the network or the buyer said, and what it notes of them. A bot may be
-- of several shops, so these are of the conversation: no other shop sees them.
alter table conversations add column known_name text not null default '';
alter table conversations add column known_phone text not null default '';
alter table conversations add column note text not null default '';
alter table conversations add column erased_at datetime; -- up to when everything was forgotten

-- Counts of stock that a file brings. They change nothing unless that was asked for when the import was confirmed.
alter table imports add column counts integer not null default 0 check (counts >= 0); -- variants whose stock the file tells otherwise
alter table imports add column counted boolean not null default false; -- its counts come in, too
alter table import_items add column counts text not null default '[]'; -- [{"variant": 7, "delta": -2}], as the preview saw it
