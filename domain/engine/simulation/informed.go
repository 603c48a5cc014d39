package simulation

import (
	"time"

	"supervisor-healthcheck/domain"
)

// informed is the best that a checker can be that asks as often as ours: each probe tells it the truth, whether a restart
// would cure the process now, but nothing of what is to come. So it cannot tell a boot that never ends from a slow one
// until it has lasted longer than any boot of its group may. What it loses is lost by every policy with such probes.
type informed struct {
	prober
	coming []bool
}

// What a probe of ours costs in time: the interval between two of them, and how long one takes that fails.
const (
	informedEvery = 10 * time.Second
	informedAfter = time.Second
)

func newInformed() Keeper {
	i := &informed{prober: prober{period: informedEvery}}
	i.ask = i.look
	return i
}

// Begin implements Keeper.
func (i *informed) Begin(h *Host) {
	i.begin(h)
	i.coming = make([]bool, len(h.Processes()))
}

// Changed implements Keeper.
func (i *informed) Changed(int, domain.State, domain.State) {}

// Touched implements Keeper.
func (i *informed) Touched(n int) {
	if !i.due[n] && i.host.Truth(n) == Cure {
		i.plan(n, i.host.Now())
	}
}

// look is one probe; true asks for another although nothing seems wrong.
func (i *informed) look(n int) bool {
	switch {
	case i.host.Truth(n) != Cure || i.coming[n]:
		return false
	case !i.host.Hopeless(n):
		return true
	}
	i.coming[n] = true
	i.host.After(informedAfter, func() {
		i.coming[n] = false
		if i.host.Truth(n) == Cure {
			i.host.Restart(n)
		}
	})
	return true
}
