package top

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/adapters/words"
	"supervisor-healthcheck/app/view"
)

// detailLines show one process: the verdicts of all watches, its last checks and events. They can be moved, if there are too many.
func (m *Model) detailLines() []string {
	lines, bottom := m.top(), m.bottom()
	room := max(0, m.height-len(lines)-len(bottom))
	body := m.body()
	m.scroll = min(max(0, m.scroll), max(0, len(body)-room))
	body = body[m.scroll:min(len(body), m.scroll+room)]
	lines = append(lines, body...)
	for range room - len(body) {
		lines = append(lines, "")
	}
	return append(lines, bottom...)
}

func (m *Model) body() []string {
	p, is := m.process()
	if !is {
		return []string{m.text(terminal.Red, "%s is not looked after any more", m.selected.name)}
	}
	state := p.State
	if p.PID != 0 {
		state = fmt.Sprintf("%s pid %d, uptime %s", p.State, p.PID, view.Uptime(p.Uptime))
	}
	lines := []string{m.text(terminal.Bold, "%s", p.Name), m.text(terminal.Usual, "%s", state),
		m.text(view.Colour(p.Condition), "%s for %s, restarts %s", p.Condition, orDash(view.Age(p.Since, m.now)), p.RestartsText())}
	if p.Paused != nil {
		lines = m.wrap(lines, terminal.Yellow, 0, "paused until %s %s", p.Paused.Until.In(m.config.Zone).Format(time.DateTime), p.Paused.Reason)
	}
	for _, one := range slices.Concat([]web.Process{p.Process}, p.Others) {
		lines = append(lines, m.verdicts(one)...)
	}
	return append(append(lines, m.checks()...), m.events()...)
}

// wrap adds a text in as many lines as it takes.
func (m *Model) wrap(lines []string, colour terminal.Colour, column int, format string, args ...any) []string {
	text := terminal.Safe(fmt.Sprintf(format, args...))
	for line := range strings.SplitSeq(terminal.Wrap(text, column, m.width), "\n") {
		front := ""
		if !strings.HasPrefix(line, " ") {
			front = strings.Repeat(" ", column)
		}
		lines = append(lines, m.screen.Paint(colour, terminal.Cut(front+line, m.width)))
	}
	return lines
}

func (m *Model) verdicts(p web.Process) (lines []string) {
	for _, v := range p.Verdicts {
		lines = append(lines, "")
		name := v.Watch
		if v.Check != "" {
			name += ", " + v.Check
		}
		when := "not checked yet"
		if !v.At.IsZero() {
			when = fmt.Sprintf("%s %s ago, took %s", v.Health, view.Age(v.At, m.now), words.Fine(time.Duration(v.Took*float64(time.Second))))
		}
		lines = append(lines, m.text(terminal.Bold, "%s: %s", name, when))
		if v.Reason != "" {
			lines = m.wrap(lines, terminal.Usual, 2, "%s", v.Reason)
		}
		if v.Follows != "" {
			lines = m.wrap(lines, terminal.Yellow, 2, "-> %s", v.Follows)
		}
		for _, warning := range v.Warnings {
			lines = m.wrap(lines, terminal.Yellow, 2, "warning: %s", warning)
		}
	}
	return lines
}

// checks are the last ones that were seen, the newest first.
func (m *Model) checks() []string {
	const most = 10
	all := m.seen[m.selected]
	if len(all) == 0 {
		return nil
	}
	lines := []string{"", m.text(terminal.Bold, "Recent checks")}
	for i, s := range slices.Backward(all) {
		if len(all)-i > most {
			break
		}
		lines = append(lines, m.text(terminal.Usual, "%s %-9s %-7s %s %s", s.at.In(m.config.Zone).Format(time.TimeOnly), s.health,
			words.Fine(time.Duration(s.took*float64(time.Second))), s.watch, s.reason))
	}
	return lines
}

// events are the last ones of the process, the newest first.
func (m *Model) events() []string {
	const most = 50
	lines := []string{"", m.text(terminal.Bold, "Recent events")}
	for _, e := range slices.Backward(m.happened) {
		if e.Process == m.selected.name && len(lines) < most {
			text := view.Line(e, terminal.Screen{}, m.config.Zone)
			lines = append(lines, m.text(view.Severity(e.Level), "%s", strings.Replace(text, " "+e.Process+" ", " ", 1)))
		}
	}
	if len(lines) == 2 {
		lines = append(lines, m.text(terminal.Faint, "none"))
	}
	return lines
}

// helpLines say what the keys do.
func (m *Model) helpLines() []string {
	lines := []string{m.text(terminal.Bold, "Keys"), ""}
	for _, k := range [][2]string{
		{"Up Down PgUp PgDn", "move"}, {"Enter", "look at one process"}, {"Esc", "back, or leave"}, {"q Ctrl-C", "leave"}, {"Ctrl-Z", "stop; fg goes on"},
		{"/", "show only what has this text"},
		{"N H R M C T", "sort by name, health, restarts, memory, cpu, last check; again: turn round"},
		{"p r", "pause, resume: nothing is done about it"},
		{"Ctrl-L", "draw all anew"}, {"?", "these keys"},
	} {
		lines = append(lines, m.text(terminal.Usual, "%-18s %s", k[0], k[1]))
	}
	for len(lines) < m.height-1 {
		lines = append(lines, "")
	}
	return append(lines, m.text(terminal.Faint, "any key goes back"))
}
