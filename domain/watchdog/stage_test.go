package watchdog_test

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/clock"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/watchdog"
)

// stage is a watchdog in a world of memory, in a bubble of its own time.
type stage struct {
	*supervisord
	t       *testing.T
	journal *journal
	said    *transcript
	world   watchdog.World
	config  watchdog.Config
	dog     *watchdog.Watchdog
	sick    *ward
}

// play lets a scene run. In it, every timer waits for nobody.
func play(t *testing.T, scene func(t *testing.T, s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &stage{
			t: t, supervisord: newSupervisord(), journal: newJournal(), said: &transcript{},
			config: watchdog.Config{Self: self()}, sick: &ward{why: map[domain.ID]string{}},
		}
		s.world = watchdog.World{
			Table: s.supervisord, Control: s.supervisord, Identity: s.supervisord, Stats: still{}, Owner: nobody{},
			Journal: s.journal, Ledger: s.journal, Clock: clock.New(), Reporter: s.said,
		}
		s.add(self())
		scene(t, s)
	})
}

func self() domain.ID { return domain.ID{Group: "lst", Name: "lst"} }

func named(text string) domain.ID {
	group, name, found := strings.Cut(text, ":")
	if !found {
		name = group
	}
	return domain.ID{Group: group, Name: name}
}

// run adds programs that have been RUNNING for an hour.
func (s *stage) run(names ...string) {
	for _, name := range names {
		s.add(named(name))
	}
}

// watch adds a watch whose check finds those ill that are in the ward.
func (s *stage) watch(policy domain.Policy, names ...string) {
	s.watchWith(policy, []domain.Check{s.sick.check()}, names...)
}

// watchInOrder is watch with a check that asks nobody but the kernel, so that all are judged one after the other.
func (s *stage) watchInOrder(policy domain.Policy, names ...string) {
	s.watchWith(policy, []domain.Check{local{s.sick.check()}}, names...)
}

func (s *stage) watchWith(policy domain.Policy, checks []domain.Check, names ...string) {
	s.t.Helper()
	selection, err := domain.Select(names...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.config.Watches = append(s.config.Watches, domain.Watch{Name: "check", Select: selection, Checks: checks, Policy: policy})
}

// make makes the watchdog, if there is none yet.
func (s *stage) make() *watchdog.Watchdog {
	s.t.Helper()
	if s.dog == nil {
		dog, err := watchdog.New(s.world, s.config)
		if err != nil {
			s.t.Fatal(err)
		}
		s.dog = dog
	}
	return s.dog
}

// round is one round and all that it causes.
func (s *stage) round() {
	s.t.Helper()
	s.make().Round(s.t.Context())
	s.dog.Wait()
}

// listen begins to listen. What it returns ends that as SIGTERM does, and returns what Listen returned and how long
// that has taken.
func (s *stage) listen() (stop func() (time.Duration, error)) {
	s.t.Helper()
	dog := s.make()
	ctx, cancel := context.WithCancel(s.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- dog.Listen(ctx, &source{events: s.events}) }()
	synctest.Wait()
	return func() (time.Duration, error) {
		began := time.Now()
		cancel()
		err := <-ended
		return time.Since(began), err
	}
}

// tick sends a tick of 5 s and lets happen what happens before the next one.
func (s *stage) tick() {
	s.tickAt(time.Now())
	s.pass(5 * time.Second)
}

func (s *stage) tickAt(when time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.send(domain.Event{Name: "TICK_5", Tick: &domain.Tick{When: when, Period: 5 * time.Second}})
}

// pass lets time pass, and waits for what happens at its end.
func (s *stage) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// fed lets supervisord tell of changes of state, and the listener know.
func (s *stage) fed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tells = true
	p := s.programs[self()]
	for _, state := range []domain.State{domain.Starting, domain.Running} {
		s.turnTo(p, state, false)
	}
}

// reported compares the reports since it was last asked.
func (s *stage) reported(want ...string) {
	s.t.Helper()
	if diff := cmp.Diff(want, s.said.took()); diff != "" {
		s.t.Errorf("the reports (-want +got):\n%s", diff)
	}
}

// called compares the calls to supervisord since it was last asked.
func (s *stage) called(want ...string) {
	s.t.Helper()
	if diff := cmp.Diff(want, s.took()); diff != "" {
		s.t.Errorf("the calls (-want +got):\n%s", diff)
	}
}

// acts are the calls that change something, since it was last asked.
func (s *stage) acts() []string {
	var acts []string
	for _, call := range s.took() {
		if word, _, _ := strings.Cut(call, " "); word == "stop" || word == "start" || word == "signal" {
			acts = append(acts, call)
		}
	}
	return acts
}

func (s *stage) acted(want ...string) {
	s.t.Helper()
	if diff := cmp.Diff(want, s.acts()); diff != "" {
		s.t.Errorf("what was done (-want +got):\n%s", diff)
	}
}

// is compares the state of a program.
func (s *stage) is(name string, want domain.State) {
	s.t.Helper()
	if got := s.at(named(name)).State; got != want {
		s.t.Errorf("%s is %s, want %s", name, got, want)
	}
}

