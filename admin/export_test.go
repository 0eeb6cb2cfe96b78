package admin

import "testing"

// realCost is what a password costs outside of tests.
var realCost = today

// Tests sign in hundreds of times, and under the race detector each real hash takes a second.
func init() { today = cost{memory: 64, rounds: 1, threads: 1} }

// RealCost has passwords cost what they really do until the test ends.
func RealCost(t *testing.T) {
	cheap := today
	today = realCost
	t.Cleanup(func() { today = cheap })
}

// RoutesForTest is every route that the table of permissions has.
func RoutesForTest() (routes []string) {
	for r := range permitted {
		routes = append(routes, string(r))
	}
	return routes
}
