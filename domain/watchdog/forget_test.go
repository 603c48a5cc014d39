package watchdog_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// elephant is a check that remembers every instance until it is told to forget.
type elephant struct {
	domain.Check
	remembered map[domain.Instance]bool
}

func (e *elephant) Forget(alive func(domain.Instance) bool) {
	for i := range e.remembered {
		if !alive(i) {
			delete(e.remembered, i)
		}
	}
}

func TestChecksAreToldWhoIsGone(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b", "web:c")
		e := &elephant{Check: s.sick.check(), remembered: map[domain.Instance]bool{}}
		for _, name := range []string{"web:a", "web:b", "web:c"} {
			e.remembered[s.at(named(name)).Instance()] = true
		}
		s.watchWith(domain.DropIn(), []domain.Check{s.sick.check(), e}, "web:*")
		s.round()
		if len(e.remembered) != 3 {
			t.Errorf("remembered after the first round: %v", e.remembered)
		}
		s.die(named("web:a"), 1, true)
		s.remove(named("web:b"))
		s.round()
		if want := map[domain.Instance]bool{s.at(named("web:c")).Instance(): true}; !cmp.Equal(want, e.remembered) {
			t.Errorf("remembered: %v, want %v", e.remembered, want)
		}
	})
}

// TestChecksAreToldWhoIsGoneWhicheverWayItWasSeen has lives end that are seen by asking for one process, or by a restart
// of ours, and not by a listing.
func TestChecksAreToldWhoIsGoneWhicheverWayItWasSeen(t *testing.T) {
	for name, end := range map[string]func(s *stage){
		"supervisord makes a death good": func(s *stage) { s.die(named("web:a"), 1, true) },
		"we restart it":                  func(s *stage) { s.sick.ill("status 500", "web:a") },
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.run("web:a", "web:b")
				for i := range 30 { // so many that one is asked for by itself
					s.run(fmt.Sprintf("other:%d", i))
				}
				e := &elephant{Check: s.sick.check(), remembered: map[domain.Instance]bool{}}
				s.watchWith(domain.DropIn(), []domain.Check{s.sick.check(), e}, "web:*")
				stop := s.listen()
				s.fed()
				s.tick()
				old := s.at(named("web:a")).Instance()
				e.remembered[old] = true
				end(s)
				s.tick()
				s.sick.well("web:a")
				for range 180 { // a quarter of an hour: until after the next full listing
					s.tick()
				}
				stop()
				if e.remembered[old] || s.at(named("web:a")).Instance().Same(old) {
					t.Errorf("%v is still remembered, and %v lives", e.remembered, s.at(named("web:a")).Instance())
				}
			})
		})
	}
}

func TestWhatIsRememberedOfAProcessGoesWithIt(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b", "job:a")
		s.watch(set(t, domain.DropIn(), "restart-limit", "9/1h", "recover", "fatal"), "all")
		s.sick.ill("status 500", "web:a", "web:b")
		s.change(named("job:a"), in(domain.Fatal, 0))
		s.round() // restarts all of them: no event tells that the stops and starts were ours
		s.round()
		for _, name := range []string{"web:a", "web:b", "job:a"} {
			s.vanish(named(name))
		}
		s.pass(time.Minute)
		s.round()
		want := map[string]int{
			"engine.watches": 1, "engine.selectors.all": 1, "prober.watches": 1, "prober.local": 1, "engine.table.rows": 1, "engine.table.order": 1, "engine.table.rows.taught.of": 1,
			"engine.daemon.settings": 4, "engine.daemon.settings.ExitCodes": 4, // as supervisord has told them last
		}
		if diff := cmp.Diff(want, s.dog.Sizes()); diff != "" {
			t.Errorf("remembered (-want +got):\n%s", diff)
		}
	})
}

func TestAProcessThatIsStillProbedIsForgottenLater(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b")
		slow := domain.NewCheck("slow", func(_ context.Context, p domain.Process) domain.Verdict {
			if p.Name == "a" {
				time.Sleep(7 * time.Second)
			}
			return domain.Healthy.Because("fine")
		})
		s.watchWith(domain.DropIn(), []domain.Check{slow}, "web:*")
		stop := s.listen()
		s.tick()
		s.vanish(named("web:a"))
		for range 2 { // by then it is listed
			s.tick()
		}
		s.die(named("web:b"), 1, true)
		for range 2 {
			s.tick()
		}
		sizes := s.dog.Sizes()
		stop()
		if sizes["engine.watches.members"] != 1 || sizes["prober.flying"] != 0 || sizes["prober.took"] != 0 {
			t.Errorf("remembered: %v", sizes)
		}
	})
}

