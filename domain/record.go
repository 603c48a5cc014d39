package domain

import (
	"fmt"
	"strings"
	"time"
)

// Record is what is remembered of a process: the streaks of one watch, which belong to one life of the process,
// and the budget, which belongs to the process whatever watches and lives it has.
type Record struct {
	Instance Instance // the life that the streaks are about
	Failing  int      // consecutive Unhealthy rounds, not broken before the process has recovered
	Passing  int      // consecutive Healthy rounds
	Settled  bool     // this life has been Healthy once, which ends its grace
	Judged   time.Time
	Said     Said
	Budget   Budget
}

// Said is what the log has last been told, so that it is not told the same at every tick.
type Said struct {
	Topic string
	At    time.Time
	Again time.Duration // when the same will be said again, growing
}

// Round is what one round has found out about a process under one watch.
type Round struct {
	Process Process
	Verdict Verdict
	Mass    Mass
}

// DecisionKind is one of four words.
type DecisionKind int

const (
	// Keep: there is nothing to do.
	Keep DecisionKind = iota
	// Hold: something is wrong and nothing is done about it yet; the reason says why not.
	Hold
	// Do: the policy's action is due.
	Do
	// GiveUp: the action would be due, but there have been too many.
	GiveUp
)

// String is the word of the log.
func (k DecisionKind) String() string {
	return [...]string{"keep", "held", "act", "given up"}[k]
}

// Decision is what follows from a round.
type Decision struct {
	Kind   DecisionKind
	Reason string // why, or why not: one phrase
	Tell   bool   // it is news, or due as a reminder
}

// After decides. It is pure: what is remembered, what the round has found, the policy and the time go in; what is
// to be remembered and what is to be done come out.
func (r Record) After(round Round, p Policy, now time.Time) (Record, Decision) {
	if life := round.Process.Instance(); !life.Same(r.Instance) {
		r.Instance, r.Failing, r.Passing, r.Settled = life, 0, 0, false
		if r.Said.Topic == acted {
			r.Said.Topic = "act"
		}
		r.Budget.HealthySince = time.Time{}
	}
	r.Judged = now
	switch round.Verdict.Health {
	case Healthy:
		return r.healthy(round, p, now)
	case Unhealthy:
		return r.unhealthy(round, p, now)
	}
	return r.tell(Keep, "unknown: "+round.Verdict.Check+gist(round.Verdict.Reason), "cannot judge", now)
}

// Acted is the record after an action that does not end the life of the process, or was only said: the streak
// begins anew, which is no news.
func (r Record) Acted() Record {
	r.Failing = 0
	r.Said.Topic = acted
	return r
}

// acted is the topic of a life about which the action was said and which has not been well since.
const acted = "acted"

// gist is a reason without its digits: what stays the same while pids and durations change.
func gist(reason string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return -1
		}
		return c
	}, reason)
}

func (r Record) healthy(round Round, p Policy, now time.Time) (Record, Decision) {
	r.Passing++
	r.Settled = true
	if r.Budget.HealthySince.IsZero() {
		r.Budget.HealthySince = now
	}
	if p.Backoff.Max > 0 && now.Sub(r.Budget.HealthySince) >= p.Backoff.Max {
		r.Budget.Pause = 0
	}
	if r.Passing < p.Successes && r.Failing > 0 {
		return r.tell(Hold, "recovering", fmt.Sprintf("healthy %d of %d", r.Passing, p.Successes), now)
	}
	r.Failing = 0
	return r.tell(Keep, "", "healthy", now)
}

func (r Record) unhealthy(round Round, p Policy, now time.Time) (Record, Decision) {
	r.Passing = 0
	r.Budget.HealthySince = time.Time{}
	if left := p.StartGrace - round.Process.Uptime; round.Process.State == Running && !r.Settled && left > 0 {
		return r.tell(Hold, "grace", fmt.Sprintf("grace %s left", rounded(left)), now)
	}
	r.Failing++
	if r.Failing < p.Failures {
		return r.tell(Hold, fmt.Sprintf("failing %d", r.Failing), fmt.Sprintf("failure %d of %d", r.Failing, p.Failures), now)
	}
	if r.Budget.GivenUp && (p.Rearm == RearmByHuman || p.Limit.Count == 0 || r.Budget.wait(p.Limit, now) > 0) {
		return r.tell(GiveUp, "given up", r.Budget.givenUp(p), now)
	}
	r.Budget.GivenUp = false
	if round.Mass.Holds {
		return r.tell(Hold, "mass", round.Mass.String()+" failing at once", now)
	}
	if left := r.Budget.Last.Add(r.Budget.Pause).Sub(now); p.Backoff.Max > 0 && !r.Budget.Last.IsZero() && left > 0 {
		return r.tell(Hold, "pause", fmt.Sprintf("pause between restarts, %s left", rounded(left)), now)
	}
	if wait := r.Budget.wait(p.Limit, now); wait > 0 {
		return r.overLimit(p, wait, now)
	}
	r, d := r.tell(Do, "act", failures(r.Failing), now)
	d.Tell = d.Tell || !p.Observe && p.Action.Kind != OnlySay // what is done is news, and what is only said is not
	return r, d
}

func (r Record) overLimit(p Policy, wait time.Duration, now time.Time) (Record, Decision) {
	if p.Rearm == RearmByWindow {
		return r.tell(Hold, "limit", fmt.Sprintf("%s, next possible in %s", r.Budget.spent(p.Limit, now), rounded(wait)), now)
	}
	r.Budget.GivenUp = true
	return r.tell(GiveUp, "given up", r.Budget.givenUp(p), now)
}

// The pauses after which the same is said again.
const (
	firstReminder   = 10 * time.Minute
	longestReminder = 6 * time.Hour
)

// tell makes the decision, and decides whether it is worth a line of the log: when the topic has changed,
// and as a reminder. The empty topic is the normal one, which is only worth a line after another.
func (r Record) tell(kind DecisionKind, topic, reason string, now time.Time) (Record, Decision) {
	d := Decision{Kind: kind, Reason: reason}
	if r.Said.Topic == acted && (kind == Do || strings.HasPrefix(topic, "failing")) {
		topic = acted
	}
	switch {
	case topic != r.Said.Topic:
		r.Said = Said{Topic: topic, At: now, Again: firstReminder}
		d.Tell = true
	case topic != "" && now.Sub(r.Said.At) >= r.Said.Again:
		r.Said.At, r.Said.Again = now, min(2*r.Said.Again, longestReminder)
		d.Tell = true
	}
	return r, d
}

func failures(n int) string {
	if n == 1 {
		return "at the first failure"
	}
	return fmt.Sprintf("after %d failures in a row", n)
}

// rounded writes the duration in whole seconds, rounded up, so that what is left is never told as nothing.
func rounded(d time.Duration) string {
	return shortened((d + time.Second - 1).Truncate(time.Second))
}
