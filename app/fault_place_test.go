package app_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks/supervisord"
)

func TestCredentialsAreAskedForInOneSentence(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  []string
		says string
		want ending
	}{
		"missing": {nil, whyNoLogin + whyLoginCure, ending{State: "RUNNING", Lives: 1}},
		"wrong": {[]string{"SUPERVISOR_USERNAME=admin", "SUPERVISOR_PASSWORD=wr0ng"},
			whyWrongLogin + whyLoginCure, ending{State: "RUNNING", Lives: 1}},
		"right": {[]string{"SUPERVISOR_USERNAME=admin", "SUPERVISOR_PASSWORD=s3cret"}, "",
			ending{State: "RUNNING", Lives: 2, Stops: 1, Another: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := set(t, func(s *stage, _ *orders) {
				s.config.Username, s.config.Password = "admin", "s3cret"
				s.config.Listener.Env = c.env
			})
			pid := s.ListenerState().PID
			s.ail("web", "unwell")
			if c.says == "" {
				s.untilRevived("web")
			}
			s.rounds(5)
			if diff := cmp.Diff(c.want, s.ending()); diff != "" {
				t.Error(diff)
			}
			if got := s.ListenerState().PID; got != pid {
				t.Errorf("the listener did not stay alive: pid %d, not %d", got, pid)
			}
			if n := s.log.tells(because(whyLoginCure)); (n == 1) != (c.says != "") || s.log.tells(because(c.says)) == 0 {
				t.Errorf("the cure is said %d times", n)
			}
			if s.log.count("s3cret")+s.log.count("wr0ng") > 0 {
				t.Error("the log has the password")
			}
		})
	}
}

func TestTheSocketVanishesDuringARestartAndReturns(t *testing.T) {
	t.Parallel()
	s := set(t, slowly)
	s.Force(supervisord.Rule{Method: start, Cut: true, Times: 1})
	s.ail("web", "unwell")
	s.untilState("web", domain.Stopping)
	s.human(s.Vanish)
	s.untilState("web", domain.Stopped)
	s.untilSaid(because(whyNoSocket))
	s.human(s.Return)
	s.untilRevived("web")
	if diff := cmp.Diff(ending{State: "RUNNING", Lives: 2, Stops: 1, Another: true}, s.ending()); diff != "" {
		t.Error(diff)
	}
}

func TestAServiceComesBackThoughSupervisordHangs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		when domain.State
		call string               // if any, it is on its way when supervisord begins to hang
		late func(s *stage) error // what is carried out of it as soon as supervisord goes on
		want ending
	}{
		"in a stop that is lost": {call: stop, want: ending{State: "RUNNING", Lives: 2, Stops: 2, Another: true}},
		"in a stop that is carried out late": {call: stop, want: ending{State: "RUNNING", Lives: 2, Stops: 1, Another: true},
			late: func(s *stage) error { return s.StopProcess("web", false) }},
		"while it is STOPPING":    {when: domain.Stopping, want: ending{State: "RUNNING", Lives: 2, Stops: 1, Another: true}},
		"in a start that is lost": {call: start, want: ending{State: "RUNNING", Lives: 2, Stops: 1, Another: true}},
		"in a start that is carried out late": {call: start, want: ending{State: "RUNNING", Lives: 2, Stops: 1, Another: true},
			late: func(s *stage) error { return s.StartProcess("web", false) }},
		"while it is STARTING": {when: domain.Starting, want: ending{State: "RUNNING", Lives: 2, Stops: 1, Another: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := set(t, accompanied, slowly)
			s.hang(c.call, c.when)
			s.untilSaid(because(whySlow))
			done := make(chan error, 1)
			go func() {
				if c.late != nil {
					done <- c.late(s)
				}
				close(done)
			}()
			s.Thaw()
			s.ClearRules()
			var fault *domain.Fault
			if err := <-done; err != nil && !(errors.As(err, &fault) && fault.Code == 60) { // the listener's next start may be quicker
				t.Fatal(err)
			}
			s.untilRevived("web")
			if diff := cmp.Diff(c.want, s.ending()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// hang freezes supervisord in a call of a restart, or when the service is in a state.
func (s *stage) hang(call string, when domain.State) {
	s.t.Helper()
	if call != "" {
		s.Force(held(call, false)) // so that it is on its way when supervisord freezes
	}
	s.ail("web", "unwell")
	if call != "" {
		s.untilAsked(call)
	} else {
		s.untilState("web", domain.Stopping)
		s.untilState("web", when)
	}
	s.Freeze()
}
