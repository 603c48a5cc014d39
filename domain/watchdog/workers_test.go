package watchdog_test

import (
	"context"
	"fmt"
	"strconv"
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
	began     map[int]time.Time
	now, most int // how many are there
}

func (c *clinic) Name() string { return "clinic" }

func (c *clinic) Run(ctx context.Context, p domain.Process) domain.Verdict {
	number, _ := strconv.Atoi(p.Name[2:])
	c.mu.Lock()
	c.began[number] = time.Now()
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

// treats sends so many processes to a clinic.
func (s *stage) treats(n int, takes func(number int) time.Duration) *clinic {
	c := &clinic{takes: takes, began: map[int]time.Time{}}
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
		s.config.Probes = 20
		c := s.treats(100, always(time.Second))
		then := time.Now()
		s.round()
		if c.most != 20 {
			t.Errorf("%d probes ran at a time, want 20", c.most)
		}
		if took := time.Since(then); took < 5*time.Second || took > 6*time.Second {
			t.Errorf("100 probes of a second, 20 at a time, took %s", took)
		}
		c.last(t, then, 100)
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

func TestAMomentsDelayHiresNobody(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		c := s.treats(64, always(5*time.Millisecond))
		s.round()
		if c.most != 8 {
			t.Errorf("%d probes of 5 ms ran at a time, want the 8 of the beginning", c.most)
		}
	})
	play(t, func(t *testing.T, s *stage) {
		c := s.treats(64, always(50*time.Millisecond))
		s.round()
		if c.most <= 8 {
			t.Errorf("%d probes of 50 ms ran at a time, want more than the 8 of the beginning", c.most)
		}
	})
}
