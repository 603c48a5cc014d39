package engine

import (
	"time"

	"supervisor-healthcheck/domain"
)

// The pauses after which what still holds is reported again.
const (
	firstReminder   = 10 * time.Minute
	longestReminder = 6 * time.Hour
)

// subject is what a notice is about.
type subject struct {
	kind  domain.ReportKind
	watch string
	id    domain.ID
	check string // of a warning
}

// topic is what is said about a subject, without what changes all the time. The zero topic says that all is well.
type topic struct {
	kind   domain.DecisionKind
	cause  domain.Cause
	number int
	text   string
}

// notices remember what was reported, so that nothing is reported at every tick: what is news is, and what still holds
// is repeated ever more rarely.
type notices map[subject]notice

type notice struct {
	topic topic
	at    time.Time
	again time.Duration // when the same is reported again
}

// news reports whether the topic is worth a report, and whether that is a reminder. The zero topic is one only after
// another.
func (n notices) news(s subject, t topic, now time.Time) (worth, again bool) {
	return n.remind(s, t, now, firstReminder)
}

// remind is news with another first pause.
func (n notices) remind(s subject, t topic, now time.Time, first time.Duration) (worth, again bool) {
	last, known := n[s]
	switch {
	case t == topic{}:
		delete(n, s)
		return known, false
	case !known || last.topic != t:
		n[s] = notice{topic: t, at: now, again: first}
		return true, false
	case now.Sub(last.at) >= last.again:
		n[s] = notice{topic: t, at: now, again: min(2*last.again, longestReminder)}
		return true, true
	}
	return false, false
}

// forget drops what was said of a process, and of the ports of its group.
func (n notices) forget(id domain.ID) {
	for s := range n {
		if s.id == id || s.kind == domain.ReportSharedPort && s.id.Group == id.Group {
			delete(n, s)
		}
	}
}
