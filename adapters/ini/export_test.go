package ini

// Pairs is pairs.
func Pairs(text string) (map[string]string, error) { return pairs(text) }
