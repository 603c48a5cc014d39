package watchdog_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/golang/mock/gomock"
	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks"
)

// script lets mocks answer the calls that one restart makes, in this order and no others.
type script struct {
	table   *mocks.MockProcessTable
	control *mocks.MockProcessControl
	journal *mocks.MockJournal
	calls   []*gomock.Call
}

// dawn is when a bubble begins.
func dawn() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) }

// life is one of the lives of the process that is restarted: 7 is the one that is judged, 8 the next.
func life(state domain.State, pid int) domain.Process {
	p := domain.Process{ID: named("web:a"), State: state, PID: pid, Started: dawn().Add(time.Duration(pid-7)*time.Minute - time.Hour), Uptime: time.Hour}
	if state != domain.Running && state != domain.Starting && state != domain.Stopping {
		p.PID, p.Uptime = 0, 0
	}
	return p
}

func (s *script) look(p domain.Process, err error) {
	s.calls = append(s.calls, s.table.EXPECT().Process(gomock.Any(), named("web:a")).Return(p, err))
}

func (s *script) stop(err error) {
	s.calls = append(s.calls, s.control.EXPECT().Stop(gomock.Any(), named("web:a")).Return(err))
}

func (s *script) start(err error) {
	s.calls = append(s.calls, s.control.EXPECT().Start(gomock.Any(), named("web:a")).Return(err))
}

func (s *script) write(phase domain.Phase, err error) {
	s.calls = append(s.calls, s.journal.EXPECT().Write(gomock.Any(), inPhase(phase)).Return(err))
}

func (s *script) remove(err error) {
	s.calls = append(s.calls, s.journal.EXPECT().Remove(gomock.Any(), named("web:a")).Return(err))
}

// intent is what every restart begins with: it is on the disk before the process is looked at for the last time.
func (s *script) intent() { s.write(domain.StopSent, nil) }

// stopped is a stop that is seen through.
func (s *script) stopped() {
	s.intent()
	s.look(life(domain.Running, 7), nil)
	s.stop(nil)
	s.write(domain.StopAccepted, nil)
	s.look(life(domain.Stopping, 7), nil)
	s.look(life(domain.Stopped, 7), nil)
}

// started is a start that is seen through.
func (s *script) started() {
	s.write(domain.StartSent, nil)
	s.start(nil)
	s.write(domain.StartAccepted, nil)
	s.look(life(domain.Starting, 8), nil)
	s.look(life(domain.Running, 8), nil)
	s.remove(nil)
}

// loud ends the test at a call that is not expected: whoever has made it waits for an answer.
type loud struct{ *testing.T }

func (l loud) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

type inPhase domain.Phase

func (p inPhase) Matches(x any) bool {
	r, ok := x.(domain.Restart)
	return ok && r.Phase == domain.Phase(p) && r.Instance.Same(life(domain.Running, 7).Instance()) && r.Supervisor == 1
}

func (p inPhase) String() string { return fmt.Sprintf("a restart in the phase %q", domain.Phase(p)) }

