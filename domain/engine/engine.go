// Package engine is all that is known, decided and owed, as one value. Inputs go in, commands come out.
//
// It is pure: no lock, no goroutine, no clock, no context, no logging, no words. Whoever owns an Engine calls it from one
// goroutine at a time, carries the commands out beside it, and hands in what came of them. All times are on one clock whose
// differences a clock that is set does not change.
package engine

import (
	"time"

	"supervisor-healthcheck/domain"
)

// Config says what is looked after. It is complete: see watchdog.New for the defaults.
type Config struct {
	Self     domain.ID // the listener; it and its pool are never judged
	Watches  []domain.Watch
	Restarts int  // restarts at a time in all
	Output   bool // report what a process has written before it is stopped
}

// ours reports whether the process is the listener itself or belongs to its pool.
func (c Config) ours(id domain.ID) bool {
	return id == c.Self || c.Self.Group != "" && id.Group == c.Self.Group
}

// Engine looks after processes. Make it with New.
type Engine struct {
	config    Config
	watches   []*watch
	selectors selectors
	feed      feed
	table     table
	daemon    daemon
	restarts  map[domain.ID]*restart // under way
	slots     slots
	shared    map[string]*shared // by group: causes of trouble that several processes have
	addresses addresses          // that watches depend on
	ledger    ledger
	others    others
	notices   notices
	probes    uint64 // counts the jobs
	era       int    // counts the configurations
	ending    bool
	out       []Command
	told      []domain.Report // that out points to
}

// New returns an engine that knows nothing yet.
func New(c Config) *Engine {
	e := &Engine{
		config:   c,
		table:    newTable(),
		restarts: map[domain.ID]*restart{},
		slots:    newSlots(c.Restarts),
		shared:   map[string]*shared{},

		addresses: addresses{},
		ledger:    newLedger(),
		notices:   notices{},
	}
	for i := range c.Watches {
		e.watches = append(e.watches, &watch{Watch: c.Watches[i], index: i, told: -1})
	}
	e.selectors = newSelectors(e.watches)
	e.findDependencies()
	return e
}

// mostTold is how many reports the engine keeps room for; there is hardly ever more than one at a time.
const mostTold = 16

// Handle takes an input at a moment that is not before that of the last one, and returns what is to be done. The slice is
// valid until the next call.
func (e *Engine) Handle(in Input, now time.Time) []Command {
	clear(e.out)
	e.out = e.out[:0]
	if clear(e.told); cap(e.told) <= mostTold {
		e.told = e.told[:0]
	} else {
		e.told = nil
	}
	switch in := in.(type) {
	case Ticked:
		e.ticked(in, now)
	case Changed:
		if e.received(in.Numbers) {
			e.changed(in.Change, now)
		}
	case Regrouped:
		if e.received(in.Numbers) {
			e.table.doubt()
		}
	case Ordered:
		if e.received(in.Numbers) {
			e.ordered(in.Order, now)
		}
	case Noted:
		e.received(in.Numbers)
	case Listed:
		e.listed(in, now)
	case Seen:
		e.seen(in, now)
	case Configured:
		e.configured(in, now)
	case Identified:
		e.identified(in, now)
	case Probed:
		e.probed(in, now)
	case Asked:
		e.asked(in, now)
	case Stepped:
		e.stepped(in, now)
	case Signalled:
		e.signalled(in, now)
	case Held:
		e.held(in, now)
	case Completed:
		e.completed(in.Report, now)
	case Loading:
		e.ledger.await(now)
		e.feed.expect(now)
	case Loaded:
		e.loaded(in, now)
	case Saved:
		e.saved(in, now)
	case Consulted:
		e.consulted(in, now)
	case Reconfigured:
		e.reconfigure(in)
	case Suspend:
		e.suspend(in, now)
	case Ending:
		e.end(now)
	case Abandoned:
		e.abandon(now)
	}
	e.settle(now)
	return e.out
}

// settle does what has become due.
func (e *Engine) settle(now time.Time) {
	e.issueAll(now)
	e.slots.free(now)
	if len(e.slots.queue) > 0 {
		e.advance(now)
		e.issueAll(now)
	}
	e.save(now)
	e.consult(now)
	e.tellNoTicks(now)
}

// issueAll takes the steps that are due. Most inputs find none.
func (e *Engine) issueAll(now time.Time) {
	due := false
	for _, x := range e.restarts {
		at := x.wakes()
		due = due || !at.IsZero() && !at.After(now)
	}
	if !due {
		return
	}
	for _, x := range e.underWay() {
		e.issue(x, now)
	}
}

// Next returns the moment at which the engine wants an input, Woke if there is no other; false if there is none.
func (e *Engine) Next() (time.Time, bool) {
	var next time.Time
	sooner := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	for _, x := range e.restarts {
		sooner(x.wakes())
	}
	sooner(e.slots.wakes())
	sooner(e.ledger.wakes())
	sooner(e.consultTime())
	sooner(e.feed.wakes(e.ending))
	return next, !next.IsZero()
}

// Restarts returns how many restarts are under way. Those whose process runs again are not among them: it is only looked
// after until it has run for a while.
func (e *Engine) Restarts() int {
	n := 0
	for _, x := range e.restarts {
		if !x.stage.up {
			n++
		}
	}
	return n
}

// Period returns the shortest period of the ticks that were seen, 0 if there was none.
func (e *Engine) Period() time.Duration { return e.feed.period }

// StopWait returns for how long supervisord waits for the listener itself to end, 0 if that is not known.
func (e *Engine) StopWait() time.Duration { return e.daemon.settings[e.config.Self].StopWait }

// Owes returns how many processes may be down because of us and are likely to be started soon: who ends the listener waits
// for them.
func (e *Engine) Owes() int {
	n := 0
	for _, x := range e.restarts {
		if x.owes() {
			n++
		}
	}
	return n
}

// Unsaved reports whether something is to be saved or is being saved.
func (e *Engine) Unsaved() bool {
	return e.ledger.saving || e.ledger.awaited.IsZero() && len(e.ledger.unsaved) > 0
}

func (e *Engine) command(c Command) { e.out = append(e.out, c) }

// report tells what has happened.
func (e *Engine) report(r domain.Report, now time.Time) {
	r.At = now
	e.told = append(e.told, r)
	e.command(Report{&e.told[len(e.told)-1]})
}
