package catalog

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// A block is the postings of one term for blockSize neighbouring product ids, as the column product_terms.postings
// holds it: three bytes a product, by ascending id: the id's place in the block (little-endian, two bytes), then
// the term's weight shifted left by one, with bit 0 set when buyers find the product.
//
// The block of the term "$" holds the prices of products: the place, a byte of how many prices there are, shifted
// and marked alike, and the prices in minor units as uvarints.
const blockSize = 2048

// posting is one product in a block.
type posting struct {
	place  uint16
	weight uint8
	live   bool
}

func blockOf(id ProductID) (block int64, place uint16) {
	return int64(id) / blockSize, uint16(int64(id) % blockSize)
}

// placeIn is the place that a block begins with, within its bounds whatever was written.
func placeIn(block []byte) uint16 { return binary.LittleEndian.Uint16(block) % blockSize }

// postings reads a block. What is cut off at its end is left out.
func postings(block []byte) []posting {
	all := make([]posting, 0, len(block)/3)
	for ; len(block) >= 3; block = block[3:] {
		all = append(all, posting{placeIn(block), block[2] >> 1, block[2]&1 == 1})
	}
	return all
}

// withPostings is a block after some of its products changed. Those of weight zero are taken out.
func withPostings(block []byte, changed []posting) []byte {
	all := slices.Concat(changed, postings(block))
	slices.SortStableFunc(all, func(a, b posting) int { return cmp.Compare(a.place, b.place) })
	all = slices.CompactFunc(all, func(a, b posting) bool { return a.place == b.place }) // the changed ones stand first
	written := make([]byte, 0, 3*len(all))
	for _, p := range all {
		if p.weight > 0 {
			written = append(binary.LittleEndian.AppendUint16(written, p.place), p.weight<<1|bit(p.live))
		}
	}
	return written
}

func bit(is bool) uint8 {
	if is {
		return 1
	}
	return 0
}

// priced is what one product costs, in a block of prices.
type pricedPosting struct {
	place  uint16
	live   bool
	prices []int64 // ascending
}

// mostPrices is how many different prices of a product count; of more, the highest is the last.
const mostPrices = 127

// prices reads a block of prices. What is cut off at its end is left out.
func prices(block []byte) (all []pricedPosting) {
	for len(block) >= 3 {
		p := pricedPosting{place: placeIn(block), live: block[2]&1 == 1}
		count := int(block[2] >> 1)
		block = block[3:]
		for range count {
			price, size := binary.Uvarint(block)
			if size <= 0 {
				return all
			}
			p.prices, block = append(p.prices, int64(price)), block[size:]
		}
		all = append(all, p)
	}
	return all
}

// withPrices is a block of prices after some of its products changed. Those without a price are taken out.
func withPrices(block []byte, changed []pricedPosting) (written []byte) {
	all := slices.Concat(changed, prices(block))
	slices.SortStableFunc(all, func(a, b pricedPosting) int { return cmp.Compare(a.place, b.place) })
	all = slices.CompactFunc(all, func(a, b pricedPosting) bool { return a.place == b.place })
	for _, p := range all {
		if len(p.prices) == 0 {
			continue
		}
		written = append(binary.LittleEndian.AppendUint16(written, p.place), uint8(len(p.prices))<<1|bit(p.live))
		for _, price := range p.prices {
			written = binary.AppendUvarint(written, uint64(price))
		}
	}
	return written
}

// asked is the different prices of what a product is sold in, ascending.
func (p Product) asked() (prices []int64) {
	for _, v := range p.Variants {
		if v.State == Active {
			prices = append(prices, v.Price.Minor)
		}
	}
	slices.Sort(prices)
	prices = slices.Compact(prices)
	if len(prices) > mostPrices {
		prices = append(prices[:mostPrices-1], prices[len(prices)-1])
	}
	return prices
}
