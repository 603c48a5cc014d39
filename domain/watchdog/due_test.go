package watchdog_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/golang/mock/gomock"
	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/watchdog"
	"supervisor-healthcheck/mocks"
)

func TestNewRefusesWhatCannotWork(t *testing.T) {
	fine := domain.NewCheck("fine", nil)
	web := domain.SelectGroup("web")
	without := func(change func(*domain.Policy)) domain.Policy {
		p := domain.DropIn()
		change(&p)
		return p
	}
	const incomplete = "check: the policy is not complete: begin with domain.DropIn or domain.Recommended"
	tests := map[string]struct {
		watches []domain.Watch
		want    string
	}{
		"no watch":     {nil, "nothing to watch"},
		"no selection": {[]domain.Watch{{Name: "check", Checks: []domain.Check{fine}, Policy: domain.DropIn()}}, "check: selects no process"},
		"no check":     {[]domain.Watch{{Name: "check", Select: web, Policy: domain.DropIn()}}, "check: has no check"},
		"no policy":    {[]domain.Watch{{Name: "check", Select: web, Checks: []domain.Check{fine}}}, incomplete},
		"no failures": {
			[]domain.Watch{{Name: "check", Select: web, Checks: []domain.Check{fine}, Policy: without(func(p *domain.Policy) { p.Failures = 0 })}}, incomplete,
		},
		"no successes": {
			[]domain.Watch{{Name: "check", Select: web, Checks: []domain.Check{fine}, Policy: without(func(p *domain.Policy) { p.Successes = 0 })}}, incomplete,
		},
		"no place": {
			[]domain.Watch{{Name: "check", Select: web, Checks: []domain.Check{fine}, Policy: without(func(p *domain.Policy) { p.MaxParallel = 0 })}}, incomplete,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if w, err := watchdog.New(watchdog.World{}, watchdog.Config{Watches: test.watches}); w != nil || err == nil || err.Error() != test.want {
				t.Errorf("New returned %v and %v, want %s", w, err, test.want)
			}
		})
	}
}

// in puts a program into a state.
func in(state domain.State, status int) func(*program) {
	return func(p *program) {
		p.State, p.ExitStatus = state, status
		if state != domain.Running && state != domain.Starting && state != domain.Stopping {
			p.PID = 0
		}
	}
}

func TestWhoIsJudgedAndWhoIsStarted(t *testing.T) {
	recover := func(states ...domain.State) domain.Policy {
		p := domain.DropIn()
		p.Recover = states
		return p
	}
	codes := func(codes ...int) func(*program) {
		return func(p *program) { in(domain.Exited, 3)(p); p.settings.ExitCodes = codes }
	}
	tests := map[string]struct {
		policy  domain.Policy
		program func(*program)
		judged  []string
		acts    []string
	}{
		"RUNNING is judged":                            {domain.DropIn(), in(domain.Running, 0), []string{"web:a"}, nil},
		"STARTING is not":                              {domain.DropIn(), in(domain.Starting, 0), nil, nil},
		"STOPPING is not":                              {recover(domain.Fatal, domain.Exited, domain.Backoff), in(domain.Stopping, 0), nil, nil},
		"STOPPED is left alone":                        {recover(domain.Fatal, domain.Exited, domain.Backoff), in(domain.Stopped, 0), nil, nil},
		"BACKOFF is left to supervisord":               {recover(domain.Fatal, domain.Exited, domain.Backoff), in(domain.Backoff, 0), nil, nil},
		"UNKNOWN is left alone":                        {recover(domain.Fatal, domain.Exited, domain.Backoff), in(domain.StateUnknown, 0), nil, nil},
		"FATAL is left alone":                          {domain.DropIn(), in(domain.Fatal, 0), nil, nil},
		"FATAL is started with recover=fatal":          {recover(domain.Fatal), in(domain.Fatal, 0), nil, []string{"start web:a"}},
		"FATAL is started with recover=backoff":        {recover(domain.Backoff), in(domain.Fatal, 0), nil, []string{"start web:a"}},
		"FATAL is left alone with recover=exited":      {recover(domain.Exited), in(domain.Fatal, 0), nil, nil},
		"EXITED is left alone":                         {domain.DropIn(), in(domain.Exited, 3), nil, nil},
		"EXITED is left alone with recover=fatal":      {recover(domain.Fatal), in(domain.Exited, 3), nil, nil},
		"EXITED is started with recover=exited":        {recover(domain.Exited), in(domain.Exited, 3), nil, []string{"start web:a"}},
		"a death by signal is not expected":            {recover(domain.Exited), in(domain.Exited, -1), nil, []string{"start web:a"}},
		"a status that is expected is left alone":      {recover(domain.Exited), codes(0, 3), nil, nil},
		"0 is not expected where exitcodes says so":    {recover(domain.Exited), func(p *program) { in(domain.Exited, 0)(p); p.settings.ExitCodes = []int{2} }, nil, []string{"start web:a"}},
		"a finished one-shot is left alone":            {recover(domain.Exited), in(domain.Exited, 0), nil, nil},
		"a status that is not expected by its program": {recover(domain.Exited), codes(0, 2), nil, []string{"start web:a"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.add(named("web:a"), test.program)
				s.watch(test.policy, "web:*")
				s.round()
				s.round() // and it stays so
				if diff := cmp.Diff(append(test.judged, test.judged...), s.sick.seen()); diff != "" && test.acts == nil {
					t.Errorf("judged twice (-want +got):\n%s", diff)
				}
				s.acted(test.acts...)
			})
		})
	}
}

