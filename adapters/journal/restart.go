package journal

import (
	"time"

	"supervisor-healthcheck/domain"
)

// restart is a domain.Restart on the disk.
type restart struct {
	Process    name   `json:"process"`
	PID        int    `json:"pid"`     // of the life that was judged
	Started    int64  `json:"started"` // of the life that was judged: seconds since 1970 by supervisord's clock
	Watch      string `json:"watch"`
	Reason     string `json:"reason"`
	Planned    bool   `json:"planned,omitempty"`
	StartOnly  bool   `json:"start_only,omitempty"`
	Phase      string `json:"phase"`
	Supervisor int    `json:"supervisor_pid"`
	Daemon     uint64 `json:"supervisor_started,omitempty"` // in the kernel's ticks since boot; 0 where that cannot be known
	Begun      *span  `json:"begun_ago,omitempty"`
	Tries      int    `json:"tries"`
	Owner      owner  `json:"owner"`
	Kept       stamp  `json:"kept"`
}

func entryOf(r domain.Restart, me owner, m moment) restart {
	daemon, _ := born(r.Supervisor)
	return restart{
		Process:    name(r.Instance.ID),
		PID:        r.Instance.PID,
		Started:    r.Instance.Started.Unix(),
		Watch:      r.Watch,
		Reason:     r.Reason,
		Planned:    r.Planned,
		StartOnly:  r.StartOnly,
		Phase:      r.Phase.String(),
		Supervisor: r.Supervisor,
		Daemon:     daemon,
		Begun:      m.age(r.Begun),
		Tries:      r.Tries,
		Owner:      me,
		Kept:       m.stamp,
	}
}

// suspendedFor is how long an owner may be suspended before its restarts are another's. Whoever looks at a process with a
// debugger suspends it for moments.
const suspendedFor = 10 * time.Second

// abandoned reports whether the owner of a restart does not go on with it.
func (e restart) abandoned(m moment) bool {
	switch e.Owner.condition(m.Boot) {
	case gone:
		return true
	case suspended:
		return m.since(e.Kept) >= suspendedFor
	}
	return false
}

// supervisor is the pid of the supervisord that was asked, or 0 if another process has that pid by now: that of supervisord
// is 1 in every container, and in every boot of some machines.
func (e restart) supervisor(m moment) int {
	if e.Kept.Boot != m.Boot {
		return 0
	}
	if birth, _ := born(e.Supervisor); birth != 0 && e.Daemon != 0 && birth != e.Daemon {
		return 0
	}
	return e.Supervisor
}

func (e restart) restored(m moment) domain.Restart {
	reached, _ := phase(e.Phase)
	return domain.Restart{
		Instance:   domain.Instance{ID: domain.ID(e.Process), PID: e.PID, Started: time.Unix(e.Started, 0)},
		Watch:      e.Watch,
		Reason:     e.Reason,
		Planned:    e.Planned,
		StartOnly:  e.StartOnly,
		Phase:      reached,
		Supervisor: e.supervisor(m),
		Begun:      m.restored(e.Begun, e.Kept),
		Tries:      e.Tries,
	}
}

// says reports whether both entries, of this boot, mean the same.
func (e restart) says(other restart, m moment) bool {
	same := e.Kept.Boot == other.Kept.Boot && near(m.restored(e.Begun, e.Kept), m.restored(other.Begun, other.Kept))
	e.Begun, e.Kept = other.Begun, other.Kept
	return same && e == other
}

// unsettled reports whether a restart that was left behind has stopped the process, or may have: a start may be owed, and it
// counts.
func (e restart) unsettled() bool {
	reached, _ := phase(e.Phase)
	return !e.StartOnly && reached >= domain.StopSent
}

// phase is the inverse of domain.Phase.String.
func phase(word string) (domain.Phase, bool) {
	for p := domain.Planned; p <= domain.StartAccepted; p++ {
		if p.String() == word {
			return p, true
		}
	}
	return 0, false
}
