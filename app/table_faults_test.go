package app_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/fx"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
	"supervisor-healthcheck/domain/watchdog"
	"supervisor-healthcheck/ports"
)

// watcher is a listener in this process: the whole graph, with a post office that does its work badly between it and
// its supervisord, and a gauge at its questions.
type watcher struct {
	*home
	dog   *watchdog.Watchdog
	mail  *mail
	gauge *gauge
	log   *transcript
	marks int
}

// watch begins to listen.
func watch(h *home, habits habits, watches ...app.Watch) *watcher {
	h.t.Helper()
	w := &watcher{home: h, log: &transcript{}, gauge: &gauge{}}
	var source ports.EventSource
	options := app.Options{Watches: watches, ServerURL: h.url, Self: listenerID(), StateDir: filepath.Join(h.t.TempDir(), "state")}
	graph := fx.New(fx.NopLogger, app.Module(),
		fx.Supply(options, app.Streams{Events: h.events, Answers: h.events}, slog.New(slog.NewTextHandler(w.log, nil))),
		fx.Decorate(func(t ports.ProcessTable) ports.ProcessTable {
			w.gauge.ProcessTable = t
			return w.gauge
		}),
		fx.Decorate(func() (ports.ProcessStats, ports.PortOwner) { return unmeasured{}, unmeasured{} }),
		fx.Populate(&w.dog, &source))
	if err := graph.Err(); err != nil {
		h.t.Fatal(err)
	}
	w.mail = &mail{inner: source, habits: habits, turned: make(chan struct{}, 1)}
	w.listen()
	return w
}

// listen serves the events until the end of the test.
func (w *watcher) listen() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.dog.Listen(ctx, w.mail) }()
	w.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
		if w.t.Failed() {
			w.t.Logf("the log of the listener:\n%.20000s", w.log)
		}
	})
}

// round is one round.
func (w *watcher) round() { w.dog.Round(w.t.Context()) }

// until waits for a condition.
func (w *watcher) until(what string, condition func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(patient); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if condition() {
			return
		}
	}
	w.t.Fatalf("%s: not within %s", what, patient)
}

// untilSaid waits until a text has stood in the log so often.
func (w *watcher) untilSaid(times int, text string) {
	w.t.Helper()
	w.until("the log says "+text, func() bool { return w.log.count(text) >= times })
}

// mark sends an event through supervisord and returns when the watchdog has dealt with it, and so with all before it.
func (w *watcher) mark() {
	w.t.Helper()
	w.marks++
	w.order("sendRemoteCommEvent", "mark", fmt.Sprint(w.marks))
	w.until("mark "+fmt.Sprint(w.marks), func() bool { return w.mail.count().marks >= w.marks })
}

// habits say how badly the mail does its work: one event in so many is lost, or followed by a copy of it or of an
// earlier one. 0 is never. With doubles each is delivered twice.
type habits struct {
	random        *rand.Rand
	loses, copies int
	doubles       bool
}

// mail is a source of events that loses some, delivers some again and holds some back.
type mail struct {
	inner  ports.EventSource
	turned chan struct{} // filled when held may have changed

	mu      sync.Mutex
	habits  habits
	held    bool
	blind   bool           // it loses everything but marks
	past    []domain.Event // the last ones
	again   []domain.Event // copies that are due
	out     *domain.Event  // the one that the watchdog deals with
	copied  bool           // that is a copy
	counted count
}

// count is how many events the watchdog has dealt with, how many of them were marks, how many were lost and how many
// delivered again.
type count struct{ dealt, marks, lost, twice int }

// Next returns the next event or a copy of an earlier one.
func (m *mail) Next(ctx context.Context) (domain.Event, error) {
	m.deal()
	if e, ok := m.copy(); ok {
		return e, nil
	}
	for {
		e, err := m.inner.Next(ctx)
		if err != nil {
			return e, err
		}
		if err := m.wait(ctx); err != nil {
			return domain.Event{}, err
		}
		if !m.lose(e) {
			return m.hand(e, false), nil
		}
		if err := m.inner.Done(); err != nil {
			return domain.Event{}, err
		}
	}
}

// Done accepts an event that is no copy.
func (m *mail) Done() error {
	m.mu.Lock()
	copied := m.copied
	m.mu.Unlock()
	if copied {
		return nil
	}
	return m.inner.Done()
}

// deal notes that the watchdog has dealt with what it was handed.
func (m *mail) deal() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.out == nil {
		return
	}
	m.counted.dealt++
	if mark(*m.out) {
		m.counted.marks++
	}
	m.out = nil
}

func mark(e domain.Event) bool { return e.Name == "REMOTE_COMMUNICATION" }

// count returns what has become of the events so far.
func (m *mail) count() count {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.counted
}

func (m *mail) hand(e domain.Event, copied bool) domain.Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.out, m.copied = &e, copied
	if copied || mark(e) {
		return e
	}
	m.past = append(m.past, e)
	m.past = m.past[max(0, len(m.past)-10):]
	switch {
	case m.habits.doubles:
		m.again = append(m.again, e)
	case m.habits.one(m.habits.copies):
		m.again = append(m.again, m.past[m.habits.random.IntN(len(m.past))])
	}
	return e
}

// one is true once in n.
func (h habits) one(n int) bool { return n > 0 && h.random.IntN(n) == 0 }

func (m *mail) copy() (domain.Event, bool) {
	m.mu.Lock()
	if len(m.again) == 0 {
		m.mu.Unlock()
		return domain.Event{}, false
	}
	e := m.again[0]
	m.again = m.again[1:]
	m.counted.twice++
	m.mu.Unlock()
	return m.hand(e, true), true
}

func (m *mail) lose(e domain.Event) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	ours := e.Change != nil && e.Change.ID == listenerID() // without these the table is not kept from events at all
	if mark(e) || ours || !m.blind && !m.habits.one(m.habits.loses) {
		return false
	}
	m.counted.lost++
	return true
}

// hold keeps all events back until it is called with false.
func (m *mail) hold(yes bool) {
	m.mu.Lock()
	m.held = yes
	m.mu.Unlock()
	select {
	case m.turned <- struct{}{}:
	default:
	}
}

func (m *mail) wait(ctx context.Context) error {
	for {
		m.mu.Lock()
		held := m.held
		m.mu.Unlock()
		if !held {
			return nil
		}
		select {
		case <-m.turned:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// loseAll has everything but marks lost, until it is called with false.
func (m *mail) loseAll(yes bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.blind = yes
}

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

// Squatters finds none.
func (unmeasured) Squatters(context.Context, int, int) ([]domain.Listener, error) { return nil, nil }
