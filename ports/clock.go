package ports

import (
	"context"
	"time"
)

//go:generate go tool mockgen -source=clock.go -destination=../mocks/clock.go -package=mocks

// Clock is the time.
type Clock interface {
	// Now returns the present with a monotonic reading: differences of two are immune to a clock that is set.
	Now() time.Time

	// Sleep waits; it returns the error of ctx if that is done first.
	Sleep(ctx context.Context, d time.Duration) error
}