func TestEveryStepOfARestart(t *testing.T) {
	const (
		stopping  = "stopping web:a"
		restarted = "restarted web:a pid 8 down "
		dropped   = "dropped web:a "
		late      = "late web:a "
		unwritten = "store failed [no space left on device]"
	)
	full := errors.New("no space left on device")
	lost := fmt.Errorf("stopProcess: %w: i/o timeout", domain.ErrUnreachable)
	notSent := fmt.Errorf("%w: %w", domain.ErrUnreachable, domain.ErrNotSent)
	noFile := fmt.Errorf("%w: fault 20: NO_FILE: /bin/a", domain.ErrCannotStart)
	tests := map[string]struct {
		play func(s *script)
		want []string // reports
	}{
		"all goes well": {
			func(s *script) { s.stopped(); s.started() },
			[]string{stopping, restarted + "60ms"},
		},
		"supervisord does not say anything of it any more": {
			func(s *script) { s.intent(); s.look(domain.Process{}, lost); s.remove(nil) },
			[]string{dropped + "planned: unasked (stopProcess: supervisord cannot be reached: i/o timeout)"},
		},
		"its group was removed": {
			func(s *script) { s.intent(); s.look(domain.Process{}, domain.ErrNoSuchProcess); s.remove(nil) },
			[]string{dropped + "planned: unknown"},
		},
		"its pid has changed": {
			func(s *script) { s.intent(); s.look(life(domain.Running, 8), nil); s.remove(nil) },
			[]string{dropped + "planned: replaced 8"},
		},
		"it has a new life with the same pid": {
			func(s *script) {
				p := life(domain.Running, 7)
				p.Started = p.Started.Add(time.Second)
				s.intent()
				s.look(p, nil)
				s.remove(nil)
			},
			[]string{dropped + "planned: replaced 7"},
		},
		"somebody is stopping it": {
			func(s *script) { s.intent(); s.look(life(domain.Stopping, 7), nil); s.remove(nil) },
			[]string{dropped + "planned: moved STOPPING"},
		},
		"it has ended": {
			func(s *script) { s.intent(); s.look(life(domain.Exited, 7), nil); s.remove(nil) },
			[]string{dropped + "planned: moved EXITED"},
		},
		"a newborn one is given a second": {
			func(s *script) {
				p := life(domain.Running, 7)
				p.Uptime = 900 * time.Millisecond
				s.intent()
				s.look(p, nil)
				p.Uptime = 1100 * time.Millisecond
				s.look(p, nil)
				s.stop(nil)
				s.write(domain.StopAccepted, nil)
				s.look(life(domain.Stopped, 7), nil)
				s.started()
			},
			[]string{stopping, restarted + "40ms"},
		},
		"a human was faster with the stop": {
			func(s *script) {
				s.intent()
				s.look(life(domain.Running, 7), nil)
				s.stop(domain.ErrNotRunning)
				s.remove(nil)
			},
			[]string{stopping, dropped + "stop sent: gone"},
		},
		"the stop finds no such process": {
			func(s *script) {
				s.intent()
				s.look(life(domain.Running, 7), nil)
				s.stop(domain.ErrNoSuchProcess)
				s.remove(nil)
			},
			[]string{stopping, dropped + "stop sent: refused (no such process)"},
		},
		"the stop finds supervisord shutting down": {
			func(s *script) {
				s.intent()
				s.look(life(domain.Running, 7), nil)
				s.stop(domain.ErrShuttingDown)
				s.remove(nil)
			},
			[]string{stopping, dropped + "stop sent: refused (supervisord is shutting down)"},
		},
		"the stop wants other credentials": {
			func(s *script) {
				s.intent()
				s.look(life(domain.Running, 7), nil)
				s.stop(domain.ErrUnauthorized)
				s.remove(nil)
			},
			[]string{stopping, dropped + "stop sent: refused (unauthorized)"},
		},
		"the stop was not sent": {
			func(s *script) {
				s.intent()
				s.look(life(domain.Running, 7), nil)
				s.stop(notSent)
				s.remove(nil)
			},
			[]string{stopping, dropped + "stop sent: refused (supervisord cannot be reached: not sent)"},
		},
		"the answer to the stop is lost, but it is stopped": {
			func(s *script) {
				s.intent()
				s.look(life(domain.Running, 7), nil)
				s.stop(lost)
				s.look(life(domain.Stopping, 7), nil)
				s.look(life(domain.Stopped, 7), nil)
				s.started()
			},
			[]string{
				stopping,
				late + "stop sent: answer lost (stopProcess: supervisord cannot be reached: i/o timeout)",
				restarted + "60ms",
			},
		},
		"a human stops it after the stop": {
			func(s *script) {
				s.stopped()
				s.write(domain.StartSent, nil)
				s.start(nil)
				s.write(domain.StartAccepted, nil)
				s.look(life(domain.Starting, 8), nil)
				s.look(life(domain.Stopping, 8), nil)
				s.remove(nil)
			},
			[]string{stopping, dropped + "start accepted: stopped by other STOPPING"},
		},
		"a human has stopped it after the start": {
			func(s *script) {
				s.stopped()
				s.write(domain.StartSent, nil)
				s.start(nil)
				s.write(domain.StartAccepted, nil)
				s.look(life(domain.Stopped, 8), nil)
				s.remove(nil)
			},
			[]string{stopping, dropped + "start accepted: stopped by other STOPPED"},
		},
		"a human starts it before we do": {
			func(s *script) {
				s.intent()
				s.look(life(domain.Running, 7), nil)
				s.stop(nil)
				s.write(domain.StopAccepted, nil)
				s.look(life(domain.Running, 8), nil)
				s.remove(nil)
			},
			[]string{stopping, dropped + "stop accepted: started by other 8"},
		},
		"a human starts it at the same moment": {
			func(s *script) {
				s.stopped()
				s.write(domain.StartSent, nil)
				s.start(domain.ErrAlreadyStarted)
				s.write(domain.StartAccepted, nil)
				s.look(life(domain.Running, 8), nil)
				s.remove(nil)
			},
			[]string{stopping, restarted + "40ms"},
		},
		"its group is removed after the stop": {
			func(s *script) {
				s.stopped()
				s.write(domain.StartSent, nil)
				s.start(domain.ErrNoSuchProcess)
				s.remove(nil)
			},
			[]string{stopping, dropped + "start sent: unknown"},
		},
		"it ends by itself before the stop takes effect": {
			func(s *script) {
				s.intent()
				s.look(life(domain.Running, 7), nil)
				s.stop(nil)
				s.write(domain.StopAccepted, nil)
				p := life(domain.Exited, 7)
				p.ExitStatus = 3
				s.look(p, nil)
				s.remove(nil)
			},
			[]string{stopping, dropped + "stop accepted: exited 3"},
		},
		"supervisord is away after the stop": {
			func(s *script) {
				s.intent()
				s.look(life(domain.Running, 7), nil)
				s.stop(nil)
				s.write(domain.StopAccepted, nil)
				s.look(domain.Process{}, lost)
				s.look(domain.Process{}, lost)
				s.look(life(domain.Stopped, 7), nil)
				s.started()
			},
			[]string{
				stopping,
				late + "stop accepted: blind (stopProcess: supervisord cannot be reached: i/o timeout)",
				restarted + "440ms",
			},
		},
		"the start fails and is tried with growing pauses": {
			func(s *script) {
				s.stopped()
				for range 3 {
					s.write(domain.StartSent, nil)
					s.start(noFile)
					s.look(life(domain.Stopped, 7), nil)
				}
				s.started()
			},
			[]string{
				stopping,
				late + "stop accepted: refused (cannot start: fault 20: NO_FILE: /bin/a), try 1",
				late + "stop accepted: refused (cannot start: fault 20: NO_FILE: /bin/a), try 2",
				late + "stop accepted: refused (cannot start: fault 20: NO_FILE: /bin/a), try 3",
				restarted + "7.06s",
			},
		},
		"the start finds supervisord shutting down": {
			func(s *script) {
				s.stopped()
				s.write(domain.StartSent, nil)
				s.start(domain.ErrShuttingDown)
				s.look(domain.Process{}, domain.ErrShuttingDown)
				s.look(life(domain.Stopped, 7), nil)
				s.started()
			},
			[]string{
				stopping,
				late + "stop accepted: refused (supervisord is shutting down)",
				restarted + "1.26s",
			},
		},
		"the answer to the start is lost, but it is started": {
			func(s *script) {
				s.stopped()
				s.write(domain.StartSent, nil)
				s.start(lost)
				s.look(life(domain.Starting, 8), nil)
				s.look(life(domain.Running, 8), nil)
				s.remove(nil)
			},
			[]string{
				stopping,
				late + "start sent: answer lost (stopProcess: supervisord cannot be reached: i/o timeout)",
				restarted + "60ms",
			},
		},
		"the start that was lost was not carried out": {
			func(s *script) {
				s.stopped()
				s.write(domain.StartSent, nil)
				s.start(lost)
				s.look(life(domain.Stopped, 7), nil)
				s.started()
			},
			[]string{
				stopping,
				late + "start sent: answer lost (stopProcess: supervisord cannot be reached: i/o timeout)",
				restarted + "70ms",
			},
		},
		"supervisord gives up starting it": {
			func(s *script) {
				fatal := life(domain.Fatal, 8)
				fatal.SpawnError = "Exited too quickly"
				s.stopped()
				s.write(domain.StartSent, nil)
				s.start(nil)
				s.write(domain.StartAccepted, nil)
				s.look(life(domain.Starting, 8), nil)
				s.look(life(domain.Backoff, 8), nil)
				s.look(fatal, nil)
				s.look(fatal, nil)
				s.write(domain.StartSent, nil)
				s.start(nil)
				s.write(domain.StartAccepted, nil)
				s.look(life(domain.Running, 9), nil)
				s.remove(nil)
			},
			[]string{
				stopping,
				late + "start accepted: backoff",
				late + "stop accepted: fatal (Exited too quickly), try 1",
				"restarted web:a pid 9 down 1.11s",
			},
		},
		"it is started and exits again": {
			func(s *script) {
				s.stopped()
				s.write(domain.StartSent, nil)
				s.start(nil)
				s.write(domain.StartAccepted, nil)
				p := life(domain.Exited, 8)
				p.ExitStatus = 1
				s.look(p, nil)
				s.look(p, nil)
				s.write(domain.StartSent, nil)
				s.start(nil)
				s.write(domain.StartAccepted, nil)
				s.look(life(domain.Running, 9), nil)
				s.remove(nil)
			},
			[]string{stopping, late + "stop accepted: exited again 1, try 1", "restarted web:a pid 9 down 1.05s"},
		},
		"it is started and has done its work": {
			func(s *script) {
				s.stopped()
				s.write(domain.StartSent, nil)
				s.start(nil)
				s.write(domain.StartAccepted, nil)
				s.look(life(domain.Exited, 8), nil)
				s.remove(nil)
			},
			[]string{stopping, "not started web:a start accepted: exited again 0"},
		},
		"another listener is at it": {
			func(s *script) {
				s.write(domain.StopSent, fmt.Errorf("lst_2 with pid 9: %w", domain.ErrClaimed))
			},
			[]string{"refused web:a planned: claimed (lst_2 with pid 9: another listener is restarting it)"},
		},
		"the journal cannot be written": {
			func(s *script) {
				s.write(domain.StopSent, full)
				s.look(life(domain.Running, 7), nil)
				s.stop(nil)
				s.write(domain.StopAccepted, full)
				s.look(life(domain.Stopped, 7), nil)
				s.write(domain.StartSent, full)
				s.start(nil)
				s.write(domain.StartAccepted, full)
				s.look(life(domain.Running, 8), nil)
				s.remove(full)
			},
			[]string{unwritten, stopping, restarted + "20ms"},
		},
		"the journal can be written again": {
			func(s *script) {
				s.write(domain.StopSent, full)
				s.look(life(domain.Running, 7), nil)
				s.stop(nil)
				s.write(domain.StopAccepted, nil)
				s.look(life(domain.Stopped, 7), nil)
				s.started()
			},
			[]string{unwritten, stopping, "store works", restarted + "40ms"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				mock := gomock.NewController(loud{t})
				script := &script{table: mocks.NewMockProcessTable(mock), control: mocks.NewMockProcessControl(mock), journal: mocks.NewMockJournal(mock)}
				s.world.Table, s.world.Control, s.world.Journal, s.world.Ledger = script.table, script.control, script.journal, nil
				script.table.EXPECT().Processes(gomock.Any()).Return([]domain.Process{life(domain.Running, 7)}, nil)
				script.table.EXPECT().Settings(gomock.Any()).Return(map[domain.ID]domain.Settings{named("web:a"): {Priority: 999}}, nil)
				test.play(script)
				gomock.InOrder(script.calls...)
				s.watch(domain.DropIn(), "web:*")
				s.sick.ill("status 500", "web:a")
				s.round()
				got := s.said.took()
				if len(got) < 2 {
					t.Fatalf("the reports: %q", got)
				}
				if diff := cmp.Diff(test.want, got[2:]); diff != "" {
					t.Errorf("the reports (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestARestartUsesTheEventsThatItIsSent(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "job:a", "job:b")
		s.watch(domain.DropIn(), "web:*")
		stop := s.listen()
		s.fed()
		s.tick()
		s.called("list")
		s.sick.ill("status 500", "web:a")
		s.tickAt(time.Now())
		s.pass(4 * time.Second)
		s.called("settings", "identity", "look web:a", "stop web:a", "look web:a", "look web:a", "start web:a")
		s.is("web:a", domain.Running)
		s.sick.well("web:a")
		s.pass(time.Second)
		s.tick()
		s.called("look web:a")
		s.tick()
		s.called("look web:a") // it has run for ten seconds
		s.tick()
		s.called()
		stop()
		s.reported(
			"watching web:* 1",
			"judged web:a unhealthy (status 500): do failing 1",
			"stopping web:a",
			"restarted web:a pid 105 down 1.1s",
			"judged web:a healthy (fine): keep",
		)
	})
}

func TestARestartWhoseEventsAreLostLooks(t *testing.T) {
	for name, lost := range map[string]int{"none": 0, "STOPPING": 1, "STOPPED too": 2, "STARTING too": 3, "RUNNING too": 4} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.run("web:a", "job:a", "job:b")
				s.watch(domain.DropIn(), "web:*")
				stop := s.listen()
				s.fed()
				s.tick()
				s.sick.ill("status 500", "web:a")
				s.mu.Lock()
				s.send(domain.Event{Name: "TICK_5", Tick: &domain.Tick{When: time.Now(), Period: 5 * time.Second}})
				s.dropped = lost
				s.mu.Unlock()
				s.pass(5 * time.Second)
				s.sick.well("web:a")
				for range 3 {
					s.tick()
				}
				s.acted("stop web:a", "start web:a")
				s.is("web:a", domain.Running)
				if n := s.dog.Sizes()["engine.restarts"]; n != 0 {
					t.Errorf("%d restarts are still under way", n)
				}
				stop()
			})
		})
	}
}

