package engine

import (
	"slices"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
)

// record is what is known of one process under one watch.
type record struct {
	watch    *watch
	process  *process
	life     domain.Instance // the life that the streaks are about
	failing  int             // consecutive Unhealthy rounds, not broken before the process has recovered
	passing  int             // consecutive Healthy rounds
	spell    spell           // the time without health that goes on
	over     domain.Spell    // the one that the last verdict has ended
	verdict  domain.Verdict  // the last one of this life
	judged   time.Time       // when it came; zero before the first of this life
	took     time.Duration   // how long the checks took
	decision domain.Decision // what followed from it
	probe    uint64          // the number of the probe that is under way, 0 if there is none
	probed   domain.Instance // the life that it is about
	since    time.Time       // when that began
	told     time.Time       // when a decision about it was reported last
	warned   []string        // the checks whose warnings hold
	port     int             // the TCP port that it shares with others, 0 if it does not

	settled bool // this life has been healthy for long enough to end its grace
	acted   bool // the action that does not end the life was taken, and it has not been well since
	queued  bool // its restart waits for a slot
	down    bool // it was reported that nobody starts the process any more
}

// probed takes the verdict of a probe.
func (e *Engine) probed(in Probed, now time.Time) {
	p := e.table.rows[in.ID]
	w := e.watchOf(in.Watch, in.Era)
	if p == nil || w == nil {
		return // it is not known any more
	}
	r := p.record(w)
	if r == nil || r.probe != in.Number {
		return // nor is that life
	}
	r.probe = 0
	if late := (subject{kind: domain.ReportProbeLate, watch: r.watch.Name, id: p.ID}); len(e.notices) > 0 {
		e.notices.news(late, topic{}, now)
	}
	if !in.Void && !e.ending && !e.stopping(p) && p.State == domain.Running && r.probed.Same(p.Instance()) {
		e.judge(r, in.Verdict, in.Took, now)
	}
	e.reconsider(r.watch, now)
	e.reconsiderThose(now, func(d dependency) bool { return d.watch == r.watch })
}

// stopping reports whether a verdict about a process comes too late. Until its stop is sent it does not: what one watch has
// decided must not keep another from counting, whichever is asked first.
func (e *Engine) stopping(p *process) bool {
	x := e.restarts[p.ID]
	return p.restarting && (x == nil || x.StartOnly || x.Phase > domain.Planned)
}

// judge takes a verdict, decides what follows from it, and begins that.
func (e *Engine) judge(r *record, v domain.Verdict, took time.Duration, now time.Time) {
	r.watch.judged, r.took = now, took
	e.count(r, v, now)
	d := e.decide(r, now)
	e.report(domain.Report{Kind: domain.ReportProbed, Watch: r.watch.Name, Process: r.process.ID, PID: r.process.PID,
		Uptime: r.process.uptime(now), Verdict: v, Decision: d, Took: took}, now)
	e.warn(r, v, now)
	if d.Cause == domain.CauseUndecided {
		if !slices.Contains(r.watch.waiting, r) {
			r.watch.waiting = append(r.watch.waiting, r)
		}
		return
	}
	e.conclude(r, d, now)
}

// reconsider decides about those that have waited for the verdicts of others, or to know who has started them or whether what
// they depend on is down.
func (e *Engine) reconsider(w *watch, now time.Time) {
	if len(w.waiting) == 0 {
		return
	}
	if d, _ := e.mass(w.waiting[0], now); d.Cause == domain.CauseUndecided && !e.ending {
		return
	}
	waiting := w.waiting
	w.waiting = nil
	for _, r := range waiting {
		if r.process.restarting || r.verdict.Health != domain.Unhealthy && !r.verdict.Planned || r.outdated() || e.ending {
			continue
		}
		d := e.decide(r, now)
		if d.Cause == domain.CauseUndecided {
			w.waiting = append(w.waiting, r)
			continue
		}
		e.conclude(r, d, now)
	}
}

// outdated reports whether the last verdict is about another life than the present one. In an outage each verdict asks that of all
// others, so names, which are the same, are not compared.
func (r *record) outdated() bool {
	return r.life.PID != r.process.PID || r.life.Name == "" || !r.life.Started.Equal(r.process.Started)
}

// count takes a verdict into the streaks.
func (e *Engine) count(r *record, v domain.Verdict, now time.Time) {
	p := r.process
	if r.outdated() {
		r.life, r.failing, r.passing, r.settled, r.acted = p.Instance(), 0, 0, false, false
	}
	r.verdict, r.judged, r.over = v, now, domain.Spell{}
	switch v.Health {
	case domain.Healthy:
		if v.Booting && e.grace(r, now) > 0 {
			break // it is not known yet whether it will serve
		}
		r.passing++
		if r.passing >= r.watch.Policy.Successes {
			r.failing, r.acted = 0, false
			r.over, r.spell = r.spell.until(now), spell{}
			e.settled(r, now)
		}
		e.healthy(p, now)
	case domain.Unhealthy:
		r.passing = 0
		p.well = time.Time{}
		if e.grace(r, now) == 0 {
			r.failing++
			r.spell.add(now)
			e.unhealthy(p, now)
		}
	}
}

