package catalog

import (
	"sync"
	"time"
)

// remember is how long another replica's change may go unseen.
const remember = 2 * time.Second

// mostRemembered bounds a memory; beyond it everything is read anew.
const mostRemembered = 2000

// memory keeps what was read for a moment: each turn of each chat asks for the same. What it gives is shared:
// nobody changes anything in it.
type memory[Key comparable, Value any] struct {
	mu      sync.Mutex
	written int // how often all was forgotten: what was being read meanwhile is not remembered
	entries map[Key]remembered[Value]
}

type remembered[Value any] struct {
	value Value
	till  time.Time
}

// get is what is remembered for a key, else what read finds. A failure is not remembered.
func (m *memory[Key, Value]) get(now time.Time, key Key, read func() (Value, error)) (Value, error) {
	m.mu.Lock()
	entry, ok := m.entries[key]
	written := m.written
	m.mu.Unlock()
	if ok && now.Before(entry.till) {
		return entry.value, nil
	}
	found, err := read()
	if err != nil {
		return found, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.written == written {
		if m.entries == nil || len(m.entries) >= mostRemembered {
			m.entries = map[Key]remembered[Value]{}
		}
		m.entries[key] = remembered[Value]{found, now.Add(remember)}
	}
	return found, nil
}

func (m *memory[Key, Value]) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.written++
	m.entries = nil
}
