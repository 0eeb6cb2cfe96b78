package db

// Waiting is how many transactions wait for their turn on SQLite.
func (d *DB) Waiting() int {
	d.together.mu.Lock()
	defer d.together.mu.Unlock()
	return len(d.together.waiting)
}

// Waiting is how many things wait to be done together with others.
func (g *Gather[I, O]) Waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}
