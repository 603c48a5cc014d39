package simulation

import (
	"fmt"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/engine"
)

// Setup is how the engine of this project keeps each host.
type Setup struct {
	Name      string
	Watches   []domain.Policy // each is a watch of its own over the same processes
	Backwards bool            // the watches are handed over in the reverse order
	ByGroup   bool            // each group has watches of its own, instead of the same for all
	TicksOnly bool            // without PROCESS_STATE events
	Slow      time.Duration   // how long a probe takes that fails
	Crashes   float64         // the probability that the listener is killed while it takes a step of a restart
	Audit     bool            // check what must always hold; see Score.Broken
}

// Policy is the setup as an entry of the table.
func (s Setup) Policy() Policy {
	return Policy{Name: s.Name, New: func() Keeper { return &healthcheck{setup: s} }}
}

// self is the listener among supervisord's processes.
func self() domain.ID { return domain.ID{Group: "healthcheck", Name: "healthcheck"} }

// config is what the engine is told to look after.
func (s Setup) config(h *Host) engine.Config {
	c := engine.Config{Self: self(), Restarts: 16}
	all, _ := domain.Select("all")
	selections := []domain.Selection{all}
	if s.ByGroup {
		selections = nil
		for _, g := range h.groups {
			selections = append(selections, domain.SelectGroup(g.members[0].id.Group))
		}
	}
	for _, selection := range selections {
		for n, policy := range s.Watches {
			name := fmt.Sprintf("%s/%d", selection, n)
			c.Watches = append(c.Watches, domain.Watch{Name: name, Select: selection, Policy: policy})
		}
	}
	if s.Backwards {
		slices.Reverse(c.Watches)
	}
	return c
}
