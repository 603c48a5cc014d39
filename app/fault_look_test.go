package app_test

import (
	"fmt"
	"time"

	"supervisor-healthcheck/domain"
)

// until waits for a condition.
func (s *stage) until(what string, condition func() bool) {
	s.t.Helper()
	if !eventually(condition) {
		s.t.Fatalf("%s: not within %s; listener %+v, processes %+v", what, patient, s.ListenerState(), s.Processes())
	}
}

// eventually asks until it is so, and reports whether it ever was.
func eventually(so func() bool) bool {
	for deadline := time.Now().Add(patient); time.Now().Before(deadline); time.Sleep(3 * time.Millisecond) {
		if so() {
			return true
		}
	}
	return false
}

func (s *stage) untilState(name string, state domain.State) {
	s.t.Helper()
	s.until(name+" is "+state.String(), func() bool { return s.process(name).State == state })
}

func (s *stage) untilSaid(signs ...sign) {
	s.t.Helper()
	s.until(fmt.Sprintf("the log says %q", signs), func() bool { return s.log.tells(signs...) > 0 })
}

// untilRevived waits until another life than the first runs.
func (s *stage) untilRevived(name string) {
	s.t.Helper()
	first := s.lives(name)[0]
	s.until(name+" runs again", func() bool {
		p := s.process(name)
		return p.State == domain.Running && fmt.Sprint(p.PID) != first
	})
}

// rounds waits for so many ticks to be answered and for what the listener asks because of them.
func (s *stage) rounds(n int) {
	s.t.Helper()
	before := s.answered()
	s.until(fmt.Sprint(n, " ticks are answered"), func() bool { return s.answered() >= before+n })
}

func (s *stage) answered() int {
	n := 0
	for _, d := range s.Deliveries() {
		if d.Result == "OK" {
			n++
		}
	}
	return n
}

// asked counts the calls of a method, about web where it is about a process.
func (s *stage) asked(method string) int {
	n := 0
	for _, c := range s.Calls() {
		if c.Method == method && (len(c.Args) == 0 || c.Args[0] == "web:web") {
			n++
		}
	}
	return n
}

// ending is what a restart leaves behind.
type ending struct {
	State   string
	Lives   int  // that web has had
	Stops   int  // that were sent
	Another bool // it has another pid than at first
}

// ending looks when nothing happens any more.
func (s *stage) ending() ending {
	s.t.Helper()
	s.rounds(4)
	p, lives := s.process("web"), s.lives("web")
	return ending{State: p.State.String(), Lives: len(lives), Stops: s.asked(stop), Another: p.PID != 0 && fmt.Sprint(p.PID) != lives[0]}
}
