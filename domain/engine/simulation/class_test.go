package simulation

import (
	"testing"
	"time"
)

func TestClass(t *testing.T) {
	steady := luck{factor: 1}
	for name, scene := range map[string]struct {
		happens func(h *Host, p *process)
		want    Class
	}{
		"all is well":        {func(*Host, *process) {}, Needless},
		"it hangs":           {func(h *Host, p *process) { h.strike(p, false) }, Cure},
		"it leaks":           {func(h *Host, p *process) { h.leak(p, time.Hour) }, Cure},
		"its database went":  {func(h *Host, p *process) { h.beginOutage(p.group, outage{length: time.Hour}) }, Outage},
		"a blip of a minute": {func(h *Host, p *process) { h.ail(p, time.Minute) }, Transient},
		"it boots":           {func(h *Host, p *process) { h.restartByHand(p, planned, luck{factor: 10}) }, Boot},
		"a human stops it":   {func(h *Host, p *process) { h.stopByHand(p, time.Hour, steady) }, Human},
		"too much work":      {func(h *Host, p *process) { h.load(p.group, 1.5, time.Hour) }, Overload},
		"a broken deploy": {func(h *Host, p *process) {
			h.spoil(p.group, &p.group.broken, time.Hour, []luck{steady}, []luck{steady})
		}, Futile},
	} {
		t.Run(name, func(t *testing.T) {
			h, p, _ := one(archetypes()[0])
			h.begin()
			h.play(50 * time.Second)
			scene.happens(h, p)
			h.play(55 * time.Second)
			if got := p.class(h.now); got != scene.want {
				t.Errorf("a restart would be %v, not %v", got, scene.want)
			}
		})
	}
}

func TestLossIsBookedToWhoeverCausedIt(t *testing.T) {
	for name, scene := range map[string]struct {
		happens          func(h *Host, p *process)
		faults, restarts time.Duration
	}{
		"nothing is lost by a boot that a human wanted": {func(h *Host, p *process) {
			h.restartByHand(p, planned, luck{factor: 2})
		}, 0, 0},
		"a hang is lost from its beginning to the end of the boot that cures it": {func(h *Host, p *process) {
			h.strike(p, false)
			h.After(10*time.Second, func() { h.Restart(0) })
		}, 10*time.Second + 100*time.Millisecond + 2*time.Second, 0},
		"a needless restart is booked to restarts": {func(h *Host, p *process) {
			h.Restart(0)
		}, 0, 100*time.Millisecond + 2*time.Second},
		"a needless restart in a blip costs what exceeds the blip": {func(h *Host, p *process) {
			h.ail(p, time.Second)
			h.Restart(0)
		}, time.Second, 1100 * time.Millisecond},
		"what a human has stopped loses nothing": {func(h *Host, p *process) {
			h.stopByHand(p, time.Hour, luck{factor: 1})
		}, 100 * time.Millisecond, 0},
	} {
		t.Run(name, func(t *testing.T) {
			h, p, _ := one(archetypes()[0])
			p.group.traits.boot = 2 * time.Second
			h.At(time.Minute, func() { scene.happens(h, p) })
			all := h.run().All()
			near := func(a, b time.Duration) bool { return (a - b).Abs() < time.Second }
			if !near(all.LostByFaults, scene.faults) || !near(all.LostByRestarts, scene.restarts) {
				t.Errorf("lost %v by faults and %v by restarts, not %v and %v", all.LostByFaults, all.LostByRestarts, scene.faults, scene.restarts)
			}
		})
	}
}
