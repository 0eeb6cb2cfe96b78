package catalog

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
)

// What is for sale of a product is its active variants, in their order. A search that names a price, or several
// options, is met by one variant that is all of it. So the index knows more of variants than of words:
//
// The block of the term "$" holds what they cost: the place and the mark of live as in a block of postings, how many
// runs of neighbours cost the same, and for each run its length and the price in minor units, as uvarints.
//
// The block of "$" and a term of an option's value ("$red", "$size=42") holds which variants have the value: place and
// mark, how many bytes follow as a uvarint, and as many bytes with a bit for each variant, the first one's lowest.
// Products whose title has the word are not in it: all that is called red is red.
const offerTerm = "$"

// run is neighbouring variants of one price.
type run struct {
	count uint64
	price int64
}

// offer is one product in a block of what is for sale: of prices or of the variants with a value.
type offer struct {
	place uint16
	live  bool
	runs  []run  // what they cost
	has   string // the bits of those with a value
	none  bool   // the product is in the block no more
}

// prices reads a block of prices. What is cut off at its end is left out.
func prices(block []byte) (all []offer) {
	for len(block) >= 3 {
		o := offer{place: placeIn(block), live: block[2]&1 == 1}
		count, size := binary.Uvarint(block[3:])
		if size <= 0 {
			return all
		}
		for block = block[3+size:]; count > 0; count-- {
			many, size := binary.Uvarint(block)
			if size <= 0 {
				return all
			}
			price, more := binary.Uvarint(block[size:])
			if more <= 0 {
				return all
			}
			o.runs, block = append(o.runs, run{many, int64(price)}), block[size+more:]
		}
		all = append(all, o)
	}
	return all
}

// holders reads a block of which variants have a value. What is cut off at its end is left out.
func holders(block []byte) (all []offer) {
	for len(block) >= 3 {
		o := offer{place: placeIn(block), live: block[2]&1 == 1}
		length, size := binary.Uvarint(block[3:])
		if size <= 0 || length > uint64(len(block)-3-size) {
			return all
		}
		block = block[3+size:]
		o.has, block = string(block[:length]), block[length:]
		all = append(all, o)
	}
	return all
}

// withOffers is the products of a block after some of them changed, in order.
func withOffers(was, changed []offer) []offer {
	all := slices.Concat(changed, was)
	slices.SortStableFunc(all, func(a, b offer) int { return cmp.Compare(a.place, b.place) })
	all = slices.CompactFunc(all, func(a, b offer) bool { return a.place == b.place }) // the changed ones stand first
	return slices.DeleteFunc(all, func(o offer) bool { return o.none })
}

func (o offer) head(block []byte) []byte {
	return append(binary.LittleEndian.AppendUint16(block, o.place), bit(o.live))
}

// pricesBlock writes what prices reads.
func pricesBlock(all []offer) (block []byte) {
	for _, o := range all {
		block = binary.AppendUvarint(o.head(block), uint64(len(o.runs)))
		for _, r := range o.runs {
			block = binary.AppendUvarint(binary.AppendUvarint(block, r.count), uint64(r.price))
		}
	}
	return block
}

// holdersBlock writes what holders reads.
func holdersBlock(all []offer) (block []byte) {
	for _, o := range all {
		block = binary.AppendUvarint(o.head(block), uint64(len(o.has)))
		block = append(block, o.has...)
	}
	return block
}

// forSale is the variants of a product that buyers may have, in order.
func (p Product) forSale() (all []Variant) {
	for _, v := range p.Variants {
		if v.State == Active {
			all = append(all, v)
		}
	}
	return all
}

// costs is what the variants for sale cost.
func (p Product) costs() (runs []run) {
	for _, v := range p.forSale() {
		if n := len(runs); n > 0 && runs[n-1].price == v.Price.Minor {
			runs[n-1].count++
			continue
		}
		runs = append(runs, run{1, v.Price.Minor})
	}
	return runs
}

// choices is, by the terms of its options' values, which variants for sale have them.
func (p Product) choices() map[string]string {
	having := map[ValueID][]int{}
	for i, v := range p.forSale() {
		for _, value := range v.Values {
			having[value] = append(having[value], i)
		}
	}
	called := weights{}
	for _, title := range p.Title {
		called.text(title, inTitle)
	}
	called.text(p.Vendor, inVendor)
	bits := map[string][]byte{}
	for _, option := range p.Options {
		for _, value := range option.Values {
			said := weights{}
			for _, name := range value.Name {
				said.text(name, inValues)
			}
			said.pairs(option.Name, value.Name)
			for term := range said {
				if called[term] == 0 && (len(bits) < mostTerms || bits[term] != nil) {
					bits[term] = withBits(bits[term], having[value.ID])
				}
			}
		}
	}
	all := make(map[string]string, len(bits))
	for _, term := range slices.Sorted(maps.Keys(bits)) {
		all[term] = string(bits[term])
	}
	return all
}

func withBits(set []byte, places []int) []byte {
	if set == nil {
		set = []byte{}
	}
	for _, at := range places {
		for len(set) <= at/8 {
			set = append(set, 0)
		}
		set[at/8] |= 1 << (at % 8)
	}
	return set
}