func TestExitCodesThatCannotBeReadCountAsTheDefault(t *testing.T) {
	for status, want := range map[int][]string{0: nil, 3: {"start web:a"}} {
		play(t, func(t *testing.T, s *stage) {
			s.add(named("web:a"), in(domain.Exited, status))
			policy := domain.DropIn()
			policy.Recover = []domain.State{domain.Exited}
			s.watch(policy, "web:*")
			s.failing(func(call string) error {
				if call == "settings" {
					return domain.ErrUnreachable
				}
				return nil
			})
			s.round()
			s.acted(want...)
		})
	}
}

func TestSettingsThatCannotBeReadAreAskedForOnceARound(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		for _, name := range []string{"web:a", "web:b", "web:c"} {
			s.add(named(name), in(domain.Exited, 0))
		}
		s.watch(set(t, domain.DropIn(), "recover", "exited"), "web:*")
		s.failing(func(call string) error {
			if call == "settings" {
				return domain.ErrUnreachable
			}
			return nil
		})
		s.round()
		s.called("list", "settings")
		s.failing(nil)
		s.round()
		s.called("list", "settings")
		s.round()
		s.called("list")
	})
}

func TestTheListenerAndItsPoolAreNeverJudged(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("lst:lst_1", "web:a")
		policy := domain.DropIn()
		policy.Recover = []domain.State{domain.Fatal}
		s.change(self(), in(domain.Fatal, 0))
		s.watch(policy, "all", "lst", "lst:lst_1")
		s.sick.ill("status 500", "lst", "lst:lst_1")
		s.round()
		if diff := cmp.Diff([]string{"web:a"}, s.sick.seen()); diff != "" {
			t.Errorf("judged (-want +got):\n%s", diff)
		}
		s.acted()
		s.reported("watching all lst lst:lst_1 1")
	})
}

func TestIntervalSparesTicks(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		policy := domain.DropIn()
		policy.Interval = 15 * time.Second
		s.watch(policy, "web:*")
		stop := s.listen()
		var judged []int
		for tick := range 10 {
			s.tickAt(time.Now())
			s.pass(5*time.Second + []time.Duration{300, -300}[tick%2]*time.Millisecond) // ticks come a little early or late
			if s.sick.seen() != nil {
				judged = append(judged, tick)
			}
		}
		stop()
		if diff := cmp.Diff([]int{0, 3, 6, 9}, judged); diff != "" {
			t.Errorf("judged at the ticks (-want +got):\n%s", diff)
		}
	})
}

