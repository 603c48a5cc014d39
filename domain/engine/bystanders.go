package engine

import (
	"errors"
	"time"

	"supervisor-healthcheck/domain"
)

// bystanders is what is known of what others do while we restart a process. supervisord has no sign for somebody who stops what we
// are stopping or have stopped, so the start that we owe would undo that. What shows are the others that are stopped with it.
type bystanders struct {
	since       time.Time          // of what others do from then on is asked: since our stop
	fingerprint uint64             // of its settings as they were known when the restart began
	reread      bool               // they were asked for since
	updated     time.Time          // until when somebody is waited for who has changed them; zero if nobody has
	running     []domain.ID        // beside it in its group, at our stop
	ran         map[domain.ID]bool // those of them that somebody else may have stopped since; nil if there are none
	first       time.Time          // when the others were first looked at
	still       int                // looks in a row that have shown them all stopped
	none        bool               // nobody else is at it: the start is sent
}

const (
	longStop    = 500 * time.Millisecond // within which hardly anybody does something else
	updateLooks = 200 * time.Millisecond
	updateFor   = 5 * time.Second // supervisord tells who waits for a stop up to a second late, and then its group is removed
	secondLook  = time.Second     // between two looks at others: those that are restarted run again by then
)

// wary is what is done before the first start after our stop: the settings are asked for again, because supervisorctl update fails
// when we start what it is about to remove; and the other processes, when some of them were stopped by somebody else meanwhile or the
// listener is ending. Look means that the start has to wait.
func (e *Engine) wary(x *restart, now time.Time) Act {
	o := &x.crowd
	long := !x.stopped.IsZero() && now.Sub(x.stopped) >= longStop
	switch {
	case x.StartOnly, x.Tries > 0, o.none:
		return SendStart
	case long && !o.reread && !e.ending:
		return Reread
	case now.Before(o.updated) && !e.ending:
		x.next = next{act: Look, after: updateLooks, trouble: domain.Trouble{Kind: domain.TroubleUpdate}}
		e.follow(x, now)
		return Look
	case e.ending, e.othersStopped(x, long):
		return Survey
	}
	o.none = true
	return SendStart
}

// othersStopped reports whether somebody else may be stopping the group of a process. Events tell who was stopped; without them
// those that ran are looked at.
func (e *Engine) othersStopped(x *restart, long bool) bool {
	if x.crowd.ran != nil {
		return true
	}
	ran := map[domain.ID]bool{}
	if e.feed.eventful() {
		for _, p := range e.table.order {
			if e.beside(x, p.ID) && p.acts.foreignStop.After(x.crowd.since.Add(-time.Second)) {
				ran[p.ID] = true
			}
		}
	} else if long {
		for _, id := range x.crowd.running {
			ran[id] = true
		}
	}
	if len(ran) == 0 {
		return false
	}
	x.crowd.ran = ran
	return true
}

// beside reports whether a process is another one of the group, to which nothing is done by us.
func (e *Engine) beside(x *restart, id domain.ID) bool {
	return id.Group == x.Instance.Group && id != x.Instance.ID && !e.busyWith(id)
}

// busyWith reports whether a process is down or about to be because of us.
func (e *Engine) busyWith(id domain.ID) bool {
	x := e.restarts[id]
	return x != nil && !x.stage.up
}

func (e *Engine) runningBeside(x *restart) (all []domain.ID) {
	for _, p := range e.table.order {
		if e.beside(x, p.ID) && (p.State == domain.Running || p.State == domain.Starting) {
			all = append(all, p.ID)
		}
	}
	return all
}

// reread takes the settings. Changed ones mean that somebody has had them read again, and mostly is about to put them in force.
func (e *Engine) reread(x *restart, in Stepped, now time.Time) {
	o := &x.crowd
	o.reread = true
	x.next = next{act: Look} // time has passed
	if in.Err != nil {
		return
	}
	e.daemon.settings = in.Settings
	settings, told := in.Settings[x.Instance.ID]
	if !told || settings.Fingerprint != o.fingerprint && o.fingerprint != 0 && settings.Fingerprint != 0 {
		o.updated = now.Add(updateFor)
	}
}

// surveyed takes all processes, and leaves ours stopped if somebody else has stopped all those beside it.
func (e *Engine) surveyed(x *restart, in Stepped, now time.Time) {
	o := &x.crowd
	own, found := domain.Process{}, false
	for _, p := range in.Processes {
		if p.ID == x.Instance.ID {
			own, found = p, true
		}
	}
	switch {
	case in.Err != nil && !errors.Is(in.Err, domain.ErrNoSuchProcess):
		o.none = true // the start will meet the same
		x.next = next{act: Look}
		return
	case !found:
		x.transaction, x.next = x.blind(domain.ErrNoSuchProcess)
		return
	}
	x.seen = own
	if x.transaction, x.next = x.saw(own, now); x.next.act != SendStart {
		return
	}
	if o.first.IsZero() {
		o.first = now
	}
	left := false
	if e.ending {
		left = e.allStopped(x, own, in.Processes, now)
	} else if e.groupStopping(x, in.Processes, now) {
		if o.still < 2 {
			x.next = next{act: Look, after: secondLook}
			return
		}
		left = true
	}
	if left {
		x.transaction, x.next = x.finish(dropped, domain.Trouble{Kind: domain.TroubleLeftStopped})
		return
	}
	o.none = true
}

// groupStopping reports whether all others of the group that ran before are stopped, or being stopped, by somebody else. A
// restart by whomever has them run again by the second look; one that is STOPPING is waited for, but not for ever.
func (e *Engine) groupStopping(x *restart, all []domain.Process, now time.Time) bool {
	o := &x.crowd
	stopped, stopping, patience := 0, 0, secondLook
	for _, p := range all {
		switch {
		case !e.beside(x, p.ID):
		case p.State == domain.Running, p.State == domain.Starting, p.State == domain.Backoff:
			return false
		case !o.ran[p.ID]:
		case p.State == domain.Stopping:
			stopping++
			patience = max(patience, e.daemon.settings[p.ID].StopWait)
		case p.State == domain.Stopped:
			stopped++
		}
	}
	if stopping > 0 {
		o.still = 0
		return now.Sub(o.first) < patience+phaseMargin
	}
	o.still++
	return stopped > 0
}

// allStopped reports whether the listener ends because somebody has stopped all there is: no program runs, and some were stopped
// since our stop, or are being stopped.
func (e *Engine) allStopped(x *restart, own domain.Process, all []domain.Process, now time.Time) bool {
	since := own.Ended.Add(-now.Sub(x.crowd.since) - time.Second) // by supervisord's clock
	sign := false
	for _, p := range all {
		listener := e.daemon.settings[p.ID].Priority == listenerPriority
		switch {
		case p.ID == x.Instance.ID || e.config.ours(p.ID) || e.busyWith(p.ID):
		case p.State == domain.Stopping, p.State == domain.Stopped && p.Ended.After(since):
			sign = true
		case !listener && (p.State == domain.Running || p.State == domain.Starting || p.State == domain.Backoff):
			return false
		}
	}
	return sign
}
