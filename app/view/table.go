package view

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/adapters/words"
	"supervisor-healthcheck/domain"
)

const conditionColumn = 2

// Write writes a line for each process, with what supervisorctl shows in front.
func Write(out io.Writer, screen terminal.Screen, s Status, all []Process, now time.Time) error {
	heads, cells := measures(all)
	head := slices.Concat([]string{"PROCESS", "STATE", "HEALTH", "SINCE", "RESTARTS"}, heads, []string{"CHECKED", "REASON", "WHAT FOLLOWS"})
	table := terminal.Table{Head: head, Sentences: 2, Arrow: len(head) - 1,
		Paint: func(line, column int) terminal.Colour {
			if column != conditionColumn {
				return terminal.Usual
			}
			return Colour(all[line].Condition)
		}}
	for i, p := range all {
		table.Lines = append(table.Lines, p.line(cells[i], now))
	}
	if len(all) > 0 {
		if err := table.Write(out, screen); err != nil {
			return err
		}
	}
	for _, trouble := range s.Troubles {
		if _, err := fmt.Fprintf(out, "%s\n", screen.Paint(terminal.Red, terminal.Safe(trouble))); err != nil {
			return err
		}
	}
	return nil
}

// Colour is how a condition is shown.
func Colour(c domain.Condition) terminal.Colour {
	switch c {
	case domain.ConditionHealthy:
		return terminal.Green
	case domain.ConditionDown, domain.ConditionGivenUp, domain.ConditionUnhealthy:
		return terminal.Red
	case domain.ConditionStopped, domain.ConditionEnded:
		return terminal.Faint
	}
	return terminal.Yellow
}

func (p Process) line(measures []string, now time.Time) []string {
	state := p.State
	if p.PID != 0 {
		state = fmt.Sprintf("%s pid %d, uptime %s", p.State, p.PID, Uptime(p.Uptime))
	}
	return slices.Concat([]string{p.Name, state, string(p.Condition), Age(p.Since, now), p.RestartsText()}, measures, []string{p.checked(now), p.Why(), p.Follows})
}

// Uptime is as supervisorctl writes it.
func Uptime(seconds float64) string {
	d := time.Duration(seconds) * time.Second
	text := fmt.Sprintf("%d:%02d:%02d", int(d.Hours())%24, int(d.Minutes())%60, int(d.Seconds())%60)
	switch days := int(d.Hours()) / 24; {
	case days == 1:
		return "1 day, " + text
	case days > 1:
		return fmt.Sprintf("%d days, %s", days, text)
	}
	return text
}

// Age is how long ago something was, empty if it never was.
func Age(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return words.Whole(max(0, now.Sub(t)))
}

// RestartsText are those that count against the limit, else those of the last hour.
func (p Process) RestartsText() string {
	switch {
	case p.Restarts.Limit > 0:
		return fmt.Sprintf("%d/%d %s", p.Restarts.Used, p.Restarts.Limit, words.Whole(time.Duration(p.Restarts.Per*float64(time.Second))))
	case p.Restarts.Count > 0:
		return fmt.Sprintf("%d in 1h", p.Restarts.Count)
	}
	return "0"
}

// Judged is when it was judged last, and how many seconds that took; zero if it never was.
func (p Process) Judged() (last time.Time, took float64) {
	for _, v := range p.Verdicts {
		if v.At.After(last) {
			last, took = v.At, v.Took
		}
	}
	return last, took
}

func (p Process) checked(now time.Time) string {
	last, took := p.Judged()
	if last.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s ago, %s", words.Whole(max(0, now.Sub(last))), words.Fine(time.Duration(took*float64(time.Second))))
}

// Why is the reason of the verdict with its check in front, and what the checks warn of.
func (p Process) Why() string {
	var parts []string
	if p.Reason != "" {
		parts = append(parts, p.Reason)
	}
	for _, v := range p.Verdicts {
		for _, warning := range v.Warnings {
			parts = append(parts, "warning: "+warning)
		}
	}
	for _, other := range p.Others {
		if other.Condition != domain.ConditionHealthy && other.Reason != "" && other.Reason != p.Reason {
			parts = append(parts, other.Reason)
		}
	}
	return strings.Join(parts, "; ")
}
