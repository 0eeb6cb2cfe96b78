-- +goose Up
-- Which variants for sale of a product have which values of its options: "red:03 size=42:01", the bits of the variants
-- in their order. A search for "red under 50" wants one that is both. Prices are runs of neighbours from now on:
-- "2*4900 1*5100". Blocks of prices as they were can't be read any more; each shop's index is made anew by a job at the
-- next start, and until then a search for a price finds a part.
alter table product_words add column choices text not null default '';
delete from product_terms where term = '$';
