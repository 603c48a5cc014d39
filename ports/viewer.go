package ports

import "supervisor-healthcheck/domain"

//go:generate go tool mockgen -source=viewer.go -destination=../mocks/viewer.go -package=mocks

// Viewer tells what is known now, for those who show it.
type Viewer interface {
	// Snapshot returns all that is known. It may be called by several goroutines at once, and shares nothing with what it is about.
	// It takes the time of whoever judges: do not call it more often than anybody looks.
	Snapshot() domain.Snapshot
}
