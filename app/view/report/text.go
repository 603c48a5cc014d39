package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"supervisor-healthcheck/adapters/terminal"
)

// most is how many of a list are written.
const most = 10

// Write writes the report for people, in the time of their zone.
func (r Report) Write(out io.Writer, screen terminal.Screen, zone *time.Location) error {
	w := writer{screen: screen, zone: zone, width: screen.Width}
	if w.width == 0 {
		w.width = terminal.Plain
	}
	w.covered(r)
	if len(r.Processes) > 0 {
		w.table(r.overview())
		w.restarts(r.Total.Restarts)
		w.held(r.Total.Held)
		w.observed(r)
		w.rest(r.Total)
	}
	w.outages(r.Outages)
	w.suggestions(r)
	_, err := io.WriteString(out, w.text.String())
	return err
}

type writer struct {
	text   strings.Builder
	screen terminal.Screen
	zone   *time.Location
	width  int
}

func (w *writer) heading(text string) {
	w.text.WriteString("\n" + w.screen.Paint(terminal.Bold, text) + "\n")
}

// item writes a paragraph that begins with some blanks.
func (w *writer) item(column int, format string, args ...any) {
	text := terminal.Safe(fmt.Sprintf(format, args...))
	w.text.WriteString(strings.Repeat(" ", column) + terminal.Wrap(text, column, w.width) + "\n")
}

func (w *writer) at(t time.Time) string { return t.In(w.zone).Format("2006-01-02 15:04") }

// covered says of which time the events tell.
func (w *writer) covered(r Report) {
	w.item(0, "Report on %s: from %s to %s.", Lasting(r.Until.Sub(r.Since)), w.at(r.Since), w.at(r.Until))
	for _, l := range r.Listeners {
		w.item(0, "%s", w.listener(l, r))
	}
	for _, trouble := range r.Troubles {
		w.text.WriteString(w.screen.Paint(terminal.Red, terminal.Wrap(terminal.Safe(trouble), 0, w.width)) + "\n")
	}
}

func (w *writer) listener(l Listener, r Report) string {
	name := "The listener"
	if l.Name != "" {
		name += " " + l.Name
	}
	text := fmt.Sprintf("%s tells of all of it, in %s", name, number(l.Events, "event"))
	switch begins, ends := l.From.After(r.Since), l.To.Before(r.Until); {
	case l.Events == 0 && begins:
		return name + " tells of nothing."
	case begins && ends:
		text = fmt.Sprintf("%s tells of %s, from %s to %s, in %s", name, Lasting(l.To.Sub(l.From)), w.at(l.From), w.at(l.To), number(l.Events, "event"))
	case begins:
		text = fmt.Sprintf("%s tells only of %s, from %s on, in %s", name, Lasting(l.To.Sub(l.From)), w.at(l.From), number(l.Events, "event"))
	case ends:
		text = fmt.Sprintf("%s tells only of %s, up to %s when it ended, in %s", name, Lasting(l.To.Sub(l.From)), w.at(l.To), number(l.Events, "event"))
	}
	if l.Away >= 1 {
		text += fmt.Sprintf("; it was away for %s", Lasting(seconds(l.Away)))
	}
	if l.Killed > 0 {
		text += fmt.Sprintf("; it ended %s without a word", often(l.Killed))
	}
	if l.Lost > 0 {
		text += fmt.Sprintf("; %s lost, because too much happened at once", plural(l.Lost, "event was", "events were"))
	}
	return text + "."
}

