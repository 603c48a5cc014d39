package simulation

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

// diary is a keeper that notes what it is told.
type diary struct {
	host  *Host
	lines []string
}

func (d *diary) Begin(h *Host) { d.host = h }
func (d *diary) Touched(int)   {}
func (d *diary) Changed(_ int, _, to domain.State) {
	d.lines = append(d.lines, fmt.Sprintf("%v %v", d.host.now, to))
}

// one is a host with one process that boots within 2 s, and a keeper that notes.
func one(kind archetype) (*Host, *process, *diary) {
	d := &diary{}
	h := &Host{keeper: d, manners: supervisord{}, score: newScore(), world: World{Length: day}}
	g := &group{kind: kind, traits: traits{boot: 2 * time.Second, startsAfter: time.Second, without: absent}}
	h.drawProcess(g, "g", 0, newChance(1))
	return h, h.processes[0], d
}

func TestSupervisord(t *testing.T) {
	steady := luck{factor: 1}
	for name, scene := range map[string]struct {
		happens func(h *Host, p *process)
		want    []string
	}{
		"a process is RUNNING after startsecs": {
			func(*Host, *process) {},
			[]string{"0s STARTING", "1s RUNNING"},
		},
		"a death is followed by a start": {
			func(h *Host, p *process) { h.At(time.Minute, func() { h.die(p) }) },
			[]string{"0s STARTING", "1s RUNNING", "1m0s EXITED", "1m0.5s STARTING", "1m1.5s RUNNING"},
		},
		"what never gets up is FATAL after startretries, with growing pauses": {
			func(h *Host, p *process) { p.group.broken, p.group.traits.dies = true, true },
			[]string{"0s STARTING", "200ms BACKOFF", "1.2s STARTING", "1.4s BACKOFF", "3.4s STARTING", "3.6s BACKOFF",
				"6.6s STARTING", "6.8s BACKOFF", "6.8s FATAL"},
		},
		"a stop by hand lasts until the human starts it": {
			func(h *Host, p *process) { h.At(time.Minute, func() { h.stopByHand(p, time.Hour, steady) }) },
			[]string{"0s STARTING", "1s RUNNING", "1m0s STOPPING", "1m0.1s STOPPED", "1h1m0s STARTING", "1h1m1s RUNNING"},
		},
		"what ignores SIGTERM takes 10 s to stop": {
			func(h *Host, p *process) {
				h.At(time.Minute, func() { h.strike(p, true) })
				h.At(2*time.Minute, func() { h.Restart(0) })
			},
			[]string{"0s STARTING", "1s RUNNING", "2m0s STOPPING", "2m10s STOPPED", "2m10s STARTING", "2m11s RUNNING"},
		},
		"a stop in BACKOFF takes no time": {
			func(h *Host, p *process) {
				p.group.broken, p.group.traits.dies = true, true
				h.At(500*time.Millisecond, func() { h.stopByHand(p, never/2, steady) })
			},
			[]string{"0s STARTING", "200ms BACKOFF", "500ms STOPPED"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, p, d := one(archetypes()[0])
			scene.happens(h, p)
			h.run()
			if !slices.Equal(d.lines, scene.want) {
				t.Errorf("got  %q\nwant %q", d.lines, scene.want)
			}
		})
	}
}
