package journal

import (
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// lasting is how long a budget is kept in which nothing happens.
const lasting = span(48 * time.Hour)

// budget is a domain.Budget on the disk. It belongs to a listener whatever its lives.
type budget struct {
	Listener name   `json:"listener"`
	Process  name   `json:"process"`
	Restarts []span `json:"restarts_ago,omitempty"`
	Last     *span  `json:"last_ago,omitempty"`
	Pause    span   `json:"pause"`
	Healthy  *span  `json:"healthy_for,omitempty"`
	GivenUp  bool   `json:"given_up,omitempty"`
	Kept     stamp  `json:"kept"`
}

func budgetOf(listener name, id domain.ID, b domain.Budget, m moment) budget {
	e := budget{
		Listener: listener,
		Process:  name(id),
		Last:     m.age(b.Last),
		Pause:    span(b.Pause),
		Healthy:  m.age(b.HealthySince),
		GivenUp:  b.GivenUp,
		Kept:     m.stamp,
	}
	for _, t := range b.Restarts {
		e.Restarts = append(e.Restarts, span(m.now.Sub(t)))
	}
	return e
}

func (e budget) restored(m moment) domain.Budget {
	b := domain.Budget{
		Last:         m.restored(e.Last, e.Kept),
		Pause:        time.Duration(e.Pause),
		HealthySince: m.restored(e.Healthy, e.Kept),
		GivenUp:      e.GivenUp,
	}
	for _, age := range e.Restarts {
		b.Restarts = append(b.Restarts, m.restored(&age, e.Kept))
	}
	return b
}

func (e budget) zero() bool {
	return len(e.Restarts) == 0 && e.Last == nil && e.Pause == 0 && e.Healthy == nil && !e.GivenUp
}

// says reports whether both mean the same.
func (e budget) says(other budget, m moment) bool {
	a, b := e.restored(m), other.restored(m)
	return slices.EqualFunc(a.Restarts, b.Restarts, near) && near(a.Last, b.Last) &&
		near(a.HealthySince, b.HealthySince) && a.Pause == b.Pause && a.GivenUp == b.GivenUp
}

// stale reports whether the newest thing in it is so old that it does not matter any more.
func (e budget) stale(m moment) bool {
	ages := slices.Clone(e.Restarts)
	for _, age := range []*span{e.Last, e.Healthy} {
		if age != nil {
			ages = append(ages, *age)
		}
	}
	newest := span(0)
	if len(ages) > 0 {
		newest = max(0, slices.Min(ages))
	}
	return !e.GivenUp && span(m.since(e.Kept)) > lasting-newest
}
