package engine

import (
	"time"

	"supervisor-healthcheck/domain"
)

// process is one of supervisord's processes.
type process struct {
	domain.Process // as last seen; see now for its uptime
	domain.History
	known   bool          // it has been seen, not only heard of
	at      time.Time     // when it was asked for
	start   time.Time     // of its life, on our clock
	began   time.Time     // likewise, of its last life if there is none now
	young   bool          // it was seen from its start on, or nearly
	records []*record     // one for each watch that looks after it
	taught  *lessons      // by all processes of its program
	cut     time.Duration // for how long its last boot went on that was cut short by us, until another is complete

	listing int // the number of the last listing that it was in

	marked bool         // an event has told something since it was asked for
	told   domain.State // what the last event has told
	asking bool         // it is being asked for because of an event,
	before domain.State // which had told this

	acts    acts
	trouble time.Time // since when it is not well; zero while it is
	healed  bool      // it has been running since
	served  bool      // it had served before: it was no boot
	well    time.Time // since when it is healthy without a break; zero while it is not

	hindered bool // what it depends on was down meanwhile, so that its trouble teaches nothing

	restarting bool // a restart of ours is under way
}

// acts are what we and others have done to a process, as far as it is not in its History.
type acts struct {
	stop, start, signal time.Time // when we have announced ours
	starting            time.Time // when its last STARTING was told
	exited              time.Time // when its last EXITED was told,
	expected            bool      // which was as it should be,
	ended               int       // and the pid of the life that its last STOPPING or EXITED was about
	refused             int       // the life that we have ended, and that supervisord could not start again for us
	unknown             start     // nobody knows yet who has done that
	flapping            bool      // its deaths have used up a limit,
	untold              bool      // which waits until it is known whether they were deaths
	stopping            stop      // somebody else has stopped it, and that is not reported yet
	foreignStop         time.Time // when somebody else last stopped it, as far as is known yet
	away                bool      // that was reported, and it has not run since
	ran                 bool      // it has been seen RUNNING since it was last reported to be stopped
	rested              bool      // the last round has found it STOPPED
}

// stop is what is known of a stop that is not ours.
type stop int

const (
	heard   stop = iota + 1 // it may be that of another listener
	foreign                 // it is not
)

func (p *process) watched() bool { return p.records != nil }

// born notes the start of a life, as seen for the first time. The uptime that supervisord tells is a difference of wall
// times, so it is taken once for each life, and only as far as our own clock agrees.
func (p *process) born(seen domain.Process, now time.Time) {
	if seen.PID == 0 {
		p.start = time.Time{}
		return
	}
	p.start = now.Add(-max(0, seen.Uptime))
	for _, earliest := range []time.Time{p.acts.starting, p.at} { // at that look it was another life yet
		if earliest.After(p.start) {
			p.start = earliest
		}
	}
	p.began = p.start
	p.well, p.healed = time.Time{}, false
}

// uptime is the age of the life, 0 if there is none.
func (p *process) uptime(now time.Time) time.Duration {
	if p.start.IsZero() {
		return 0
	}
	return max(0, now.Sub(p.start))
}

// current is the process with its uptime brought up to now.
func (p *process) current(now time.Time) domain.Process {
	seen := p.Process
	seen.Uptime = p.uptime(now)
	return seen
}
