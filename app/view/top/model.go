// Package top is the table of status, live: what a terminal shows of all processes, and what each key does. The model is pure: keys and news come
// in, lines and orders go out. Run is the loop around it.
package top

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/app/view"
	"supervisor-healthcheck/domain"
)

// Config is what somebody has called top with.
type Config struct {
	Names    []string
	Readonly bool
	Colours  bool
	Zone     *time.Location
}

// Order is what is to be done for who presses the keys.
type Order struct {
	Kind   OrderKind
	Name   string        // of the process
	For    time.Duration // of a pause
	Reason string
}

// OrderKind is one of four.
type OrderKind int

// The orders.
const (
	Quit    OrderKind = iota
	Pause             // have nothing done about the process for so long
	Resume            // end that
	Suspend           // give the terminal away for a while
	Redraw
)

// mode is what the keys are about.
type mode int

const (
	browsing  mode = iota
	filtering      // a filter is being written
	pausing        // the time of a pause is
	detail         // one process is shown
	helping
)

// usualPause is the time of a pause that somebody is asked for.
const usualPause = "15m"

// Model is what is shown. Make it with New.
type Model struct {
	config        Config
	screen        terminal.Screen
	width, height int
	now           time.Time

	mode     mode
	before   mode // helping and pausing: where they were called
	sort     column
	reversed bool
	filter   string
	input    string // what is being written
	selected key    // of the process under the cursor
	scroll   int    // the first line of the list, or of the detail
	message  string
	bad      bool // the message is about something that went wrong

	status   view.Status
	told     time.Time // when the status came last; zero before the first
	failure  string    // why no newer one comes
	shown    []view.Process
	missing  []string
	seen     map[key][]seen
	happened []view.Event
}

// key tells processes apart.
type key struct{ supervisord, name string }

func keyOf(p view.Process) key { return key{p.Supervisord, p.Name} }

// New is a model before anything is known.
func New(c Config) *Model {
	return &Model{config: c, screen: terminal.Screen{Colours: c.Colours}, width: terminal.Plain, height: 24, seen: map[key][]seen{}}
}

// Resize says how large the terminal is.
func (m *Model) Resize(width, height int) { m.width, m.height = max(1, width), max(1, height) }

// Pass says what time it is.
func (m *Model) Pass(now time.Time) { m.now = now }

// Tell takes what the listeners have said, or why they have not. What they said before is shown until then.
func (m *Model) Tell(s view.Status, err error) {
	if err != nil {
		m.failure = err.Error()
		return
	}
	if len(s.Listeners) == 0 && len(s.Troubles) > 0 {
		m.failure = strings.Join(s.Troubles, "; ")
		return
	}
	m.status, m.told, m.failure = s, m.now, ""
	m.watch()
	m.arrange()
}

// Happened takes an event.
func (m *Model) Happened(e view.Event) {
	const most = 1000
	if e.Process == "" {
		return
	}
	if m.happened = append(m.happened, e); len(m.happened) > most {
		m.happened = slices.Delete(m.happened, 0, len(m.happened)-most)
	}
}

// Done takes what has become of an order.
func (m *Model) Done(text string, err error) {
	m.message, m.bad = text, err != nil
	if err != nil {
		m.message = err.Error()
	}
}

// arrange finds the processes that are shown, in order.
func (m *Model) arrange() {
	m.shown, m.missing = m.status.Processes(m.config.Names)
	wanted := strings.ToLower(m.filter)
	m.shown = slices.DeleteFunc(m.shown, func(p view.Process) bool {
		return !strings.Contains(strings.ToLower(p.Name+" "+string(p.Condition)+" "+p.State), wanted)
	})
	slices.SortStableFunc(m.shown, func(a, b view.Process) int {
		order := m.sort.compare(a, b)
		if m.reversed {
			order = -order
		}
		return cmp.Or(order, strings.Compare(a.Name, b.Name), strings.Compare(a.Supervisord, b.Supervisord))
	})
	if m.mode != detail && m.at() < 0 && len(m.shown) > 0 {
		m.selected = keyOf(m.shown[0])
	}
}

// at is the line of the selected process, -1 if it is not shown.
func (m *Model) at() int {
	return slices.IndexFunc(m.shown, func(p view.Process) bool { return keyOf(p) == m.selected })
}

// process is the selected one.
func (m *Model) process() (view.Process, bool) {
	all, _ := m.status.Processes(m.config.Names)
	i := slices.IndexFunc(all, func(p view.Process) bool { return keyOf(p) == m.selected })
	if i < 0 {
		return view.Process{}, false
	}
	return all[i], true
}

// seen is one check of a process that was seen.
type seen struct {
	at                   time.Time
	took                 float64
	watch, check, health string
	reason               string
}

// mostSeen is how many checks of a process are remembered.
const mostSeen = 30

// watch remembers the checks that are new.
func (m *Model) watch() {
	all, _ := m.status.Processes(nil)
	alive := map[key]bool{}
	for _, p := range all {
		k := keyOf(p)
		alive[k] = true
		for _, v := range p.Verdicts {
			one := seen{v.At, v.Took, v.Watch, v.Check, v.Health, v.Reason}
			if v.At.IsZero() || slices.ContainsFunc(m.seen[k], func(s seen) bool { return s.watch == one.watch && s.at.Equal(one.at) }) {
				continue
			}
			m.seen[k] = append(m.seen[k], one)
			slices.SortStableFunc(m.seen[k], func(a, b seen) int { return a.at.Compare(b.at) })
			m.seen[k] = m.seen[k][max(0, len(m.seen[k])-mostSeen):]
		}
	}
	for k := range m.seen {
		if !alive[k] {
			delete(m.seen, k)
		}
	}
}

// column is by what the list is sorted.
type column int

const (
	byName column = iota
	byHealth
	byRestarts
	byMemory
	byCPU
	byCheck
)

func (c column) String() string {
	return [...]string{"name", "health", "restarts", "memory", "cpu", "last check"}[c]
}

// compare puts first what matters: the worst, the most, the oldest.
func (c column) compare(a, b view.Process) int {
	more := func(of func(view.Process) float64) int { return cmp.Compare(of(b), of(a)) }
	switch c {
	case byName:
		return strings.Compare(a.Name, b.Name)
	case byHealth:
		all := domain.Worst()
		return cmp.Compare(slices.Index(all, a.Condition), slices.Index(all, b.Condition))
	case byRestarts:
		return more(func(p view.Process) float64 { return float64(max(p.Restarts.Count, p.Restarts.Used)) })
	case byMemory:
		return more(func(p view.Process) float64 { _, value := p.Shown(domain.MeasuredMemory); return value })
	case byCPU:
		return more(func(p view.Process) float64 { _, value := p.Shown(domain.MeasuredCPU); return value })
	case byCheck:
		first, _ := a.Judged()
		second, _ := b.Judged()
		return first.Compare(second)
	}
	return 0
}
