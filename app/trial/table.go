package trial

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

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
func (r Row) colour() string {
	switch {
	case !r.Judged:
		return "\x1b[2m"
	case r.Health == domain.Healthy:
		return "\x1b[32m"
	case r.Health == domain.Unhealthy:
		return "\x1b[31m"
	}
	return "\x1b[33m"
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

const verdictColumn = 2

// Write writes a table: what was found in columns, and the reason at the end, because it is the longest.
func (r Result) Write(out io.Writer, colours bool) error {
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
	painted := len(lines[0]) - 6 + verdictColumn
	widths := widthsOf(lines)
	var b strings.Builder
	for i, line := range lines {
		for column, cell := range line {
			end := strings.Repeat(" ", widths[column]-utf8.RuneCountInString(cell)) + "  "
			if column == len(line)-1 {
				end = "\n"
			}
			if colours && i > 0 && column == painted {
				cell = r.Rows[i-1].colour() + cell + "\x1b[0m"
			}
			b.WriteString(cell + end)
		}
	}
	_, err := io.WriteString(out, b.String())
	return err
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
