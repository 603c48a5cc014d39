package watchdog_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/golang/mock/gomock"
	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks"
)

// onPort is a check whose processes listen on the port that their names end in.
type onPort struct{ domain.Check }

func (onPort) Port(p domain.Process) (port int, known bool) {
	_, err := fmt.Sscanf(p.Name, "p%d", &port)
	return port / 10, err == nil
}

func TestPortsThatAreSharedAreReportedOnce(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:p80800", "web:p80801", "web:p80810", "web:p80811", "web:p80820", "web:x")
		s.watchWith(domain.DropIn(), []domain.Check{onPort{s.sick.check()}}, "web:*")
		stop := s.listen()
		for range 10 {
			s.tick()
		}
		stop()
		s.reported("watching web:* 6", "shared port web:p80800 8080 of 2", "shared port web:p80810 8081 of 2")
	})
}

func TestOneOfThoseThatShareAPortIsRestartedAtATime(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:p80800", "web:p80801", "web:p80802")
		s.watchWith(domain.DropIn(), []domain.Check{onPort{s.sick.check()}}, "web:*")
		stop := s.listen()
		s.tick()
		s.sick.ill("no answer", "web:p80800", "web:p80801", "web:p80802") // whoever of them hangs
		s.tickAt(time.Now())
		s.pass(2 * time.Second)
		if acts := s.acts(); len(acts) != 2 {
			t.Errorf("done: %q, want one restart", acts)
		}
		s.sick.well("web:p80800", "web:p80801", "web:p80802")
		for range 3 {
			s.tick()
		}
		s.acted()
		stop()
	})
}

// TestProcessesThatShareAPortAreNotProbedAllAtOnce: they are one service, which a burst of probes would make late.
func TestProcessesThatShareAPortAreNotProbedAllAtOnce(t *testing.T) {
	tests := map[string]struct {
		names []string
		most  int
	}{
		"ports of their own":                {[]string{"p10", "p20", "p30", "p40", "p50", "p60"}, 6},
		"no ports":                          {[]string{"a", "b", "c", "d", "e", "f"}, 6},
		"few enough on one port":            {[]string{"p10", "p11", "p12", "p13"}, 4},
		"one more than that":                {[]string{"p10", "p11", "p12", "p13", "p14"}, 4},
		"ten on one port, and others there": {[]string{"p10", "p20", "p11", "p12", "p13", "p14", "x", "p15", "p16", "p17", "p18", "p19"}, 6},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				for _, n := range test.names {
					s.run("g:" + n)
				}
				c := newClinic(always(time.Second))
				s.watchWith(domain.DropIn(), []domain.Check{onPort{c}}, "g:*")
				s.round()
				if all, _ := c.seen(); all != len(test.names) || c.most != test.most {
					t.Errorf("%d of %d were probed, %d of them at once, want %d", all, len(test.names), c.most, test.most)
				}
			})
		})
	}
}

func TestAServiceThatHangsDelaysNobodyOnAnotherPort(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		for i := range 10 {
			s.run(fmt.Sprintf("a:p1%d", i))
		}
		s.run("b:p20")
		var judged []time.Duration
		began := time.Now()
		s.watchWith(domain.DropIn(), []domain.Check{onPort{domain.NewCheck("port", func(ctx context.Context, p domain.Process) domain.Verdict {
			if p.Group == "b" {
				judged = append(judged, time.Since(began).Truncate(time.Second))
				return domain.Healthy.Because("fine")
			}
			select {
			case <-time.After(time.Minute):
			case <-ctx.Done():
			}
			return domain.Unknown.Because("no answer")
		})}}, "all")
		stop := s.listen()
		for range 4 {
			s.tick()
		}
		stop()
		if diff := cmp.Diff([]time.Duration{0, 5 * time.Second, 10 * time.Second, 15 * time.Second}, judged); diff != "" {
			t.Errorf("the other was judged (-want +got):\n%s", diff)
		}
	})
}

func TestPortConflictsAreReported(t *testing.T) {
	const conflict = "port conflict web:a 8080 77 gunicorn"
	outlived := domain.Listener{PID: 77, Name: "gunicorn"}
	tests := map[string]struct {
		holders []domain.Listener
		err     error
		port    int
		want    []string // after the restart
	}{
		"nobody else":                    {nil, nil, 8080, nil},
		"a child that outlived the stop": {[]domain.Listener{outlived}, nil, 8080, []string{conflict}},
		"supervisord, for an fcgi-program": {
			[]domain.Listener{{PID: 1, Name: "supervisord"}}, nil, 8080, nil,
		},
		"another supervised process": {[]domain.Listener{{PID: 103, Name: "sibling"}}, nil, 8080, nil},
		"a descendant of one, and a foreign one": {
			[]domain.Listener{{PID: 90, Name: "worker", Ancestors: []int{103, 1}}, outlived}, nil, 8080, []string{conflict},
		},
		"it cannot be seen":     {nil, domain.ErrProber, 8080, nil},
		"its port is not known": {nil, nil, 0, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				owner := mocks.NewMockPortOwner(gomock.NewController(t))
				if test.port != 0 {
					owner.EXPECT().Holders(gomock.Any(), test.port, 104).Return(test.holders, test.err)
				}
				s.world.Owner = owner
				s.run("web:a", "job:a")
				s.watchWith(domain.DropIn(), []domain.Check{listening{s.sick.check(), test.port}, s.sick.check()}, "web:*")
				s.sick.ill("status 500", "web:a")
				s.round()
				want := append([]string{"watching web:* 1", "judged web:a unhealthy (status 500): do failing 1", "stopping web:a",
					"restarted web:a pid 104 down 1.42s"}, test.want...)
				s.reported(want...)
			})
		})
	}
}

func TestAConflictIsLookedForWhenAStartFailsOrAProcessFlaps(t *testing.T) {
	tests := map[string]struct {
		settings []string
		happens  func(s *stage)
		asked    int
	}{
		"a start fails": {nil, func(s *stage) {
			s.change(named("web:a"), func(p *program) { p.cannot = domain.ErrCannotStart })
			s.sick.ill("status 500", "web:a")
		}, 1},
		"it exits again after the start": {nil, func(s *stage) {
			s.sick.ill("status 500", "web:a")
			time.AfterFunc(500*time.Millisecond, func() { s.die(named("web:a"), 1, false) })
		}, 3}, // then, when it runs again, and after the next restart
		"it flaps": {[]string{"restart-limit", "2/1h"}, func(s *stage) {
			for i := range 2 {
				time.AfterFunc(time.Duration(i+1)*time.Second, func() { s.die(named("web:a"), 1, true) })
			}
		}, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				asked := 0
				owner := mocks.NewMockPortOwner(gomock.NewController(t))
				owner.EXPECT().Holders(gomock.Any(), 8080, gomock.Any()).AnyTimes().DoAndReturn(
					func(context.Context, int, int) ([]domain.Listener, error) { asked++; return nil, nil })
				s.world.Owner = owner
				s.run("web:a")
				s.watchWith(set(t, domain.DropIn(), test.settings...), []domain.Check{listening{s.sick.check(), 8080}}, "web:*")
				stop := s.listen()
				s.fed()
				s.tick()
				test.happens(s)
				s.tick()
				s.tick()
				stop()
				if asked != test.asked {
					t.Errorf("it was looked for %d times, want %d", asked, test.asked)
				}
			})
		})
	}
}
