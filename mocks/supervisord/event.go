package supervisord

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
)

// Event is a notification for the listeners.
type Event struct {
	Name    string // such as TICK_5
	Payload string // what follows the header line; its length is announced in characters, as supervisord does
}

// Tick raises TICK_5, TICK_60 or TICK_3600 now, by a period of 5 s, 60 s or 3600 s. A listener receives it if it
// wants this type. Ticks of one period that are due while the server is frozen become one when it thaws.
func (s *Server) Tick(period time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.frozen {
		s.late[period] = true
		return
	}
	s.tick(period)
	s.settle()
}

func (s *Server) tick(period time.Duration) {
	seconds := int64(max(period/time.Second, 1))
	now := time.Now().Unix()
	s.raise(fmt.Sprintf("TICK_%d", seconds), fmt.Sprintf("when:%d", now-now%seconds))
}

// Send puts an event into the buffer of Config.Listener whether that has subscribed to its type or not: a real
// supervisord does that too, when another listener has rejected the event.
func (s *Server) Send(event Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.pool(); p != nil {
		s.accept(p, s.number(event), false)
		s.settle()
	}
}

// raise hands an event to each listener once for each of its subscriptions that covers it.
func (s *Server) raise(name, payload string) {
	var numbered *notice
	for _, p := range s.pools() {
		for _, wanted := range p.events {
			if !covers(wanted, name) {
				continue
			}
			if numbered == nil {
				numbered = s.number(Event{Name: name, Payload: payload})
			}
			s.accept(p, numbered, false)
		}
	}
}

func (s *Server) number(event Event) *notice {
	n := &notice{Event: event, serial: s.serial, raised: time.Now(), poolSerials: map[string]int{}}
	s.serial++
	return n
}

func covers(wanted, name string) bool {
	return wanted == name || wanted == "EVENT" || strings.HasPrefix(name, wanted+"_")
}

// tickOften sends ticks unasked.
func (s *Server) tickOften() {
	if s.config.TickEvery <= 0 || len(s.config.listeners()) == 0 {
		return
	}
	var periods []time.Duration
	for _, l := range s.config.listeners() {
		if period := smallestTick(l.Events); !slices.Contains(periods, period) {
			periods = append(periods, period)
		}
	}
	s.tasks.Go(func() {
		ticker := time.NewTicker(s.config.TickEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				for _, period := range periods {
					s.Tick(period)
				}
			case <-s.life.Done():
				return
			}
		}
	})
}

func smallestTick(wanted []string) time.Duration {
	periods := []time.Duration{5 * time.Second, time.Minute, time.Hour}
	for _, period := range periods {
		name := fmt.Sprintf("TICK_%d", period/time.Second)
		if slices.ContainsFunc(wanted, func(w string) bool { return covers(w, name) }) {
			return period
		}
	}
	return periods[0]
}

// stateChange is the payload of the PROCESS_STATE event of a process that has just left the state from.
func stateChange(p *process, from domain.State) string {
	text := fmt.Sprintf("processname:%s groupname:%s from_state:%s", p.Name, p.Group, from)
	switch p.state {
	case domain.Starting, domain.Backoff:
		return fmt.Sprintf("%s tries:%d", text, p.tries)
	case domain.Running, domain.Stopping, domain.Stopped:
		return fmt.Sprintf("%s pid:%d", text, p.pid())
	case domain.Exited:
		return fmt.Sprintf("%s expected:%d pid:%d", text, boolInt(p.expected()), p.pid())
	}
	return text
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// eventTypes are the words that events= knows.
func eventTypes() []string {
	return strings.Fields(`EVENT
		PROCESS_STATE PROCESS_STATE_STARTING PROCESS_STATE_RUNNING PROCESS_STATE_BACKOFF PROCESS_STATE_STOPPING
		PROCESS_STATE_EXITED PROCESS_STATE_STOPPED PROCESS_STATE_FATAL PROCESS_STATE_UNKNOWN
		PROCESS_COMMUNICATION PROCESS_COMMUNICATION_STDOUT PROCESS_COMMUNICATION_STDERR
		PROCESS_LOG PROCESS_LOG_STDOUT PROCESS_LOG_STDERR REMOTE_COMMUNICATION
		SUPERVISOR_STATE_CHANGE SUPERVISOR_STATE_CHANGE_RUNNING SUPERVISOR_STATE_CHANGE_STOPPING
		PROCESS_GROUP PROCESS_GROUP_ADDED PROCESS_GROUP_REMOVED TICK TICK_5 TICK_60 TICK_3600`)
}
