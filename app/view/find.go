// Package view is what people see of listeners that run: it finds them, asks them, and shows what they say.
package view

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/adapters/web"
)

// Where says whose listeners are meant. Zero fields leave it open.
type Where struct {
	Socket    string // of one listener
	StateDir  string // default: every directory where a listener of this user may keep what it has to keep
	ServerURL string // only listeners of this supervisord
}

func (w Where) sockets() []string {
	if w.Socket != "" {
		return []string{w.Socket}
	}
	var all []string
	for _, dir := range w.dirs() {
		all = append(all, web.Sockets(dir, w.stem())...)
	}
	return all
}

func (w Where) dirs() []string {
	if w.StateDir != "" {
		return []string{w.StateDir}
	}
	return journal.DefaultDirs(os.Getenv, os.Geteuid())
}

func (w Where) stem() string {
	if w.ServerURL != "" {
		return journal.Stem(w.ServerURL)
	}
	return "supervisord-"
}

// Status is what all listeners say.
type Status struct {
	Listeners []web.Status `json:"listeners"`
	Troubles  []string     `json:"troubles"` // a sentence for each that does not answer, or whose answer may be old
}

// ErrNobody says that there is no listener to ask.
var ErrNobody = errors.New("no listener of this program runs, or none that this user may see: look at \"supervisorctl status\", or name its state_dir with --state-dir")

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
		return s, ErrNobody
	}
	return s, nil
}

func orByHand(name string) string {
	if name == "" {
		return "a listener that was run by hand"
	}
	return name
}
