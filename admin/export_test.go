package admin

// RoutesForTest is every route that the table of permissions has.
func RoutesForTest() (routes []string) {
	for r := range permitted {
		routes = append(routes, string(r))
	}
	return routes
}
