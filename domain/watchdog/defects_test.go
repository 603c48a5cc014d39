package watchdog_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

func TestTheReportsOfOneRestart(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		stop := s.listen()
		s.tick()
		s.sick.ill("status 500", "web:a")
		s.tick()
		s.sick.well("web:a")
		s.tick()
		s.tick()
		stop()
		s.reported(
			"watching web:* 1",
			"judged web:a unhealthy (status 500): do failing 1",
			"stopping web:a",
			"restarted web:a pid 103 down 1.42s",
			"judged web:a healthy (fine): keep",
		)
	})
}

func TestASharedOutageRestartsOneOfThoseThatWereAddedOneAfterTheOther(t *testing.T) {
	for name, policy := range map[string]domain.Policy{
		"by the share":        set(t, domain.DropIn(), "failures", "3", "interval", "15", "mass-failure", "50%", "max-parallel", "4"),
		"by the shared cause": set(t, domain.Recommended(), "max-parallel", "4"),
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.watch(policy, "web:*")
				stop := s.listen()
				n := 0
				for range 3 {
					for range 2 {
						s.run(fmt.Sprintf("web:%d", n))
						n++
					}
					s.tick()
				}
				for range 6 {
					s.tick()
				}
				for i := range n {
					s.sick.ill("no database", fmt.Sprintf("web:%d", i))
				}
				for range 10 {
					s.tick()
				}
				stop()
				stops := 0
				for _, act := range s.acts() {
					if act[:4] == "stop" {
						stops++
					}
				}
				if stops > 1 {
					t.Errorf("%d processes were stopped", stops)
				}
			})
		})
	}
}

// TestThreeThatHangAreNoMass: they are judged later than those that are well, which says nothing about their number.
func TestThreeThatHangAreNoMass(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run(web(100)...)
		mute := domain.NewCheck("mute", func(ctx context.Context, p domain.Process) domain.Verdict {
			if v := s.sick.check().Run(ctx, p); v.Health != domain.Unhealthy {
				return v
			}
			wait(ctx, 5*time.Second)
			return domain.Unhealthy.Because("no answer")
		})
		policy := set(t, domain.DropIn(), "failures", "3", "interval", "15", "mass-failure", "50%")
		s.watchWith(policy, []domain.Check{mute}, "web:*")
		stop := s.listen()
		s.tick()
		s.sick.ill("no answer", "web:1", "web:2", "web:3")
		for range 14 {
			s.tick()
		}
		if got := s.restarted(); len(slices.Compact(got)) != 3 {
			t.Errorf("restarted: %v", got)
		}
		for _, line := range s.said.took() {
			if strings.Contains(line, "mass") {
				t.Error(line)
			}
		}
		stop()
	})
}

// TestWhoWaitsForASlotIsHeldByAnOutageThatHasBegunMeanwhile has four of ten fail, of which three wait, and then all, as the
// next round finds. Whoever waits is not judged alone until then.
func TestWhoWaitsForASlotIsHeldByAnOutageThatHasBegunMeanwhile(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run(web(10)...)
		s.watchInOrder(set(t, domain.DropIn(), "max-parallel", "1", "mass-failure", "50%"), "web:*")
		stop := s.listen()
		s.tick()
		s.sick.ill("no database", web(4)...)
		s.tickAt(time.Now())
		s.pass(500 * time.Millisecond)
		s.sick.ill("no database", web(10)...)
		s.pass(4500 * time.Millisecond)
		for range 6 { // the first of them judges everybody anew
			s.tick()
		}
		if got := s.restarted(); len(got) > 2 { // the first one, before, and perhaps a canary
			t.Errorf("restarted: %v", got)
		}
		stop()
	})
}

func TestOneWatchDoesNotForgetWhatAnotherNeeds(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.journal.histories[named("web:a")] = domain.History{Acts: acts(-7260, -7200)}
		s.watch(set(t, domain.DropIn(), "restart-limit", "3/24h"), "web:*")
		s.watch(domain.DropIn(), "web:*")
		s.sick.ill("status 500", "web:a")
		stop := s.listen()
		s.tick()
		s.tick()
		stop()
		if n := len(s.journal.histories[named("web:a")].Acts); n != 4 {
			t.Errorf("%d restarts are remembered, want 4", n)
		}
	})
}

func TestDeathsCountAgainstTheLimitOfWhicheverWatch(t *testing.T) {
	for name, first := range map[string]bool{"the first": true, "the second": false} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.run("web:a")
				policies := []domain.Policy{set(t, domain.DropIn(), "restart-limit", "2/1h"), domain.DropIn()}
				if !first {
					slices.Reverse(policies)
				}
				for _, policy := range policies {
					s.watch(policy, "web:*")
				}
				stop := s.listen()
				s.fed()
				s.tick()
				for range 3 {
					s.die(named("web:a"), 1, true)
					s.pass(2 * time.Second)
				}
				stop()
				s.reported("watching web:* 1", "watching web:* 1", "flapping web:a hold limit 2/2 59m58s")
			})
		})
	}
}

func set(t *testing.T, policy domain.Policy, settings ...string) domain.Policy {
	t.Helper()
	for i := 0; i < len(settings); i += 2 {
		if err := policy.Set(settings[i], settings[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return policy
}
