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
	sockets := w.sockets()
	answers, failures := make([]web.Status, len(sockets)), make([]error, len(sockets))
	var all sync.WaitGroup
	for i, socket := range sockets {
		all.Go(func() { answers[i], failures[i] = web.Ask(ctx, socket) })
	}
	all.Wait()
	s := Status{Listeners: []web.Status{}, Troubles: []string{}}
	for i, err := range failures {
		switch {
		case errors.Is(err, web.ErrNobody) && w.Socket == "":
			// it was killed; the next life of it replaces the socket
		case err != nil:
			s.Troubles = append(s.Troubles, "a listener does not tell: "+err.Error())
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

func orByHand(name string) string {
	if name == "" {
		return "a listener that was run by hand"
	}
	return name
}