// ward knows who is ill and why.
type ward struct {
	mu     sync.Mutex
	why    map[domain.ID]string
	judged []string // the names of those who were judged
}

func (w *ward) ill(why string, names ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, name := range names {
		w.why[named(name)] = why
	}
}

func (w *ward) well(names ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, name := range names {
		delete(w.why, named(name))
	}
}

// seen returns who was judged since it was last asked, sorted.
func (w *ward) seen() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := w.judged
	w.judged = nil
	slices.Sort(seen)
	return seen
}

func (w *ward) check() domain.Check {
	return domain.NewCheck("probe", func(_ context.Context, p domain.Process) domain.Verdict {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.judged = append(w.judged, p.ID.String())
		why, ill := w.why[p.ID]
		switch {
		case !ill:
			return domain.Healthy.Because("fine")
		case strings.HasPrefix(why, "?"):
			return domain.Unknown.Because("%s", why[1:])
		}
		return domain.Unhealthy.Because("%s", why)
	})
}

// source delivers the events of a channel, until that is closed.
type source struct {
	events <-chan domain.Event
	done   func() error // what Done does, if anything
}

func (s *source) Next(ctx context.Context) (domain.Event, error) {
	select {
	case e, open := <-s.events:
		if !open {
			return domain.Event{}, domain.ErrEventsEnded
		}
		return e, nil
	case <-ctx.Done():
		return domain.Event{}, ctx.Err()
	}
}

func (s *source) Done() error {
	if s.done == nil {
		return nil
	}
	return s.done()
}

// journal is a ports.Journal and a ports.Ledger of memory. Like the one on disk it does nothing under a context that is done.
type journal struct {
	mu        sync.Mutex
	calls     []string // such as "write web:a stop sent"
	restarts  map[domain.ID]domain.Restart
	histories map[domain.ID]domain.History
	fault     func(call string) error
}

func newJournal() *journal {
	return &journal{restarts: map[domain.ID]domain.Restart{}, histories: map[domain.ID]domain.History{}}
}

func (j *journal) do(ctx context.Context, call string, f func()) error {
	j.mu.Lock()
	j.calls = append(j.calls, call)
	fault := j.fault
	j.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if fault != nil {
		if err := fault(call); err != nil {
			return err
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	f()
	return nil
}

// failing sets the faults from now on; nil ends them.
func (j *journal) failing(fault func(call string) error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.fault = fault
}

func (j *journal) Write(ctx context.Context, r domain.Restart) error {
	return j.do(ctx, "write "+r.Instance.ID.String()+" "+r.Phase.String(), func() { j.restarts[r.Instance.ID] = r })
}

func (j *journal) Remove(ctx context.Context, id domain.ID) error {
	return j.do(ctx, "remove "+id.String(), func() { delete(j.restarts, id) })
}

func (j *journal) Unfinished(ctx context.Context) (all []domain.Restart, err error) {
	err = j.do(ctx, "unfinished", func() {
		for _, r := range j.restarts {
			all = append(all, r)
		}
	})
	return all, err
}

func (j *journal) Histories(ctx context.Context) (map[domain.ID]domain.History, error) {
	all := map[domain.ID]domain.History{}
	err := j.do(ctx, "histories", func() { maps.Copy(all, j.histories) })
	return all, err
}

func (j *journal) Keep(ctx context.Context, histories map[domain.ID]domain.History) error {
	names := make([]string, 0, len(histories))
	for id := range histories {
		names = append(names, id.String())
	}
	slices.Sort(names)
	return j.do(ctx, "keep "+strings.Join(names, " "), func() { maps.Copy(j.histories, histories) })
}

func (j *journal) Others(ctx context.Context) (domain.Others, error) {
	if ctx.Err() != nil {
		return domain.Others{}, ctx.Err()
	}
	return domain.Others{}, nil
}

func (j *journal) took() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	calls := j.calls
	j.calls = nil
	return calls
}

// left returns what is in the journal.
func (j *journal) left() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var all []string
	for id, r := range j.restarts {
		all = append(all, id.String()+" "+r.Phase.String())
	}
	slices.Sort(all)
	return all
}

// still measures nothing.
type still struct{}

func (still) Round(ctx context.Context, _ []int) context.Context { return ctx }
func (still) Memory(context.Context, int) (domain.Usage, error) {
	return domain.Usage{}, errors.New("nothing is measured here")
}
func (s still) TreeMemory(ctx context.Context, pid int) (domain.Usage, error) {
	return s.Memory(ctx, pid)
}
func (still) CPUTime(context.Context, int) (time.Duration, error)     { return 0, domain.ErrGone }
func (still) TreeCPUTime(context.Context, int) (time.Duration, error) { return 0, domain.ErrGone }

// nobody holds a port.
type nobody struct{}

func (nobody) Holders(context.Context, int, int) ([]domain.Listener, error) { return nil, nil }

func matches(text, pattern string) bool { return regexp.MustCompile(pattern).MatchString(text) }
