package simulation

import (
	"time"

	"supervisor-healthcheck/domain"
)

// kubelet is a liveness probe with the defaults (10 s, 3 failures) behind a startup probe of 30 x 10 s, and the back-off of
// whatever died or was killed: 10 s to 5 min, forgiven after ten minutes.
type kubelet struct {
	prober
	probed []container
}

// container is what is remembered of one life.
type container struct {
	life    int
	started bool // it has succeeded once
	failed  int
	onHold  bool // killed: nothing is asked until there is a new one
}

func newKubelet() Keeper {
	k := &kubelet{prober: prober{period: 10 * time.Second, phase: staggered}}
	k.ask = k.probe
	return k
}

// Begin implements Keeper.
func (k *kubelet) Begin(h *Host) {
	k.begin(h)
	k.probed = make([]container, len(h.Processes()))
}

// Changed implements Keeper.
func (k *kubelet) Changed(int, domain.State, domain.State) {}

// Touched implements Keeper.
func (k *kubelet) Touched(n int) { k.touched(n) }

func (k *kubelet) probe(n int) bool {
	c := &k.probed[n]
	if life := k.host.Life(n); life != c.life {
		*c = container{life: life}
	}
	if c.onHold || c.life == 0 {
		return false
	}
	if fails, _ := k.host.Fails(n); !fails {
		c.started, c.failed = true, 0
		return false
	}
	c.failed++
	if c.started && c.failed >= 3 || c.failed >= 30 {
		c.onHold = true
		k.host.Kill(n)
	}
	return true
}

// Died implements Manners.
func (kubelet) Died(_, row int) (time.Duration, bool) {
	if row <= 1 {
		return time.Second, true
	}
	return min(10*time.Second<<min(row-2, 10), 5*time.Minute), true
}
