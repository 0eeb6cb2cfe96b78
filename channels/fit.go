package channels

// Fit rewrites a message for a network that can show less.
func Fit(message Message, limits Limits) []Message { return []Message{message} }
