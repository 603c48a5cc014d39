package app_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks/supervisord"
)

// human carries out what an administrator does.
func (s *stage) human(do ...func() error) {
	s.t.Helper()
	for _, f := range do {
		if err := f(); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *stage) stopsIt() error   { return s.StopProcess("web", true) }
func (s *stage) startsIt() error  { return s.StartProcess("web", true) }
func (s *stage) removesIt() error { return s.RemoveGroup("web") }
func (s *stage) addsIt() error    { return s.AddGroup("web") }

// over reports whether a restart has ended, well or not.
func (s *stage) over() bool {
	return s.log.tells(msgRestarted)+s.log.tells(msgDropped) > 0
}

// untilAsked waits for a call that is yet to be made.
func (s *stage) untilAsked(method string) {
	s.t.Helper()
	s.until(method+" is called", func() bool { return s.asked(method) > 0 })
}

func TestWhatAHumanDoesMeanwhileStands(t *testing.T) {
	t.Parallel()
	late := func(method string) supervisord.Rule { // until it is released
		return supervisord.Rule{Method: method, Delay: time.Hour, Times: 1}
	}
	refused := supervisord.Rule{Method: start, Status: 500}
	for name, c := range map[string]struct {
		rule supervisord.Rule
		do   func(s *stage)
		want ending
	}{
		"stopped before the last look": {late(settings), func(s *stage) {
			s.untilAsked(settings)
			s.human(s.stopsIt)
			s.Release()
		}, ending{State: "STOPPED", Lives: 1}},
		"restarted before the last look": {late(settings), func(s *stage) {
			s.untilAsked(settings)
			s.human(s.stopsIt, s.startsIt)
			s.Release()
		}, ending{State: "RUNNING", Lives: 2, Another: true}},
		"removed before the last look and added again": {late(settings), func(s *stage) {
			s.untilAsked(settings)
			s.human(s.stopsIt, s.removesIt)
			s.Release()
			s.untilSaid(msgDropped)
			s.human(s.addsIt)
			s.untilRevived("web")
		}, ending{State: "RUNNING", Lives: 2, Another: true}},
		"stopped just before our stop": {late(stop), func(s *stage) {
			s.untilAsked(stop)
			s.human(s.stopsIt)
			s.Release()
		}, ending{State: "STOPPED", Lives: 1, Stops: 1}},
		"restarted between the last look and our stop, which ends the wrong life": {late(stop), func(s *stage) {
			s.untilAsked(stop)
			s.human(s.stopsIt, s.startsIt)
			s.Release()
			s.until("a third life", func() bool { return len(s.lives("web")) == 3 })
		}, ending{State: "RUNNING", Lives: 3, Stops: 1, Another: true}},
		"started while our start fails": {refused, func(s *stage) {
			s.untilAsked(start)
			s.human(s.startsIt)
		}, ending{State: "RUNNING", Lives: 2, Stops: 1, Another: true}},
		"started and stopped while our start fails": {refused, func(s *stage) {
			s.untilAsked(start)
			s.Force(supervisord.Rule{Method: look, Status: 500}) // we do not see it happen
			s.human(s.startsIt, s.stopsIt)
			s.ClearRules()
		}, ending{State: "STOPPED", Lives: 2, Stops: 1}},
		"removed while our start fails, and added again": {refused, func(s *stage) {
			s.untilAsked(start)
			s.human(s.removesIt)
			s.untilSaid(msgDropped)
			s.human(s.addsIt)
			s.untilRevived("web")
		}, ending{State: "RUNNING", Lives: 2, Stops: 1, Another: true}},
		"stopped while it starts": {supervisord.Rule{Times: 1, Method: "none"}, func(s *stage) {
			s.untilState("web", domain.Stopping)
			s.untilState("web", domain.Starting)
			s.until("its second life", func() bool { return len(s.lives("web")) == 2 })
			s.human(s.stopsIt)
		}, ending{State: "STOPPED", Lives: 2, Stops: 1}},
		"stopped after the restart": {supervisord.Rule{Times: 1, Method: "none"}, func(s *stage) {
			s.untilSaid(msgRestarted)
			s.human(s.stopsIt)
		}, ending{State: "STOPPED", Lives: 2, Stops: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := set(t, accompanied, slowly)
			s.Force(c.rule)
			s.ail("web", "unwell")
			c.do(s)
			s.until("the restart is over", s.over)
			s.ClearRules()
			if diff := cmp.Diff(c.want, s.ending()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAReloadDuringARestartIsQuietAndLosesNothing(t *testing.T) {
	t.Parallel()
	s := set(t, accompanied, slowly)
	s.ail("web", "unwell")
	s.untilState("web", domain.Stopping)
	s.human(s.Restart)
	s.untilRevived("web")
	if got := s.ending(); got.State != "RUNNING" || got.Stops != 1 {
		t.Errorf("%+v", got)
	}
	if n := s.log.tells(anError()); n > 0 {
		t.Errorf("%d errors were logged", n)
	}
}

func TestAShutdownIsNoReasonToStartAnything(t *testing.T) {
	t.Parallel()
	s := set(t, accompanied, slowly)
	s.ail("web", "unwell")
	s.untilState("web", domain.Stopping)
	s.human(s.Shutdown)
	select {
	case <-s.Done():
	case <-time.After(patient):
		t.Fatal("the shutdown does not end")
	}
	if n := s.log.tells(anError()); n > 0 || len(s.lives("web")) != 1 {
		t.Errorf("%d errors were logged, and web has had %d lives", n, len(s.lives("web")))
	}
}