func TestASelectionThatMatchesNothingIsToldWhenThatChanges(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		const none = "watching web:* job 0"
		s.watch(domain.DropIn(), "web:*", "job")
		stop := s.listen()
		s.tick()
		s.tick()
		s.reported(none)
		s.run("web:a", "job")
		for range 13 { // nothing tells of it but the next full listing
			s.tick()
		}
		s.reported("watching web:* job 2")
		s.remove(named("job"))
		s.remove(named("web:a"))
		s.tick()
		s.tick()
		s.reported(none)
		stop()
	})
}

func TestTroubleWithSupervisordIsToldOnceAndHeals(t *testing.T) {
	unauthorized := errors.Join(domain.ErrUnauthorized, errors.New("set SUPERVISOR_USERNAME and SUPERVISOR_PASSWORD"))
	tests := map[string]struct {
		err  error
		want string
	}{
		"away":          {domain.ErrUnreachable, "silent [supervisord cannot be reached]"},
		"shutting down": {domain.ErrShuttingDown, "shutdown [supervisord is shutting down]"},
		"unauthorized": {
			unauthorized,
			"silent [unauthorized\nset SUPERVISOR_USERNAME and SUPERVISOR_PASSWORD]",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.run("web:a")
				s.watch(domain.DropIn(), "web:*")
				s.failing(func(string) error { return test.err })
				stop := s.listen()
				s.tick()
				s.tick()
				s.reported(test.want)
				s.failing(nil)
				s.tick()
				s.tick()
				s.reported("answers", "watching web:* 1")
				s.failing(func(string) error { return test.err })
				s.tick()
				s.reported(test.want)
				stop()
				s.reported()
			})
		})
	}
}

func TestTheMeasurementsOfOneRoundShareOneLook(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		type key struct{}
		s.run("web:a", "web:b", "web:c")
		s.change(named("web:c"), in(domain.Fatal, 0))
		stats := mocks.NewMockProcessStats(gomock.NewController(t))
		s.world.Stats = stats
		stats.EXPECT().Round(gomock.Any(), []int{102, 103}).DoAndReturn(func(ctx context.Context, _ []int) context.Context {
			return context.WithValue(ctx, key{}, "this round")
		})
		policy := domain.DropIn()
		policy.Recover = []domain.State{domain.Fatal}
		policy.Observe = true
		s.watchWith(policy, []domain.Check{domain.NewCheck("look", func(ctx context.Context, p domain.Process) domain.Verdict {
			if ctx.Value(key{}) != "this round" {
				t.Errorf("%s was judged outside the round", p.ID)
			}
			return domain.Healthy.Because("fine")
		})}, "web:*")
		s.round()
	})
}

func TestARoundWhileAnotherAsksIsLeftOut(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		s.slowly(func(string) { time.Sleep(time.Second) })
		go s.make().Round(t.Context())
		s.pass(500 * time.Millisecond)
		s.dog.Round(t.Context())
		s.called("list")
		s.pass(time.Second)
	})
}

func TestVerdictsAfterTheEndCountForNothing(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b", "web:c")
		ctx, cancel := context.WithCancel(t.Context())
		late := domain.NewCheck("late", func(ctx context.Context, _ domain.Process) domain.Verdict {
			cancel()
			<-ctx.Done()
			return domain.Unhealthy.Because("context canceled")
		})
		s.watchWith(domain.DropIn(), []domain.Check{late}, "web:*")
		s.make().Round(ctx)
		s.dog.Wait()
		s.called("list")
		s.reported("watching web:* 3")
		s.dog.Round(ctx)
		s.dog.Wait()
		s.called("list")
		s.reported()
	})
}

func TestACheckThatPanicsIsNewsAboutTheChecker(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b")
		rash := domain.NewCheck("rash", func(ctx context.Context, p domain.Process) domain.Verdict {
			if p.Name == "a" {
				panic("no such header")
			}
			return s.sick.check().Run(ctx, p)
		})
		s.watchWith(domain.DropIn(), []domain.Check{rash}, "web:*")
		s.round()
		s.round()
		s.acted()
		lines := s.said.took()
		if len(lines) != 2 || !matches(lines[1], `^judged web:a unknown \(the check panicked: no such header at \S+due_test.go:\d+\): keep$`) {
			t.Errorf("the reports:\n%q", lines)
		}
	})
}
