package ports

import (
	"time"

	"supervisor-healthcheck/domain"
)

//go:generate go tool mockgen -source=viewer.go -destination=../mocks/viewer.go -package=mocks

// Viewer tells what is known now, for those who show it.
type Viewer interface {
	// Snapshot returns all that is known. It may be called by several goroutines at once, and shares nothing with what it is about.
	// It takes the time of whoever judges: do not call it more often than anybody looks.
	Snapshot() domain.Snapshot
}

// Surveyor tells how every process is, for those who keep that. It costs the judging a fraction of what a snapshot does.
type Surveyor interface {
	// Survey tells each how every process is under every watch that looks after it. Nothing is judged meanwhile: each must not wait, nor
	// call whom it is told by.
	Survey(each func(process domain.ID, watch string, c domain.Condition))
}

// Suspender lets people have nothing done about processes for a while.
type Suspender interface {
	// Suspend has nothing done for so long about the processes with these names, 0 ends that. It returns which processes each name
	// means; if one means none, nothing is changed.
	Suspend(names []string, lasting time.Duration, reason string) [][]domain.ID
}
