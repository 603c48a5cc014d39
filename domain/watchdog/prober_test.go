package watchdog_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"supervisor-healthcheck/domain"
)

// clinic is a check that takes its time, and knows when it began with whom.
type clinic struct {
	takes func(number int) time.Duration // number is that at the end of the name

	mu        sync.Mutex
	began     map[string]time.Time
	now, most int // how many are there
}

func (c *clinic) Name() string { return "clinic" }

func (c *clinic) Run(ctx context.Context, p domain.Process) domain.Verdict {
	number, _ := strconv.Atoi(strings.TrimLeft(p.Name, "w_"))
	c.mu.Lock()
	c.began[p.Name] = time.Now()
	c.now++
	c.most = max(c.most, c.now)
	c.mu.Unlock()
	select {
	case <-time.After(c.takes(number)):
	case <-ctx.Done():
	}
	c.mu.Lock()
	c.now--
	c.mu.Unlock()
	return domain.Healthy.Because("seen")
}

// last is how long after then the last one of so many was begun with.
func (c *clinic) last(t *testing.T, then time.Time, n int) (latest time.Duration) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.began) != n {
		t.Errorf("%d processes were examined, want %d", len(c.began), n)
	}
	for _, at := range c.began {
		latest = max(latest, at.Sub(then))
	}
	return latest
}

// seen is how many it has begun with, and how many are there.
func (c *clinic) seen() (all, there int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.began), c.now
}

func newClinic(takes func(number int) time.Duration) *clinic {
	return &clinic{takes: takes, began: map[string]time.Time{}}
}

// treats sends so many processes to a clinic.
func (s *stage) treats(n int, takes func(number int) time.Duration) *clinic {
	c := newClinic(takes)
	for i := range n {
		s.run(fmt.Sprintf("w:w_%03d", i))
	}
	s.watchWith(domain.DropIn(), []domain.Check{c}, "w:*")
	return c
}

func always(d time.Duration) func(int) time.Duration { return func(int) time.Duration { return d } }

func TestManyProbesAreSpreadAndThoseThatHangHoldUpNobody(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		c := s.treats(800, func(number int) time.Duration {
			if number%10 == 0 {
				return time.Minute
			}
			return 0
		})
		stop := s.listen()
		then := time.Now()
		s.tick()
		latest := c.last(t, then, 800)
		if spread := 5 * time.Second / 16; latest < spread-50*time.Millisecond || latest > spread+50*time.Millisecond {
			t.Errorf("the last probe was begun after %s, want about %s", latest, spread)
		}
		if took, err := stop(); err != nil || took > time.Second {
			t.Errorf("stopped after %s, %v", took, err)
		}
	})
}

func TestNoMoreProbesRunAtATimeThanAllowed(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		c := s.treats(1500, always(time.Second))
		then := time.Now()
		s.round()
		if c.most != 1024 {
			t.Errorf("%d probes ran at a time, want 1024", c.most)
		}
		if took := time.Since(then); took < 2*time.Second || took > 2100*time.Millisecond {
			t.Errorf("1500 probes of a second, 1024 at a time, took %s", took)
		}
		c.last(t, then, 1500)
	})
}

func TestNoProbeIsBegunAfterTheEnd(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		c := s.treats(400, always(time.Hour))
		stop := s.listen()
		s.tickAt(time.Now())
		s.pass(100 * time.Millisecond) // it is in the midst of the spreading
		begun, _ := c.seen()
		if took, err := stop(); err != nil || took > time.Second {
			t.Errorf("stopped after %s, %v", took, err)
		}
		synctest.Wait() // nobody waits for checks that end late
		if all, there := c.seen(); begun == 0 || begun == 400 || all != begun || there != 0 {
			t.Errorf("%d probes had begun, then %d; %d still run", begun, all, there)
		}
	})
}

func TestARoundWithoutAnIntervalIsNotSpread(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		c := s.treats(400, always(0))
		then := time.Now()
		s.round()
		if latest := c.last(t, then, 400); latest != 0 {
			t.Errorf("the last probe was begun after %s", latest)
		}
	})
}

func TestARoundOfACallerIsSpreadOverItsInterval(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		c := newClinic(always(0))
		for i := range 400 {
			s.run(fmt.Sprintf("w:w_%03d", i))
		}
		s.watchWith(set(t, domain.DropIn(), "interval", "16"), []domain.Check{c}, "w:*")
		then := time.Now()
		if found := s.make().Round(t.Context()); len(found) != 400 {
			t.Errorf("it found %d", len(found))
		}
		if latest := c.last(t, then, 400); latest < 350*time.Millisecond || latest > 450*time.Millisecond {
			t.Errorf("the last probe was begun after %s, want one in a millisecond", latest)
		}
		s.dog.Wait()
	})
}

// local is a check that asks nobody but the kernel.
type local struct{ domain.Check }

func (local) Local() bool { return true }

func TestServicesThatHangDelayNoLocalCheck(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.treats(300, always(40*time.Second))
		s.run("m:m")
		s.watchWith(domain.DropIn(), []domain.Check{local{s.sick.check()}}, "m:*")
		stop := s.listen()
		for tick := range 20 {
			s.tickAt(time.Now())
			s.pass(10 * time.Millisecond)
			if seen := s.sick.seen(); len(seen) != 1 {
				t.Errorf("judged %v right after tick %d", seen, tick)
			}
			s.pass(5*time.Second - 10*time.Millisecond)
		}
		stop()
	})
}

func TestLocalChecksBeginAtOnceHoweverManyThereAre(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		c := newClinic(always(0))
		for i := range 2000 {
			s.run(fmt.Sprintf("w:w_%04d", i))
		}
		s.watchWith(domain.DropIn(), []domain.Check{local{c}}, "w:*")
		stop := s.listen()
		then := time.Now()
		s.tick()
		if latest := c.last(t, then, 2000); latest != 0 {
			t.Errorf("the last was begun after %s", latest)
		}
		stop()
	})
}

// TestServicesThatHangDelayNobodyWhoAnswers: more of them hang than may be probed at a time with room for others. Nobody
// can know that in the first round.
func TestServicesThatHangDelayNobodyWhoAnswers(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.treats(1000, always(54*time.Second))
		c := newClinic(always(10 * time.Millisecond))
		for i := range 100 {
			s.run(fmt.Sprintf("q:q_%02d", i))
		}
		s.watchWith(domain.DropIn(), []domain.Check{c}, "q:*")
		stop := s.listen()
		for tick := range 60 {
			began := time.Now()
			s.tickAt(began)
			s.pass(time.Second)
			c.mu.Lock()
			prompt := 0
			for _, at := range c.began {
				if !at.Before(began) {
					prompt++
				}
			}
			c.mu.Unlock()
			if prompt != 100 && tick > 0 {
				t.Errorf("%d of 100 were judged within a second of tick %d", prompt, tick)
			}
			s.pass(4 * time.Second)
		}
		stop()
	})
}

func TestTheMuteAreProbedTooThoughTheyLeaveRoom(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		c := s.treats(2000, always(20*time.Second))
		stop := s.listen()
		for range 24 { // two minutes
			s.tick()
		}
		then := time.Now()
		for range 24 {
			s.tick()
		}
		c.mu.Lock()
		for name, at := range c.began {
			if at.Before(then) {
				t.Errorf("%s was not probed again since %s", name, then.Sub(at))
			}
		}
		c.mu.Unlock()
		stop()
	})
}
