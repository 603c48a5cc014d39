package engine

import (
	"time"

	"supervisor-healthcheck/domain"
)

const (
	// tickless is for how long no tick comes before that is reported: longer than from one TICK_60 to the next.
	tickless = 90 * time.Second
	// changeless is how many ticks come without any event about a process before that is reported. Whoever is subscribed to
	// such events gets those about its own start before the first tick.
	changeless = 3
)

// subscription is what shows to which events the section of the listener is subscribed.
type subscription struct {
	events  int64 // that have come
	ticks   int   // that were acted on
	changes bool  // an event about a process has come

	began  time.Time     // when the listener began to listen
	missed time.Time     // when it is reported that no tick comes; zero if one has come, or nobody listens
	pause  time.Duration // after that
	poor   bool          // it was reported that no event tells of processes
}

// expect notes that somebody listens to supervisord, so that ticks must come.
func (s *subscription) expect(now time.Time) {
	if s.began.IsZero() && s.events == 0 {
		s.began, s.missed, s.pause = now, now.Add(tickless), firstReminder
	}
}

func (s *subscription) wakes(ending bool) time.Time {
	if ending || s.ticks > 0 {
		return time.Time{}
	}
	return s.missed
}

// tellNoTicks reports that nothing is ever judged because no tick comes.
func (e *Engine) tellNoTicks(now time.Time) {
	s := &e.feed.subscription
	if at := s.wakes(e.ending); at.IsZero() || now.Before(at) {
		return
	}
	again := s.pause > firstReminder
	s.missed, s.pause = now.Add(s.pause), min(2*s.pause, longestReminder)
	e.report(domain.Report{Kind: domain.ReportNoTicks, Events: &domain.Events{Count: s.events, Waited: now.Sub(s.began)}, Again: again}, now)
}

// tellNoChanges reports, once, that no event tells of processes. Events without numbers are those of an embedder, who has none
// but ticks.
func (e *Engine) tellNoChanges(now time.Time) {
	s := &e.feed.subscription
	if s.ticks < changeless || s.changes || s.poor || !e.feed.numbered || s.began.IsZero() {
		return
	}
	s.poor = true
	e.report(domain.Report{Kind: domain.ReportNoChanges}, now)
}
