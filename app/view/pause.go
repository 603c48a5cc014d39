package view

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/domain"
)

// LongestPause is how long a pause may be.
const LongestPause = domain.LongestPause

// Pause has all listeners that are meant do nothing for so long about the processes with these names, and returns which these are.
func Pause(ctx context.Context, w Where, names []string, lasting time.Duration, reason string) ([]string, error) {
	return order(w, names, func(socket, name string) ([]string, error) {
		return web.Pause(ctx, socket, web.Order{Names: []string{name}, Seconds: lasting.Seconds(), Reason: reason})
	})
}

// Resume ends pauses.
func Resume(ctx context.Context, w Where, names []string) ([]string, error) {
	return order(w, names, func(socket, name string) ([]string, error) { return web.Resume(ctx, socket, []string{name}) })
}

// order gives an order to all listeners. A name is nobody's only if no listener knows it; what is wrong with one of them keeps the
// order from no other.
func order(w Where, names []string, give func(socket, name string) ([]string, error)) (done []string, err error) {
	asked := false
	var wrong []string
	for _, name := range names {
		known := false
		for _, socket := range w.sockets() {
			processes, err := give(socket, name)
			asked = asked || !errors.Is(err, web.ErrNobody)
			switch {
			case err == nil:
				known = true
				done = append(done, processes...)
			case !errors.Is(err, web.ErrNobody) && !errors.Is(err, web.ErrNoSuch):
				known = true
				wrong = append(wrong, err.Error())
			}
		}
		if !known && asked {
			wrong = append(wrong, fmt.Sprintf("no listener looks after %s", name))
		}
	}
	slices.Sort(done)
	done = slices.Compact(done)
	switch {
	case !asked:
		return nil, w.nobody()
	case len(wrong) > 0:
		return done, errors.New(strings.Join(wrong, "\n"))
	}
	return done, nil
}
