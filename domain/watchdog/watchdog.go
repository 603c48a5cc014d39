// Package watchdog is the use case: events in, verdicts, decisions, restarts. It sees the world through ports only.
//
// Probing (examine.go), deciding (domain.Record.After) and acting (restart.go, carrier.go) are three places. The event loop
// (listen.go) waits for none of them.
package watchdog

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// World is what the watchdog sees and changes the world through.
type World struct {
	Table    ports.ProcessTable
	Control  ports.ProcessControl
	Identity ports.SupervisorIdentity
	Stats    ports.ProcessStats
	Owner    ports.PortOwner
	Journal  ports.Journal
	Ledger   ports.Ledger
	Clock    ports.Clock
	Log      *slog.Logger
}

// Config says what is looked after. Zero numbers have the defaults that are named.
type Config struct {
	Self     domain.ID // the listener; it and its pool are never judged
	Watches  []domain.Watch
	Probes   int           // checks that may run at a time: 256
	Restarts int           // restarts at a time in all: 4, or as many as a policy allows within one group
	StopWait time.Duration // how long supervisord waits for the listener to end: what supervisord says, or 10 s
}

// Watchdog looks after processes. Make it with New.
type Watchdog struct {
	world  World
	config Config
	table  *table
	probes chan struct{} // one token for every check that runs

	looking atomic.Bool    // a round is asking supervisord what there is
	acting  sync.WaitGroup // restarts, parked ones too
	trouble said           // what supervisord's API has last failed with
	journal said           // what the journal has last failed with

	mu       sync.Mutex // guards all below
	subjects map[subjectKey]*subject
	budgets  map[domain.ID]domain.Budget
	unsaved  map[domain.ID]bool      // budgets that the ledger does not have yet
	saving   bool                    // somebody brings them there
	open     map[domain.ID]bool      // a restart of ours is under way
	starts   map[domain.ID]time.Time // starts of ours whose STARTING event has not come yet
	stops    map[domain.ID]time.Time // stops of ours, likewise
	ends     map[domain.ID]end       // of those that have EXITED
	places   places
	waiting  []waiter
	stopped  []domain.ID // by somebody else, and not told yet
	matched  []int       // processes per watch, as last told
	mass     []domain.ID // per watch: the one that was restarted to see whether that helps
	settings map[domain.ID]domain.Settings
	owing    int // restarts that have stopped and not yet started, and are not parked
	paid     chan struct{}
	ending   bool // nothing is begun any more

	asking     sync.Mutex        // held while supervisord is asked for what is then remembered
	supervisor domain.Supervisor // guarded by asking
}

type subjectKey struct {
	watch int
	id    domain.ID
}

// subject is one process under one watch.
type subject struct {
	busy   bool // it is being examined
	since  time.Time
	slow   bool // that it takes so long has been said
	record domain.Record

	refused string // why it was not restarted although that was decided, as last said
}

// New makes a watchdog that does nothing until Listen or Round is called.
func New(world World, config Config) (*Watchdog, error) {
	if len(config.Watches) == 0 {
		return nil, errors.New("nothing to watch")
	}
	for _, watch := range config.Watches {
		if watch.Select.Empty() {
			return nil, errors.New(watch.Name + ": selects no process")
		}
		if watch.Policy.Failures < 1 || watch.Policy.Successes < 1 || watch.Policy.MaxParallel < 1 {
			return nil, errors.New(watch.Name + ": the policy is not complete: begin with domain.DropIn or domain.Recommended")
		}
		if len(watch.Checks) == 0 {
			return nil, errors.New(watch.Name + ": has no check")
		}
	}
	if config.Probes == 0 {
		config.Probes = 256
	}
	if config.Restarts == 0 {
		config.Restarts = 4
		for _, watch := range config.Watches {
			config.Restarts = max(config.Restarts, watch.Policy.MaxParallel)
		}
	}
	w := &Watchdog{
		world:    world,
		config:   config,
		probes:   make(chan struct{}, config.Probes),
		subjects: map[subjectKey]*subject{},
		budgets:  map[domain.ID]domain.Budget{},
		unsaved:  map[domain.ID]bool{},
		open:     map[domain.ID]bool{},
		starts:   map[domain.ID]time.Time{},
		stops:    map[domain.ID]time.Time{},
		ends:     map[domain.ID]end{},
		places:   places{total: config.Restarts, groups: map[string]int{}},
		matched:  make([]int, len(config.Watches)),
		mass:     make([]domain.ID, len(config.Watches)),
		paid:     make(chan struct{}, 1),
	}
	for i := range w.matched {
		w.matched[i] = -1
	}
	w.table = newTable(world.Table, world.Clock, config)
	return w, nil
}

// ours reports whether the process is the listener itself or belongs to its pool.
func (c Config) ours(id domain.ID) bool {
	return id == c.Self || c.Self.Group != "" && id.Group == c.Self.Group
}

// spawn runs f beside everything else, unless the watchdog is ending.
func (w *Watchdog) spawn(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spawnLocked(f)
}

// spawnLocked is spawn for callers that hold mu.
func (w *Watchdog) spawnLocked(f func()) {
	if !w.ending {
		w.acting.Go(f)
	}
}

// Wait returns when no restart is under way, for callers of Round.
func (w *Watchdog) Wait() { w.acting.Wait() }

// said remembers what was said last, so that the log is not told the same at every tick.
type said struct {
	mu   sync.Mutex
	last string
}

// news reports whether the text differs from what was said last; the empty text means that all is well.
func (s *said) news(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := s.last != text
	s.last = text
	return changed
}

// supervisorTrouble tells the log of an error of supervisord's API, once, or that it is over.
func (w *Watchdog) supervisorTrouble(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
	case err == nil:
		if w.trouble.news("") {
			w.world.Log.Info("supervisord answers again")
		}
	case errors.Is(err, domain.ErrShuttingDown):
		if w.trouble.news("shutdown") {
			w.world.Log.Info("supervisord is shutting down or reloading: nothing is judged meanwhile")
		}
	case w.trouble.news(err.Error()):
		w.world.Log.Error("supervisord cannot be asked: nothing is judged meanwhile", "error", err)
	}
}
