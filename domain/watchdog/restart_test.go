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
	s.look(life(domain.Starting, 8), nil)
	s.look(life(domain.Running, 8), nil)
	s.remove(nil)
}

type inPhase domain.Phase

func (p inPhase) Matches(x any) bool {
	r, ok := x.(domain.Restart)
	return ok && r.Phase == domain.Phase(p) && r.Instance.Same(life(domain.Running, 7).Instance()) && r.Supervisor == 1
}

func (p inPhase) String() string { return fmt.Sprintf("a restart in the phase %q", domain.Phase(p)) }

func TestEveryStepOfARestart(t *testing.T) {
	const (
		stopping  = `level=WARN msg="restarting: stop" check=check process=web:a pid=7 reason="probe: status 500"`
		restarted = `level=WARN msg=restarted check=check process=web:a pid=8 down_for=`
		dropped   = `level=INFO msg="restart dropped" check=check process=web:a why=`
		notDone   = `level=ERROR msg="restart not done yet" check=check process=web:a why=`
		unwritten = `level=ERROR msg="the journal cannot be used: a restart is not finished by the next life of the listener if this one is killed" error="no space left on device"`
	)
	full := errors.New("no space left on device")
	lost := fmt.Errorf("stopProcess: %w: i/o timeout", domain.ErrUnreachable)
	notSent := fmt.Errorf("%w: %w", domain.ErrUnreachable, domain.ErrNotSent)
	noFile := fmt.Errorf("%w: fault 20: NO_FILE: /bin/a", domain.ErrCannotStart)
	tests := map[string]struct {
		play func(s *script)
		log  []string
	}{
		"all goes well": {
			func(s *script) { s.stopped(); s.started() },
			[]string{stopping, restarted + `60ms failed_starts=0`},
		},
		"supervisord does not say anything of it any more": {
			func(s *script) { s.intent(); s.look(domain.Process{}, lost); s.remove(nil) },
			[]string{dropped + `"stopProcess: supervisord cannot be reached: i/o timeout"`},
		},
		"its group was removed": {
			func(s *script) { s.intent(); s.look(domain.Process{}, domain.ErrNoSuchProcess); s.remove(nil) },
			[]string{dropped + `"supervisord does not know it any more"`},
		},
		"its pid has changed": {
			func(s *script) { s.intent(); s.look(life(domain.Running, 8), nil); s.remove(nil) },
			[]string{dropped + `"it was restarted meanwhile: pid 8, not 7"`},
		},
		"it has a new life with the same pid": {
			func(s *script) {
				p := life(domain.Running, 7)
				p.Started = p.Started.Add(time.Second)
				s.intent()
				s.look(p, nil)
				s.remove(nil)
			},
			[]string{dropped + `"it was restarted meanwhile: pid 7, not 7"`},
		},
		"somebody is stopping it": {
			func(s *script) { s.intent(); s.look(life(domain.Stopping, 7), nil); s.remove(nil) },
			[]string{dropped + `"it is STOPPING by now, not RUNNING"`},
		},
		"it has ended": {
			func(s *script) { s.intent(); s.look(life(domain.Exited, 7), nil); s.remove(nil) },
			[]string{dropped + `"it is EXITED by now, not RUNNING"`},
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
			[]string{stopping, restarted + `40ms failed_starts=0`},
		},
		"a human was faster with the stop": {
			func(s *script) {
				s.intent()
				s.look(life(domain.Running, 7), nil)
				s.stop(domain.ErrNotRunning)
				s.remove(nil)
			},
			[]string{stopping, dropped + `"it ended, or somebody else stopped it, just before"`},
		},
		"the stop finds no such process": {
			func(s *script) {
				s.intent()
				s.look(life(domain.Running, 7), nil)
				s.stop(domain.ErrNoSuchProcess)
				s.remove(nil)
			},
			[]string{stopping, dropped + `"it was not stopped: no such process"`},
		},
		"the stop finds supervisord shutting down": {
			func(s *script) {
				s.intent()
				s.look(life(domain.Running, 7), nil)
				s.stop(domain.ErrShuttingDown)
				s.remove(nil)
			},
			[]string{stopping, dropped + `"it was not stopped: supervisord is shutting down"`},
		},
		"the stop wants other credentials": {
			func(s *script) {
				s.intent()
				s.look(life(domain.Running, 7), nil)
				s.stop(domain.ErrUnauthorized)
				s.remove(nil)
			},
			[]string{stopping, dropped + `"it was not stopped: unauthorized"`},
		},
		"the stop was not sent": {
			func(s *script) {
				s.intent()
				s.look(life(domain.Running, 7), nil)
				s.stop(notSent)
				s.remove(nil)
			},
			[]string{stopping, dropped + `"it was not stopped: supervisord cannot be reached: not sent"`},
		},
		"the answer to the stop is lost, but it is stopped": {
			func(s *script) {
				s.intent()
				s.look(life(domain.Running, 7), nil)
				s.stop(lost)
				s.write(domain.StopSent, nil)
				s.look(life(domain.Stopping, 7), nil)
				s.look(life(domain.Stopped, 7), nil)
				s.started()
			},
			[]string{
				stopping,
				notDone + `"the answer to the stop was lost: stopProcess: supervisord cannot be reached: i/o timeout" phase="stop sent" failed_starts=0 next_try_in=10ms`,
				restarted + `60ms failed_starts=0`,
			},
		},
		"a human stops it after the stop": {
			func(s *script) {
				s.stopped()
				s.write(domain.StartSent, nil)
				s.start(nil)
				s.look(life(domain.Starting, 8), nil)
				s.look(life(domain.Stopping, 8), nil)
				s.remove(nil)
			},
			[]string{stopping, dropped + `"somebody else is stopping it"`},
		},
		"a human has stopped it after the start": {
			func(s *script) {
				s.stopped()
				s.write(domain.StartSent, nil)
				s.start(nil)
				s.look(life(domain.Stopped, 8), nil)
				s.remove(nil)
			},
			[]string{stopping, dropped + `"somebody else has stopped it"`},
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
			[]string{stopping, dropped + `"somebody else has started it again, pid 8"`},
		},
		"a human starts it at the same moment": {
			func(s *script) {
				s.stopped()
				s.write(domain.StartSent, nil)
				s.start(domain.ErrAlreadyStarted)
				s.look(life(domain.Running, 8), nil)
				s.remove(nil)
			},
			[]string{stopping, restarted + `40ms failed_starts=0`},
		},
		"its group is removed after the stop": {
			func(s *script) {
				s.stopped()
				s.write(domain.StartSent, nil)
				s.start(domain.ErrNoSuchProcess)
				s.remove(nil)
			},
			[]string{stopping, dropped + `"supervisord does not know it any more"`},
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
			[]string{stopping, dropped + `"it had ended by itself with status 3"`},
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
				notDone + `"stopProcess: supervisord cannot be reached: i/o timeout" phase="stop accepted" failed_starts=0 next_try_in=200ms`,
				restarted + `440ms failed_starts=0`,
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
				notDone + `"cannot start: fault 20: NO_FILE: /bin/a" phase="stop accepted" failed_starts=1 next_try_in=1s`,
				notDone + `"cannot start: fault 20: NO_FILE: /bin/a" phase="stop accepted" failed_starts=2 next_try_in=2s`,
				notDone + `"cannot start: fault 20: NO_FILE: /bin/a" phase="stop accepted" failed_starts=3 next_try_in=4s`,
				restarted + `7.06s failed_starts=3`,
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
				notDone + `"supervisord is shutting down" phase="stop accepted" failed_starts=0 next_try_in=1s`,
				restarted + `1.26s failed_starts=0`,
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
				notDone + `"the answer to the start was lost: stopProcess: supervisord cannot be reached: i/o timeout" phase="start sent" failed_starts=0 next_try_in=10ms`,
				restarted + `60ms failed_starts=0`,
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
				notDone + `"the answer to the start was lost: stopProcess: supervisord cannot be reached: i/o timeout" phase="start sent" failed_starts=0 next_try_in=10ms`,
				restarted + `100ms failed_starts=0`,
			},
		},
		"supervisord gives up starting it": {
			func(s *script) {
				fatal := life(domain.Fatal, 8)
				fatal.SpawnError = "Exited too quickly"
				s.stopped()
				s.write(domain.StartSent, nil)
				s.start(nil)
				s.look(life(domain.Starting, 8), nil)
				s.look(life(domain.Backoff, 8), nil)
				s.look(fatal, nil)
				s.look(fatal, nil)
				s.write(domain.StartSent, nil)
				s.start(nil)
				s.look(life(domain.Running, 9), nil)
				s.remove(nil)
			},
			[]string{
				stopping,
				notDone + `"supervisord tries to start it again: " phase="start accepted" failed_starts=0 next_try_in=40ms`,
				notDone + `"supervisord has given up starting it: Exited too quickly" phase="stop accepted" failed_starts=1 next_try_in=1s`,
				`level=WARN msg=restarted check=check process=web:a pid=9 down_for=1.11s failed_starts=1`,
			},
		},
		"it is started and exits again": {
			func(s *script) {
				s.stopped()
				s.write(domain.StartSent, nil)
				s.start(nil)
				p := life(domain.Exited, 8)
				p.ExitStatus = 1
				s.look(p, nil)
				s.remove(nil)
			},
			[]string{stopping, `level=ERROR msg="not started" check=check process=web:a why="it was started and has exited again with status 1"`},
		},
		"another listener is at it": {
			func(s *script) {
				s.write(domain.StopSent, fmt.Errorf("lst_2 with pid 9: %w", domain.ErrClaimed))
			},
			[]string{`level=WARN msg="not restarted" check=check process=web:a why="lst_2 with pid 9: another listener is restarting it"`},
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
				s.look(life(domain.Running, 8), nil)
				s.remove(full)
			},
			[]string{unwritten, stopping, restarted + `20ms failed_starts=0`},
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
			[]string{unwritten, stopping, `level=INFO msg="the journal can be written again"`, restarted + `40ms failed_starts=0`},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				mock := gomock.NewController(t)
				script := &script{table: mocks.NewMockProcessTable(mock), control: mocks.NewMockProcessControl(mock), journal: mocks.NewMockJournal(mock)}
				s.world.Table, s.world.Control, s.world.Journal = script.table, script.control, script.journal
				script.table.EXPECT().Processes(gomock.Any()).Return([]domain.Process{life(domain.Running, 7)}, nil)
				script.table.EXPECT().Settings(gomock.Any()).Return(map[domain.ID]domain.Settings{named("web:a"): {Priority: 999}}, nil)
				test.play(script)
				gomock.InOrder(script.calls...)
				s.watch(domain.DropIn(), "web:*")
				s.sick.ill("status 500", "web:a")
				s.round()
				log := s.log.took()
				if len(log) < 2 {
					t.Fatalf("the log: %q", log)
				}
				if diff := cmp.Diff(test.log, log[2:]); diff != "" {
					t.Errorf("the log (-want +got):\n%s", diff)
				}
			})
		})
	}
}
