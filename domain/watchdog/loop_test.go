package watchdog_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// counting is a clock that counts how often somebody sleeps.
type counting struct {
	ports.Clock
	sleeps *atomic.Int64
}

func (c counting) Sleep(ctx context.Context, d time.Duration) error {
	c.sleeps.Add(1)
	return c.Clock.Sleep(ctx, d)
}

func TestNobodyWakesUpForNothing(t *testing.T) {
	tests := map[string]struct {
		settings []string
		happens  func(s *stage)
		most     int64 // in an hour of 720 ticks
	}{
		"while all is well": {nil, func(*stage) {}, 5},
		"while a restart does not come along": {nil, func(s *stage) {
			s.change(named("web:a"), func(p *program) { p.stopTakes = 2 * time.Hour })
			s.sick.ill("status 500", "web:a")
		}, 800},
		"while a start fails over and over": {nil, func(s *stage) {
			s.change(named("web:a"), func(p *program) { p.cannot = domain.ErrCannotStart })
			s.sick.ill("status 500", "web:a")
		}, 200},
		"while others wait for a slot": {[]string{"max-parallel", "1", "start-grace", "50m"}, func(s *stage) {
			s.sick.ill("status 500", "web:a", "web:b")
		}, 60},
		"while the ledger cannot be written": {[]string{"restart-limit", "9/1h"}, func(s *stage) {
			s.journal.failing(func(string) error { return errors.New("read-only file system") })
			s.die(named("web:a"), 1, true)
		}, 500},
		"while everything is held": {[]string{"mass-failure", "10%", "restart-limit", "1/1h", "backoff", "1m..1h"}, func(s *stage) {
			s.sick.ill("no database", "web:a", "web:b", "web:c")
		}, 200},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.run("web:a", "web:b", "web:c", "job:a")
				var sleeps atomic.Int64
				s.world.Clock = counting{s.world.Clock, &sleeps}
				s.watchInOrder(set(t, domain.DropIn(), test.settings...), "web:*")
				stop := s.listen()
				s.fed()
				s.tick()
				test.happens(s)
				sleeps.Store(0)
				for range 720 {
					s.tick()
				}
				if n := sleeps.Load(); n > test.most {
					t.Errorf("somebody slept %d times, want at most %d", n, test.most)
				}
				stop()
			})
		})
	}
}

func TestAWorldWithTheNeedfulAlone(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.world.Owner, s.world.Journal, s.world.Ledger, s.world.Reporter = nil, nil, nil, nil
		s.run("web:a")
		s.watchWith(set(t, domain.DropIn(), "restart-limit", "1/1h"), []domain.Check{listening{s.sick.check(), 8080}}, "web:*")
		s.sick.ill("status 500", "web:a")
		stop := s.listen()
		for range 4 {
			s.tick()
		}
		s.acted("stop web:a", "start web:a")
		if took, err := stop(); err != nil || took != 0 {
			t.Errorf("Listen returned %v after %s", err, took)
		}
	})
}

func TestWhatHappensBeforeTheLedgerIsReadIsAddedToIt(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.journal.histories[named("web:a")] = domain.History{Acts: acts(-60), Boots: []time.Duration{time.Second}}
		s.watch(set(t, domain.DropIn(), "restart-limit", "3/1h"), "web:*")
		s.journal.failing(func(call string) error {
			if call == "histories" {
				return errors.New("no such directory")
			}
			return nil
		})
		stop := s.listen()
		s.fed()
		s.tick()
		for range 2 {
			s.die(named("web:a"), 1, true)
			s.pass(2 * time.Second)
		}
		s.journal.failing(nil)
		s.tick()
		s.tick()
		s.sick.ill("status 500", "web:a")
		s.tick()
		s.acted()
		stop()
		if kept := s.journal.histories[named("web:a")]; len(kept.Acts) != 3 || len(kept.Boots) != 1 {
			t.Errorf("kept: %+v", kept)
		}
	})
}
