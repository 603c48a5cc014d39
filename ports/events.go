package ports

import (
	"context"

	"supervisor-healthcheck/domain"
)

//go:generate go tool mockgen -source=events.go -destination=../mocks/events.go -package=mocks

// EventSource delivers supervisord's events, one at a time. It is used by one goroutine.
type EventSource interface {
	// Next tells supervisord that we are ready, if it does not know yet, and waits for an event. It returns
	// domain.ErrEventsEnded when none can follow, and the error of ctx when that is done first: nothing is lost
	// then, and Next may be called again.
	Next(ctx context.Context) (domain.Event, error)

	// Done tells supervisord that the event has been accepted. There is no way to refuse one: supervisord would
	// deliver it again at once, for ever, and to other listeners too.
	Done() error
}
