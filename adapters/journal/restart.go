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
	StartOnly  bool   `json:"start_only,omitempty"`
	Phase      string `json:"phase"`
	Supervisor int    `json:"supervisor_pid"`
	Begun      *span  `json:"begun_ago,omitempty"`
	Tries      int    `json:"tries"`
	Owner      owner  `json:"owner"`
	Kept       stamp  `json:"kept"`
}

func entryOf(r domain.Restart, me owner, m moment) restart {
	return restart{
		Process:    name(r.Instance.ID),
		PID:        r.Instance.PID,
		Started:    r.Instance.Started.Unix(),
		Watch:      r.Watch,
		Reason:     r.Reason,
		StartOnly:  r.StartOnly,
		Phase:      r.Phase.String(),
		Supervisor: r.Supervisor,
		Begun:      m.age(r.Begun),
		Tries:      r.Tries,
		Owner:      me,
		Kept:       m.stamp,
	}
}

func (e restart) restored(m moment) domain.Restart {
	reached, _ := phase(e.Phase)
	return domain.Restart{
		Instance:   domain.Instance{ID: domain.ID(e.Process), PID: e.PID, Started: time.Unix(e.Started, 0)},
		Watch:      e.Watch,
		Reason:     e.Reason,
		StartOnly:  e.StartOnly,
		Phase:      reached,
		Supervisor: e.Supervisor,
		Begun:      m.restored(e.Begun, e.Kept),
		Tries:      e.Tries,
	}
}

// says reports whether both entries mean the same.
func (e restart) says(other restart, m moment) bool {
	a, b := e.restored(m), other.restored(m)
	same := near(a.Begun, b.Begun)
	a.Begun = b.Begun
	return same && a == b && e.Owner == other.Owner
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
