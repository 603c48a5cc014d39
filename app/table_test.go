package app_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks/supervisord"
)

const operations = 100

// TestTheTableKeptFromEventsIsThatOfAFullListing has everything happen that can: programs start, stop, crash, are added
// and removed while events are lost, delivered again and held back, and answers grow old before they arrive.
func TestTheTableKeptFromEventsIsThatOfAFullListing(t *testing.T) {
	t.Parallel()
	for name, events := range map[string][]string{
		"with events of groups":    {"PROCESS_STATE", "PROCESS_GROUP", "REMOTE_COMMUNICATION"},
		"without events of groups": {"PROCESS_STATE", "REMOTE_COMMUNICATION"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			homes(t, func(t *testing.T, build func([]string, ...supervisord.Program) *home) {
				c := chaos{random: rand.New(rand.NewPCG(5, uint64(len(name))))}
				c.judge = newJudge("look")
				selection := watchWith(t, c.judge, domain.DropIn(), "web:*", "api", "spare", "broken", "brief")
				c.watcher = watch(build(events, population()...), habits{random: rand.New(rand.NewPCG(6, 0)), loses: 12, copies: 5}, selection)
				c.reign()
			})
		})
	}
}

// population is what lives in a home: the selected ones, and a crowd that makes listings dear.
func population() []supervisord.Program {
	all := slices.Concat(sleepers("web"), sleepers("api"), sleepers("spare"), sleepers("crowd"))
	return append(all,
		supervisord.Program{Name: "broken", Group: "broken", Command: []string{"false"}, Startup: time.Second, StartRetries: -1},
		supervisord.Program{Name: "brief", Group: "brief", Command: []string{"true"}, AutoRestart: supervisord.RestartNever})
}

// chaos is a home where things happen, and a judge who must know of them.
type chaos struct {
	*watcher
	judge  *judge
	random *rand.Rand
	lost   int // events, at the last quiet point
	lists  int // full listings since then
}

func (c *chaos) reign() {
	c.quiet()
	for done := 0; done < operations; {
		n := 1 + c.random.IntN(6)
		c.burst(n)
		done += n
		c.quiet()
	}
	if n := c.mail.count(); n.lost == 0 || n.twice == 0 {
		c.t.Errorf("%d events were lost and %d delivered again: nothing was tried", n.lost, n.twice)
	}
}

// burst has something happen n times. Meanwhile rounds are held with a table that is behind, or whose answers are old.
func (c *chaos) burst(n int) {
	kind := c.random.IntN(3)
	c.mail.hold(kind == 0)
	for i := range n {
		c.operate()
		if kind == 1 && i == n/2 {
			c.gauge.ripen(func() { c.ripe(n - i) })
		}
		if kind == 1 && i >= n/2 || c.random.IntN(2) == 0 {
			c.round()
			c.judge.took(c.t)
		}
	}
	c.gauge.ripen(nil)
	c.mail.hold(false)
}

// ripe has something happen n times, and everything come of it, the events too.
func (c *chaos) ripe(n int) {
	for range n {
		c.operate()
	}
	c.steady()
	c.mark()
}

// operate does one thing, sensible or not.
func (c *chaos) operate() {
	group := []string{"web", "api", "spare", "broken", "brief", "crowd"}[c.random.IntN(6)]
	process := group + ":" + group
	if n := many(group); n > 0 {
		process += fmt.Sprintf("_%02d", c.random.IntN(n))
	}
	switch c.random.IntN(7) {
	case 0:
		c.order("startProcess", process, false)
	case 1:
		c.order("stopProcess", process, false)
	case 2:
		c.order("stopProcess", process, true)
		c.order("startProcess", process, false)
	case 3:
		c.order("startProcess", group+":*", true)
	case 4:
		c.order("stopProcessGroup", group, true)
		c.order("removeProcessGroup", group)
	case 5:
		c.order("addProcessGroup", group)
	default:
		c.order("signalProcess", process, "KILL")
	}
}