// conclude reports a decision, as far as it is news, and begins what was decided.
func (e *Engine) conclude(r *record, d domain.Decision, now time.Time) {
	if d.Kind == domain.GiveUp {
		e.giveUp(r)
	}
	r.decision = d
	if d.Cause == domain.CauseBlocked {
		r.process.hindered = true
	}
	if (d.Cause == domain.CauseFailing || d.Cause == domain.CausePlanned) && r.process.restarting {
		return // another watch has decided the same
	}
	e.tell(r, d, now)
	if d.Kind != domain.Do {
		e.slots.unqueue(r)
		return
	}
	policy := r.watch.Policy
	switch {
	case d.Cause == domain.CausePlanned:
		e.restart(r, now)
	case r.verdict.Planned: // that is only said, and counts against nothing
	case d.Cause != domain.CauseFailing:
		r.failing, r.acted = 0, true
		if !e.learns(r.process, domain.Policy.Acts) {
			e.spend(r.process, domain.Act{At: now, Dry: true}, now)
		}
	case policy.Action.Kind == domain.SendSignal && r.process.State == domain.Running:
		r.process.acts.signal = now
		e.command(Signal{Watch: r.watch.index, Era: e.era, By: r.watch.Name, Process: r.process.current(now), Name: policy.Action.Signal, Verdict: r.verdict})
	default:
		e.restart(r, now)
	}
}

// signalled takes what came of a signal.
func (e *Engine) signalled(in Signalled, now time.Time) {
	p, said := e.table.rows[in.Signal.Process.ID], false
	if p != nil {
		r := p.record(e.watchOf(in.Signal.Watch, in.Signal.Era))
		said = r != nil && r.said(now)
	}
	if p != nil && in.Err == nil {
		p.acts.signal = now
		if r := p.record(e.watchOf(in.Signal.Watch, in.Signal.Era)); r != nil {
			r.failing, r.acted = 0, true
		}
		e.spend(p, domain.Act{At: now, PID: in.Signal.Process.PID}, now)
	}
	e.report(domain.Report{Kind: domain.ReportSignalled, Watch: in.Signal.By, Process: in.Signal.Process.ID, PID: in.Signal.Process.PID,
		Verdict: in.Signal.Verdict, Signal: in.Signal.Name, Err: in.Err, Said: said}, now)
}

// tell reports a decision if it is news, or due as a reminder.
func (e *Engine) tell(r *record, d domain.Decision, now time.Time) {
	worth, again := e.notices.news(subject{kind: domain.ReportJudged, watch: r.watch.Name, id: r.process.ID}, r.topic(d), now)
	if d.Kind == domain.Do && (d.Cause == domain.CauseFailing || d.Cause == domain.CausePlanned) && !r.queued && !e.refusedBefore(r) {
		worth, again = true, false // what is done is news
	}
	if !worth {
		return
	}
	r.told = now
	lasting := r.spell.until(now)
	if r.over.Rounds > 0 {
		lasting = r.over
	}
	e.report(domain.Report{Kind: domain.ReportJudged, Watch: r.watch.Name, Process: r.process.ID, PID: r.process.PID, Uptime: r.process.uptime(now),
		Verdict: r.verdict, Decision: e.explained(r, d, now), Spell: lasting, Again: again, Signal: r.watch.Policy.Action.Signal}, now)
}

// spell is a time without health that goes on; the zero spell is none.
type spell struct {
	rounds int
	began  time.Time
}

func (s *spell) add(now time.Time) {
	if s.rounds == 0 {
		s.began = now
	}
	s.rounds++
}

func (s spell) until(now time.Time) domain.Spell {
	if s.rounds == 0 {
		return domain.Spell{}
	}
	return domain.Spell{Rounds: s.rounds, Lasted: now.Sub(s.began)}
}

// topic is what a decision says, without what changes from round to round. The normal one is zero.
func (r *record) topic(d domain.Decision) topic {
	t := topic{kind: d.Kind, cause: d.Cause}
	switch {
	case r.verdict.Health == domain.Unknown:
		t.text = r.verdict.Check + " " + gist(r.verdict.Reason)
	case d.Kind == domain.Keep: // one of many that wait for their turn is no news
		t = topic{}
	case d.Kind == domain.Do, d.Cause == domain.CauseFailures && r.acted:
		t = topic{kind: domain.Do} // it was done, or only said, and the failures are counted anew
	case d.Cause == domain.CauseFailures:
		t.number = d.Count
	case d.Cause == domain.CauseBlocked && d.Blocker.Back:
		t.number, t.text = 1, d.Blocker.Name
	case d.Cause == domain.CauseBlocked:
		t.text = d.Blocker.Name
	}
	return t
}

// gist is a reason without its digits: what stays the same while pids and durations change.
func gist(reason string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return -1
		}
		return c
	}, reason)
}
