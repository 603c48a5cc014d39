package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// unwise are warnings of what is legal. memory is that of the machine, 0 if it is not known.
func (r *reader) unwise(memory uint64) Problems {
	var all Problems
	warn := func(section *ini.Section, place ini.Place, key, value, why string) {
		all = append(all, &Problem{Place: place, Section: section.Name, Key: key, Value: value, Why: why})
	}
	tick := r.unwiseListeners(warn)
	r.unheard(warn)
	if r.ini.Section("rpcinterface:supervisor") == nil {
		all = append(all, &Problem{Place: placeOf(r.ini.Path), Why: "there is no [rpcinterface:supervisor], without which supervisord answers no question; " +
			"write it with supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface"})
	}
	for _, w := range r.watched {
		r.unwisePolicy(w, warn)
		for i, c := range w.body.checks {
			r.unwiseTimeout(w, c, tick, warn)
			if w.watch.Checks[i] != nil {
				onePort(w, c, w.watch.Checks[i], warn)
				tooMuchMemory(w, c, w.watch.Checks[i], memory, warn)
			}
		}
	}
	return all
}

// warner takes one warning.
type warner func(section *ini.Section, place ini.Place, key, value, why string)

// unwiseListeners warns of the sections that run the listener, and returns its shortest tick, 0 if it has none.
func (r *reader) unwiseListeners(warn warner) (tick time.Duration) {
	found := false
	for _, s := range r.ini.Sections {
		if !strings.HasPrefix(s.Name, "eventlistener:") || !runsUs(r.text(s, "command")) {
			continue
		}
		found = true
		tick = r.unwiseEvents(s, tick, warn)
		if n, err := strconv.Atoi(strings.TrimSpace(r.text(s, "numprocs"))); err == nil && n > 1 {
			place := r.place(s, "numprocs")
			warn(s, place, "numprocs", strconv.Itoa(n), "supervisord hands each event to one of them, so that each sees a part; write 1 or leave it out")
		}
		text := strings.ToLower(strings.TrimSpace(r.text(s, "redirect_stderr")))
		if on, _ := domain.ParseSwitch(text); on {
			warn(s, r.place(s, "redirect_stderr"), "redirect_stderr", text, "the log would go where supervisord reads the answers of the listener; leave it out")
		}
	}
	if !found {
		warn(&ini.Section{Name: common}, placeOf(r.ini.Path), "", "", "no [eventlistener:x] runs these sections; write one with command = /path/to/supervisor-healthcheck run and events = TICK_5,PROCESS_STATE")
	}
	return tick
}

func (r *reader) unwiseEvents(s *ini.Section, tick time.Duration, warn warner) time.Duration {
	events := eventsOf(r.text(s, "events"))
	has := func(event string) bool { return slices.Contains(events, event) || slices.Contains(events, "EVENT") }
	place := r.place(s, "events")
	if !has("PROCESS_STATE") {
		warn(s, place, "events", strings.Join(events, ","), "PROCESS_STATE is missing, without which supervisord has to be asked what its processes do and deaths are seen late; add it")
	}
	ticks := false
	for name, length := range map[string]time.Duration{"TICK_5": 5 * time.Second, "TICK_60": time.Minute, "TICK_3600": time.Hour, "TICK": 5 * time.Second} {
		if has(name) {
			ticks = true
			if tick == 0 || length < tick {
				tick = length
			}
		}
	}
	if !ticks {
		warn(s, place, "events", strings.Join(events, ","), "there is no TICK among them, and processes are judged at ticks; add TICK_5")
	}
	return tick
}

// eventsOf are the names in events=.
func eventsOf(text string) []string {
	return strings.FieldsFunc(strings.ToUpper(text), func(c rune) bool { return c == ',' || c == ' ' || c == '\n' || c == '\t' })
}

// runsUs reports whether a command is the listener of all sections.
func runsUs(command string) bool {
	words := strings.Fields(command)
	for i, word := range words[:max(0, len(words)-1)] {
		if filepath.Base(word) == "supervisor-healthcheck" && words[i+1] == "run" {
			return true
		}
	}
	return false
}

// text is the value of a key, empty if there is none.
func (r *reader) text(s *ini.Section, name string) string {
	key, ok := r.ini.Get(s, name)
	if !ok {
		return ""
	}
	return key.Value
}

// place is that of a key, or of its section.
func (r *reader) place(s *ini.Section, name string) ini.Place {
	if key, ok := r.ini.Get(s, name); ok {
		return key.Place
	}
	return s.Place
}