// quiet waits until nothing happens any more and compares. What still happens then makes the comparison void, and
// another is made.
func (c *chaos) quiet() {
	c.t.Helper()
	for deadline := time.Now().Add(patient); time.Now().Before(deadline); {
		before := c.running()
		c.mark()
		count := c.mail.count()
		got := c.look(count.lost > c.lost)
		after := c.running()
		if c.mail.count() != count || !maps.Equal(before, after) {
			continue
		}
		if diff := cmp.Diff(view{Judged: before, Again: before}, got); diff != "" {
			c.t.Fatalf("who is judged (-listing +table):\n%s", diff)
		}
		c.lost, c.lists = count.lost, 0
		return
	}
	c.t.Fatal("it never was quiet")
}

// view is what two rounds have seen.
type view struct {
	Judged, Again map[domain.ID]string
	Asked         asked // in the second
	Believed      bool  // events were lost, and not everything was listed
}

func (c *chaos) look(lost bool) view {
	c.round()
	c.lists += c.gauge.took().Lists
	v := view{Judged: c.judge.took(c.t), Believed: lost && c.lists == 0}
	c.round()
	v.Again, v.Asked = c.judge.took(c.t), c.gauge.took()
	c.lists += v.Asked.Lists // for the next look, if this one is void
	return v
}

// running are the selected processes that a full listing shows as RUNNING.
func (c *chaos) running() map[domain.ID]string {
	c.t.Helper()
	all := map[domain.ID]string{}
	for id, p := range c.steady() {
		if p.State == domain.Running && id.Group != "crowd" && id != listenerID() {
			all[id] = life(p)
		}
	}
	return all
}

// TestALostEventNeverRestartsTheWrongLife has a process restarted behind our back. Its check still finds the dead one unwell.
func TestALostEventNeverRestartsTheWrongLife(t *testing.T) {
	t.Parallel()
	signal := domain.DropIn()
	signal.Action = domain.Action{Kind: domain.SendSignal, Signal: "KILL"}
	for name, policy := range map[string]domain.Policy{"by a restart": domain.DropIn(), "by a signal": signal} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			homes(t, func(t *testing.T, build func([]string, ...supervisord.Program) *home) {
				j := newJudge("look")
				h := build([]string{"PROCESS_STATE", "REMOTE_COMMUNICATION"}, slices.Concat(sleepers("api"), sleepers("crowd"))...)
				w := watch(h, habits{}, watchWith(t, j, policy, "api"))
				w.deceive(j)
			})
		})
	}
}

func (w *watcher) deceive(j *judge) {
	w.t.Helper()
	w.steady()
	w.mark()
	w.round()
	api := domain.ID{Group: "api", Name: "api"}
	stale := w.list()[api]
	w.mail.loseAll(true)
	w.order("signalProcess", "api:api", "KILL")
	living := domain.Process{}
	w.until("another life", func() bool {
		living = w.list()[api]
		return living.State == domain.Running && living.PID != stale.PID
	})
	j.ails(func(p domain.Process) bool { return p.PID == stale.PID })
	j.took(w.t)
	w.round()
	if diff := cmp.Diff(map[domain.ID]string{api: life(stale)}, j.took(w.t)); diff != "" {
		w.t.Fatalf("the table is not behind:\n%s", diff)
	}
	w.untilSaid(1, because(whyAnotherLife(living.PID, stale.PID)))
	w.mail.loseAll(false)
	w.mark() // its number shows that others are missing
	var judged map[domain.ID]string
	w.until("judged again", func() bool { // a round passes over it until the journal has forgotten the dropped restart
		w.round()
		judged = j.took(w.t)
		return len(judged) > 0
	})
	if diff := cmp.Diff(map[domain.ID]string{api: life(living)}, judged); diff != "" {
		w.t.Errorf("who is judged after the gap was seen (-want +got):\n%s", diff)
	}
	if p := w.list()[api]; life(p) != life(living) || p.State != domain.Running {
		w.t.Errorf("it is %s, %s, and was %s", p.State, life(p), life(living))
	}
}
