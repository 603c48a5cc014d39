package checks

import (
	"time"

	"supervisor-healthcheck/domain"
)

// fileLook is what one look at a heartbeat file has seen.
type fileLook struct {
	instance domain.Instance
	uptime   time.Duration // by supervisord's clock
	at       time.Time     // by our clock: differences are monotonic
	changed  time.Time     // the file's time, by the system's clock; zero for a missing file
}

// heartbeats is what is known of the heartbeats of one life of a process. The zero value is that of none.
//
// Time is added up from look to look by the monotonic clock, because the system's clock may be set by days, and so may the
// file's time, the uptime and the difference between the file's time and now.
type heartbeats struct {
	last  fileLook
	seen  time.Duration // between the first look at this life and the last
	quiet time.Duration // without a heartbeat, of which we are sure
	beat  bool          // a heartbeat of this life is known
	doubt bool          // it may have been quiet for longer, and is judged after one timeout more
}

// after returns what is known with one look more.
func (h heartbeats) after(look fileLook, timeout time.Duration) heartbeats {
	if h.last.at.IsZero() || !h.last.instance.Same(look.instance) {
		return firstHeartbeats(look, timeout)
	}
	gap, set := elapsed(h.last.at, look.at)
	next := h
	next.last, next.seen = look, h.seen+gap
	switch {
	case look.changed.Equal(h.last.changed):
		next.quiet += gap
		if gap > timeout && h.quiet <= timeout && !h.doubt { // everything may have stood still, the process too
			next.quiet, next.doubt = 0, true
		}
	case look.changed.IsZero():
		next.quiet, next.doubt = next.seen, false
	case set: // it has beaten since the last look, nobody knows when
		next.quiet, next.beat, next.doubt = 0, true, false
	default:
		next.quiet, next.beat, next.doubt = min(look.age(), gap), true, false
	}
	return next
}

// firstHeartbeats is what the first look at a life tells. The file's time is believed only if it lies within the life, and an
// overdue one only if the process had been beating for longer than a timeout. One that has beaten at its start alone, or an earlier life,
// looks the same as one whose machine has set its clock after booting.
func firstHeartbeats(look fileLook, timeout time.Duration) heartbeats {
	h := heartbeats{last: look}
	age := look.age()
	if !look.changed.IsZero() && age <= look.uptime && (age <= timeout || look.uptime-age > timeout) {
		h.quiet, h.beat = age, true
	}
	h.doubt = !h.beat && look.uptime > timeout
	return h
}

// age is that of the file by the system's clock; 0 for one from the future.
func (l fileLook) age() time.Duration { return max(0, l.at.Sub(l.changed)) }

// elapsed returns the monotonic time between two looks, and whether the system's clock was set meanwhile; a clock that is
// slewed goes wrong by less than a thousandth. Times that have no monotonic reading do not tell it.
func elapsed(from, to time.Time) (gap time.Duration, set bool) {
	gap = to.Sub(from)
	off := to.Round(0).Sub(from.Round(0)) - gap
	return max(0, gap), off.Abs() > gap/1000+100*time.Millisecond
}