func (r *reader) unwisePolicy(w watched, warn warner) {
	p := w.watch.Policy
	for _, m := range w.members {
		seconds, err := strconv.Atoi(strings.TrimSpace(r.text(m.program.Section, "startsecs")))
		if starts := time.Duration(seconds) * time.Second; err == nil && p.StartGrace > 0 && starts > p.StartGrace {
			warn(m.program.Section, r.place(m.program.Section, "startsecs"), "startsecs", strconv.Itoa(seconds), fmt.Sprintf(
				"the start_grace of [%s] is %s and over before the process is RUNNING; write a longer start_grace", w.section.Name, domain.ShortDuration(p.StartGrace)))
			break
		}
	}
	for _, g := range w.body.policy {
		if all, _, _ := w.watch.Select.Parts(); g.word == "mass-failure" && p.MassFailure > 0 && !all && len(w.members) < domain.MassMinimum {
			warn(w.section, g.place, g.key, g.value, fmt.Sprintf("it does nothing for fewer than %d processes, and the section has %d; leave it out", domain.MassMinimum, len(w.members)))
		}
	}
}

// unwiseTimeout warns of an answer that may come after the next question. The defaults are ours, and nobody is warned of them.
func (r *reader) unwiseTimeout(w watched, c *check, tick time.Duration, warn warner) {
	every := max(w.watch.Policy.Interval, tick)
	if c.kind.Word == "heartbeat" || every == 0 {
		return
	}
	for _, g := range c.given {
		if g.word != "timeout" {
			continue
		}
		if d, ok := domain.ParseDuration(strings.TrimSpace(g.value)); ok && d > every {
			warn(&ini.Section{Name: g.section}, g.place, g.key, g.value, fmt.Sprintf("the check is made every %s, and a process that hangs is found only after this; write less, or a longer interval",
				domain.ShortDuration(every)))
		}
	}
}

// onePort warns of a port on which several processes are expected.
func onePort(w watched, c *check, settings checks.Settings, warn warner) {
	built, err := settings.Build(checks.World{})
	listening, ok := built.(domain.Listening)
	if err != nil || !ok {
		return
	}
	holders := map[int][]string{}
	for _, m := range w.members {
		if m.program.Kind == "fcgi-program" { // they share one on purpose
			continue
		}
		if port, known := listening.Port(domain.Process{ID: m.id()}); known {
			if holders[port] = append(holders[port], m.id().String()); len(holders[port]) == 2 {
				g := c.saying("port", "url", "address")
				warn(w.section, g.place, g.key, "", fmt.Sprintf("%s are both asked at port %d, and whoever answers there answers for all; make the port of %%(process_num)d, or look after one of them",
					strings.Join(holders[port], " and "), port))
				return
			}
		}
	}
}

// saying is what a check says first under one of these words, else the first that it says itself.
func (c *check) saying(words ...string) given {
	for _, g := range c.given {
		if slices.Contains(words, g.word) {
			return g
		}
	}
	return c.given[len(c.given)-1] // what holds for all checks of a kind stands in front
}

// tooMuchMemory warns of a limit that no process can reach.
func tooMuchMemory(w watched, c *check, settings checks.Settings, memory uint64, warn warner) {
	limit, ok := settings.(checks.Memory)
	if named, is := settings.(*perProcess); is && len(named.all) == 1 {
		limit, ok = named.all[0].(checks.Memory)
	}
	if ok && memory > 0 && limit.MaxRSS > memory/1024 {
		g := c.saying("limit")
		warn(w.section, g.place, g.key, g.value, fmt.Sprintf("this machine or container has %d MB, and no process can use more; write less", memory>>20))
	}
}

// memoryOfMachine is how much memory the machine has, or the container that we are in, in bytes; 0 if that is not known.
func memoryOfMachine() uint64 {
	least := uint64(0)
	take := func(bytes uint64) {
		if bytes > 0 && (least == 0 || bytes < least) {
			least = bytes
		}
	}
	text, _ := os.ReadFile("/proc/meminfo")
	for line := range strings.Lines(string(text)) {
		if total, ok := strings.CutPrefix(line, "MemTotal:"); ok {
			var kilobytes uint64
			fmt.Sscan(total, &kilobytes)
			take(kilobytes << 10)
		}
	}
	for _, path := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		text, _ := os.ReadFile(path)
		bytes, _ := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
		take(bytes)
	}
	return least
}
