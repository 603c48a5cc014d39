package watchdog

import (
	"cmp"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/engine"
)

// How many probes may be under way. Whoever was slow last time leaves room for the others, so that any number of services
// that hang delays nobody who answers.
const (
	mostProbes = 1024
	forQuick   = 128 // of these, for those that were quick last time, or are not known yet
	perPort    = 4   // processes that share a TCP port are one service
	slowProbe  = time.Second
)

// The probes of a round are spread, so that they do not make each other late: on two cores that also run what is probed one
// in a millisecond is enough. All have begun within a sixteenth of the interval, because a service that hangs should be
// known early. They begin in groups, since each wake-up costs as much as several probes.
const (
	unhurried  = time.Millisecond
	spreadOver = 16
	together   = 64
	mostGroups = 16
)

// prober decides when which probe begins. It belongs to the loop. Checks that ask nobody but the kernel do not come here.
type prober struct {
	watches []domain.Watch
	local   []bool    // the watches that ask nobody but the kernel
	queue   []waiting // those that are to begin, the ones that were quick last time first
	flying  map[uint64]flight
	ports   map[int]int // probes under way by the TCP port that they share
	slow    int         // probes under way that were slow last time
	took    map[key]time.Duration
	next    time.Time // when the next group begins
	gap     time.Duration
	group   int
}

// key is one process under one watch.
type key struct {
	watch int
	id    domain.ID
}

// waiting is a job that has not begun yet.
type waiting struct {
	*engine.Job
	flight
}

// flight is what is remembered of a probe that is under way.
type flight struct {
	port int // the TCP port that it shares with others, 0 if there is none
	slow bool
	past bool // it is about a watch of an earlier configuration
}

func newProber(watches []domain.Watch) *prober {
	asksKernel := make([]bool, len(watches))
	for i, w := range watches {
		asksKernel[i] = local(w)
	}
	return &prober{watches: watches, local: asksKernel, flying: map[uint64]flight{}, ports: map[int]int{}, took: map[key]time.Duration{}}
}

// local reports whether a watch asks nobody but the kernel.
func local(w domain.Watch) bool {
	for _, check := range w.Checks {
		if l, ok := check.(domain.Local); !ok || !l.Local() {
			return false
		}
	}
	return true
}

// add takes the jobs of a round, to be spread over a part of the interval until the next; without one they begin at once.
func (p *prober) add(jobs []engine.Job, interval time.Duration, now time.Time) {
	if len(jobs) == 0 {
		return
	}
	slow := false
	for i := range jobs {
		j := &jobs[i]
		w := waiting{j, flight{port: p.watches[j.Watch].Port(j.Process), slow: p.took[key{j.Watch, j.Process.ID}] >= slowProbe}}
		slow = slow || w.slow
		p.queue = append(p.queue, w)
	}
	if slow {
		slices.SortStableFunc(p.queue, func(a, b waiting) int {
			return cmp.Compare(p.took[key{a.Watch, a.Process.ID}], p.took[key{b.Watch, b.Process.ID}])
		})
	}
	n := len(p.queue)
	gap := min(unhurried, interval/spreadOver/time.Duration(n))
	p.group = max(together, (n+mostGroups-1)/mostGroups)
	if gap <= 0 {
		p.group = n
	}
	p.gap = gap * time.Duration(p.group)
	p.next = now
}

// wakes is when the next group is to begin; zero if none is.
func (p *prober) wakes() time.Time {
	if len(p.queue) == 0 || p.next.IsZero() {
		return time.Time{}
	}
	return p.next
}

// ready returns the jobs that begin now.
func (p *prober) ready(now time.Time) []*engine.Job {
	if len(p.queue) == 0 || p.next.IsZero() || now.Before(p.next) {
		return nil
	}
	begun := make([]*engine.Job, 0, min(p.group, len(p.queue)))
	left := p.queue[:0]
	for _, w := range p.queue {
		if len(begun) == p.group || !p.room(w.flight) {
			left = append(left, w)
			continue
		}
		p.begin(w)
		begun = append(begun, w.Job)
	}
	clear(p.queue[len(left):])
	p.queue = left
	p.next = now.Add(p.gap)
	if len(begun) == 0 {
		p.next = time.Time{} // until one of those that are under way has ended
	}
	return begun
}

// room reports whether one more may begin.
func (p *prober) room(f flight) bool {
	return len(p.flying) < mostProbes && (!f.slow || p.slow < mostProbes-forQuick) && (f.port == 0 || p.ports[f.port] < perPort)
}

func (p *prober) begin(w waiting) {
	p.flying[w.Number] = w.flight
	if w.slow {
		p.slow++
	}
	if w.port != 0 {
		p.ports[w.port]++
	}
}

// done notes that a probe has ended.
func (p *prober) done(in engine.Probed, now time.Time) {
	f, flew := p.flying[in.Number]
	if !flew {
		return
	}
	delete(p.flying, in.Number)
	if f.slow {
		p.slow--
	}
	if f.port != 0 {
		if p.ports[f.port]--; p.ports[f.port] == 0 {
			delete(p.ports, f.port)
		}
	}
	if k := (key{in.Watch, in.ID}); f.past {
		// the place of its watch is another's
	} else if in.Took >= slowProbe {
		p.took[k] = in.Took
	} else {
		delete(p.took, k)
	}
	if p.next.IsZero() {
		p.next = now
	}
}

// reconfigure has other watches probed from now on, and returns how many jobs of the earlier ones will not be done. Those
// under way go on.
func (p *prober) reconfigure(watches []domain.Watch, from []int) (dropped int) {
	dropped = len(p.queue)
	took := map[key]time.Duration{}
	for k, d := range p.took {
		if place := slices.Index(from, k.watch); place >= 0 {
			took[key{place, k.id}] = d
		}
	}
	anew := newProber(watches)
	for number, f := range p.flying {
		f.past = true
		p.flying[number] = f
	}
	p.watches, p.local, p.queue, p.took = anew.watches, anew.local, nil, took
	return dropped
}

// forget drops what is known of processes that are gone.
func (p *prober) forget(alive map[domain.ID]domain.Instance) {
	for k := range p.took {
		if _, known := alive[k.id]; !known {
			delete(p.took, k)
		}
	}
}
