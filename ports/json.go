package ports

//go:generate go tool mockgen -source=json.go -destination=../mocks/json.go -package=mocks

// JSONReader finds values in JSON.
type JSONReader interface {
	// Find returns the JSON text of what a path leads to in a valid document, false if it leads nowhere. Paths are written as gjson
	// has them, such as checks.#(name=="db").status.
	Find(document, path string) (value string, found bool)
}
