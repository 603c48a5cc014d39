package watchdog_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func TestRoundReturnsWhatWasFound(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b")
		s.add(named("job:c"), in(domain.Fatal, 0), func(p *program) { p.SpawnError = "exited too quickly" })
		s.watch(set(t, domain.DropIn(), "failures", "2"), "web:*")
		s.watch(set(t, domain.DropIn(), "recover", "fatal", "mode", "observe"), "job:*")
		s.sick.ill("status 500", "web:b")
		want := map[string]domain.Finding{
			"web:a": {Watch: "check", PID: 102, Verdict: domain.Verdict{Health: domain.Healthy, Reason: "fine", Check: "probe"}},
			"web:b": {
				Watch: "check", PID: 103, Verdict: domain.Verdict{Health: domain.Unhealthy, Reason: "status 500", Check: "probe"},
				Decision: domain.Decision{Kind: domain.Hold, Cause: domain.CauseFailures, Count: 1, Of: 2},
			},
			"job:c": {
				Watch: "check", Verdict: domain.Verdict{Health: domain.Unhealthy, Reason: "it is FATAL: exited too quickly"},
				Decision: domain.Decision{Kind: domain.Do, Cause: domain.CauseObserve, Count: 1},
			},
		}
		got := map[string]domain.Finding{}
		for _, f := range s.make().Round(t.Context()) {
			id := f.Process
			f.Process = domain.ID{}
			got[id.String()] = f
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("found (-want +got):\n%s", diff)
		}
		s.dog.Wait()
	})
}

func TestRoundReturnsTheDecisionThatWaitedForOthers(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b", "web:c")
		slow := domain.NewCheck("slow", func(ctx context.Context, p domain.Process) domain.Verdict {
			if p.Name == "c" {
				time.Sleep(time.Second)
			}
			return s.sick.check().Run(ctx, p)
		})
		s.watchWith(set(t, domain.DropIn(), "mass-failure", "100%"), []domain.Check{slow}, "web:*")
		s.sick.ill("status 500", "web:a", "web:b")
		found := s.make().Round(t.Context())
		if len(found) != 3 {
			t.Errorf("found: %v", found)
		}
		for _, f := range found {
			if f.Decision.Cause == domain.CauseUndecided {
				t.Errorf("%s is still undecided", f.Process)
			}
		}
		s.dog.Wait()
	})
}

func TestRoundOfASilentSupervisordFindsNothing(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		s.failing(func(string) error { return domain.ErrUnreachable })
		if found := s.make().Round(t.Context()); found != nil {
			t.Errorf("found %v", found)
		}
		s.dog.Wait()
		s.reported("silent [supervisord cannot be reached]")
	})
}

// TestRoundWhileListening has a caller come whose own context is done long before the listener's.
func TestRoundWhileListening(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		stop := s.listen()
		s.tick()
		ctx, cancel := context.WithCancel(t.Context())
		if found := s.dog.Round(ctx); len(found) != 1 {
			t.Errorf("found %v", found)
		}
		cancel()
		s.sick.seen()
		s.sick.ill("status 500", "web:a")
		s.tick()
		s.acted("stop web:a", "start web:a")
		if took, err := stop(); err != nil || took > time.Second {
			t.Errorf("Listen returned %v after %s", err, took)
		}
	})
}

func TestARoundThatIsCancelledSaysNothingOfSupervisord(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a")
		s.watch(domain.DropIn(), "web:*")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if found := s.make().Round(ctx); found != nil {
			t.Errorf("found %v", found)
		}
		s.reported()
		if found := s.make().Round(t.Context()); len(found) != 1 {
			t.Errorf("found %v in the round after it", found)
		}
		s.reported("watching web:* 1")
	})
}

func TestARoundEndsWithTheListener(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b")
		hangs := domain.NewCheck("hangs", func(ctx context.Context, p domain.Process) domain.Verdict {
			if p.Name == "a" {
				time.Sleep(time.Hour) // whatever becomes of ctx
			}
			return domain.Healthy.Because("fine")
		})
		s.watchWith(domain.DropIn(), []domain.Check{hangs}, "web:*")
		stop := s.listen()
		found := make(chan []domain.Finding, 1)
		go func() { found <- s.dog.Round(t.Context()) }()
		s.pass(time.Second)
		if took, err := stop(); err != nil || took != 0 {
			t.Errorf("Listen returned %v after %s", err, took)
		}
		if got := <-found; len(got) != 1 {
			t.Errorf("found %v", got)
		}
		if got := s.dog.Round(t.Context()); got != nil {
			t.Errorf("found %v after the end", got)
		}
		s.dog.Wait()
	})
}

func TestSnapshotWhileListening(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b", "job:a")
		s.change(named("web:a"), func(p *program) { p.stopTakes = time.Minute })
		s.watch(domain.DropIn(), "web:*")
		s.sick.ill("status 500", "web:a")
		stop := s.listen()
		s.fed()
		s.tick()
		got := s.dog.Snapshot()
		if !got.Eventful || got.Supervisor.PID != 1 || len(got.Watches) != 1 || len(got.Processes) != 2 {
			t.Fatalf("the snapshot: %+v", got)
		}
		if w := got.Watches[0]; w.Name != "check" || w.Processes != 2 || w.Failing != 1 {
			t.Errorf("the watch: %+v", w)
		}
		a, b := got.Processes[0], got.Processes[1]
		if a.Restart == nil || a.Restart.Phase != domain.StopAccepted || a.Process.State != domain.Stopping || a.Trouble.IsZero() {
			t.Errorf("the one that is restarted: %+v", a)
		}
		if v := b.Verdicts[0]; b.Restart != nil || v.Verdict.Health != domain.Healthy || v.Passing != 1 || b.Process.Uptime != time.Hour+5*time.Second {
			t.Errorf("the other: %+v", b)
		}
		surveyed := map[string]domain.Condition{}
		s.dog.Survey(func(process domain.ID, watch string, c domain.Condition) { surveyed[process.String()+" by "+watch] = c })
		if len(surveyed) != 2 || surveyed["web:a by check"] != domain.ConditionRestarting || surveyed["web:b by check"] != domain.ConditionHealthy {
			t.Errorf("the survey: %v", surveyed)
		}
		stop()
	})
}

func TestSnapshotOfAWatchdogThatDoesNothing(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.watch(domain.DropIn(), "web:*")
		if got := s.make().Snapshot(); len(got.Processes) != 0 || len(got.Watches) != 1 {
			t.Errorf("the snapshot: %+v", got)
		}
		s.dog.Wait()
	})
}

// tardy is a ports.Reporter that breaks its contract.
type tardy struct{ took time.Duration }

func (r tardy) Report(domain.Report) { time.Sleep(r.took) }

// TestAReporterThatIsSlowMakesAllLate: reports come in their order and from one goroutine, so nothing but the contract of the
// port keeps a reader from holding up the loop. Events are accepted all the same, and nothing is lost.
func TestAReporterThatIsSlowMakesAllLate(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b")
		s.world.Reporter = tardy{time.Second}
		s.watch(domain.DropIn(), "web:*")
		s.sick.ill("status 500", "web:a")
		stop := s.listen()
		s.tickAt(time.Now())
		s.pass(15 * time.Second)
		s.sick.well("web:a")
		s.acted("stop web:a", "start web:a")
		for range 100 {
			s.events <- domain.Event{Name: "REMOTE_COMMUNICATION"}
		}
		s.pass(0)
		if waiting := len(s.events); waiting != 0 {
			t.Errorf("%d events wait", waiting)
		}
		stop()
	})
}
