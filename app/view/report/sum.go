package report

import (
	"cmp"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// sums adds up what the events tell of some processes.
func sums(now time.Time, processes ...*process) Sums {
	s := Sums{Held: []Held{}, Warnings: []Warning{}}
	var troubles []*trouble
	var checks []string
	var downs []float64
	for _, p := range processes {
		troubles = append(troubles, p.troubles...)
		s.add(p)
		for _, one := range p.acts {
			if s.Restarts.count(one, p.helped(one, now)); !one.signal {
				checks = append(checks, cmp.Or(one.check, "-"))
				downs = append(downs, one.down)
			}
		}
	}
	s.Restarts.ByCheck, s.Restarts.Down = counts(checks), span(downs)
	s.Troubles = outcomes(troubles, func(t *trouble) bool { return t.counts })
	s.Observed.Outcomes = outcomes(troubles, func(t *trouble) bool { return !t.would.IsZero() })
	for c := domain.CauseNone; c <= domain.CauseNoAction; c++ {
		cause := c.String()
		held := outcomes(troubles, func(t *trouble) bool { return slices.Contains(t.causes, cause) })
		if held.Count > 0 {
			s.Held = append(s.Held, Held{Cause: cause, Outcomes: held})
		}
	}
	return s
}

// add takes what was counted while the events were followed.
func (s *Sums) add(p *process) {
	s.CrashLoops += p.sums.CrashLoops
	s.LastExit = cmp.Or(p.sums.LastExit, s.LastExit)
	s.Unjudged += p.sums.Unjudged
	s.Warnings = append(s.Warnings, p.sums.Warnings...)
	s.GiveUps.Count += p.sums.GiveUps.Count
	s.GiveUps.Open += len(p.givenUp)
	s.Restarts.Refused += p.sums.Restarts.Refused
	s.Restarts.Dropped += p.sums.Restarts.Dropped
	s.Restarts.Unfinished += p.sums.Restarts.Unfinished
	s.Restarts.DownAfter += p.sums.Restarts.DownAfter
}

func (r *Restarts) count(one *act, h help) {
	switch {
	case one.signal:
		r.Signals++
		return
	case one.planned:
		r.Done++
		r.Planned++
		return
	}
	r.Done++
	switch h {
	case helps:
		r.Helped++
	case relapses:
		r.Relapsed++
	case useless:
		r.Useless++
	default:
		r.Unknown++
	}
}

// outcomes are those of the troubles that are of a kind.
func outcomes(all []*trouble, is func(*trouble) bool) Outcomes {
	var o Outcomes
	var after []float64
	for _, t := range all {
		if !is(t) {
			continue
		}
		o.Count++
		switch t.outcome {
		case healed:
			o.Healed++
			after = append(after, t.lasted().Seconds())
		case restarted:
			o.Restarted++
		case byOthers:
			o.Others++
		case open:
			o.Open++
		default:
			o.Unknown++
		}
	}
	o.After = span(after)
	return o
}

// help is whether a restart has helped.
type help int

const (
	unsure   help = iota
	helps         // healthy after it, and for Stays from then on
	relapses      // healthy after it, and not for so long
	useless       // not healthy after it
)

// helped looks at what came after a restart, until it is known.
func (p *process) helped(one *act, now time.Time) help {
	var since time.Time // it is healthy
	for _, m := range p.moments {
		if !m.at.After(one.at) {
			continue
		}
		if !since.IsZero() && m.at.Sub(since) >= Stays {
			return helps
		}
		switch {
		case m.what == unknown:
			return p.unless(one, since)
		case m.what == well && since.IsZero():
			since = m.at
		case m.what == well:
		case since.IsZero() && m.what == ill: // another watch; its restart is another act
		case since.IsZero():
			return useless
		default:
			return relapses
		}
	}
	return unsure
}

// unless is what a restart came to of which nothing more is known. One whose trouble goes on beyond the next grace has not helped.
func (p *process) unless(one *act, since time.Time) help {
	if !since.IsZero() {
		return unsure
	}
	for _, t := range p.troubles {
		if t.watch == one.watch && t.outcome == open && t.tardy && !t.begin.After(one.at) {
			return useless
		}
	}
	return unsure
}
