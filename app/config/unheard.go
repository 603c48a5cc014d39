package config

import (
	"fmt"
	"slices"
	"strings"

	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/domain/checks"
)

// unheard warns of heartbeats that cannot come: what a program or the listener lacks for it.
func (r *reader) unheard(warn warner) {
	for _, w := range r.watched {
		for i, c := range w.body.checks {
			r.once(w, c, w.watch.Checks[i], warn)
			ways := waysOf(w.watch.Checks[i])
			g := c.saying("heartbeat")
			if slices.Contains(ways, checks.ByEvent) {
				r.unheardEvents(w, g, warn)
			}
			if slices.Contains(ways, checks.ByNotify) && !r.everybodyIsToldOfTheSocket() {
				r.lacking(w, "environment", tellsOfTheSocket, "["+w.section.Name+"] waits for what it sends by sd_notify, and nothing tells it where; write environment = NOTIFY_SOCKET=\"PATH\", and notify_socket = PATH in [healthcheck]", warn)
			}
		}
	}
}

func (r *reader) unheardEvents(w watched, g given, warn warner) {
	for _, s := range r.ini.Sections {
		if strings.HasPrefix(s.Name, "eventlistener:") && runsUs(r.text(s, "command")) && !hears(r.text(s, "events")) {
			warn(s, r.place(s, "events"), "events", strings.Join(eventsOf(r.text(s, "events")), ","),
				"PROCESS_COMMUNICATION is missing, without which the "+g.key+" of ["+w.section.Name+"] is never heard; add it")
		}
	}
	r.lacking(w, "stdout_capture_maxbytes", func(value string) bool { return value != "" && strings.Trim(value, "0KMGBkmgb ") != "" },
		"["+w.section.Name+"] waits for what it writes between supervisord's markers, which supervisord looks for only then; write stdout_capture_maxbytes = 1KB", warn)
}

func hears(events string) bool {
	return slices.ContainsFunc(eventsOf(events), func(event string) bool {
		return event == "EVENT" || event == "PROCESS_COMMUNICATION" || event == "PROCESS_COMMUNICATION_STDOUT"
	})
}

func tellsOfTheSocket(environment string) bool { return strings.Contains(environment, "NOTIFY_SOCKET") }

// everybodyIsToldOfTheSocket reports whether all programs inherit it from supervisord.
func (r *reader) everybodyIsToldOfTheSocket() bool {
	s := r.ini.Section("supervisord")
	return s != nil && tellsOfTheSocket(r.text(s, "environment"))
}

// lacking warns once of the programs of a section whose key is not good.
func (r *reader) lacking(w watched, key string, good func(value string) bool, why string, warn warner) {
	var said []*ini.Section
	for _, m := range w.members {
		s := m.program.Section
		if !slices.Contains(said, s) && !good(strings.TrimSpace(r.text(s, key))) {
			said = append(said, s)
			value := r.text(s, key)
			if key == "environment" { // it may hold secrets
				value = ""
			}
			warn(s, r.place(s, key), key, value, why)
		}
	}
}

// waysOf are the ways in which a check waits for heartbeats.
func waysOf(settings checks.Settings) []checks.Way {
	switch s := settings.(type) {
	case checks.File:
		return []checks.Way{s.By}
	case *perProcess:
		var all []checks.Way
		for _, part := range s.all {
			all = append(all, waysOf(part)...)
		}
		return all
	}
	return nil
}

// once warns of lines that are unhealthy for one check where the policy wants several.
func (r *reader) once(w watched, c *check, settings checks.Settings, warn warner) {
	log, ok := settings.(checks.Log)
	if named, is := settings.(*perProcess); is && len(named.all) == 1 {
		log, ok = named.all[0].(checks.Log)
	}
	if failures := w.watch.Policy.Failures; ok && log.For == 0 && failures > 1 {
		g := c.saying("pattern")
		warn(w.section, g.place, g.key, "", fmt.Sprintf("a line is unhealthy for one check, and nothing is done before %d in a row; write %s.for = 1m, or failures = 1", failures, c.name))
	}
}