func TestARestartWhoseEventsAreLostAsksEverMoreRarely(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "job:a", "job:b")
		s.change(named("web:a"), func(p *program) { p.stopTakes = time.Minute })
		s.watch(domain.DropIn(), "web:*")
		stop := s.listen()
		s.fed()
		s.tick()
		s.sick.ill("status 500", "web:a")
		s.took()
		for range 10 {
			s.tick()
		}
		s.called("settings", "identity", "look web:a", "stop web:a", "look web:a", "look web:a", "look web:a", "look web:a", "look web:a")
		stop()
	})
}

// TestAStartGoesOnThoughSupervisordDoesNotSayWhoItIs: a start alone needs the settings, and not the name, which was asked for
// because somebody was stopped.
func TestAStartGoesOnThoughSupervisordDoesNotSayWhoItIs(t *testing.T) {
	play(t, func(t *testing.T, s *stage) {
		s.run("web:a", "web:b", "job:a", "job:b")
		s.watch(set(t, domain.DropIn(), "recover", "fatal"), "web:*")
		stop := s.listen()
		s.fed()
		s.tick()
		s.stopByHand(named("web:b"))
		s.change(named("web:a"), func(p *program) {
			p.PID = 0
			s.turnTo(p, domain.Fatal, false)
		})
		s.failing(func(call string) error {
			if call == "identity" {
				return domain.ErrUnreachable
			}
			return nil
		})
		s.slowly(func(call string) {
			if call == "settings" {
				time.Sleep(3 * time.Second)
			}
		})
		s.tick()
		s.tick()
		s.acted("start web:a")
		s.is("web:a", domain.Running)
		stop()
	})
}
