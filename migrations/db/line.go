package db

import "sync"

// line is the jobs that were promised here while another of their group was before them.
type line struct {
	mu  sync.Mutex
	ids map[int64]struct{}
}

func (l *line) join(id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ids == nil {
		l.ids = map[int64]struct{}{}
	}
	l.ids[id] = struct{}{}
}

func (l *line) leave(claimed []jobRow) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, row := range claimed {
		delete(l.ids, row.ID)
	}
}

func (l *line) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.ids)
}

func (l *line) empty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.ids) == 0
}

// queued notes a job that waits for those before it in its group.
func (h *hands) queued(kind string, id int64) {
	h.mu.Lock()
	k := h.kinds[kind]
	h.mu.Unlock()
	if k != nil {
		k.line.join(id)
	}
}

// moved has jobs of a kind looked for, some of which have ended, when others wait for those before them.
func (d *DB) moved(kind string) {
	d.hands.mu.Lock()
	k := d.hands.kinds[kind]
	d.hands.mu.Unlock()
	if k == nil || !k.line.empty() {
		d.ring("jobs", kind)
	}
}
