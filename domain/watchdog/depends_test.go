package watchdog_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/watchdog"
)

// answers is a dependency that takes a second to answer, and counts how often it is asked.
type answers struct {
	down  atomic.Bool
	asked atomic.Int32
}

func (a *answers) Name() string { return "tcp db" }

func (a *answers) Run(ctx context.Context, p domain.Process) domain.Verdict {
	a.asked.Add(1)
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
	}
	if a.down.Load() || p.PID != 0 {
		return domain.Unhealthy.Because("connection refused")
	}
	return domain.Healthy.Because("it answers")
}

func TestARoundWaitsForWhatItsProcessesDependOn(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		db := &answers{}
		s.run("web:a", "web:b")
		s.watch(domain.DropIn(), "web:*")
		s.config.Watches[0].Depends = []domain.Dependency{{Name: "tcp db", Check: db}}
		s.round()
		if n := db.asked.Load(); n != 0 {
			t.Errorf("it was asked %d times although all are well", n)
		}
		db.down.Store(true)
		s.sick.ill("status 500", "web:a", "web:b")
		for n := range int32(3) {
			for _, f := range s.make().Round(t.Context()) {
				if d := f.Decision; n == 0 && (d.Cause != domain.CauseBlocked || d.Blocker.Name != "tcp db" || d.Blocker.Reason != "connection refused") {
					t.Errorf("%s: %+v", f.Process, d)
				}
			}
			if got := db.asked.Load(); got != n+1 {
				t.Errorf("it was asked %d times in %d rounds", got, n+1)
			}
			s.pass(5 * time.Second)
		}
		db.down.Store(false)
		s.round()
		s.acted()
		s.pass(5 * time.Second)
		s.round()
		acts := s.acts() // two restarts side by side
		slices.Sort(acts)
		if diff := cmp.Diff([]string{"start web:a", "start web:b", "stop web:a", "stop web:b"}, acts); diff != "" {
			t.Errorf("what was done (-want +got):\n%s", diff)
		}
	})
}

// A round that is over before the answer has come has found out nothing.
func TestADependencyThatIsAskedWhenTheRoundIsCancelled(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		db := &answers{}
		db.down.Store(true)
		s.run("web:a")
		s.watch(domain.DropIn(), "web:a")
		s.config.Watches[0].Depends = []domain.Dependency{{Name: "tcp db", Check: db}}
		s.sick.ill("status 500", "web:a")
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		s.make().Round(ctx)
		s.dog.Wait()
		s.acted()
		s.pass(5 * time.Second)
		db.down.Store(false)
		s.round()
		s.acted("stop web:a", "start web:a")
	})
}

func TestAWatchdogRefusesDependenciesThatCannotBe(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:a")
		s.config.Watches[0].Depends = []domain.Dependency{{Name: "redis"}}
		if _, err := watchdog.New(s.world, s.config); err == nil || err.Error() != "check: depends on redis, which is no watch" {
			t.Error(err)
		}
	})
}
