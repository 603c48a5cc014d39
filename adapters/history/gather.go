package history

import (
	"maps"
	"slices"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// gatherer folds what is seen of each process under each watch, until it is written. It keeps the loop no longer than one verdict
// takes to be added, or all of them to be encoded.
type gatherer struct {
	mu   sync.Mutex
	all  map[place]*series
	list []*series // in the order in which they came; their numbers are in the same order
	next int       // where in the list the one stands that is likely to be asked for next, as in the round before
}

type place struct {
	process domain.ID
	watch   string
}

// series is one process under one watch: what was seen since the last sample, and how the file calls it.
type series struct {
	place
	name string // of the process, as supervisorctl has it
	at   int    // its place in the list
	gone bool   // the last look has not found it

	seen     bool
	code     uint8 // of the worst condition
	took     time.Duration
	measures []domain.Measure

	number uint64 // from 1 on; 0: the file does not know it
	layout *layout
}

func newGatherer() *gatherer { return &gatherer{all: map[place]*series{}} }

// of is the series of a process under a watch.
func (g *gatherer) of(process domain.ID, watch string) *series {
	at := place{process, watch}
	if g.next >= len(g.list) {
		g.next = 0
	}
	if g.next < len(g.list) && g.list[g.next].place == at {
		g.next++
		return g.list[g.next-1]
	}
	s := g.all[at]
	if s == nil {
		s = &series{place: at, name: process.String(), at: len(g.list)}
		g.all[at] = s
		g.list = append(g.list, s)
	}
	g.next = s.at + 1
	return s
}

// add takes in a condition.
func (s *series) add(c uint8) {
	if !s.seen || c < s.code {
		s.code = c
	}
	s.seen = true
}

// verdict takes in what a run of the checks has said.
func (g *gatherer) verdict(r *domain.Report) {
	v := domain.VerdictStatus{Verdict: domain.Verdict{Health: r.Verdict.Health}, Decision: r.Decision, At: r.At}
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.of(r.Process, r.Watch)
	s.add(code(v.Condition()))
	s.took = max(s.took, r.Took)
	for _, m := range r.Verdict.Measures {
		s.measures = fold(s.measures, m)
	}
}

// look takes in how all processes are now, and forgets those that are no more. While it is told, it waits for nobody: verdicts come from the
// same loop.
func (g *gatherer) look(from ports.Surveyor) {
	g.mu.Lock()
	for _, s := range g.list {
		s.gone = true
	}
	g.mu.Unlock()
	from.Survey(func(process domain.ID, watch string, c domain.Condition) {
		g.mu.Lock()
		defer g.mu.Unlock()
		s := g.of(process, watch)
		s.gone = false
		s.add(code(c))
	})
	g.mu.Lock()
	defer g.mu.Unlock()
	g.list = slices.DeleteFunc(g.list, func(s *series) bool { return s.gone })
	for i, s := range g.list {
		s.at = i
	}
	maps.DeleteFunc(g.all, func(_ place, s *series) bool { return s.gone })
}

// rows hands on what was seen of each since the last sample, as a sample that ends now.
func (g *gatherer) rows(now time.Time, q RowQuery, each func(Row) error) error {
	g.mu.Lock()
	var all []Row
	for _, s := range g.list {
		if s.seen && (q.Process == "" || q.Process == s.name) {
			all = append(all, Row{At: now, Process: s.name, Watch: s.watch, Condition: domain.Worst()[s.code],
				Took: s.took.Seconds(), Measures: slices.Clone(s.measures)})
		}
	}
	g.mu.Unlock()
	for _, r := range all {
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

// begin begins the next span of time.
func (s *series) begin() { s.seen, s.took, s.measures = false, 0, s.measures[:0] }

// drop forgets what was seen since the last sample.
func (g *gatherer) drop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, s := range g.list {
		s.begin()
	}
}
