package watchdog_test

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/clock"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/watchdog"
)

// BenchmarkRound is a round in which nothing has changed and every check answers at once: what is left is the
// watchdog's own work.
func BenchmarkRound(b *testing.B) {
	for _, fed := range []bool{true, false} {
		for _, n := range []int{10, 100, 1000} {
			name := map[bool]string{true: "table kept from events", false: "table asked for"}[fed]
			b.Run(fmt.Sprintf("%s/%d processes", name, n), func(b *testing.B) {
				hall := &listing{}
				dog := newBenchDog(b, hall, n, 1)
				source := ownEvents(fed)
				source.open = make(chan struct{})
				ended := make(chan error)
				go func() { ended <- dog.Listen(b.Context(), source) }()
				source.open <- struct{}{}
				b.ReportAllocs()
				dog.Round(b.Context())
				dog.Round(b.Context())
				looks, began := hall.looks, cpuTime(b)
				for b.Loop() {
					if found := dog.Round(b.Context()); len(found) != n {
						b.Fatalf("found %d of %d", len(found), n)
					}
				}
				b.ReportMetric(float64(cpuTime(b)-began)/float64(b.N), "cpu-ns/op")
				b.ReportMetric(float64(hall.looks-looks)/float64(b.N), "looks/op")
				close(source.open)
				<-ended
			})
		}
	}
}

// BenchmarkEvent is the way of one change of state through the loop of the listener.
func BenchmarkEvent(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprintf("%d processes", n), func(b *testing.B) {
			hall := &listing{}
			dog := newBenchDog(b, hall, n, 1)
			dog.Round(b.Context())
			dog.Wait()
			events := make([]domain.Event, n)
			for i := range events {
				events[i].Change = &domain.StateChange{ID: hall.all[i].ID, From: domain.Starting, To: domain.Running}
			}
			source := &repeating{events: events, serial: 2, left: b.N}
			b.ReportAllocs()
			b.ResetTimer()
			if err := dog.Listen(b.Context(), source); err != domain.ErrEventsEnded {
				b.Fatal(err)
			}
		})
	}
}

// A section for each process costs no more than one for all.
func BenchmarkWatches(b *testing.B) {
	const n = 1000
	for _, watches := range []int{1, n} {
		b.Run(fmt.Sprintf("%d watches", watches), func(b *testing.B) {
			dog := newBenchDog(b, &listing{}, n, watches)
			b.ReportAllocs()
			for b.Loop() {
				if found := dog.Round(b.Context()); len(found) != n {
					b.Fatalf("%d findings", len(found))
				}
			}
			dog.Wait()
		})
	}
}

// newBenchDog looks after so many processes, all of them under one watch or each under its own.
func newBenchDog(b *testing.B, hall *listing, n, watches int) *watchdog.Watchdog {
	b.Helper()
	hall.all = hallOf(n)
	well := domain.Healthy.Because("fine")
	check := domain.NewCheck("well", func(context.Context, domain.Process) domain.Verdict { return well })
	policy := domain.Recommended()
	policy.Interval = 0
	all := []domain.Watch{{Name: "look", Select: domain.SelectGroup("web"), Checks: []domain.Check{check}, Policy: policy}}
	if watches > 1 {
		all = nil
		for _, p := range hall.all {
			all = append(all, domain.Watch{Name: p.Name, Select: domain.SelectID(p.ID), Checks: []domain.Check{check}, Policy: policy})
		}
	}
	books := newJournal()
	dog, err := watchdog.New(watchdog.World{
		Table: hall, Control: newSupervisord(), Identity: newSupervisord(), Stats: still{}, Owner: nobody{}, Journal: books, Ledger: books,
		Clock: clock.New(),
	}, watchdog.Config{Self: self(), Watches: all})
	if err != nil {
		b.Fatal(err)
	}
	return dog
}

// hallOf are so many processes of one group that have been RUNNING for an hour.
func hallOf(n int) []domain.Process {
	all := make([]domain.Process, n)
	for i := range all {
		id := domain.ID{Group: "web", Name: fmt.Sprintf("web_%04d", i)}
		all[i] = domain.Process{ID: id, State: domain.Running, PID: 100 + i, Started: time.Now().Add(-time.Hour), Uptime: time.Hour}
	}
	return all
}

// listing is a ports.ProcessTable that makes no garbage of its own.
type listing struct {
	all   []domain.Process
	looks int
}

// Processes returns the same list every time.
func (l *listing) Processes(context.Context) ([]domain.Process, error) {
	l.looks++
	return l.all, nil
}

// Process is not asked for in these rounds.
func (l *listing) Process(context.Context, domain.ID) (domain.Process, error) {
	l.looks++
	return domain.Process{}, domain.ErrNoSuchProcess
}

// Settings knows nothing.
func (l *listing) Settings(context.Context) (map[domain.ID]domain.Settings, error) { return nil, nil }

// ownEvents are the two by which a listener knows that it is told of changes, or none.
func ownEvents(fed bool) *repeating {
	if !fed {
		return &repeating{}
	}
	return &repeating{left: 2, events: []domain.Event{
		{Change: &domain.StateChange{ID: self(), From: domain.Stopped, To: domain.Starting}},
		{Change: &domain.StateChange{ID: self(), From: domain.Starting, To: domain.Running}},
	}}
}

// repeating is a ports.EventSource that delivers the same events over and over, with numbers that go on.
type repeating struct {
	events []domain.Event
	serial int64
	left   int
	open   chan struct{} // when there are no more, this is received from, until it is closed
}

// Next returns the next one.
func (r *repeating) Next(context.Context) (domain.Event, error) {
	if r.left == 0 {
		for open := r.open != nil; open; {
			_, open = <-r.open
		}
		return domain.Event{}, domain.ErrEventsEnded
	}
	r.left--
	e := r.events[int(r.serial)%len(r.events)]
	e.Serial, e.PoolSerial = r.serial, r.serial
	r.serial++
	return e, nil
}

// Done accepts everything.
func (r *repeating) Done() error { return nil }

// cpuTime is what this process has used so far, in nanoseconds.
func cpuTime(b *testing.B) int64 {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return used.Utime.Nano() + used.Stime.Nano()
}
