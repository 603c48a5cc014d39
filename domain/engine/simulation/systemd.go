package simulation

import (
	"time"

	"supervisor-healthcheck/domain"
)

// systemd is Type=notify with WatchdogSec=30, Restart=always and the rest as it is by default: what has not said READY
// after 90 s, or has not sent its heartbeat for 30 s, is killed.
type systemd struct {
	host  *Host
	units []unit
}

type unit struct {
	life  int
	ready bool
	still time.Duration // since when no heartbeat comes; never when they come
}

func newSystemd() Keeper { return &systemd{} }

// Begin implements Keeper.
func (s *systemd) Begin(h *Host) { s.host, s.units = h, make([]unit, len(h.Processes())) }

// Changed implements Keeper.
func (s *systemd) Changed(int, domain.State, domain.State) {}

// Touched implements Keeper.
func (s *systemd) Touched(n int) {
	u := &s.units[n]
	if life := s.host.Life(n); life != u.life {
		*u = unit{life: life, still: never}
		s.killAfter(n, 90*time.Second, func() bool { return !u.ready })
	}
	switch now := s.host.Now(); {
	case s.host.Beats(n):
		u.ready, u.still = true, never
	case u.ready && u.still == never:
		u.still = now
		s.killAfter(n, 30*time.Second-now%(10*time.Second), func() bool { return u.still == now })
	}
}

// killAfter kills the life that there is now, if it is still due by then.
func (s *systemd) killAfter(n int, pause time.Duration, due func() bool) {
	life := s.host.Life(n)
	s.host.After(pause, func() {
		if life != 0 && s.host.Life(n) == life && due() {
			s.host.Kill(n)
		}
	})
}

// Died implements Manners: five deaths in a row that come fast are the end.
func (systemd) Died(early, _ int) (time.Duration, bool) { return 100 * time.Millisecond, early < 5 }
