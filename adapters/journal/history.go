package journal

import (
	"cmp"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

const (
	// lasting is how long acts are kept after the last of them. The windows of most limits are shorter; under a longer one
	// the next life of the listener does not count what lies further back.
	lasting = span(48 * time.Hour)
	// learnt is how long it is kept what the troubles of a process have taught. That changes with the program, not with
	// the day, but a process of which nothing was heard for a month may be no more.
	learnt = span(30 * 24 * time.Hour)
	// renewal is how old an entry becomes before one that says the same is written in its place, and lasts as long again.
	renewal = 24 * time.Hour
)

// history is a domain.History on the disk. It belongs to a listener whatever its lives.
type history struct {
	Listener name     `json:"listener"`
	Process  name     `json:"process"`
	Rearmed  *span    `json:"rearmed_ago,omitempty"`
	Acts     []act    `json:"acts,omitempty"`     // of this listener alone
	GivenUp  []string `json:"given_up,omitempty"` // names of watches
	Life     *life    `json:"life,omitempty"`     // the last one of what is given up
	Boots    []span   `json:"boots,omitempty"`
	Healed   []span   `json:"healed,omitempty"`
	Paused   *paused  `json:"paused,omitempty"`
	Kept     stamp    `json:"kept"`
}

// paused is a domain.Suspension on the disk.
type paused struct {
	Left   span   `json:"left"`
	Reason string `json:"reason,omitempty"`
}

// suspended is the suspension as it was kept, if it is not over.
func (p *paused) restored(m moment, kept stamp) domain.Suspension {
	if p == nil || time.Duration(p.Left) <= m.since(kept) {
		return domain.Suspension{}
	}
	return domain.Suspension{Until: m.now.Add(time.Duration(p.Left) - m.since(kept)), Reason: p.Reason}
}

// life is a domain.Instance on the disk, whose process is known.
type life struct {
	PID     int   `json:"pid"`
	Started int64 `json:"started"` // seconds since 1970 by supervisord's clock
}

// act is a domain.Act on the disk.
type act struct {
	Ago     span `json:"ago"`
	PID     int  `json:"pid,omitempty"` // of the life that it has ended
	Dry     bool `json:"dry,omitempty"`
	Planned bool `json:"planned,omitempty"`
	Death   bool `json:"death,omitempty"`
	Calm    span `json:"calm,omitempty"`
}

func historyOf(listener name, id domain.ID, h domain.History, m moment) history {
	e := history{
		Listener: listener,
		Process:  name(id),
		Rearmed:  m.age(h.Rearmed),
		GivenUp:  h.GivenUp,
		Boots:    spans(h.Boots),
		Healed:   spans(h.Healed),
		Kept:     m.stamp,
	}
	if left := h.Suspension.Left(m.now); left > 0 {
		e.Paused = &paused{Left: span(left), Reason: h.Suspension.Reason}
	}
	if len(h.GivenUp) > 0 && h.Life != (domain.Instance{}) {
		e.Life = &life{PID: h.Life.PID, Started: h.Life.Started.Unix()}
	}
	for _, a := range h.Acts {
		if a.By == "" { // the others keep theirs
			e.Acts = append(e.Acts, act{Ago: span(m.now.Sub(a.At)), PID: a.PID, Planned: a.Planned, Dry: a.Dry, Death: a.Death, Calm: span(a.Calm)})
		}
	}
	return e
}

func (e history) restored(m moment) domain.History {
	h := domain.History{Rearmed: m.restored(e.Rearmed, e.Kept), GivenUp: slices.Clone(e.GivenUp), Boots: durations(e.Boots), Healed: durations(e.Healed)}
	h.Suspension = e.Paused.restored(m, e.Kept)
	if e.Life != nil {
		h.Life = domain.Instance{ID: domain.ID(e.Process), PID: e.Life.PID, Started: time.Unix(e.Life.Started, 0)}
	}
	for _, a := range e.Acts {
		h.Acts = append(h.Acts, domain.Act{At: m.restored(&a.Ago, e.Kept), PID: a.PID, Planned: a.Planned, Dry: a.Dry, Death: a.Death, Calm: max(0, time.Duration(a.Calm))})
	}
	return h
}

// copied shares nothing with the histories of a caller, who may change them once a call has returned, which it does
// on time though the disk hangs.
func copied(histories map[domain.ID]domain.History) map[domain.ID]domain.History {
	copies := make(map[domain.ID]domain.History, len(histories))
	for id, h := range histories {
		copies[id] = h.Clone()
	}
	return copies
}

func (e history) empty() bool {
	return e.Rearmed == nil && e.Paused == nil && len(e.Acts)+len(e.GivenUp)+len(e.Boots)+len(e.Healed) == 0
}

// says reports whether both mean the same.
func (e history) says(other history, m moment) bool {
	a, b := e.restored(m), other.restored(m)
	return near(a.Rearmed, b.Rearmed) && slices.EqualFunc(a.Acts, b.Acts, sameAct) && slices.Equal(a.GivenUp, b.GivenUp) &&
		a.Life.Same(b.Life) && slices.Equal(a.Boots, b.Boots) && slices.Equal(a.Healed, b.Healed) &&
		near(a.Suspension.Until, b.Suspension.Until) && a.Suspension.Reason == b.Suspension.Reason
}

// renews reports whether the entry is written although an earlier one says the same, because it lasts longer.
func (e history) renews(earlier history, m moment) bool {
	return e.Kept.Boot != earlier.Kept.Boot || m.since(earlier.Kept) > renewal
}

func sameAct(a, b domain.Act) bool {
	return near(a.At, b.At) && a.PID == b.PID && a.Death == b.Death && a.Planned == b.Planned && a.Calm == b.Calm
}

// aged is what of it still matters, which may be nothing. What was given up stays for this boot: whoever boots the machine
// has begun everything anew, and so that ages as the rest does.
func (e history) aged(m moment) history {
	age := span(m.since(e.Kept))
	if len(e.GivenUp) > 0 && e.Kept.Boot == m.Boot {
		return e
	}
	if age > lasting-e.newest() {
		e.Acts, e.GivenUp, e.Life, e.Rearmed = nil, nil, nil, nil
	}
	if e.Paused.restored(m, e.Kept) == (domain.Suspension{}) {
		e.Paused = nil
	}
	if age > learnt {
		e.Boots, e.Healed = nil, nil
	}
	return e
}

// newest is how old the last act, or the last start by somebody else, was when the history was kept; 0 if there is none.
func (e history) newest() span {
	if len(e.Acts) == 0 {
		if e.Rearmed != nil {
			return max(0, *e.Rearmed)
		}
		return 0
	}
	return max(0, slices.MinFunc(e.Acts, func(a, b act) int { return cmp.Compare(a.Ago, b.Ago) }).Ago)
}