func TestTheHistoryOfAProcessThatIsBeingRestartedIsForgotten(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b")
		s.change(named("web:a"), func(p *program) { p.stopTakes = 30 * time.Second })
		s.watch(set(t, domain.DropIn(), "restart-limit", "9/1h"), "web:*")
		s.sick.ill("status 500", "web:a")
		stop := s.listen()
		s.tick() // the stop is sent
		kept := len(s.journal.histories[named("web:a")].Acts)
		s.vanish(named("web:a"))
		for range 28 { // two minutes: until the next full listings
			s.tick()
		}
		sizes := s.dog.Sizes()
		stop()
		if sizes["engine.table.rows"] != 2 || sizes["engine.restarts"]+sizes["engine.ledger.kept"]+sizes["engine.slots.taken"] != 0 {
			t.Errorf("remembered: %v", sizes)
		}
		if left := s.journal.histories[named("web:a")]; kept != 1 || !left.Empty() {
			t.Errorf("%d acts were kept, and then %v", kept, left)
		}
	})
}

// TestSoak lets 4,000 instances of 800 names come and go in 4,000 rounds, half of them with PROCESS_STATE events.
func TestSoak(t *testing.T) {
	for _, fed := range []bool{false, true} {
		t.Run(map[bool]string{true: "with events", false: "without events"}[fed], func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) { soak(t, s, fed) })
		})
	}
}

func soak(t *testing.T, s *stage, fed bool) {
	const rounds, names, crowd = 2_000, 400, 10
	s.world.Reporter = nil
	e := &elephant{Check: domain.NewCheck("elephant", s.elephantine), remembered: map[domain.Instance]bool{}}
	policy := set(t, domain.DropIn(), "restart-limit", "2/1h", "backoff", "10s..1m", "recover", "fatal,exited", "failures", "2", "mass-failure", "80%")
	s.watchWith(policy, []domain.Check{e}, "web:*", "job:*")
	stop := s.listen()
	if fed {
		s.fed()
	}
	heap := uint64(0)
	for n := range rounds {
		group := []string{"web", "job"}[n%2]
		s.add(domain.ID{Group: group, Name: fmt.Sprint(n % names)})
		if old := (domain.ID{Group: group, Name: fmt.Sprint((n - crowd + names) % names)}); n >= crowd {
			s.remove(old)
		}
		if n > 3 {
			s.die(domain.ID{Group: []string{"web", "job"}[(n-1)%2], Name: fmt.Sprint((n - 1) % names)}, 1, n%3 > 0)
		}
		s.tick()
		s.took()
		s.journal.took()
		if n == rounds/5 {
			heap = allocated()
		}
	}
	grown := int64(allocated()) - int64(heap)
	sizes := s.dog.Sizes()
	for what, n := range sizes {
		if n > 4*crowd {
			t.Errorf("%d %s are remembered of %d processes", n, what, crowd)
		}
	}
	if grown > 1<<20 {
		t.Errorf("the heap has grown by %d bytes in %d rounds: %v", grown, rounds*4/5, sizes)
	}
	if _, err := stop(); err != nil {
		t.Error(err)
	}
}

// elephantine finds every third process ill.
func (s *stage) elephantine(_ context.Context, p domain.Process) domain.Verdict {
	if p.PID%3 == 0 {
		return domain.Unhealthy.Because("it is one of three")
	}
	return domain.Healthy.Because("fine")
}

func allocated() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestWhatIsRememberedOfAGroupGoesWithIt(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.watchWith(set(t, domain.Recommended(), "mass-failure", "50%"), []domain.Check{listening{s.sick.check(), 8080}}, "all")
		stop := s.listen()
		for group := range 4 {
			var names []string
			for i := range 4 {
				names = append(names, fmt.Sprintf("g%d:p%d", group, i))
			}
			s.run(names...)
			s.tick()
			s.sick.ill("no database", names...)
			for range 80 { // until after the first is tried
				s.tick()
			}
			for _, name := range names {
				s.remove(named(name))
			}
			s.pass(time.Second)
			s.tick()
			s.tick()
		}
		sizes := s.dog.Sizes()
		stop()
		delete(sizes, "engine.daemon.settings")
		delete(sizes, "engine.daemon.settings.ExitCodes")
		want := map[string]int{"engine.watches": 1, "engine.selectors.all": 1, "prober.watches": 1, "prober.local": 1, "engine.table.rows": 1, "engine.table.order": 1, "engine.table.rows.taught.of": 1}
		if diff := cmp.Diff(want, sizes); diff != "" {
			t.Errorf("remembered (-want +got):\n%s", diff)
		}
	})
}

// listening is a check of a service on a TCP port.
type listening struct {
	domain.Check
	port int
}

func (l listening) Port(domain.Process) (int, bool) { return l.port, l.port != 0 }
