package watchdog

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"supervisor-healthcheck/domain"
)

// examine judges one process and does what follows. A verdict that comes after the end of ctx counts for nothing.
func (w *Watchdog) examine(probing, restarting context.Context, x exam) {
	began := w.world.Clock.Now()
	verdict := w.judge(probing, x)
	w.mu.Lock()
	x.subject.busy = false
	w.mu.Unlock()
	if probing.Err() != nil {
		return
	}
	w.logCheck(x, verdict, w.world.Clock.Now().Sub(began))
	ready := w.count(x, verdict)
	if verdict.Health != domain.Unhealthy {
		w.conclude(probing, restarting, judged{exam: x, verdict: verdict})
	}
	for _, j := range ready {
		w.conclude(probing, restarting, j)
	}
}

// judge runs the checks. A process that does not run and is here all the same is one that the policy recovers.
func (w *Watchdog) judge(ctx context.Context, x exam) domain.Verdict {
	switch p := x.process; {
	case ctx.Err() != nil:
		return domain.Verdict{}
	case p.State == domain.Exited:
		return domain.Unhealthy.Because("it is EXITED with status %d, which is not one of its exitcodes", p.ExitStatus)
	case p.State != domain.Running:
		return domain.Unhealthy.Because("it is %s: %s", p.State, p.SpawnError)
	}
	return domain.Judge(ctx, w.watchOf(x).Checks, x.process)
}

func (w *Watchdog) watchOf(x exam) domain.Watch { return w.config.Watches[x.watch] }

// judged is an exam with its verdict.
type judged struct {
	exam
	verdict domain.Verdict
	mass    domain.Mass
}

// tally counts the verdicts of one round under one watch. The Unhealthy ones wait in it for as long as it is open
// whether so many fail at once that the cause is shared.
type tally struct {
	judged, open, failing int
	waiting               []judged
}

// count adds a verdict to the tally of its round and returns the verdicts that can be concluded now.
func (w *Watchdog) count(x exam, v domain.Verdict) []judged {
	w.mu.Lock()
	defer w.mu.Unlock()
	t, policy := x.tally, w.watchOf(x).Policy
	t.open--
	if v.Health == domain.Unhealthy {
		t.failing++
		t.waiting = append(t.waiting, judged{exam: x, verdict: v})
	}
	trial := policy.MassFails(t.failing, t.open, t.judged)
	if trial == domain.MassOpen {
		return nil
	}
	ready := t.waiting
	t.waiting = nil
	for i := range ready {
		ready[i].mass = domain.Mass{Failing: t.failing, Judged: t.judged, Holds: trial == domain.MassYes}
	}
	return ready
}

// conclude decides about a verdict and begins what was decided.
func (w *Watchdog) conclude(probing, restarting context.Context, j judged) {
	decision := w.decide(j)
	w.tell(j, decision)
	if decision.Kind != domain.Do {
		return
	}
	switch action := w.watchOf(j.exam).Policy.Action; {
	case w.watchOf(j.exam).Policy.Observe, action.Kind == domain.OnlySay:
		w.acted(j)
	case action.Kind == domain.SendSignal && j.process.State == domain.Running:
		w.signal(probing, j, action.Signal)
	default:
		w.restart(probing, restarting, j)
	}
}

// decide asks the domain, and remembers. When a mass failure holds everything, one process is let through to see
// whether a restart helps; the next one is only when that one has been Healthy again.
func (w *Watchdog) decide(j judged) domain.Decision {
	w.mu.Lock()
	defer w.mu.Unlock()
	watch, id, now := w.watchOf(j.exam), j.process.ID, w.world.Clock.Now()
	before := j.subject.record
	before.Budget = w.budgets[id]
	round := domain.Round{Process: j.process, Verdict: j.verdict}
	after, decision := before.After(round, watch.Policy, now)
	probe := w.mass[j.watch]
	if j.mass.Holds && decision.Kind == domain.Do {
		if probe != (domain.ID{}) || w.settings[id].Priority == listenerPriority {
			round.Mass = j.mass
			after, decision = before.After(round, watch.Policy, now)
		} else {
			w.mass[j.watch] = id
		}
	}
	if probe == id && j.verdict.Health == domain.Healthy {
		w.mass[j.watch] = domain.ID{}
	}
	if j.verdict.Health == domain.Healthy {
		j.subject.refused = ""
	}
	if decision.Kind == domain.Do && (j.subject.refused != "" || w.waits(id)) {
		decision.Tell = false // why nothing follows has been told
	}
	j.subject.record = after
	w.setBudget(id, after.Budget)
	if after.Budget.GivenUp != before.Budget.GivenUp {
		w.keep(id)
	}
	return decision
}

// settleProbe lets another process be the one that a mass failure lets through when nothing is to be learnt from this
// one any more: it is gone, or down and not because of us. The caller holds mu.
func (w *Watchdog) settleProbe(watch int, processes []domain.Process) {
	id := w.mass[watch]
	if id == (domain.ID{}) || w.open[id] {
		return
	}
	up := func(p domain.Process) bool {
		return p.ID == id && p.State != domain.Stopped && p.State != domain.Exited && p.State != domain.Fatal
	}
	if !slices.ContainsFunc(processes, up) {
		w.mass[watch] = domain.ID{}
	}
}

// signal sends a signal to the very life that was judged.
func (w *Watchdog) signal(ctx context.Context, j judged, name string) {
	p, err := w.world.Table.Process(ctx, j.process.ID)
	if err == nil && !p.Instance().Same(j.process.Instance()) {
		err = fmt.Errorf("it was restarted meanwhile: pid %d, not %d", p.PID, j.process.PID)
	}
	if err == nil {
		err = w.world.Control.Signal(ctx, j.process.ID, name)
	}
	if err != nil {
		w.logger(j.exam).Error("signal not sent", "signal", name, "error", err)
		return
	}
	w.acted(j)
	w.logger(j.exam).Warn("signal sent", "signal", name, "reason", reason(j.verdict))
}

// logger knows the process and its watch.
func (w *Watchdog) logger(x exam) *slog.Logger {
	return w.world.Log.With("check", w.watchOf(x).Name, "process", x.process.ID.String())
}
