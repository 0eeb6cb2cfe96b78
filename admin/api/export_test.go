package api

import "parley/admin"

// Operation is an operation as the table of permissions sees it.
type Operation struct {
	ID, Does string
	Tag      string
	Roles    []admin.Role
	Scope    admin.Scope
	Open     bool // nobody need be signed in
	People   bool // no program may
}

// OperationsForTest is every operation there is.
func (a *API) OperationsForTest() (all []Operation) {
	for _, o := range a.sorted() {
		all = append(all, Operation{o.id, o.does, o.tag, o.allowed(), o.scope, o.open, o.people})
	}
	return all
}
