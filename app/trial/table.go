package trial

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/domain"
)

// Verdict is the word for what was found.
func (r Row) Verdict() string {
	if !r.Judged {
		return "not judged"
	}
	return r.Health.String()
}

// colour is how a terminal shows the verdict.
func (r Row) colour() terminal.Colour {
	switch {
	case !r.Judged:
		return terminal.Faint
	case r.Health == domain.Healthy:
		return terminal.Green
	case r.Health == domain.Unhealthy:
		return terminal.Red
	}
	return terminal.Yellow
}

// MarshalJSON has the words of the table.
func (r Row) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Section string  `json:"section"`
		Process string  `json:"process"`
		Check   string  `json:"check"`
		Verdict string  `json:"verdict"`
		Reason  string  `json:"reason"`
		Took    float64 `json:"took_seconds"`
		Follows string  `json:"follows"`
		Warning string  `json:"warning,omitempty"`
	}{r.Section, r.Process, r.Check, r.Verdict(), r.Reason, r.Took.Seconds(), r.Follows, r.Warning})
}

// Write writes a table: what was found in columns, and the reason at the end, because it is the longest. On a screen that is too
// narrow for that, the two sentences stand below each line.
func (r Result) Write(out io.Writer, screen terminal.Screen) error {
	lines := r.lines()
	widths := widthsOf(lines)
	columns, verdict := len(widths), len(widths)-4
	if screen.Width > 0 && total(widths) > screen.Width {
		columns -= 2
	}
	var b strings.Builder
	for i, line := range lines {
		writeCells(&b, line[:columns], widths, func(column int, cell string) string {
			if i == 0 || column != verdict {
				return cell
			}
			return screen.Paint(r.Rows[i-1].colour(), cell)
		})
		if i > 0 && columns < len(line) {
			writeBelow(&b, line[columns:], screen.Width)
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// lines are the cells of the table; the two at the end are sentences.
func (r Result) lines() [][]string {
	lines := [][]string{{"PROCESS", "CHECK", "VERDICT", "TOOK", "WHAT FOLLOWS", "REASON"}}
	for _, row := range r.Rows {
		lines = append(lines, []string{row.Process, row.Check, row.Verdict(), took(row.Took), orDash(row.Follows), orDash(row.reason())})
	}
	if r.severalSections() {
		lines[0] = slices.Insert(lines[0], 0, "SECTION")
		for i, row := range r.Rows {
			lines[i+1] = slices.Insert(lines[i+1], 0, row.Section)
		}
	}
	return lines
}

func writeCells(b *strings.Builder, cells []string, widths []int, paint func(column int, cell string) string) {
	for column, cell := range cells {
		end := strings.Repeat(" ", widths[column]-utf8.RuneCountInString(cell)) + gap
		if column == len(cells)-1 {
			end = "\n"
		}
		b.WriteString(paint(column, cell) + end)
	}
}

// writeBelow writes the reason, and what follows from it.
func writeBelow(b *strings.Builder, sentences []string, width int) {
	follows, reason := sentences[0], sentences[1]
	b.WriteString("    " + terminal.Wrap(reason, 4, width) + "\n")
	if follows != "-" {
		b.WriteString("    -> " + terminal.Wrap(follows, 7, width) + "\n")
	}
}

const gap = "  "

func total(widths []int) int {
	sum := len(gap) * (len(widths) - 1)
	for _, width := range widths {
		sum += width
	}
	return sum
}

// reason is the reason with the warning behind it.
func (r Row) reason() string {
	if r.Warning == "" {
		return r.Reason
	}
	return strings.TrimPrefix(r.Reason+"; warning: "+r.Warning, "; ")
}

// severalSections reports whether the process alone does not tell which section a row is about.
func (r Result) severalSections() bool {
	sections := map[string]string{}
	for _, row := range r.Rows {
		if first, known := sections[row.Process]; known && first != row.Section {
			return true
		}
		sections[row.Process] = row.Section
	}
	return false
}

func widthsOf(lines [][]string) []int {
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for column, cell := range line {
			widths[column] = max(widths[column], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// took is a duration as a table shows it.
func took(d time.Duration) string {
	switch {
	case d == 0:
		return "-"
	case d < time.Second:
		return fmt.Sprintf("%dms", (d+time.Millisecond-1)/time.Millisecond)
	}
	return fmt.Sprintf("%.1fs", d.Seconds())
}
