package watchdog

import (
	"context"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/engine"
)

// loop owns the engine for as long as it runs: whatever happens is handed to the engine here, one after the other, and
// the commands that come out are given to those who carry them out beside the loop. It waits for nothing but its inbox.
type loop struct {
	*Watchdog
	probing    context.Context // of everything before a stop; ends first
	restarting context.Context // of what a stop owes
	round      context.Context // of the last round's probes
	inbox      chan message
	pending    int // goroutines that will send their last message
	refreshes  int // answers of supervisord and of dependencies, and
	probes     int // verdicts that are still to come
	rounds     []*gathering
	alarm      alarm
	listening  bool // the contexts are those of Listen
	source     *end // why there are no more events; nil as long as there may be some
	ended      bool // nothing is awaited any more
	workers
}

// message is what the others send to the loop.
type message struct {
	input engine.Input // nil: it says nothing but that it is the last
	last  bool         // the sender ends
	ended *end         // the source of events has ended
}

// end is why a source of events has ended.
type end struct{ err error }

func newLoop(w *Watchdog, ctx context.Context) *loop {
	return &loop{Watchdog: w, probing: ctx, restarting: context.WithoutCancel(ctx), inbox: make(chan message, 128),
		workers: newWorkers()}
}

// untilIdle runs the loop until no restart is under way and nothing else is awaited.
func (l *loop) untilIdle() {
	for l.busy() {
		select {
		case m := <-l.inbox:
			l.receive(m)
		case a := <-l.asks:
			l.take(a)
		}
	}
	l.end()
}

// end has nobody wait for the loop any more.
func (l *loop) end() {
	l.ended = true
	l.alarm.stop()
	l.drain()
	close(l.gone)
	for _, g := range l.rounds {
		g.reply <- g.findings
	}
}

// busy reports whether something is under way besides the alarm.
func (l *loop) busy() bool {
	awaited := l.pending
	if l.alarm.cancel != nil {
		awaited--
	}
	return awaited > 0 || l.probes > 0 || l.engine.Restarts() > 0 || l.engine.Unsaved()
}

// drain waits for the last messages of those who have been told to end.
func (l *loop) drain() {
	for l.pending > 0 {
		l.receive(<-l.inbox)
	}
}

// receive takes one message.
func (l *loop) receive(m message) {
	if m.last {
		l.pending--
	}
	if m.ended != nil {
		l.source = m.ended
	}
	if m.input == nil {
		l.settle(l.world.Clock.Now())
		return
	}
	l.handle(m.input)
}

// take takes what a caller wants, after what has happened before.
func (l *loop) take(a ask) {
	for range len(l.inbox) {
		l.receive(<-l.inbox)
	}
	switch {
	case a.snapshot != nil:
		a.snapshot <- l.engine.Snapshot(l.world.Clock.Now())
	case a.survey != nil:
		l.engine.Survey(a.survey)
		close(a.done)
	case a.suspend != nil:
		l.suspend(a.suspend)
	case a.config != nil:
		l.reconfigure(a)
	case a.resume:
		l.load()
	default:
		if !l.listening {
			l.probing, l.restarting = a.ctx, context.WithoutCancel(a.ctx)
		}
		l.rounds = append(l.rounds, &gathering{reply: a.findings})
		l.handle(a.input)
	}
}

func (l *loop) suspend(s *suspending) {
	var all []domain.ID
	found, missing := make([][]domain.ID, len(s.names)), false
	for i, name := range s.names {
		found[i] = l.engine.Named(name)
		missing = missing || len(found[i]) == 0
		all = append(all, found[i]...)
	}
	if !missing {
		l.handle(engine.Suspend{IDs: all, Suspension: s.until(l.world.Clock.Now())})
	}
	s.found <- found
}

// reconfigure has other watches looked after. Their checks are never read by others than the loop.
func (l *loop) reconfigure(a ask) {
	l.config.Watches, l.config.Restarts = a.config.Watches, a.config.Restarts
	l.probes -= l.prober.reconfigure(a.config.Watches, a.from)
	l.handle(engine.Reconfigured{Watches: a.config.Watches, Restarts: a.config.Restarts, From: a.from})
	close(a.done)
}

// handle hands an input to the engine and has its commands carried out.
func (l *loop) handle(in engine.Input) {
	now := l.world.Clock.Now()
	switch in := in.(type) {
	case engine.Probed:
		l.probes--
		l.prober.done(in, now)
	case engine.Listed, engine.Seen, engine.Configured, engine.Identified, engine.Asked:
		l.refreshes--
	case engine.Woke:
		if in.At.Equal(l.alarm.at) {
			l.alarm.stop()
		}
	}
	for _, c := range l.engine.Handle(in, now) {
		l.carryOut(c, now)
	}
	l.settle(now)
}

// settle begins what is due, answers callers and sets the alarm, once for all messages that have come.
func (l *loop) settle(now time.Time) {
	if len(l.inbox) > 0 {
		return // the last of them does it
	}
	l.launch(now)
	l.answer()
	l.setAlarm(now)
}

// carryOut gives a command to who carries it out.
func (l *loop) carryOut(c engine.Command, now time.Time) {
	switch c := c.(type) {
	case engine.Report:
		l.report(*c.Report)
	case engine.Probe:
		l.probe(c.Jobs, now)
	case engine.Refresh:
		l.refreshes++
		ctx := l.probing
		l.run(func() message { return answered(l.refresh(ctx, c)) })
	case engine.Ask:
		l.refreshes++
		ctx := l.probing
		l.run(func() message { return answered(l.dependency(ctx, c)) })
	case engine.Step:
		ctx := l.contextOf(c)
		l.run(func() message { return answered(l.step(ctx, c)) })
	case engine.Signal:
		ctx := l.probing
		l.run(func() message { return answered(l.signal(ctx, c)) })
	case engine.Holders:
		ctx := l.probing
		l.run(func() message { return answered(l.holders(ctx, c)) })
	case engine.Complete:
		ctx := l.probing
		l.run(func() message { return answered(l.complete(ctx, c)) })
	case engine.Save:
		l.run(func() message { return answered(l.save(c)) })
	case engine.Consult:
		ctx := l.probing
		l.run(func() message { return answered(l.consult(ctx, c)) })
	case engine.Forget:
		l.forget(c)
	}
}

// report tells the readers, and the callers of rounds, what has happened.
func (l *loop) report(r domain.Report) {
	if l.world.Reporter != nil {
		l.world.Reporter.Report(r)
	}
	if r.Kind != domain.ReportProbed && r.Kind != domain.ReportJudged {
		return
	}
	for _, g := range l.rounds {
		g.add(r)
	}
}

// interval is how long it takes at least until the same process is judged again.
func (l *loop) interval() time.Duration {
	least := l.config.Watches[0].Policy.Interval
	for _, watch := range l.config.Watches {
		least = min(least, watch.Policy.Interval)
	}
	return max(l.engine.Period(), least)
}

// forget lets checks drop what they remember of lives that have ended.
func (l *loop) forget(c engine.Forget) {
	l.prober.forget(c.Alive)
	living := func(i domain.Instance) bool { return c.Alive[i.ID].Same(i) }
	for _, watch := range l.config.Watches {
		for _, check := range watch.Checks {
			if f, ok := check.(domain.Forgetter); ok {
				f.Forget(living)
			}
		}
	}
}
