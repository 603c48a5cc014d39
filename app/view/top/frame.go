package top

import (
	"fmt"
	"strings"
	"time"

	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/adapters/words"
	"supervisor-healthcheck/app/view"
	"supervisor-healthcheck/domain"
)

// Frame is what the terminal shows: at most as many lines as it has, each at most as wide as it is.
func (m *Model) Frame() []string {
	var lines []string
	switch m.mode {
	case helping:
		lines = m.helpLines()
	case detail:
		lines = m.detailLines()
	default:
		if m.mode == pausing && m.before == detail {
			lines = m.detailLines()
			break
		}
		lines = m.listLines()
	}
	return lines[:min(len(lines), m.height)]
}

// text is a text that only shows, in one colour and at most as wide as the terminal.
func (m *Model) text(colour terminal.Colour, format string, args ...any) string {
	return m.screen.Paint(colour, terminal.Cut(terminal.Safe(fmt.Sprintf(format, args...)), m.width))
}

// bar is a line over the whole width.
func (m *Model) bar(left, right string) string {
	left, right = terminal.Safe(left), terminal.Safe(right)
	if room := m.width - terminal.Columns(right) - 1; room >= terminal.Columns(left) {
		left = terminal.Fill(left, room) + " " + right
	}
	return m.screen.Paint(terminal.Bold, terminal.Cut(left, m.width))
}

// top are the first lines: how many processes there are, how they are, and who does not tell.
func (m *Model) top() []string {
	counts := map[domain.Condition]int{}
	for _, p := range m.shown {
		counts[p.Condition]++
	}
	var how []string
	for _, c := range domain.Worst() {
		if counts[c] > 0 {
			how = append(how, fmt.Sprintf("%d %s", counts[c], c))
		}
	}
	right := m.now.In(m.config.Zone).Format(time.TimeOnly)
	if m.config.Readonly {
		right = "read-only " + right
	}
	left := strings.Join(how, ", ")
	switch {
	case len(m.shown) == 0 && m.told.IsZero():
		left = "looking for listeners"
	case len(m.shown) == 0:
		left = "no processes"
	}
	lines := []string{m.bar(left, right)}
	for _, trouble := range m.troubles() {
		lines = m.wrap(lines, terminal.Red, 0, "%s", trouble)
	}
	return lines[:min(len(lines), 1+max(1, m.height/4))] // the processes are to be seen too
}

func (m *Model) troubles() []string {
	var all []string
	switch {
	case m.failure != "" && m.told.IsZero():
		all = append(all, m.failure)
	case m.failure != "":
		all = append(all, fmt.Sprintf("what is shown is %s old: %s", words.Whole(m.now.Sub(m.told)), m.failure))
	default:
		all = append(all, m.status.Troubles...)
	}
	for _, name := range m.missing {
		all = append(all, "no listener looks after "+name)
	}
	return all
}

// bottom are the last lines: what the selected process has, what was said last, what is being written, and the keys.
func (m *Model) bottom() []string {
	var lines []string
	if p, is := m.process(); is && m.mode != detail {
		lines = append(lines, m.text(terminal.Usual, "%s: %s", p.Name, orDash(p.Why())), m.text(terminal.Yellow, "%s", arrow(p.Follows)))
	}
	switch {
	case m.mode == filtering:
		return append(lines, m.text(terminal.Bold, "/%s_", m.input))
	case m.mode == pausing:
		if m.message != "" {
			lines = append(lines, m.text(terminal.Red, "%s", m.message))
		}
		return append(lines, m.text(terminal.Bold, "pause %s for: %s_", m.selected.name, m.input))
	case m.message != "" && m.bad:
		return append(lines, m.text(terminal.Red, "%s", m.message))
	case m.message != "":
		return append(lines, m.text(terminal.Green, "%s", m.message))
	}
	return append(lines, m.text(terminal.Faint, "%s", m.hint()))
}

func (m *Model) hint() string {
	if m.mode == detail {
		return "Esc back  p pause  r resume  ? help  q quit"
	}
	text := fmt.Sprintf("by %s  / filter  Enter look  p pause  r resume  ? help  q quit", m.sort)
	if m.filter != "" {
		text = fmt.Sprintf("only %q  ", m.filter) + text
	}
	return text
}

