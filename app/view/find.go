// Package view is what people see of listeners that run: it finds them, asks them, and shows what they say.
package view

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"supervisor-healthcheck/adapters/web"
)

// Status is what all listeners say.
type Status struct {
	Listeners []web.Status `json:"listeners"`
	Troubles  []string     `json:"troubles"` // a sentence for each that does not answer, or whose answer may be old
}

// Ask asks all listeners that are meant, side by side.
func Ask(ctx context.Context, w Where) (Status, error) {
	answers, failures := sideBySide(w.sockets(), func(socket string) (web.Status, error) { return web.Ask(ctx, socket) })
	s := Status{Listeners: []web.Status{}, Troubles: []string{}}
	for i, err := range failures {
		switch {
		case w.gone(err):
		case err != nil:
			s.Troubles = append(s.Troubles, untold(err))
		default:
			s.Listeners = append(s.Listeners, answers[i])
		}
	}
	for _, l := range s.Listeners {
		if l.Listener.Trouble != "" {
			s.Troubles = append(s.Troubles, fmt.Sprintf("%s: %s", orByHand(l.Listener.Name), l.Listener.Trouble))
		}
	}
	slices.SortStableFunc(s.Listeners, func(a, b web.Status) int { return strings.Compare(a.Listener.Name, b.Listener.Name) })
	if len(s.Listeners)+len(s.Troubles) == 0 {
		return s, w.nobody()
	}
	return s, nil
}

// sideBySide asks all at the same time, and returns what came of each, in its place.
func sideBySide[S, T any](all []S, ask func(S) (T, error)) (answers []T, failures []error) {
	answers, failures = make([]T, len(all)), make([]error, len(all))
	var asked sync.WaitGroup
	for i, one := range all {
		asked.Go(func() { answers[i], failures[i] = ask(one) })
	}
	asked.Wait()
	return answers, failures
}

// gone reports whether an error says no more than that a listener was killed, the next life of which replaces its socket. Of one that was
// named it is news.
func (w Where) gone(err error) bool { return errors.Is(err, web.ErrNobody) && w.Socket == "" }

// untold is a sentence about a listener that does not tell.
func untold(err error) string { return "a listener does not tell: " + err.Error() }

func orByHand(name string) string {
	if name == "" {
		return "a listener that was run by hand"
	}
	return name
}
