package watchdog_test

import (
	"context"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

// A reload waits for no probe, and a probe that hangs keeps nobody from being judged under the new watches.
func TestAReloadWhileProbesHang(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b", "api:c")
		sick := s.sick.check()
		hangs := domain.NewCheck("probe", func(ctx context.Context, p domain.Process) domain.Verdict {
			if p.ID == named("web:a") {
				<-ctx.Done()
			}
			return sick.Run(ctx, p)
		})
		s.watchWith(set(t, domain.DropIn(), "failures", "2"), []domain.Check{hangs}, "web:*")
		stop := s.listen()
		s.sick.ill("status 500", "web:b")
		s.tick()
		s.watch(set(t, domain.DropIn(), "failures", "2"), "api:*")
		if err := s.dog.Reconfigure(s.config.Watches, 0, []int{0, -1}); err != nil {
			t.Fatal(err)
		}
		s.tick()
		s.acted("stop web:b", "start web:b") // its first failure was before the reload
		s.sick.well("web:b")
		s.sick.ill("status 500", "api:c")
		s.tick()
		s.tick()
		s.acted("stop api:c", "start api:c")
		s.pass(time.Hour)
		stop()
	})
}

func TestAReloadThatIsWrongChangesNothing(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		stop := s.listen()
		if err := s.dog.Reconfigure([]domain.Watch{{Name: "x"}}, 0, []int{-1}); err == nil {
			t.Fatal("it was taken")
		}
		s.sick.ill("status 500", "web:a")
		s.tick()
		s.acted("stop web:a", "start web:a")
		stop()
	})
}
