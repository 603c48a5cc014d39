package domain

import "strconv"

// State is the state of a process in supervisord's own numbers.
type State int

// The process states, http://supervisord.org/subprocess.html#process-states.
const (
	Stopped      State = 0
	Starting     State = 10
	Running      State = 20
	Backoff      State = 30
	Stopping     State = 40
	Exited       State = 100
	Fatal        State = 200
	StateUnknown State = 1000
)

// String is supervisord's name of the state, such as RUNNING.
func (s State) String() string {
	switch s {
	case Stopped:
		return "STOPPED"
	case Starting:
		return "STARTING"
	case Running:
		return "RUNNING"
	case Backoff:
		return "BACKOFF"
	case Stopping:
		return "STOPPING"
	case Exited:
		return "EXITED"
	case Fatal:
		return "FATAL"
	case StateUnknown:
		return "UNKNOWN"
	}
	return "state " + strconv.Itoa(int(s))
}

// ParseState reads supervisord's name of a state, in capitals.
func ParseState(name string) (State, bool) {
	for _, s := range []State{Stopped, Starting, Running, Backoff, Stopping, Exited, Fatal, StateUnknown} {
		if s.String() == name {
			return s, true
		}
	}
	return StateUnknown, false
}
