package view

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"supervisor-healthcheck/adapters/history"
	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/domain"
)

// Event is something that has happened.
type Event = history.Event

// Fact is one of its facts.
type Fact = history.Fact

// Events are what all listeners that are meant have kept since then, the oldest first, and a sentence for each that does not tell.
func Events(ctx context.Context, w Where, since time.Time) (all []Event, troubles []string, err error) {
	answers, failures := sideBySide(w.sockets(), func(socket string) ([]Event, error) { return eventsOf(ctx, socket, since) })
	answered := false
	for i, err := range failures {
		switch {
		case w.gone(err):
		case err != nil:
			troubles = append(troubles, untold(err))
		default:
			answered = true
			all = append(all, answers[i]...)
		}
	}
	slices.SortStableFunc(all, func(a, b Event) int { return a.At.Compare(b.At) })
	if !answered && len(troubles) == 0 {
		return nil, nil, w.nobody()
	}
	return all, troubles, nil
}

func eventsOf(ctx context.Context, socket string, since time.Time) ([]Event, error) {
	told, err := ask(ctx, socket, history.Query{Since: since})
	return told.Events, err
}

// kept is what a listener has kept, and since when.
type kept struct {
	Version int       `json:"version"`
	Kept    time.Time `json:"kept_since"`
	Events  []Event   `json:"events"`
}

// ask asks a listener for all events that are wanted.
func ask(ctx context.Context, socket string, q history.Query) (told kept, err error) {
	query := url.Values{"limit": {strconv.Itoa(history.MostEvents)}, "since": {q.Since.UTC().Format(time.RFC3339Nano)}, "kind": q.Kinds}
	if err := web.Get(ctx, socket, "/v1/events?"+query.Encode(), &told); err != nil {
		return kept{}, err
	}
	if told.Version != history.Version {
		return kept{}, fmt.Errorf("%s: it tells in version %d, and this program reads version %d; restart that listener", socket, told.Version, history.Version)
	}
	return told, nil
}

// IsAbout reports whether an event is about one of the processes, groups or sections with these names. Without names all are.
func IsAbout(e Event, names []string) bool {
	return len(names) == 0 || slices.ContainsFunc(names, func(name string) bool { return isAbout(e, name) })
}

func isAbout(e Event, name string) bool {
	return name == "all" || name == "*" || e.Process != "" && domain.IDOf(e.Process).Called(name) || e.Watch != "" && name == e.Watch
}
