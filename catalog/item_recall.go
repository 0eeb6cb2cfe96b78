package catalog

import (
	"time"

	"parley/catalog/money"
)

// recalledItem is what a cart says of a variant, and when the save of its product was that made it so.
type recalledItem struct {
	item  Item
	saved time.Time
}

// mostItems bounds the memory; beyond it everything is read anew. An item is about a kilobyte.
const mostItems = 5000

// items are remembered ones as they are for sale now; false when one of them is not remembered, or was saved since.
func (r *recall) items(shop Merchant, shelf []shelfRow) ([]Item, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	items := make([]Item, len(shelf))
	for i, row := range shelf {
		known, ok := r.sold[ProductID(row.ProductID)][VariantID(row.ID)]
		if !ok || !known.saved.Equal(row.Saved) {
			return nil, false
		}
		items[i] = known.item.at(row, shop.Currency)
	}
	return items, true
}

// at is an item as it is for sale now. Only its words and its picture are remembered.
func (i Item) at(row shelfRow, c money.Currency) Item {
	i.Price, i.CompareAt, i.State, i.Active = money.Of(row.Price, c), before(row.CompareAt, c), State(row.State), row.Active
	i.Tracked, i.OnHand, i.Reserved = row.Tracked, row.OnHand, row.Reserved
	return i
}

// putItem remembers an item unless something was forgotten since it was read.
func (r *recall) putItem(item Item, saved time.Time, since int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.forgotten != since {
		return
	}
	if r.sold == nil || r.count >= mostItems {
		r.sold, r.count = map[ProductID]map[VariantID]recalledItem{}, 0
	}
	of := r.sold[item.Product]
	if of == nil {
		of = map[VariantID]recalledItem{}
		r.sold[item.Product] = of
	}
	if _, known := of[item.ID]; !known {
		r.count++
	}
	of[item.ID] = recalledItem{item, saved}
}
