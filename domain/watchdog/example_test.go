package watchdog_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/watchdog"
	"supervisor-healthcheck/ports"
)

// An embedder with a process table, a clock and a schedule of its own needs the domain and the ports alone.
func Example() {
	world := newHouse()
	lamp := domain.NewCheck("lamp", func(_ context.Context, p domain.Process) domain.Verdict {
		if p.PID == 1 {
			return domain.Unhealthy.Because("the lamp is off")
		}
		return domain.Healthy.Because("the lamp is on")
	})

	due := make(chan time.Time)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- LookAfter(ctx, world.ports(), lamp, due) }()

	for started := false; !started; {
		world.sleep(time.Minute)
		select {
		case due <- world.Now():
		case <-world.started:
			started = true
		}
	}
	stop()
	fmt.Println(<-ended)
	// Output:
	// stop web:lamp
	// start web:lamp
	// <nil>
}

// LookAfter judges the processes of the group web whenever it is due.
func LookAfter(ctx context.Context, world watchdog.World, check domain.Check, due <-chan time.Time) error {
	guard, err := watchdog.New(world, watchdog.Config{Watches: []domain.Watch{{
		Name: "web", Select: domain.SelectGroup("web"), Checks: []domain.Check{check}, Policy: domain.Recommended(),
	}}})
	if err != nil {
		return err
	}
	guard.Resume(ctx)  // what an earlier life has left half done
	defer guard.Wait() // for restarts that are half done
	for {
		select {
		case <-due:
			guard.Round(ctx)
		case <-ctx.Done():
			return nil
		}
	}
}

// house is the world of an embedder: one process and a clock that moves when somebody sleeps.
type house struct {
	mu      sync.Mutex
	now     time.Time
	lamp    domain.Process
	started chan struct{}
}

func newHouse() *house {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	return &house{now: now, started: make(chan struct{}), lamp: domain.Process{
		ID: domain.ID{Group: "web", Name: "lamp"}, State: domain.Running, PID: 1, Started: now,
	}}
}

func (h *house) ports() watchdog.World {
	return watchdog.World{
		Table: h, Control: h, Identity: h, Clock: h, Stats: unmeasured{},
	}
}

// Processes, Process and Settings are the ports.ProcessTable.

func (h *house) Processes(ctx context.Context) ([]domain.Process, error) {
	p, err := h.Process(ctx, h.lamp.ID)
	return []domain.Process{p}, err
}

func (h *house) Process(_ context.Context, id domain.ID) (domain.Process, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if id != h.lamp.ID {
		return domain.Process{}, domain.ErrNoSuchProcess
	}
	p := h.lamp
	if p.PID != 0 {
		p.Uptime = h.now.Sub(p.Started)
	}
	return p, nil
}

func (h *house) Settings(context.Context) (map[domain.ID]domain.Settings, error) {
	return map[domain.ID]domain.Settings{h.lamp.ID: {Priority: 999}}, nil
}

// Stop, Start and Signal are the ports.ProcessControl.

func (h *house) Stop(_ context.Context, id domain.ID) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	fmt.Println("stop", id)
	h.lamp.State, h.lamp.PID, h.lamp.Ended = domain.Stopped, 0, h.now
	return nil
}

func (h *house) Start(_ context.Context, id domain.ID) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	fmt.Println("start", id)
	h.lamp.State, h.lamp.PID, h.lamp.Started = domain.Running, 2, h.now
	close(h.started)
	return nil
}

func (h *house) Signal(context.Context, domain.ID, string) error { return domain.ErrNotRunning }

// Identity is the ports.SupervisorIdentity.
func (h *house) Identity(context.Context) (domain.Supervisor, error) {
	return domain.Supervisor{PID: 1}, nil
}

// Now and Sleep are the ports.Clock.

func (h *house) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) Sleep(ctx context.Context, d time.Duration) error {
	h.sleep(d)
	return ctx.Err()
}

func (h *house) sleep(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// unmeasured is a ports.ProcessStats for checks that measure no memory and no CPU time.
type unmeasured struct{ ports.ProcessStats }

func (unmeasured) Round(ctx context.Context, _ []int) context.Context { return ctx }
