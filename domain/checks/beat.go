package checks

import (
	"context"
	"maps"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// Way is how a heartbeat comes.
type Way int

const (
	// ByFile: the process touches a file.
	ByFile Way = iota
	// ByEvent: it writes something between supervisord's markers, which makes a PROCESS_COMMUNICATION event.
	ByEvent
	// ByNotify: it sends WATCHDOG=1 to the listener's socket, as sd_notify does.
	ByNotify
)

// String is the word of the way in a section.
func (w Way) String() string { return [...]string{"file", "event", "notify"}[w] }

// lack is what may be wrong where nothing comes from anybody.
func (w Way) lack() string {
	if w == ByEvent {
		return "no process has sent a PROCESS_COMMUNICATION event yet: events= of the listener must name that, and the program needs stdout_capture_maxbytes"
	}
	return "no process has sent anything to the notify socket yet: the program needs NOTIFY_SOCKET= in its environment, with the notify_socket of the listener"
}

var (
	_ domain.Forgetter = (*beatCheck)(nil)
	_ domain.Local     = (*beatCheck)(nil)
)

// beatCheck judges what processes send as heartbeats. How long one is silent is the time between our own looks, by a clock that
// nobody can set.
type beatCheck struct {
	way     Way
	timeout time.Duration
	source  ports.Heartbeats
	clock   ports.Clock

	mu    sync.Mutex
	lives map[domain.ID]silence // of the life seen last
}

// silence is what is known of the silence of one life.
type silence struct {
	life  domain.Instance
	at    time.Time // of the last look
	since time.Time // of the last beat; of the first look before there is one
	beat  bool      // there was one
	doubt bool      // it may have been silent for longer, or not at all: nobody has looked
}

// after is what is known with one look more. Where there was no look for longer than a timeout, everything may have stood still,
// what brings the beats too: there is one timeout more then.
func (s silence) after(look silence, timeout time.Duration) silence {
	if s.at.IsZero() || !s.life.Same(look.life) {
		if !look.beat {
			look.since = look.at
		}
		return look
	}
	next := look
	if !look.since.After(s.since) { // nothing new
		next.since, next.beat, next.doubt = s.since, s.beat, s.doubt
	}
	if look.at.Sub(s.at) > timeout && look.at.Sub(next.since) > timeout && !s.doubt {
		next.since, next.doubt = look.at, true
	}
	return next
}

// Name is "heartbeat".
func (c *beatCheck) Name() string { return "heartbeat" }

// Local is true: what has come is known here.
func (c *beatCheck) Local() bool { return true }

// Run compares the time without a heartbeat with the timeout.
func (c *beatCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	if p.PID == 0 {
		return noPID()
	}

	beats, err := c.source.Beats(ctx, p)
	if verdict, failed := unmeasured(ctx, err); failed {
		return verdict
	}
	look := silence{life: p.Instance(), at: c.clock.Now(), since: beats.Last, beat: !beats.Last.IsZero()}

	return c.judge(c.learn(look), beats)
}

func (c *beatCheck) learn(look silence) silence {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.lives[look.life.ID].after(look, c.timeout)
	c.lives[look.life.ID] = s
	return s
}

// Forget drops what was seen of all instances that are not alive.
func (c *beatCheck) Forget(alive func(domain.Instance) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.lives, func(_ domain.ID, s silence) bool { return !alive(s.life) })
}

func (c *beatCheck) judge(s silence, beats domain.Beats) domain.Verdict {
	quiet := max(0, s.at.Sub(s.since))
	v := c.verdict(s, quiet, beats)
	v.Booting = v.Health == domain.Healthy && !beats.Ready
	if beats.Status != "" {
		v.Reason += ", its status: " + beats.Status
	}
	if beats.Stopping {
		v.Reason += ", it says that it is stopping"
	}
	if s.doubt {
		return v
	}
	return v.Measuring(beatMeasure(quiet, c.timeout))
}

func (c *beatCheck) verdict(s silence, quiet time.Duration, beats domain.Beats) domain.Verdict {
	limit := c.timeout
	switch {
	case quiet <= limit && s.doubt:
		return domain.Unknown.Because("no new heartbeat, which is judged in %s", short(limit-quiet))
	case quiet <= limit && s.beat:
		return domain.Healthy.Because("heartbeat %s ago, limit %s", short(quiet), limit)
	case quiet <= limit:
		return domain.Healthy.Because("no heartbeat yet, watched for %s of %s", short(quiet), limit)
	case !beats.Anybody:
		return domain.Unknown.Because("no heartbeat after %s, and %s", short(quiet), c.way.lack())
	case s.beat:
		return domain.Unhealthy.Because("last heartbeat %s ago, limit %s", short(quiet), limit)
	}
	return domain.Unhealthy.Because("no heartbeat after %s", short(quiet))
}
