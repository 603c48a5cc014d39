package trial

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

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

// Write writes a table: what was found in columns, and the sentences at the end, because they are the longest.
func (r Result) Write(out io.Writer, screen terminal.Screen) error {
	if absence := r.Absence(); absence != "" {
		if screen.Width > 0 {
			absence = terminal.Wrap(absence, 0, screen.Width)
		}
		if _, err := io.WriteString(out, absence+"\n\n"); err != nil {
			return err
		}
	}
	table := terminal.Table{Head: []string{"PROCESS", "CHECK", "VERDICT", "TOOK", "WHAT FOLLOWS", "REASON"}, Sentences: 2}
	for _, row := range r.Rows {
		table.Lines = append(table.Lines, []string{row.Process, row.Check, row.Verdict(), took(row.Took), row.Follows, row.reason()})
	}
	if r.severalSections() {
		table.Head = slices.Insert(table.Head, 0, "SECTION")
		for i, row := range r.Rows {
			table.Lines[i] = slices.Insert(table.Lines[i], 0, row.Section)
		}
	}
	verdict := len(table.Head) - 4
	table.Arrow = verdict + 2
	table.Paint = func(line, column int) terminal.Colour {
		if column != verdict {
			return terminal.Usual
		}
		return r.Rows[line].colour()
	}
	return table.Write(out, screen)
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
