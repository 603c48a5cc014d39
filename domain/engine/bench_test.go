package engine

import (
	"fmt"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

// BenchmarkRound is a whole round, from the tick to the last verdict, with the table kept from events.
func BenchmarkRound(b *testing.B) {
	verdicts := map[string]domain.Verdict{
		"healthy":   domain.Healthy.Because("fine"),
		"unhealthy": domain.Unhealthy.Because("HTTP 500"),
		"unknown":   domain.Unknown.Because("pid 101: no such file"),
		"planned":   {Health: domain.Healthy, Reason: "planned: up 8d, restarted every 7d", Planned: true},
	}
	for name, verdict := range verdicts {
		for _, n := range []int{10, 1000} {
			b.Run(fmt.Sprintf("%s/%d processes", name, n), func(b *testing.B) {
				e, now := benched(n, 1)
				b.ReportAllocs()
				for b.Loop() {
					now = now.Add(time.Millisecond)
					jobs := probes(e.Handle(Ticked{}, now))
					for _, j := range jobs {
						e.Handle(j.Answer(verdict, time.Millisecond), now)
					}
					if len(jobs) != n {
						b.Fatalf("%d jobs", len(jobs))
					}
				}
			})
		}
	}
}

// benched is an engine that knows so many processes, which it only observes, and is told of every change.
// A section for each process costs no more than one for all.
func BenchmarkWatches(b *testing.B) {
	const n = 1000
	for _, watches := range []int{1, n} {
		b.Run(fmt.Sprintf("%d watches", watches), func(b *testing.B) {
			e, now := benched(n, watches)
			b.ReportAllocs()
			for b.Loop() {
				now = now.Add(time.Millisecond)
				jobs := probes(e.Handle(Ticked{}, now))
				for _, j := range jobs {
					e.Handle(j.Answer(domain.Healthy.Because("fine"), time.Millisecond), now)
				}
				if len(jobs) != n {
					b.Fatalf("%d jobs", len(jobs))
				}
			}
		})
	}
}

// benched is an engine that looks after so many processes, all of them under one watch or each under its own.
func benched(n, watches int) (*Engine, time.Time) {
	policy := domain.Recommended()
	policy.Interval, policy.Observe, policy.MassFailure = 0, true, 0.5
	all := []domain.Watch{{Name: "web", Select: domain.SelectGroup("web"), Policy: policy}}
	if watches > 1 {
		all = nil
		for i := range watches {
			all = append(all, domain.Watch{Name: fmt.Sprint(i), Select: domain.SelectID(domain.ID{Group: "web", Name: fmt.Sprint(i)}), Policy: policy})
		}
	}
	self := domain.ID{Group: "lst", Name: "lst"}
	e, now := New(Config{Self: self, Watches: all, Restarts: 4}), time.Now()
	for i, to := range []domain.State{domain.Starting, domain.Running} {
		e.Handle(Changed{Numbers{int64(i), int64(i)}, domain.StateChange{ID: self, To: to}}, now)
	}
	processes := make([]domain.Process, n)
	for i := range processes {
		processes[i] = domain.Process{ID: domain.ID{Group: "web", Name: fmt.Sprint(i)}, State: domain.Running, PID: 100 + i,
			Started: now.Add(-time.Hour), Uptime: time.Hour}
	}
	e.Handle(Ticked{}, now)
	for _, j := range probes(e.Handle(Listed{Processes: processes}, now)) {
		e.Handle(j.Answer(domain.Healthy.Because("fine"), 0), now)
	}
	return e, now
}

// probes are the jobs among commands.
func probes(commands []Command) (jobs []Job) {
	for _, c := range commands {
		if probe, is := c.(Probe); is {
			jobs = append(jobs, probe.Jobs...)
		}
	}
	return jobs
}

// BenchmarkSnapshot is what those who look cost the loop.
func BenchmarkSnapshot(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprintf("%d processes", n), func(b *testing.B) {
			e, now := benched(n, 1)
			for _, j := range probes(e.Handle(Ticked{}, now)) {
				e.Handle(j.Answer(domain.Healthy.Because("fine"), time.Millisecond), now)
			}
			b.ReportAllocs()
			for b.Loop() {
				if s := e.Snapshot(now); len(s.Processes) != n {
					b.Fatalf("%d processes", len(s.Processes))
				}
			}
		})
	}
}
