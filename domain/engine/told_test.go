package engine

import (
	"fmt"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
)

// told tells what was reported since it was last called: one phrase for each report that is not at rest.
func (s *scene) told() string {
	var phrases []string
	for _, r := range s.reports {
		if r.Kind == domain.ReportJudged && len(phrases) > 0 && phrases[len(phrases)-1] == s.phraseOf(r) {
			phrases[len(phrases)-1] += said(r)
			continue
		}
		if phrase := s.phrase(r); phrase != "" {
			phrases = append(phrases, phrase)
		}
	}
	s.reports = nil
	return strings.Join(phrases, ", ")
}

func said(r domain.Report) string {
	if r.Again {
		return " (again)"
	}
	return " (said)"
}

// phrase tells one report. A restart that goes well is told by its end.
func (s *scene) phrase(r domain.Report) string {
	switch r.Kind {
	case domain.ReportStopping, domain.ReportWatching, domain.ReportSkipped:
		return ""
	case domain.ReportProbed:
		return s.phraseOf(r)
	case domain.ReportJudged:
		return s.phraseOf(r) + said(r)
	}
	phrase := s.about(r) + r.Kind.String()
	if r.Restart != nil && r.Restart.Trouble != (domain.Trouble{}) {
		phrase += ": " + writtenTrouble(r.Restart.Trouble)
	}
	if r.Kind == domain.ReportFlapping {
		phrase += ": " + decided(r.Decision)
	}
	if r.Census != nil {
		for _, c := range r.Census.States {
			phrase += fmt.Sprintf(" %d %s", c.Count, c.State)
		}
	}
	if r.Port != nil {
		phrase += fmt.Sprintf(" %d", r.Port.Port)
	}
	if r.Err != nil {
		phrase += ": " + r.Err.Error()
	}
	if r.Again {
		phrase += " (again)"
	}
	return phrase
}

func (s *scene) phraseOf(r domain.Report) string {
	if r.Verdict.Health == domain.Unknown {
		return s.about(r) + "unknown"
	}
	return s.about(r) + decided(r.Decision)
}

// about names the watch and the process of a report where there are several.
func (s *scene) about(r domain.Report) string {
	about := ""
	if len(s.config.Watches) > 1 && r.Watch != "" {
		about = r.Watch + " "
	}
	if len(s.programs) > 1 && r.Process != (domain.ID{}) {
		about += strings.TrimPrefix(r.Process.String(), "web:") + " "
	}
	return about
}

// decided writes a decision in a few words.
func decided(d domain.Decision) string {
	text := d.Kind.String()
	if d.Cause != domain.CauseNone {
		text += " " + d.Cause.String()
	}
	if d.Of > 0 {
		text += fmt.Sprintf(" %d/%d", d.Count, d.Of)
	} else if d.Count > 0 {
		text += fmt.Sprintf(" %d", d.Count)
	}
	if d.Left > 0 {
		text += " " + short(d.Left)
	}
	return text
}

// short writes a duration without the parts that are zero.
func short(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"h0m0s", "m0s"} {
		if rest, cut := strings.CutSuffix(text, zero); cut {
			return rest + zero[:1]
		}
	}
	return text
}
