package view

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"supervisor-healthcheck/adapters/history"
	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/app/view/report"
)

// ErrNothingKept says that there is nothing to report on.
var ErrNothingKept = errors.New("no listener of this program has kept what has happened, or none that this user may see: name its state_dir with --state-dir")

// Report is what has happened since then to the processes, groups and sections with these names, or to all. A listener that does not run or
// does not answer has left it in files.
func Report(ctx context.Context, w Where, names []string, since, now time.Time) (report.Report, error) {
	logs, failures := sideBySide(w.sources(), func(s source) (report.Log, error) { return s.log(ctx, since) })
	var troubles []string
	var found []report.Log
	for i, err := range failures {
		if err != nil {
			troubles = append(troubles, err.Error())
		}
		if len(logs[i].Events) > 0 || !logs[i].Kept.IsZero() {
			found = append(found, logs[i])
		}
	}
	if len(found) == 0 {
		return report.Report{}, errors.New(strings.Join(append(troubles, ErrNothingKept.Error()), "\n"))
	}
	for _, name := range names {
		if !slices.ContainsFunc(found, func(l report.Log) bool {
			return slices.ContainsFunc(l.Events, func(e Event) bool { return IsAbout(e, []string{name}) })
		}) {
			troubles = append(troubles, "no event is about "+name)
		}
	}
	r := report.Make(about(found, names), since, now)
	r.Troubles = append(r.Troubles, troubles...)
	return r, nil
}

// source is where to learn what a listener has kept.
type source struct {
	socket string // empty: none is there
	path   string // of the file, which may not be there
	named  bool   // somebody has named the socket
}

func (w Where) sources() (all []source) {
	for _, socket := range w.sockets() {
		all = append(all, source{socket: socket, path: history.PathOf(strings.TrimSuffix(socket, filepath.Ext(socket))), named: w.Socket != ""})
	}
	if w.Socket != "" {
		return all
	}
	elsewhere, dirs := w.places()
	for _, dir := range dirs {
		for _, beginning := range history.Beginnings(dir, w.stem()) {
			path := history.PathOf(beginning)
			if !slices.ContainsFunc(all, func(s source) bool { return s.path == path }) {
				all = append(all, source{path: path})
			}
		}
	}
	if slices.ContainsFunc(all, func(s source) bool { return s.socket == "" }) { // what the listener at a socket elsewhere has kept is there
		all = slices.DeleteFunc(all, func(s source) bool { return elsewhere != "" && s.socket == elsewhere })
	}
	return all
}

// log asks a listener, or reads what it has left. An error may come with a log.
func (s source) log(ctx context.Context, since time.Time) (report.Log, error) {
	l, err := s.ask(ctx, since)
	if err == nil {
		return l, nil
	}
	left, unreadable := s.read(since)
	if errors.Is(err, web.ErrNobody) && !s.named {
		return left, unreadable
	}
	return left, errors.New(untold(err))
}

func (s source) ask(ctx context.Context, since time.Time) (report.Log, error) {
	if s.socket == "" {
		return report.Log{}, web.ErrNobody
	}
	before, err := ask(ctx, s.socket, history.Query{Kinds: report.Context()})
	if err != nil {
		return report.Log{}, err
	}
	after, err := ask(ctx, s.socket, history.Query{Since: since})
	return s.joined(before.Events, after.Events, since, after.Kept), err
}

func (s source) read(since time.Time) (report.Log, error) {
	var all [2][]Event
	for i, q := range []history.Query{{Limit: history.MostEvents, Kinds: report.Context()}, {Limit: history.MostEvents, Since: since}} {
		err := history.Left(s.path, q, func(line []byte) error {
			var e Event
			if json.Unmarshal(line, &e) == nil {
				all[i] = append(all[i], e)
			}
			return nil
		})
		if err != nil {
			return report.Log{}, err
		}
	}
	return s.joined(all[0], all[1], since, history.Oldest(s.path)), nil
}

// joined is what was kept before and after.
func (s source) joined(before, after []Event, since, kept time.Time) report.Log {
	before = slices.DeleteFunc(before, func(e Event) bool { return !e.At.Before(since) })
	return report.Log{Supervisord: s.supervisord(), Kept: kept, Events: append(before, after...)}
}

// supervisord tells the files of one supervisord from those of others: behind it stands the listener.
func (s source) supervisord() string {
	name := strings.TrimSuffix(filepath.Base(s.path), history.PathOf(""))
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		return name[:i]
	}
	return name
}

// about leaves out what is about other processes than those with one of the names, or under a watch with one.
func about(logs []report.Log, names []string) []report.Log {
	meant := map[string]bool{}
	for _, l := range logs {
		for _, e := range l.Events {
			if e.Process != "" && IsAbout(e, names) {
				meant[e.Process] = true
			}
		}
	}
	for i := range logs {
		logs[i].Events = slices.DeleteFunc(logs[i].Events, func(e Event) bool { return e.Process != "" && !meant[e.Process] })
	}
	return logs
}
