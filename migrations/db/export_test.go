package db

// Waiting is how many transactions wait for their turn on SQLite.
func (d *DB) Waiting() int {
	d.together.mu.Lock()
	defer d.together.mu.Unlock()
	return len(d.together.waiting)
}
