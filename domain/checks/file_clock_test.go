package checks_test

import (
	"context"
	"fmt"
	"io/fs"
	"testing"
	"time"
	"unsafe"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
	"supervisor-healthcheck/ports"
)

// machine is a machine with one process under supervisord, a heartbeat that comes in every way, and a clock that can be set. It is
// its own Clock, FileStat and Heartbeats.
type machine struct {
	ports.Clock
	boot    time.Time     // when the process was started, with a monotonic reading
	passed  time.Duration // since then
	set     time.Duration // by how much the clock has been set since then
	blind   bool          // times have no monotonic reading
	every   time.Duration // the process beats so often
	dies    time.Duration // and not any more from then on, if it is not 0
	touched time.Time     // the file's time; zero before there is one
	beat    time.Time     // when the last heartbeat came to us, by our clock
}

// Now is the time of our clock.
func (m *machine) Now() time.Time {
	now := setClock(m.boot.Add(m.passed), m.set)
	if m.blind {
		return now.Round(0)
	}
	return now
}

// Heartbeat has the file's time, which is taken from the system's clock.
func (m *machine) Heartbeat(context.Context, string) (domain.HeartbeatFile, error) {
	if m.touched.IsZero() {
		return domain.HeartbeatFile{}, fs.ErrNotExist
	}
	return beaten(m.touched), nil
}

// pass lets the time go by, in which the process beats.
func (m *machine) pass(d time.Duration) {
	for ; d > 0; d -= time.Second {
		m.passed += time.Second
		if m.passed%m.every == 0 && (m.dies == 0 || m.passed < m.dies) {
			m.beat = m.Now()
			m.touched = m.Now().Round(0).Add(m.passed / 1e7) // no two heartbeats have the same nanoseconds
		}
	}
}

// process is what supervisord says, whose clock is the system's.
func (m *machine) process() domain.Process {
	return domain.Process{ID: domain.ID{Group: "a", Name: "a"}, State: domain.Running, PID: 5,
		Started: m.boot.Round(0), Uptime: max(0, m.Now().Round(0).Sub(m.boot.Round(0)))}
}

// Beats has the time at which the listener has heard the last one.
func (m *machine) Beats(context.Context, domain.Process) (domain.Beats, error) {
	return domain.Beats{Last: m.beat, Ready: !m.beat.IsZero(), Anybody: true}, nil
}

func (m *machine) file(t *testing.T, timeout time.Duration) domain.Check {
	t.Helper()
	return m.check(t, checks.File{Timeout: timeout, FailOnError: true, Path: "/beat"})
}

func (m *machine) check(t *testing.T, settings checks.File) domain.Check {
	t.Helper()
	check, err := settings.Build(checks.World{Files: m, Events: m, Notify: m, Clock: m})
	if err != nil {
		t.Fatal(err)
	}
	return check
}

// setClock moves the wall clock of a time by whole seconds and leaves its monotonic reading alone, as a system does whose
// clock is set. The package time has no way to do so, hence the look at how it keeps them: 30 bits of nanoseconds are below the
// seconds.
func setClock(t time.Time, by time.Duration) time.Time {
	*(*uint64)(unsafe.Pointer(&t)) += uint64(by/time.Second) << 30
	return t
}

func TestTheClockOfTheseTestsIsSetAsASystemsIs(t *testing.T) {
	began := time.Now()
	for _, by := range jumps() {
		now := setClock(began.Add(5*time.Second), by)
		if monotonic, wall := now.Sub(began), now.Round(0).Sub(began.Round(0)); monotonic != 5*time.Second || wall != 5*time.Second+by {
			t.Errorf("set by %s, the clock went on by %s and %s", by, monotonic, wall)
		}
	}
}

func jumps() []time.Duration {
	const year = 365 * 24 * time.Hour
	var all []time.Duration
	for _, by := range []time.Duration{time.Second, time.Minute, time.Hour, 24 * time.Hour, year} {
		all = append(all, by, -by)
	}
	return all
}

// clockStory is a process that beats, and how its clock is set. All moments are counted from its start.
type clockStory struct {
	first, tick time.Duration   // the first look, and from one to the next
	every       time.Duration   // from one heartbeat to the next
	sets        []time.Duration // the moments at which the clock is set
}

func TestAHeartbeatSurvivesAClockThatIsSet(t *testing.T) {
	const s, minute, hour = time.Second, time.Minute, time.Hour
	for sentence, story := range map[string]clockStory{
		"long after the start":                       {10 * minute, 5 * s, 3 * s, []time.Duration{11 * minute}},
		"between two rare heartbeats":                {10 * minute, 5 * s, 55 * s, []time.Duration{11 * minute}},
		"just before the first look":                 {5 * s, 5 * s, 3 * s, []time.Duration{4 * s}},
		"before the first look and heartbeat":        {5 * s, 5 * s, 50 * s, []time.Duration{4 * s}},
		"between first heartbeat and look":           {45 * s, 5 * s, 40 * s, []time.Duration{42 * s}},
		"between first look and heartbeat":           {5 * s, 5 * s, 50 * s, []time.Duration{20 * s}},
		"twice":                                      {5 * s, 5 * s, 50 * s, []time.Duration{20 * s, 150 * s}},
		"twice in a moment":                          {5 * s, 5 * s, 50 * s, []time.Duration{20 * s, 21 * s}},
		"at every tick":                              {5 * s, 5 * s, 50 * s, moments(5*s, 10*minute)},
		"where a tick is as long as the timeout":     {5 * s, minute, 7 * s, []time.Duration{20 * s, 130 * s}},
		"where a tick is longer than the timeout":    {hour, hour, 7 * s, []time.Duration{150 * minute}},
		"where a tick is longer, just before it":     {hour, hour, 55 * s, []time.Duration{2*hour - s}},
		"where a tick is longer, in several of them": {hour, hour, 50 * s, []time.Duration{90 * minute, 150 * minute, 210 * minute}},
	} {
		for _, by := range jumps() {
			for _, way := range []checks.File{{By: checks.ByFile, Path: "/beat", FailOnError: true}, {By: checks.ByEvent}, {By: checks.ByNotify}} {
				t.Run(fmt.Sprintf("%s by %s, by %s", sentence, by, way.By), func(t *testing.T) {
					story.lives(t, way, by)
					for _, after := range []time.Duration{-story.every, 0, story.tick / 2, story.tick, 3 * story.tick} {
						story.dies(t, way, by, max(s, story.sets[len(story.sets)-1]+after))
					}
				})
			}
		}
	}
}

