-- +goose Up
drop table product_words;

-- Which products have a term, for up to 2048 neighbouring product ids in one row: an inverted index whose lists are
-- read as a few blocks and not as a row a product. What the bytes are is said in catalog/search_block.go.
create table product_terms (
	merchant_id bigint not null references merchants (id),
	term        text   collate "C" not null, -- a stem; "#" and a code; "size=42"; "$" for prices
	block       bigint not null, -- product_id / 2048
	postings    bytea  not null,
	primary key (merchant_id, term, block)
) with (fillfactor = 80);
alter table product_terms alter postings set storage external;

-- What each product is found by now, so that it can be taken out of the index again.
create table product_words (
	merchant_id bigint  not null references merchants (id),
	product_id  bigint  not null references products (id), -- without cascade: who deletes a product takes it out of product_terms first
	live        boolean not null, -- buyers find it
	words       text    not null, -- its own terms and their weights: "boot:90 trail:82"
	shelf_words text    not null, -- those of its categories
	prices      text    not null, -- of its active variants, in minor units: "4900 5100"
	primary key (merchant_id, product_id)
);
create index product_words_of on product_words (product_id);

-- The words of a shop and how many products have them: what a mistyped word is compared with. Version is that of
-- the shop's index when the row was last written, so that a replica reads only what is new to it.
create table search_words (
	merchant_id bigint  not null references merchants (id),
	word        text    collate "C" not null,
	live        integer not null check (live >= 0),     -- products that buyers find
	total       integer not null check (total >= live), -- drafts and archived ones too
	version     bigint  not null,
	primary key (merchant_id, word)
) with (fillfactor = 80);
create index search_words_since on search_words (merchant_id, version);

create table search_shops (
	merchant_id bigint  primary key references merchants (id),
	version     bigint  not null default 0, -- grows with each change of the index
	synonyms    bigint  not null default 0, -- the version at which they last changed
	format      integer not null default 0, -- by which rules its index was made; 0: not yet
	rebuilt_to  bigint  not null default 0  -- the product up to which it is being made anew
);
insert into search_shops (merchant_id) select id from merchants;

-- Words that mean the same to a shop's buyers, one row a group: ["trainers", "sneakers", "кроссовки"].
create table search_synonyms (
	merchant_id bigint  not null references merchants (id),
	position    integer not null,
	words       text    not null,
	primary key (merchant_id, position)
);
