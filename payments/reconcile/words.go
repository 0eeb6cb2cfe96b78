package reconcile

import (
	"hash/maphash"
)

// longestWord is how long an id may be: its length is kept in one byte.
const longestWord = 255

// words keeps very many short texts in few large pieces, so that the collector has nothing to follow. The empty
// word is 0.
type words struct{ pieces [][]byte }

type word uint32

const piece = 1 << 20

func (w *words) add(text string) word {
	if text == "" {
		return 0
	}
	last := len(w.pieces) - 1
	if last < 0 || len(w.pieces[last])+len(text)+1 > piece {
		w.pieces = append(w.pieces, make([]byte, 0, piece))
		if last++; last == 0 {
			w.pieces[0] = append(w.pieces[0], 0) // the empty word
		}
	}
	at := len(w.pieces[last])
	w.pieces[last] = append(append(w.pieces[last], byte(len(text))), text...)
	return word(last*piece + at)
}

func (w *words) bytes(at word) []byte {
	if at == 0 {
		return nil
	}
	p := w.pieces[at/piece][at%piece:]
	return p[1 : 1+int(p[0])]
}

func (w *words) text(at word) string { return string(w.bytes(at)) }

var seed = maphash.MakeSeed()

// slots is an open hash table of numbers; what they stand for is the caller's to compare.
type slots struct {
	at   []uint32 // number + 1; 0: free
	used int
}

func newSlots(count int) slots {
	size := 1 << 10
	for size*3 < count*4 {
		size *= 2
	}
	return slots{at: make([]uint32, size)}
}

// find is the number for a hash that is the same as what is looked for, and where it is or belongs.
func (s *slots) find(hash uint64, same func(number uint32) bool) (number uint32, place int, found bool) {
	mask := uint64(len(s.at) - 1)
	for place := hash & mask; ; place = (place + 1) & mask {
		switch kept := s.at[place]; {
		case kept == 0:
			return 0, int(place), false
		case same(kept - 1):
			return kept - 1, int(place), true
		}
	}
}

func (s *slots) put(place int, number uint32) {
	s.at[place] = number + 1
	s.used++
}

func (s *slots) crowded() bool { return s.used*4 >= len(s.at)*3 }

// grown has twice the room; hash gives each number's.
func (s *slots) grown(hash func(number uint32) uint64) slots {
	old := s.at
	bigger := slots{at: make([]uint32, 2*len(old))}
	for _, kept := range old {
		if kept == 0 {
			continue
		}
		_, place, _ := bigger.find(hash(kept-1), func(uint32) bool { return false })
		bigger.put(place, kept-1)
	}
	return bigger
}
