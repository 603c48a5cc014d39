package simulation

import (
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/engine"
)

// healthcheck is a listener around the real engine: it delivers events, carries commands out against the host, and brings
// the answers back, each a little later.
type healthcheck struct {
	setup   Setup
	host    *Host
	numbers map[domain.ID]int
	watches []string       // their names, as the engine counts them
	engine  *engine.Engine // nil while the listener is down
	turn    int            // of the lives of the listener: what was begun in an earlier one is void
	inbox   inbox
	wake    time.Duration // when it is called next, by its own wish; 0: not at all
	disk    disk
	luck    chance
	audit   audit
}

const (
	tickPeriod = 5 * time.Second
	tickDelay  = 1300 * time.Millisecond // from the beginning of a period to its tick
	bufferSize = 10                      // of supervisord, for the events of a listener
	revival    = 1200 * time.Millisecond // from a kill to the next life of the listener
)

// Begin implements Keeper.
func (k *healthcheck) Begin(h *Host) {
	k.host, k.numbers = h, map[domain.ID]int{}
	for n, id := range h.Processes() {
		k.numbers[id] = n
	}
	k.luck = newChance(h.world.Seed, uint64(h.number), 99)
	k.audit = newAudit(h, k.setup, func() *engine.Engine { return k.engine })
	k.disk = newDisk()
	k.rise()
	h.After(tickDelay, k.tick)
}

// rise begins a life of the listener.
func (k *healthcheck) rise() {
	config := k.setup.config(k.host)
	k.watches = k.watches[:0]
	for _, w := range config.Watches {
		k.watches = append(k.watches, w.Name)
	}
	k.engine = engine.New(config)
	k.tell(engine.Loading{})
	k.later(20*time.Millisecond, func() { k.tell(k.disk.load()) })
	k.stateOf(domain.StateChange{ID: self(), From: domain.Stopped, To: domain.Starting})
	k.later(time.Second, func() {
		k.stateOf(domain.StateChange{ID: self(), From: domain.Starting, To: domain.Running, PID: 100_000 + k.turn})
	})
	backlog := k.inbox.backlog
	k.inbox.backlog = nil
	for _, in := range backlog {
		k.arrive(in)
	}
}

// Killed implements Troubled.
func (k *healthcheck) Killed(lost bool) {
	if k.engine == nil {
		return
	}
	k.engine = nil
	k.turn++
	k.wake = 0
	k.inbox.inputs = nil
	if lost {
		k.disk = newDisk()
	}
	k.audit.killed(lost, k.disk.unfinished)
	k.host.After(revival, k.rise)
}

// Touched implements Keeper: the engine learns nothing that no probe tells.
func (k *healthcheck) Touched(int) {}

// Lost implements Troubled.
func (k *healthcheck) Lost() { k.number() }

// Changed implements Keeper.
func (k *healthcheck) Changed(n int, from, to domain.State) {
	c := domain.StateChange{ID: k.host.processes[n].id, From: from, To: to}
	switch to {
	case domain.Running, domain.Stopping, domain.Stopped, domain.Exited:
		c.PID = k.host.processes[n].last
	}
	k.stateOf(c)
}

func (k *healthcheck) stateOf(c domain.StateChange) {
	if !k.setup.TicksOnly {
		k.deliver(engine.Changed{Numbers: k.number(), Change: c})
	}
}

func (k *healthcheck) tick() {
	k.host.After(tickPeriod, k.tick)
	when := epoch().Add(k.host.Wall() - tickDelay).Truncate(tickPeriod)
	k.deliver(engine.Ticked{Numbers: k.number(), Tick: domain.Tick{When: when, Period: tickPeriod}})
	k.audit.tick()
}

func (k *healthcheck) number() engine.Numbers {
	k.inbox.numbers.Serial++
	k.inbox.numbers.PoolSerial++
	return k.inbox.numbers
}

// later is Host.After within one life of the listener.
func (k *healthcheck) later(pause time.Duration, f func()) {
	turn := k.turn
	k.host.After(pause, func() {
		if k.turn == turn {
			f()
		}
	})
}