func often(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// overview is a line for each process, and one for all.
func (r Report) overview() terminal.Table {
	t := terminal.Table{Head: []string{"PROCESS", "TROUBLES", "HEALED", "RESTARTS", "HELPED", "DOWN", "GIVEN UP", "CRASH LOOPS"}}
	for _, p := range r.Processes {
		t.Lines = append(t.Lines, p.line(p.Name))
	}
	if len(r.Processes) > 1 {
		t.Lines = append(t.Lines, r.Total.line("all"))
	}
	return t
}

func (s Sums) line(name string) []string {
	n := strconv.Itoa
	helped, down := "", ""
	if judged := s.Restarts.Helped + s.Restarts.Relapsed + s.Restarts.Useless; judged > 0 {
		helped = fmt.Sprintf("%d of %d", s.Restarts.Helped, judged)
	}
	if s.Restarts.Done > 0 {
		down = Lasting(seconds(s.Restarts.Down.Median))
	}
	return []string{name, n(s.Troubles.Count), n(s.Troubles.Healed), n(s.Restarts.Done), helped, down, n(s.GiveUps.Count), n(s.CrashLoops)}
}

func (w *writer) table(t terminal.Table) {
	w.text.WriteString("\n")
	_ = t.Write(&w.text, w.screen) // a builder takes all
}

// restarts says what was done, and what came of it.
func (w *writer) restarts(r Restarts) {
	if r.Done+r.Refused+r.Unfinished+r.Dropped+r.Signals == 0 {
		return
	}
	w.heading("What was done")
	if r.Done > 0 {
		var by []string
		for _, c := range r.ByCheck {
			if c.Name != "-" {
				by = append(by, fmt.Sprintf("%d because of %s", c.Count, c.Name))
			}
		}
		text := number(r.Done, "restart")
		if len(by) > 0 {
			text += ": " + strings.Join(by, ", ")
		}
		if r.Planned > 0 {
			text += fmt.Sprintf("; %d planned", r.Planned)
		}
		w.item(2, "%s. The process was down for %s (median), %s at most.", text, Lasting(seconds(r.Down.Median)), Lasting(seconds(r.Down.Longest)))
	}
	for _, c := range []struct {
		n    int
		text string
	}{
		{r.Helped, "helped: healthy after it, and for an hour from then on"},
		{r.Relapsed, "helped for less than an hour: then it was unhealthy or restarted again"},
		{r.Useless, "did not help: it was restarted again, given up or unhealthy still, and never healthy before that"},
		{r.Unknown, "cannot be judged: it is too early, or somebody else was faster, or nobody has looked"},
		{r.DownAfter, "left the service down for a while, because it did not start at once"},
		{r.Dropped, "begun and left to others, who had stopped or started it meanwhile"},
		{r.Refused, "decided and not begun: the log says why"},
		{r.Unfinished, "begun, and no event tells of the end"},
		{r.Signals, "in place of a restart: a signal"},
	} {
		if c.n > 0 {
			w.item(2, "%d %s.", c.n, c.text)
		}
	}
}

// held says why restarts waited, and what has become of that.
func (w *writer) held(all []Held) {
	if len(all) == 0 {
		return
	}
	w.heading("Why restarts waited, and what became of it")
	t := terminal.Table{Head: []string{"HELD BY", "TIMES", "HEALED", "AFTER", "RESTARTED", "OTHERS", "OPEN", "UNKNOWN"}}
	for _, h := range all {
		t.Lines = append(t.Lines, append([]string{h.Cause}, h.cells()...))
	}
	_ = t.Write(&w.text, w.screen) // a builder takes all
}

func (o Outcomes) cells() []string {
	n := strconv.Itoa
	after := ""
	if o.Healed > 0 {
		after = Lasting(seconds(o.After.Median))
	}
	return []string{n(o.Count), n(o.Healed), after, n(o.Restarted), n(o.Others), n(o.Open), n(o.Unknown)}
}

// observed says what would have been done.
func (w *writer) observed(r Report) {
	var names []string
	for _, l := range r.Listeners {
		names = append(names, l.Mode...)
	}
	o := r.Total.Observed
	if len(names) == 0 && o.Count == 0 {
		return
	}
	w.heading("What would have been done")
	if len(names) > 0 {
		w.item(2, "mode = observe: %s.", some(names))
	}
	if o.Count == 0 {
		w.item(2, "No restart would have been done.")
		return
	}
	w.item(2, "%s would have been restarted.", plural(o.Count, "trouble", "troubles"))
	if o.Healed > 0 {
		w.item(2, "%d healed without it, after %s (median), %s at most: a restart would have been too early, or no harm.", o.Healed, Lasting(seconds(o.After.Median)), Lasting(seconds(o.After.Longest)))
	}
	for _, c := range []struct {
		n    int
		text string
	}{{o.Restarted, "ended with a restart, later"}, {o.Others, "ended because somebody else stopped or started the process, or it died"}, {o.Open, "not over yet"}, {o.Unknown, "of unknown end"}} {
		if c.n > 0 {
			w.item(2, "%d %s.", c.n, c.text)
		}
	}
}

// rest says what else was seen.
func (w *writer) rest(s Sums) {
	if s.GiveUps.Count+s.CrashLoops+s.Unjudged+len(s.Warnings) == 0 {
		return
	}
	w.heading("What else was seen")
	if s.GiveUps.Count > 0 {
		w.item(2, "Given up %s, and %d of them still.", often(s.GiveUps.Count), s.GiveUps.Open)
	}
	if s.CrashLoops > 0 {
		text := "In a crash loop " + often(s.CrashLoops)
		if s.LastExit != "" {
			text += "; the last exit was " + s.LastExit
		}
		w.item(2, "%s.", text)
	}
	if s.Unjudged > 0 {
		w.item(2, "A check could not judge %s.", often(s.Unjudged))
	}
	for i, warning := range s.Warnings {
		if i == most {
			w.item(2, "And %d warnings more.", len(s.Warnings)-most)
			break
		}
		over := ""
		if warning.Over {
			over = " (over)"
		}
		w.item(2, "%s, warning of %s%s: %s", warning.Process, warning.Check, over, warning.Text)
	}
}

func (w *writer) outages(all []Outage) {
	if len(all) == 0 {
		return
	}
	w.heading("Outages: troubles that began together")
	for i, o := range all {
		if left := len(all) - most; left > 0 && i < left {
			continue // the newest matter
		}
		text := fmt.Sprintf("%s, %s: %s", w.at(o.From), Lasting(seconds(o.Seconds)), some(o.Processes))
		if len(o.Causes) > 0 {
			text += "; held as " + strings.Join(o.Causes, " and ")
		}
		text += "; " + number(o.Restarts, "restart")
		if o.Open {
			text += "; not over yet"
		}
		w.item(2, "%s.", text)
	}
	if left := len(all) - most; left > 0 {
		w.item(2, "And %d earlier.", left)
	}
}

func (w *writer) suggestions(r Report) {
	w.heading("Suggestions")
	if len(r.Suggestions) == 0 {
		w.item(2, "None: %s.", r.Unsuggested)
		return
	}
	for _, s := range r.Suggestions {
		w.text.WriteString("  " + terminal.Safe(s.Section) + ": " + w.screen.Paint(terminal.Bold, terminal.Safe(s.Setting)) + "\n")
		w.item(6, "%s.", s.Reason)
	}
}

// some are the first of a list.
func some(names []string) string {
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
