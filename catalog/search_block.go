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
// What is said of single variants is in blocks of its own, see offer.
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
