package app_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
	"supervisor-healthcheck/ports"
)

// gauge counts what supervisord is asked, and can keep an answer until it is old.
type gauge struct {
	ports.ProcessTable
	mu    sync.Mutex
	asked asked
	age   func() // called once, between an answer of supervisord and its arrival
}

// asked is how often supervisord was asked for everything and for one process.
type asked struct{ Lists, Looks int }

// Processes counts a listing.
func (g *gauge) Processes(ctx context.Context) ([]domain.Process, error) {
	all, err := g.ProcessTable.Processes(ctx)
	g.count(asked{Lists: 1})
	return all, err
}

// Process counts a look.
func (g *gauge) Process(ctx context.Context, id domain.ID) (domain.Process, error) {
	p, err := g.ProcessTable.Process(ctx, id)
	g.count(asked{Looks: 1})
	return p, err
}

func (g *gauge) count(more asked) {
	g.mu.Lock()
	g.asked.Lists += more.Lists
	g.asked.Looks += more.Looks
	age := g.age
	g.age = nil
	g.mu.Unlock()
	if age != nil {
		age()
	}
}

// ripen has the next answer kept for as long as age takes.
func (g *gauge) ripen(age func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.age = age
}

// took returns the number of questions since it was last asked.
func (g *gauge) took() asked {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := g.asked
	g.asked = asked{}
	return n
}

// judge is a check that notes whom it has judged, and finds those unwell of whom ill says so.
type judge struct {
	name string
	mu   sync.Mutex
	seen map[domain.ID]string
	more []string // processes that were judged again
	ill  func(domain.Process) bool
}

func newJudge(name string) *judge { return &judge{name: name, seen: map[domain.ID]string{}} }

// Name is the one that it was given.
func (j *judge) Name() string { return j.name }

// Run notes the process.
func (j *judge) Run(_ context.Context, p domain.Process) domain.Verdict {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, again := j.seen[p.ID]; again {
		j.more = append(j.more, p.ID.String())
	}
	j.seen[p.ID] = life(p)
	if j.ill != nil && j.ill(p) {
		return domain.Unhealthy.Because("it is told to be unwell")
	}
	return domain.Healthy.Because("it is well")
}

// ails says who is unwell from now on.
func (j *judge) ails(ill func(domain.Process) bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ill = ill
}

// took returns the lives that were judged since it was last asked.
func (j *judge) took(t *testing.T) map[domain.ID]string {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.more) > 0 {
		t.Errorf("%s has judged %v more than once in a round", j.name, j.more)
	}
	seen := j.seen
	j.seen, j.more = map[domain.ID]string{}, nil
	return seen
}

// watchWith is a watch with this one check.
func watchWith(t *testing.T, j *judge, policy domain.Policy, names ...string) app.Watch {
	t.Helper()
	selection, err := domain.Select(names...)
	if err != nil {
		t.Fatal(err)
	}
	return app.Watch{Name: j.name, Select: selection, Checks: []checks.Settings{checks.Custom{Check: j}}, Policy: policy}
}

// life writes which life of a process it is.
func life(p domain.Process) string { return fmt.Sprintf("pid %d since %d", p.PID, p.Started.Unix()) }

// unmeasured measures nothing, and finds nobody at a port.
type unmeasured struct{ ports.ProcessStats }

// Round begins nothing.
func (unmeasured) Round(ctx context.Context, _ []int) context.Context { return ctx }

// Holders finds none.
func (unmeasured) Holders(context.Context, int, int) ([]domain.Listener, error) { return nil, nil }