func moments(apart, end time.Duration) (all []time.Duration) {
	for at := apart; at < end; at += apart {
		all = append(all, at)
	}
	return all
}

// lives wants no look at a process that goes on beating to say unhealthy, and each one to say healthy as soon as it must know.
func (c clockStory) lives(t *testing.T, way checks.File, by time.Duration) {
	t.Helper()
	c.play(t, &machine{every: c.every}, way, by, func(at time.Duration, v domain.Verdict) {
		if v.Health == domain.Unhealthy || v.Health == domain.Unknown && at > c.first+time.Minute {
			t.Errorf("it beats every %s, and after %s it is %s: %s", c.every, at, v.Health, v.Reason)
		}
	})
}

// dies wants the process that has ceased to beat to be found, and then at every look.
func (c clockStory) dies(t *testing.T, way checks.File, by, dead time.Duration) {
	t.Helper()
	c.play(t, &machine{every: c.every, dies: dead}, way, by, func(at time.Duration, v domain.Verdict) {
		late := at > max(c.first, dead)+time.Minute+c.tick
		if c.tick > time.Minute { // then one look is uncertain when it was, and one whether all stood still
			late = at > max(c.first, dead)+3*c.tick
		}
		if found := v.Health == domain.Unhealthy; late && !found || at < dead && found {
			t.Errorf("dead since %s, after %s it is %s: %s", dead, at, v.Health, v.Reason)
		}
	})
}

func (c clockStory) play(t *testing.T, m *machine, way checks.File, by time.Duration, told func(time.Duration, domain.Verdict)) {
	t.Helper()
	m.boot = time.Now()
	way.Timeout = time.Minute
	check := m.check(t, way)
	sets := c.sets
	end := c.first + 5*time.Minute + 8*c.tick + sets[len(sets)-1]
	for at := c.first; at < end; at += c.tick {
		for ; len(sets) > 0 && sets[0] < at; sets = sets[1:] {
			m.pass(sets[0] - m.passed)
			m.set += by
		}
		m.pass(at - m.passed)
		told(at, check.Run(t.Context(), m.process()))
	}
}

// A clock that has no monotonic reading tells no set clock from time that passes. So it takes a timeout more.
func TestAHeartbeatSurvivesAClockThatIsSetUnseen(t *testing.T) {
	for _, by := range jumps() {
		t.Run(by.String(), func(t *testing.T) {
			m := &machine{boot: time.Now(), blind: true, every: 3 * time.Second, dies: 10*time.Minute + time.Second}
			check := m.file(t, time.Minute)
			m.pass(10 * time.Minute)
			if v := check.Run(t.Context(), m.process()); v.Health != domain.Healthy {
				t.Fatalf("before: %s %s", v.Health, v.Reason)
			}
			m.pass(5 * time.Second)
			m.set += by
			if v := check.Run(t.Context(), m.process()); v.Health == domain.Unhealthy {
				t.Errorf("5 s after the last heartbeat: %s", v.Reason)
			}
			for range 30 {
				m.pass(5 * time.Second)
				check.Run(t.Context(), m.process())
			}
			if v := check.Run(t.Context(), m.process()); v.Health != domain.Unhealthy {
				t.Errorf("155 s after it: %s %s", v.Health, v.Reason)
			}
		})
	}
}

func TestABusyProcessIsJudgedByTheSameTimeWhenTheClockIsSet(t *testing.T) {
	for _, by := range jumps() {
		w := newWorld(t)
		check := build(t, checks.CPU{MaxPercent: 50, Interval: 25 * time.Second}, w)
		m := &machine{boot: time.Now(), every: time.Second}
		for tick := range 9 {
			w.stats.EXPECT().CPUTime(gomock.Any(), 5).Return(time.Duration(min(tick, 7))*10*time.Second, nil) // idle in the end
			w.clock.EXPECT().Now().Return(m.Now())
			want := domain.Healthy
			if 3 <= tick && tick <= 7 { // busy for 30 s
				want = domain.Unhealthy
			}
			if v := check.Run(t.Context(), m.process()); v.Health != want {
				t.Errorf("set by %s at every tick, after %s: %s %s", by, m.passed, v.Health, v.Reason)
			}
			m.pass(10 * time.Second)
			m.set += by
		}
	}
}
