package simulation

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Result is a line of the table.
type Result struct {
	Policy string
	Score  *Score
	Took   time.Duration // of this machine
}

// WriteTable writes the results side by side.
func WriteTable(w io.Writer, results []Result) error {
	lines := [][]string{{"policy", "unjust/sy", "boot", "transient", "outage", "overload", "healthy", "human", "futile", "cures",
		"stop p50", "p99 s", "lost: fault", "restarts", "per outage", "well p99 s", "given up h", "silent h", "by human", "lines/sd",
		"cost 0.5", "2", "10", "took s"}}
	for _, r := range results {
		lines = append(lines, r.cells())
	}
	return writeColumns(w, lines)
}

func (r Result) cells() []string {
	t := r.Score.All()
	per := func(c Class) string { return short(t.PerYear(t.Restarts[c])) }
	hours := func(d time.Duration) string { return short(t.PerYear(int(d / time.Hour))) }
	return []string{r.Policy, short(t.PerYear(t.Unjust())), per(Boot), per(Transient), per(Outage), per(Overload), per(Needless), per(Human),
		per(Futile), per(Cure), seconds(t.FaultToStop, 0.5), seconds(t.FaultToStop, 0.99),
		short(t.Minutes(t.LostByFaults)), short(t.Minutes(t.LostByRestarts)), short(float64(t.Restarts[Outage]) / max(1, float64(t.Outages))),
		seconds(t.WellAfterOutage, 0.99), hours(t.GivenUp), hours(t.Silent), short(t.PerYear(t.ByHand)),
		short(float64(t.Lines) / t.ServiceDays()), short(t.Cost(0.5)), short(t.Cost(2)), short(t.Cost(10)), short(r.Took.Seconds())}
}

// WriteKinds writes what came of each archetype under one policy.
func WriteKinds(w io.Writer, r Result) error {
	lines := [][]string{{r.Policy, "service-days", "unjust/sy", "futile", "cures", "stop p50", "p99 s", "lost: fault", "restarts", "given up h",
		"silent h", "lines/sd", "cost 2"}}
	for _, a := range archetypes() {
		t := r.Score.Kinds[a.Name]
		if t == nil {
			continue
		}
		hours := func(d time.Duration) string { return short(t.PerYear(int(d / time.Hour))) }
		lines = append(lines, []string{a.Name, short(t.ServiceDays()), short(t.PerYear(t.Unjust())), short(t.PerYear(t.Restarts[Futile])),
			short(t.PerYear(t.Restarts[Cure])), seconds(t.FaultToStop, 0.5), seconds(t.FaultToStop, 0.99), short(t.Minutes(t.LostByFaults)),
			short(t.Minutes(t.LostByRestarts)), hours(t.GivenUp), hours(t.Silent), short(float64(t.Lines) / t.ServiceDays()), short(t.Cost(2))})
	}
	return writeColumns(w, lines)
}

// writeColumns writes the first column to the left and the others to the right.
func writeColumns(w io.Writer, lines [][]string) error {
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for n, cell := range line {
			widths[n] = max(widths[n], len(cell))
		}
	}
	var text strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&text, "%-*s", widths[0], line[0])
		for n, cell := range line[1:] {
			fmt.Fprintf(&text, "  %*s", widths[n+1], cell)
		}
		text.WriteByte('\n')
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// short writes three digits or so.
func short(x float64) string {
	switch {
	case x == 0:
		return "0"
	case x < 10:
		return strconv.FormatFloat(x, 'f', 2, 64)
	case x < 100:
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return strconv.FormatFloat(x, 'f', 0, 64)
}

func seconds(values []time.Duration, q float64) string {
	if len(values) == 0 {
		return "-"
	}
	return short(quantile(values, q).Seconds())
}
