package domain

// PanicSite lets the tests hand in stacks that a real panic does not make.
func PanicSite(stack string) string { return panicSite([]byte(stack)) }
