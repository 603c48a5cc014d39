package simulation

import (
	"time"

	"supervisor-healthcheck/domain"
)

// Host is one machine with one supervisord: the side of the world that a Keeper sees and acts on. Processes are known by
// their number, from 0.
type Host struct {
	world     World
	number    int
	now       time.Duration
	agenda    agenda
	groups    []*group
	processes []*process
	keeper    Keeper
	manners   Manners
	score     *Score
	pids      int
	strain    strain
}

// newHost draws everything that comes from outside, and starts all processes.
func newHost(w World, number int, hand []card, policy Policy) *Host {
	h := &Host{world: w, number: number, keeper: policy.New(), manners: policy.Manners, score: newScore()}
	if h.manners == nil {
		h.manners = supervisord{}
	}
	h.draw(hand)
	return h
}

// run lets the time pass until the end of the world.
func (h *Host) run() *Score {
	h.begin()
	h.play(h.world.Length)
	for n, p := range h.processes {
		h.settle(p)
		h.Watch(n)
		h.score.of(p).Time += h.now
	}
	return h.score
}

func (h *Host) begin() {
	h.keeper.Begin(h)
	for _, p := range h.processes {
		h.spawn(p, planned, p.newLuck())
	}
}

// play lets the time pass until then.
func (h *Host) play(until time.Duration) {
	for h.agenda.nextAt() <= until {
		next := h.agenda.next()
		h.now = next.at
		next.do()
	}
	h.now = until
}

// Now is the time since the beginning of the simulation.
func (h *Host) Now() time.Duration { return h.now }

// At lets f be called at that time, or now if it is past.
func (h *Host) At(at time.Duration, f func()) { h.agenda.add(max(at, h.now), f) }

// After lets f be called after a pause.
func (h *Host) After(pause time.Duration, f func()) { h.agenda.add(h.now+pause, f) }

// later is After for as long as the process is neither spawned, stopped nor dead in between.
func (h *Host) later(p *process, pause time.Duration, f func()) {
	turn := p.turn
	h.After(pause, func() {
		if p.turn == turn {
			f()
		}
	})
}

// Processes are the names, by number.
func (h *Host) Processes() []domain.ID {
	ids := make([]domain.ID, len(h.processes))
	for n, p := range h.processes {
		ids[n] = p.id
	}
	return ids
}

// State is the state of a process.
func (h *Host) State(n int) domain.State { return h.processes[n].state }

// Life tells the lives of a process apart.
func (h *Host) Life(n int) int { return h.processes[n].pid }

// Fails reports whether a probe of a process fails now. By whom tells whose fault: a checker in trouble of its own makes
// ours true.
func (h *Host) Fails(n int) (fails, ours bool) {
	p := h.processes[n]
	switch {
	case p.group.blind:
		return true, true
	case p.sick(h.now):
		return true, false
	case p.group.excess > 0:
		return h.coin(p) < 5*p.group.excess, false
	}
	return false, false
}

// coin is a number from 0 to 1 that depends on the process and the second alone, so that two who ask get one answer.
func (h *Host) coin(p *process) float64 {
	key := mixed(h.world.Seed, uint64(h.number), uint64(p.number), uint64(h.now/time.Second))
	return float64(key>>11) / (1 << 53)
}

// Beats reports whether a process that sends heartbeats sends one now.
func (h *Host) Beats(n int) bool { return !h.processes[n].blocked(h.now) }

// Doubtful reports whether a probe of the process may fail until Keeper.Touched says more. All others succeed.
func (h *Host) Doubtful(n int) bool { return h.processes[n].doubtful(h.now) }

// Truth is what a restart of the process would be now. Only an oracle may ask.
func (h *Host) Truth(n int) Class { return h.processes[n].class(h.now) }

// Hopeless reports whether a boot, if the process is in one, has lasted longer than any of its group may. Only who knows
// the groups may ask.
func (h *Host) Hopeless(n int) bool {
	p := h.processes[n]
	longest := time.Duration(slowestBoot * float64(p.group.traits.boot))
	if h.world.SlowBoots > 0 {
		longest *= slowBoot
	}
	return !p.booting(h.now) || h.now-p.started > longest
}
