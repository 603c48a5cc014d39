package watchdog_test

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
)

// transcript is a ports.Reporter that writes reports down in the words of the domain, one line each. Single probes are left
// out, as is that a test sends no ticks or no events, and ticks that are skipped are counted.
type transcript struct {
	mu      sync.Mutex
	reports []domain.Report
	last    domain.Report
	skipped int // ticks
}

func (s *transcript) Report(r domain.Report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.Kind {
	case domain.ReportProbed, domain.ReportNoTicks, domain.ReportNoChanges:
	case domain.ReportSkipped:
		s.skipped++
	default:
		s.reports = append(s.reports, r)
		s.last = r
	}
}

// took returns what was reported since it was last asked.
func (s *transcript) took() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []string
	for _, r := range s.reports {
		lines = append(lines, line(r))
	}
	s.reports = nil
	return lines
}

// line is a report in words, such as "judged web:a unhealthy (status 500): hold failures 1/3".
func line(r domain.Report) string {
	words := []string{r.Kind.String()}
	if r.Process != (domain.ID{}) {
		words = append(words, r.Process.String())
	}
	words = append(words, facts(r)...)
	if r.Err != nil {
		words = append(words, "["+r.Err.Error()+"]")
	}
	if r.Again {
		words = append(words, "again")
	}
	return strings.Join(words, " ")
}

func facts(r domain.Report) []string {
	switch r.Kind {
	case domain.ReportJudged:
		return []string{r.Verdict.Health.String(), "(" + r.Verdict.Reason + "):", decided(r.Decision)}
	case domain.ReportFlapping:
		return []string{decided(r.Decision)}
	case domain.ReportWatching, domain.ReportIdle:
		return []string{counted(r.Census)}
	case domain.ReportSharedPort, domain.ReportPortConflict:
		return []string{used(r.Port)}
	case domain.ReportRestarted:
		return []string{fmt.Sprintf("pid %d down %s", r.PID, r.Took.Truncate(time.Millisecond))}
	case domain.ReportSignalled:
		return []string{r.Signal}
	case domain.ReportWaiting, domain.ReportStopping:
		return nil
	}
	if r.Restart != nil {
		return []string{progress(r.Restart)}
	}
	return nil
}

func decided(d domain.Decision) string {
	words := d.Kind.String()
	if d.Cause != domain.CauseNone {
		words += " " + d.Cause.String()
	}
	switch {
	case d.Of > 0:
		words += fmt.Sprintf(" %d/%d", d.Count, d.Of)
	case d.Count > 0:
		words += fmt.Sprintf(" %d", d.Count)
	}
	if d.Left > 0 {
		words += " " + d.Left.Round(time.Second).String()
	}
	return words
}

func counted(c *domain.Census) string {
	words := fmt.Sprintf("%s %d", c.Selection, c.Processes)
	for _, s := range c.States {
		words += fmt.Sprintf(", %d %s", s.Count, s.State)
	}
	return words
}

func used(p *domain.PortUse) string {
	words := fmt.Sprint(p.Port)
	if p.Sharing > 0 {
		words += fmt.Sprintf(" of %d", p.Sharing)
	}
	for _, h := range p.Holders {
		words += fmt.Sprintf(" %d %s", h.PID, h.Name)
	}
	return words
}

func progress(p *domain.Progress) string {
	words := p.Phase.String()
	if t := p.Trouble; t.Kind != domain.NoTrouble {
		words += ": " + t.Kind.String()
		switch {
		case t.Err != nil:
			words += " (" + t.Err.Error() + ")"
		case t.Text != "":
			words += " (" + t.Text + ")"
		case t.Kind == domain.TroubleMoved, t.Kind == domain.TroubleStill, t.Kind == domain.TroubleStoppedByOther:
			words += " " + t.State.String()
		case t.PID != 0:
			words += fmt.Sprintf(" %d", t.PID)
		case t.Kind == domain.TroubleExited, t.Kind == domain.TroubleExitedAgain:
			words += fmt.Sprintf(" %d", t.Status)
		}
	}
	if p.Tries > 0 {
		words += fmt.Sprintf(", try %d", p.Tries)
	}
	return words
}
