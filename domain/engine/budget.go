package engine

import (
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

const (
	// forgiven is the time of unbroken health after which the ladder of a process begins anew.
	forgiven = 5 * time.Minute
	// mostActs bounds the memory of one process.
	mostActs = 1000
	// shortestMemory is how long an act is remembered whatever the limits say.
	shortestMemory = 24 * time.Hour
)

// spend notes that something is done to a process, to the life with this pid, or would be where nobody acts. A life that was not
// healthy yet had at least its age to boot.
func (e *Engine) spend(p *process, a domain.Act, now time.Time) {
	e.act(p, a, now)
	if a.Planned {
		return
	}
	p.healed = false
	if p.records != nil && p.PID != 0 && !p.everWell() {
		e.booted(p, p.uptime(now), true)
	}
}

// everWell reports whether every watch has found this life healthy for long enough to end its grace.
func (p *process) everWell() bool {
	return !slices.ContainsFunc(p.records, func(r *record) bool {
		return !r.settled || r.outdated()
	})
}

// booting reports whether the process has been seen from its start on and not been well since.
func (p *process) booting() bool { return p.young && !p.everWell() }

// act adds an act to the history, which keeps what the limit of any watch of the process may ask for.
func (e *Engine) act(p *process, a domain.Act, now time.Time) {
	longest := shortestMemory
	for _, w := range e.watches {
		longest = max(longest, w.Policy.Limit.Per)
	}
	p.Acts = slices.DeleteFunc(slices.Clone(p.Acts), func(old domain.Act) bool { return now.Sub(old.At) >= longest })
	p.Acts = append(p.Acts, a)
	p.Acts = p.Acts[max(0, len(p.Acts)-mostActs):]
	if !a.Death && !a.Dry || e.learns(p, keepsActs) { // other listeners may count what is done
		e.ledger.keep(p)
	}
}

// keepsActs reports whether a policy asks for what was done in earlier lives of the listener.
func keepsActs(p domain.Policy) bool {
	return p.Limit.Count > 0 || p.Backoff.Max > 0 || p.Ladder.Max > 0
}

// calm notes for how long a process has been well since the last act, which ends what was given up or forgives.
func (e *Engine) calm(p *process, now time.Time) {
	if len(p.Acts) == 0 && len(p.GivenUp) == 0 {
		return
	}
	well := p.wellUntil(now).Sub(p.well)
	if n := len(p.Acts); n > 0 && well > p.Acts[n-1].Calm {
		e.remember(p, well)
	}
	for _, r := range p.records {
		if r.givenUp() && well >= r.watch.Policy.Limit.Per {
			e.recovered(r, now)
		}
	}
}

// wellUntil is the last moment at which all watches knew this life to be well: in a round the others may yet find something.
func (p *process) wellUntil(now time.Time) time.Time {
	until := now
	for _, r := range p.records {
		switch {
		case r.outdated():
			return p.well
		case r.judged.Before(until):
			until = r.judged
		}
	}
	return until
}

// remember keeps the calm after the last act. It is worth a place on the disk when it forgives.
func (e *Engine) remember(p *process, well time.Duration) {
	last := &p.Acts[len(p.Acts)-1]
	before := last.Calm
	last.Calm = well
	for _, r := range p.records {
		for _, enough := range []time.Duration{forgiven, r.watch.Policy.Backoff.Max} {
			if keepsActs(r.watch.Policy) && before < enough && well >= enough {
				e.ledger.keep(p)
			}
		}
	}
}

// recovered ends what one watch has given up. What was done stays known: the limit of another may be longer.
func (e *Engine) recovered(r *record, now time.Time) {
	p := r.process
	p.GivenUp = slices.DeleteFunc(slices.Clone(p.GivenUp), func(name string) bool { return name == r.watch.Name })
	e.ledger.keep(p)
	e.report(domain.Report{Kind: domain.ReportRearmed, Watch: r.watch.Name, Process: p.ID}, now)
}

// rearm counts the restarts of a process anew: somebody else has started it then.
func (e *Engine) rearm(p *process, at, now time.Time) {
	if len(p.Acts) == 0 && len(p.GivenUp) == 0 {
		return
	}
	p.Acts, p.GivenUp = merged(p.Acts, nil, at), nil
	if len(e.others.Histories[p.ID].Acts) > 0 {
		p.Rearmed = at // what another listener did before does not come back
	}
	e.ledger.keep(p)
	if e.learns(p, keepsActs) {
		e.report(domain.Report{Kind: domain.ReportRearmed, Process: p.ID}, now)
	}
}

// counted are the acts that hold up others: what it was only said would be done does so while nobody acts, so that the log tells
// what an acting policy would come to, and no longer.
func (p *process) counted() []domain.Act {
	dry := func(a domain.Act) bool { return a.Dry }
	if !slices.ContainsFunc(p.Acts, dry) || !slices.ContainsFunc(p.records, func(r *record) bool { return r.watch.Policy.Acts() }) {
		return p.Acts
	}
	return slices.DeleteFunc(slices.Clone(p.Acts), dry)
}

// streak counts our acts since the process was last well for so long, and says when the last one was.
func (p *process) streak(enough time.Duration) (n int, last time.Time) {
	for _, a := range slices.Backward(p.counted()) {
		if a.Calm >= enough {
			break
		}
		if !a.Death && !a.Planned {
			if n++; n == 1 {
				last = a.At
			}
		}
	}
	return n, last
}

// pause holds a restart for the ladder and the backoff of the policy.
func (r *record) pause(now time.Time) (domain.Decision, bool) {
	policy := r.watch.Policy
	if n, left := r.process.rest(policy.Ladder, forgiven, now); left > 0 {
		return domain.Decision{Kind: domain.Hold, Cause: domain.CauseLadder, Left: left, Count: n}, true
	}
	if n, left := r.process.rest(policy.Backoff, policy.Backoff.Max, now); left > 0 {
		return domain.Decision{Kind: domain.Hold, Cause: domain.CauseBackoff, Left: left, Count: n}, true
	}
	return domain.Decision{}, false
}

// rest is how long a pause that doubles with every act forbids the next, and after how many acts.
func (p *process) rest(pause domain.Pause, enough time.Duration, now time.Time) (int, time.Duration) {
	if pause.Max == 0 {
		return 0, 0
	}
	n, last := p.streak(enough)
	if n == 0 {
		return 0, 0
	}
	length := pause.Max
	if n-1 < 40 && pause.Min<<(n-1) > 0 {
		length = min(pause.Min<<(n-1), pause.Max)
	}
	return n, last.Add(length).Sub(now)
}

// spent counts what counts against a limit: all acts and deaths, and the acts alone; and says when the limit allows another.
func (p *process) spent(l domain.Limit, now time.Time) (all, own int, left time.Duration) {
	for _, a := range slices.Backward(p.counted()) {
		if a.Planned || now.Sub(a.At) >= l.Per {
			continue
		}
		all++
		if !a.Death {
			own++
		}
		if all == l.Count {
			left = a.At.Add(l.Per).Sub(now)
		}
	}
	return all, own, left
}

// limit holds a restart, or gives it up, when the limit of the policy is used up. It is given up only when restarts of ours
// have used it up: deaths alone say that it cannot be kept up just now.
func (r *record) limit(now time.Time) (domain.Decision, bool) {
	policy := r.watch.Policy
	if policy.Limit.Count == 0 {
		return domain.Decision{}, false
	}
	all, own, left := r.process.spent(policy.Limit, now)
	switch {
	case left <= 0:
		return domain.Decision{}, false
	case own >= policy.Limit.Count && policy.Rearm == domain.RearmByHuman:
		return r.spentDecision(), true
	}
	return domain.Decision{Kind: domain.Hold, Cause: domain.CauseLimit, Left: left, Count: all, Of: policy.Limit.Count}, true
}

// spentDecision gives a process up. What ends that is a start by somebody else, or health for the time of the limit.
func (r *record) spentDecision() domain.Decision {
	limit := r.watch.Policy.Limit
	return domain.Decision{Kind: domain.GiveUp, Cause: domain.CauseSpent, Left: limit.Per, Count: limit.Count, Of: limit.Count}
}

func (r *record) givenUp() bool { return slices.Contains(r.process.GivenUp, r.watch.Name) }

// gaveUp says whether the process was given up under this watch and still is.
func (r *record) gaveUp() (domain.Decision, bool) {
	policy := r.watch.Policy
	if !r.givenUp() || policy.Limit.Count == 0 || policy.Rearm == domain.RearmByWindow {
		return domain.Decision{}, false
	}
	return r.spentDecision(), true
}

// giveUp remembers that the process was given up.
func (e *Engine) giveUp(r *record) {
	if !r.givenUp() {
		r.process.GivenUp = append(slices.Clone(r.process.GivenUp), r.watch.Name)
		r.process.Life = r.process.Instance()
		e.ledger.keep(r.process)
	}
}

// outlived sees, when a listener begins, whether what its last life has given up has another life since, and finds out who has
// started it. Mostly that was a human while no listener looked, or when one was killed before it could keep that.
func (e *Engine) outlived(p *process, now time.Time) {
	was, is := p.Life, p.Process.Instance()
	if len(p.GivenUp) == 0 || !p.known || is.PID == 0 || was.Same(is) {
		return
	}
	p.Life = is
	e.ledger.keep(p)
	began := p.start.Add(was.Started.Sub(is.Started)) // to the second
	s := start{at: p.start, since: began.Add(time.Second), pid: was.PID, born: began.Add(-time.Second)}
	died := slices.ContainsFunc(p.Acts, func(a domain.Act) bool { return a.Death && s.ended(a) })
	if was != (domain.Instance{}) && !died {
		e.startedUnknown(p, s, now)
	}
}
