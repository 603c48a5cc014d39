package watchdog_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
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
			"subjects": 0, "budgets": 0, "unsaved": 0, "open": 0, "starts": 0, "stops": 0, "ends": 0, "groups": 0, "waiting": 0,
			"rows": 1, "changed": 0, "order": 1, "births": 0,
		}
		if diff := cmp.Diff(want, s.dog.Sizes()); diff != "" {
			t.Errorf("remembered (-want +got):\n%s", diff)
		}
	})
}

func TestAProcessThatIsStillExaminedIsForgottenLater(t *testing.T) {
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
		for range 14 { // a minute: until the next full listing
			s.tick()
		}
		stop()
		if n := s.dog.Sizes()["subjects"]; n != 1 {
			t.Errorf("%d are remembered, want 1", n)
		}
	})
}

func TestTheBudgetOfAProcessThatIsBeingRestartedIsForgottenLater(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b")
		s.change(named("web:a"), func(p *program) { p.stopTakes = 30 * time.Second })
		s.watch(set(t, domain.DropIn(), "restart-limit", "9/1h"), "web:*")
		s.sick.ill("status 500", "web:a")
		stop := s.listen()
		s.tick() // the stop is sent
		s.vanish(named("web:a"))
		known := s.dog.Sizes()["budgets"]
		for range 28 { // two minutes: until the next full listings
			s.tick()
		}
		stop()
		if sizes := s.dog.Sizes(); known != 1 || sizes["budgets"] != 0 || sizes["subjects"] != 1 || sizes["open"] != 0 {
			t.Errorf("%d budgets were known, and then %v", known, sizes)
		}
	})
}

// TestSoak lets 10,000 instances of 2,000 names come and go in 10,000 rounds, half of them with PROCESS_STATE events.
func TestSoak(t *testing.T) {
	for _, fed := range []bool{false, true} {
		t.Run(map[bool]string{true: "with events", false: "without events"}[fed], func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) { soak(t, s, fed) })
		})
	}
}

func soak(t *testing.T, s *stage, fed bool) {
	const rounds, crowd = 5_000, 10
	s.world.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
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
		s.add(domain.ID{Group: group, Name: fmt.Sprint(n % 1000)})
		if old := (domain.ID{Group: group, Name: fmt.Sprint((n - crowd + rounds) % 1000)}); n >= crowd {
			s.remove(old)
		}
		if n > 3 {
			s.die(domain.ID{Group: []string{"web", "job"}[(n-1)%2], Name: fmt.Sprint((n - 1) % 1000)}, 1, n%3 > 0)
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