// rows is how many lines the list has.
func (m *Model) rows() int { return m.height - len(m.top()) - 1 - len(m.bottom()) }

func (m *Model) listLines() []string {
	lines, rows := m.top(), m.rows()
	all := m.columns()
	lines = append(lines, m.screen.Paint(terminal.Bold, row(all, func(c cells) string { return c.head })))
	at := max(0, m.at())
	m.scroll = min(max(m.scroll, at-rows+1, 0), max(0, min(at, len(m.shown)-rows)))
	for i := range max(0, rows) {
		if i += m.scroll; i >= len(m.shown) {
			lines = append(lines, "")
			continue
		}
		lines = append(lines, m.line(all, i))
	}
	return append(lines, m.bottom()...)
}

func (m *Model) line(all []cells, i int) string {
	if i == m.at() {
		return m.screen.Paint(terminal.Reverse, terminal.Fill(row(all, func(c cells) string { return c.shown(m.shown[i]) }), m.width))
	}
	colour := view.Colour(m.shown[i].Condition)
	if m.failure != "" {
		colour = terminal.Faint
	}
	var b strings.Builder
	for n, c := range all {
		text := terminal.Fill(terminal.Safe(c.shown(m.shown[i])), c.width)
		if n > 0 {
			b.WriteString(" ")
		}
		if c.head == healthHead || m.failure != "" {
			text = m.screen.Paint(colour, text)
		}
		b.WriteString(text)
	}
	return strings.TrimRight(b.String(), " ")
}

func row(all []cells, shown func(cells) string) string {
	var parts []string
	for _, c := range all {
		parts = append(parts, terminal.Fill(terminal.Safe(shown(c)), c.width))
	}
	return strings.TrimRight(strings.Join(parts, " "), " ")
}

const healthHead = "HEALTH"

// cells are a column of the list.
type cells struct {
	head  string
	width int
	shown func(view.Process) string
}

// columns are those for which there is room, what matters most first, and the reason in what is left.
func (m *Model) columns() []cells {
	measure := func(of domain.Measured) func(view.Process) string {
		return func(p view.Process) string { text, _ := p.Shown(of); return text }
	}
	name := cells{"PROCESS", 7, func(p view.Process) string { return p.Name }}
	health := cells{healthHead, 10, func(p view.Process) string { return string(p.Condition) }}
	optional := []cells{
		{"SINCE", 6, func(p view.Process) string { return orDash(view.Age(p.Since, m.now)) }},
		{"RESTARTS", 8, view.Process.RestartsText},
		{"MEM", 9, measure(domain.MeasuredMemory)},
		{"CPU", 7, measure(domain.MeasuredCPU)},
		{"CHECKED", 7, func(p view.Process) string { at, _ := p.Judged(); return orDash(view.Age(at, m.now)) }},
	}
	for _, p := range m.shown {
		name.width = max(name.width, terminal.Columns(terminal.Safe(p.Name)))
		optional[1].width = max(optional[1].width, len(p.RestartsText()))
	}
	name.width = min(name.width, max(7, m.width/3))
	if m.width < name.width+1+health.width {
		name.width = m.width
		return []cells{name}
	}
	all := []cells{name, health}
	used := name.width + 1 + health.width
	for _, c := range optional {
		if empty(c, m.shown) || used+1+c.width > m.width {
			continue
		}
		all, used = append(all, c), used+1+c.width
	}
	const least = 12 // of a reason, to be worth a look
	if left := m.width - used - 1; left >= least {
		all = append(all, cells{"REASON", left, func(p view.Process) string {
			if p.Follows != "" {
				return p.Why() + " -> " + p.Follows
			}
			return p.Why()
		}})
	}
	return all
}

// empty reports whether nothing stands in a column of what is measured.
func empty(c cells, all []view.Process) bool {
	for _, p := range all {
		if c.shown(p) != "" {
			return false
		}
	}
	return true
}

// arrow says what follows, if anything does.
func arrow(follows string) string {
	if follows == "" {
		return ""
	}
	return "-> " + follows
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
