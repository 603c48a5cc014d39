package watchdog_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// wait waits, but not longer than for the end of ctx.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// web returns the names of so many processes.
func web(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("web:%d", i))
	}
	return names
}

// restarted returns who was stopped and started again since it was last asked.
func (s *stage) restarted() []string {
	s.t.Helper()
	var stops, starts []string
	for _, act := range s.acts() {
		if name, stopped := strings.CutPrefix(act, "stop "); stopped {
			stops = append(stops, name)
		} else {
			starts = append(starts, strings.TrimPrefix(act, "start "))
		}
	}
	slices.Sort(stops)
	slices.Sort(starts)
	if diff := cmp.Diff(stops, starts); diff != "" {
		s.t.Errorf("stopped but not started, or the other way (-stopped +started):\n%s", diff)
	}
	return stops
}

func TestMassFailureHoldsAllButOne(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		names := web(6)
		s.run(names...)
		s.watch(set(t, domain.DropIn(), "mass-failure", "50%"), "web:*")
		stop := s.listen()
		s.tick()
		s.said.took()
		s.sick.ill("no database", names[:5]...)
		s.tick()
		canary := s.restarted()
		if len(canary) != 1 {
			t.Fatalf("restarted: %q, want one", canary)
		}
		held, done := 0, 0
		for _, line := range s.said.took() {
			if strings.Contains(line, "hold mass") {
				held++
			}
			if strings.Contains(line, "do failing") {
				done++
			}
		}
		if held != 4 || done != 1 {
			t.Errorf("%d were held and %d done, want 4 and 1", held, done)
		}
		for range 10 {
			s.tick()
		}
		s.acted()
		s.reported("judged " + canary[0] + " unhealthy (no database): hold mass 5/6 9m55s") // it was tried, so it is the turn of the others first
		s.sick.well(canary...)
		s.tick() // the restart has helped, so the next one gets one
		s.tick()
		next := s.restarted()
		if len(next) != 1 || next[0] == canary[0] {
			t.Fatalf("restarted: %q, want another one", next)
		}
		s.sick.well(next...)
		left := slices.DeleteFunc(slices.Clone(names[:5]), func(n string) bool { return n == canary[0] || n == next[0] })
		s.sick.well(left[0])
		s.tick() // so few are no mass
		s.tick()
		if diff := cmp.Diff(left[1:], slices.Compact(s.restarted())); diff != "" {
			t.Errorf("restarted (-want +got):\n%s", diff)
		}
		stop()
	})
}

func TestTheNextCanaryOfAMassFailureIsTriedAfterAGrowingPause(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run(web(4)...)
		s.watch(set(t, domain.DropIn(), "mass-failure", "50%"), "web:*")
		stop := s.listen()
		s.tick()
		s.sick.ill("no database", web(4)...)
		var at []time.Duration
		tried := map[string]int{}
		began := time.Now()
		for time.Since(began) < 80*time.Minute {
			since := time.Since(began).Truncate(time.Second)
			s.tick()
			for _, name := range s.restarted() {
				at = append(at, since)
				tried[name]++
			}
		}
		stop()
		want := []time.Duration{0, 5 * time.Minute, 15 * time.Minute, 35 * time.Minute, 75 * time.Minute}
		for i, d := range at {
			if i < len(want) && (d < want[i] || d > want[i]+time.Minute) {
				t.Errorf("restart %d came after %s, want %s", i, d, want[i])
			}
		}
		if len(at) != len(want) {
			t.Errorf("restarts after %v, want %v", at, want)
		}
		for _, name := range web(4) {
			if tried[name] == 0 {
				t.Errorf("tried: %v, want everybody's turn", tried)
			}
		}
	})
}

func TestFewFailuresWaitForTheRestOfTheRoundOnlyWhereThatMatters(t *testing.T) {
	tests := map[string]struct {
		share string
		after time.Duration // when the others are judged, the restarts are begun
	}{
		"where all must fail": {"100%", 3 * time.Second},
		"where two of four are too few anyhow, but three are not": {"75%", 3 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.run(web(4)...)
				slow := domain.NewCheck("slow", func(ctx context.Context, p domain.Process) domain.Verdict {
					if p.Name >= "2" {
						wait(ctx, 3*time.Second)
					}
					return s.sick.check().Run(ctx, p)
				})
				s.watchWith(set(t, domain.DropIn(), "mass-failure", test.share), []domain.Check{slow}, "web:*")
				s.sick.ill("status 500", "web:0", "web:1")
				stop := s.listen()
				s.tickAt(time.Now())
				s.pass(test.after - time.Millisecond)
				s.acted()
				s.pass(4 * time.Second)
				if got := s.restarted(); !slices.Equal(got, []string{"web:0", "web:1"}) {
					t.Errorf("restarted: %q", got)
				}
				stop()
			})
		})
	}
}

func TestAFailureThatIsNoMassHoweverTheOthersTurnOutDoesNotWait(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run(web(8)...)
		slow := domain.NewCheck("slow", func(ctx context.Context, p domain.Process) domain.Verdict {
			if p.Name == "7" {
				wait(ctx, time.Minute)
			}
			return s.sick.check().Run(ctx, p)
		})
		s.watchWith(set(t, domain.DropIn(), "mass-failure", "50%"), []domain.Check{slow}, "web:*")
		s.sick.ill("status 500", "web:0", "web:1")
		stop := s.listen()
		s.tickAt(time.Now())
		s.pass(3 * time.Second)
		if got := s.restarted(); !slices.Equal(got, []string{"web:0", "web:1"}) {
			t.Errorf("restarted: %q", got)
		}
		stop()
	})
}

// TestAMassFailureWhoseCanaryIsGoneFindsAnother: a canary that was not restarted has shown nothing, so the next one is
// tried at once; one that was, and is gone since, may have.
func TestAMassFailureWhoseCanaryIsGoneFindsAnother(t *testing.T) {
	tests := map[string]struct {
		before func(s *stage)
		after  func(s *stage, canary string)
		atOnce int // restarts in a minute and a half
	}{
		"its group was removed":  {nil, func(s *stage, name string) { s.remove(named(name)) }, 1},
		"a human has stopped it": {nil, func(s *stage, name string) { s.stopByHand(named(name)) }, 1},
		"it has ended for good": {nil, func(s *stage, name string) {
			s.tick()
			s.tick()
			s.tick() // what ends sooner after our start is started again
			s.die(named(name), 1, false)
		}, 1},
		"it cannot be restarted": {func(s *stage) { s.change(named("web:0"), func(p *program) { p.settings.Priority = -1 }) }, nil, 1},
		"another listener claims it": {func(s *stage) {
			s.journal.failing(func(call string) error {
				if strings.HasSuffix(call, "stop sent") {
					s.journal.failing(nil)
					return domain.ErrClaimed
				}
				return nil
			})
		}, nil, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				names := web(9)
				s.run(names...)
				s.watchInOrder(set(t, domain.DropIn(), "mass-failure", "50%"), "all") // who is named has no priority that protects it
				s.sick.ill("no database", names...)
				stop := s.listen()
				if test.before != nil {
					test.before(s)
				}
				s.tick()
				got := s.restarted()
				if test.after != nil {
					test.after(s, got[0])
				}
				for range 17 {
					s.tick()
				}
				if got = append(got, s.restarted()...); len(got) != test.atOnce {
					t.Errorf("restarted in a minute and a half: %q, want %d", got, test.atOnce)
				}
				for range 50 {
					s.tick()
				}
				if got := s.restarted(); len(got) != 1 {
					t.Errorf("restarted in the next four minutes: %q, want one", got)
				}
				stop()
			})
		})
	}
}
