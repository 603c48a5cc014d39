package engine

import (
	"math/rand/v2"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// modelled is a supervisord with one process, as far as a restart can tell it from the real one. Its time passes in
// pass only. The last start of the process and its ends are known to the second, as in supervisord.
type modelled struct {
	random  *rand.Rand
	now     time.Time
	state   domain.State
	pid     int
	lastPID int
	started time.Time
	ended   time.Time
	due     time.Time // when the state changes by itself
	retries int
	delayed time.Time // when a stop that waits in a supervisord that hangs is carried out at the latest, see asked; zero if there is none
	hangs   time.Time // until when it does not answer

	told    []heardOf // events that are on their way; nil where nobody listens
	listens bool

	oneShot bool      // it ends by itself and is not started again
	broken  time.Time // until when the program cannot be started
	fragile bool      // the program ends by itself now and then
	status  int       // what a one-shot ends with: 0 says that it has done its work

	// what has happened, for the invariants
	judgedPID     int
	ourStop       bool      // our stop was carried out,
	stopped       time.Time // then
	ourStart      bool      // our start was carried out
	touched       bool      // somebody else, or the process by itself, has changed its state since
	humanStopped  bool      // a human has stopped it after our start, or after our stop and a start of somebody else
	wrongLife     bool      // we have stopped another life than the judged one
	againstHuman  bool      // we have started what a human stopped
	finishedAgain bool      // we have started what had finished
}

// heardOf is an event on its way to the listener.
type heardOf struct {
	at     time.Time
	change domain.StateChange
}

// turn moves the process into another state, and tells of it: mostly soon, sometimes late, twice or never.
func (m *modelled) turn(to domain.State) {
	c := domain.StateChange{ID: domain.ID{Group: "g", Name: "n"}, From: m.state, To: to, PID: m.pid}
	if to == domain.Starting || to == domain.Backoff || to == domain.Fatal {
		c.PID = 0
	}
	m.state = to
	if !m.listens || m.random.IntN(8) == 0 {
		return
	}
	for range 1 + m.random.IntN(8)/7 {
		late := m.span(2)
		if m.random.IntN(6) == 0 {
			late = m.span(20)
		}
		m.told = append(m.told, heardOf{at: m.now.Add(late), change: c})
	}
}

// event is the next event that has come.
func (m *modelled) event() (domain.StateChange, bool) {
	for i, one := range m.told {
		if !one.at.After(m.now) {
			m.told = slices.Delete(m.told, i, i+1)
			return one.change, true
		}
	}
	return domain.StateChange{}, false
}

// moment is how soon after our stop was accepted a start and a stop by others cannot be told from it.
const moment = 100 * time.Millisecond

func newModelled(random *rand.Rand) *modelled {
	m := &modelled{random: random, now: noon().Add(time.Duration(random.IntN(1000)) * time.Millisecond), lastPID: 100}
	m.oneShot = random.IntN(4) == 0
	m.fragile = random.IntN(3) == 0
	m.status = random.IntN(2)
	m.spawn()
	m.state, m.due = domain.Running, m.lifetime()
	if random.IntN(3) > 0 {
		m.pass(time.Duration(random.IntN(100_000)) * time.Millisecond)
	}
	if random.IntN(4) == 0 {
		m.broken = m.now.Add(m.span(600))
	}
	return m
}

func (m *modelled) span(seconds int) time.Duration {
	return time.Duration(m.random.IntN(seconds*1000)) * time.Millisecond
}

// look is what getProcessInfo tells.
func (m *modelled) look() domain.Process {
	p := domain.Process{ID: domain.ID{Group: "g", Name: "n"}, State: m.state, PID: m.pid, Started: m.started}
	if m.pid != 0 {
		p.Uptime = m.now.Truncate(time.Second).Sub(m.started)
	}
	if m.state == domain.Exited {
		p.Ended = m.ended
		if m.oneShot {
			p.ExitStatus = m.status
		}
	}
	return p
}

func (m *modelled) spawn() {
	m.lastPID++
	m.pid, m.started = m.lastPID, m.now.Truncate(time.Second)
	m.due = m.now.Add(time.Second)
	m.turn(domain.Starting)
	if m.now.Before(m.broken) {
		m.pid = 0
		m.turn(domain.Backoff)
	}
}

func (m *modelled) lifetime() time.Time {
	if m.oneShot || m.fragile {
		return m.now.Add(m.span(60))
	}
	return m.now.Add(1000 * time.Hour)
}

// pass lets time pass.
func (m *modelled) pass(d time.Duration) {
	for end := m.now.Add(d); ; {
		next := end
		for _, busy := range []time.Time{m.hangs, m.delayed} { // nothing changes while it hangs
			if m.due.Before(busy) && m.now.Before(busy) {
				m.due = busy
			}
		}
		if m.moves() && m.due.Before(next) {
			next = m.due
		}
		if !m.delayed.IsZero() && m.delayed.Before(next) {
			next = m.delayed
		}
		m.now = next
		switch {
		case !m.delayed.IsZero() && !m.delayed.After(next):
			m.arrive()
		case m.moves() && !m.due.After(next):
			m.move()
		default:
			return
		}
	}
}

// moves reports whether the state will change by itself.
func (m *modelled) moves() bool {
	return m.state != domain.Stopped && m.state != domain.Fatal && (m.state != domain.Exited || !m.oneShot)
}

func (m *modelled) move() {
	switch m.state {
	case domain.Starting:
		m.retries, m.due = 0, m.lifetime()
		m.turn(domain.Running)
	case domain.Running:
		m.turn(domain.Exited)
		m.touched = m.touched || m.oneShot && (m.status == 0 || m.pid == m.judgedPID || m.now.Sub(m.started) >= steadyFor+time.Second || !m.ourStart)
		m.pid, m.due, m.ended = 0, m.now.Add(time.Second), m.now.Truncate(time.Second)
	case domain.Stopping:
		m.turn(domain.Stopped)
		m.pid = 0
	case domain.Exited:
		m.spawn()
	case domain.Backoff:
		if m.retries++; m.retries > 3 {
			m.retries = 0
			m.turn(domain.Fatal)
			return
		}
		m.spawn()
	}
}

func (m *modelled) stop() error {
	switch m.state {
	case domain.Running, domain.Starting:
		m.due = m.now.Add(m.span(12))
		m.turn(domain.Stopping)
	case domain.Backoff:
		m.turn(domain.Stopped)
	default:
		return domain.ErrNotRunning
	}
	return nil
}

// start is startProcess of supervisord 4.2: while the process is STOPPING it says yes and does nothing.
func (m *modelled) start() (bool, error) {
	switch m.state {
	case domain.Running, domain.Starting, domain.Backoff:
		return false, domain.ErrAlreadyStarted
	case domain.Stopping:
		return false, nil
	}
	if m.now.Before(m.broken) && m.random.IntN(2) == 0 { // NO_FILE: nothing is spawned
		return false, domain.ErrCannotStart
	}
	m.spawn()
	if m.state == domain.Backoff && m.random.IntN(2) == 0 { // SPAWN_ERROR
		return true, domain.ErrCannotStart
	}
	return true, nil
}

// human stops a process that is up and starts one that is down.
func (m *modelled) human() {
	if m.now.Before(m.hangs) || !m.delayed.IsZero() {
		return
	}
	if m.stop() == nil {
		m.touched, m.humanStopped = true, m.ourStart || m.ourStop && m.now.Sub(m.stopped) > moment
	} else if done, _ := m.start(); done {
		m.touched, m.humanStopped = true, false
	}
}

// carryOutStop is our stop reaching supervisord, at once or after a hang of supervisord.
func (m *modelled) carryOutStop(atOnce bool) error {
	pid := m.pid
	err := m.stop()
	if err == nil {
		m.ourStop, m.stopped, m.touched = true, m.now, m.touched && !atOnce
		m.wrongLife = m.wrongLife || atOnce && pid != m.judgedPID
	}
	return err
}

// arrive has a stop carried out that has waited.
func (m *modelled) arrive() {
	if !m.delayed.IsZero() {
		m.delayed = time.Time{}
		_ = m.carryOutStop(false)
	}
}

// asked is what getProcessInfo tells. Requests are taken in the order in which they have come, so that a stop that waits may
// be carried out just after the first answer, and not after the second.
func (m *modelled) asked() domain.Process {
	if m.random.IntN(2) == 0 {
		m.arrive()
	}
	defer m.arrive()
	return m.look()
}

// carryOutStart is our start reaching supervisord.
func (m *modelled) carryOutStart() error {
	before := m.state
	done, err := m.start()
	if done {
		m.ourStart = true
		m.againstHuman = m.againstHuman || m.humanStopped
		m.finishedAgain = m.finishedAgain || before == domain.Exited && m.status == 0
	}
	return err
}
