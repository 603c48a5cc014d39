package checks_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
	"supervisor-healthcheck/mocks"
)

// look is what a look at a process finds, so long after noon.
type look struct {
	after time.Duration
	pid   int           // 0: 4711
	beat  time.Duration // when the last one came; negative: none has
	beats domain.Beats
	err   error
}

// heard looks once after the other, and returns what was said.
func heard(t *testing.T, way checks.Way, looks ...look) []string {
	t.Helper()
	w := newWorld(t)
	events, notify := mocks.NewMockHeartbeats(gomock.NewController(t)), mocks.NewMockHeartbeats(gomock.NewController(t))
	w.Events, w.Notify = events, notify
	source := map[checks.Way]*mocks.MockHeartbeats{checks.ByEvent: events, checks.ByNotify: notify}[way]
	check := build(t, checks.File{By: way, Timeout: time.Minute}, w)
	var said []string
	for _, l := range looks {
		p := web()
		if l.pid != 0 {
			p.PID, p.Started = l.pid, p.Started.Add(time.Duration(l.pid)*time.Second)
		}
		if l.beat >= 0 {
			l.beats.Last, l.beats.Anybody = noon().Add(l.beat), true
		}
		source.EXPECT().Beats(gomock.Any(), p).Return(l.beats, l.err)
		w.clock.EXPECT().Now().Return(noon().Add(l.after)).MaxTimes(1)
		v := check.Run(t.Context(), p)
		text := v.Health.String() + ": " + v.Reason
		if v.Booting {
			text += " (booting)"
		}
		said = append(said, text)
	}
	return said
}

func TestHeartbeatsThatAreSent(t *testing.T) {
	const s, none = time.Second, -time.Second
	others := domain.Beats{Anybody: true}
	ready := domain.Beats{Ready: true}
	for name, test := range map[string]struct {
		looks []look
		want  []string
	}{
		"it beats": {[]look{{after: 0, beat: none}, {after: 5 * s, beat: 3 * s, beats: ready}, {after: 63 * s, beat: 3 * s, beats: ready}},
			[]string{"healthy: no heartbeat yet, watched for 0s of 1m0s (booting)", "healthy: heartbeat 2s ago, limit 1m0s", "healthy: heartbeat 1m0s ago, limit 1m0s"}},
		"it ceases to beat": {[]look{{after: 5 * s, beat: 3 * s, beats: ready}, {after: 60 * s, beat: 3 * s, beats: ready}, {after: 64 * s, beat: 3 * s, beats: ready}},
			[]string{"healthy: heartbeat 2s ago, limit 1m0s", "healthy: heartbeat 57s ago, limit 1m0s", "unhealthy: last heartbeat 1m1s ago, limit 1m0s"}},
		"it never beats": {[]look{{after: 0, beat: none, beats: others}, {after: 60 * s, beat: none, beats: others}, {after: 61 * s, beat: none, beats: others}},
			[]string{"healthy: no heartbeat yet, watched for 0s of 1m0s (booting)", "healthy: no heartbeat yet, watched for 1m0s of 1m0s (booting)", "unhealthy: no heartbeat after 1m1s"}},
		"another life has the same time, whatever the one before has sent": {
			[]look{{after: 5 * s, beat: 3 * s, beats: ready}, {after: 60 * s, pid: 1, beat: none, beats: others}, {after: 120 * s, pid: 1, beat: none, beats: others}, {after: 121 * s, pid: 1, beat: none, beats: others}},
			[]string{"healthy: heartbeat 2s ago, limit 1m0s", "healthy: no heartbeat yet, watched for 0s of 1m0s (booting)", "healthy: no heartbeat yet, watched for 1m0s of 1m0s (booting)", "unhealthy: no heartbeat after 1m1s"}},
		"nobody has looked for long": {[]look{{after: 0, beat: 0, beats: ready}, {after: 600 * s, beat: 0, beats: ready}, {after: 660 * s, beat: 0, beats: ready}, {after: 661 * s, beat: 0, beats: ready}},
			[]string{"healthy: heartbeat 0s ago, limit 1m0s", "unknown: no new heartbeat, which is judged in 1m0s", "unknown: no new heartbeat, which is judged in 0s", "unhealthy: last heartbeat 1m1s ago, limit 1m0s"}},
		"nobody has looked for long, and it has beaten late": {[]look{{after: 0, beat: 0, beats: ready}, {after: 600 * s, beat: 300 * s, beats: ready}, {after: 605 * s, beat: 601 * s, beats: ready}},
			[]string{"healthy: heartbeat 0s ago, limit 1m0s", "unknown: no new heartbeat, which is judged in 1m0s", "healthy: heartbeat 4s ago, limit 1m0s"}},
		"it beats and has not said that it is ready": {[]look{{after: 5 * s, beat: 3 * s, beats: domain.Beats{Status: "loading"}}},
			[]string{"healthy: heartbeat 2s ago, limit 1m0s, its status: loading (booting)"}},
		"it says that it stops": {[]look{{after: 5 * s, beat: 3 * s, beats: domain.Beats{Ready: true, Stopping: true}}},
			[]string{"healthy: heartbeat 2s ago, limit 1m0s, it says that it is stopping"}},
		"nobody listens": {[]look{{err: domain.ErrDeaf, beat: none}, {err: errors.New("notify socket /x: permission denied"), beat: none}},
			[]string{"unknown: only a running listener hears heartbeats", "unknown: notify socket /x: permission denied"}},
	} {
		for _, way := range []checks.Way{checks.ByEvent, checks.ByNotify} {
			t.Run(fmt.Sprintf("%s, by %s", name, way), func(t *testing.T) {
				for i, got := range heard(t, way, test.looks...) {
					if got != test.want[i] {
						t.Errorf("look %d: %s, want %s", i, got, test.want[i])
					}
				}
			})
		}
	}
}

// Where nothing comes from anybody, it is the configuration that is wrong, and a restart would not help.
func TestHeartbeatsThatCannotCome(t *testing.T) {
	for way, want := range map[checks.Way]string{
		checks.ByEvent:  "unknown: no heartbeat after 1m1s, and no process has sent a PROCESS_COMMUNICATION event yet: events= of the listener must name that, and the program needs stdout_capture_maxbytes",
		checks.ByNotify: "unknown: no heartbeat after 1m1s, and no process has sent anything to the notify socket yet: the program needs NOTIFY_SOCKET= in its environment, with the notify_socket of the listener",
	} {
		got := heard(t, way, look{after: 0, beat: -1}, look{after: 59 * time.Second, beat: -1}, look{after: 61 * time.Second, beat: -1})
		if got[2] != want {
			t.Errorf("by %s: %s", way, got[2])
		}
	}
}

func TestAHeartbeatThatIsSentHasNoFile(t *testing.T) {
	for word, settings := range map[string]checks.File{"filepath": {Path: "/x"}, "root_dir": {RootDir: "/x"}, "fail_on_error": {FailOnError: true}} {
		settings.By, settings.Timeout = checks.ByEvent, time.Minute
		_, err := settings.Build(checks.World{})
		if bad, ok := errors.AsType[*domain.SettingError](err); !ok || bad.Setting != word || bad.Why != "it is about a file, and the heartbeat comes by event; leave it out" {
			t.Errorf("%s: %v", word, err)
		}
	}
}

// What was seen of lives that have ended is forgotten.
func TestHeartbeatsForgetTheDead(t *testing.T) {
	w := newWorld(t)
	events := mocks.NewMockHeartbeats(gomock.NewController(t))
	w.Events = events
	check := build(t, checks.File{By: checks.ByEvent, Timeout: time.Minute}, w)
	events.EXPECT().Beats(gomock.Any(), gomock.Any()).Return(domain.Beats{Anybody: true}, nil).AnyTimes()
	run := func(after time.Duration) string {
		w.clock.EXPECT().Now().Return(noon().Add(after))
		return check.Run(t.Context(), web()).Reason
	}
	run(0)
	check.(domain.Forgetter).Forget(func(domain.Instance) bool { return true })
	if got := run(30 * time.Second); got != "no heartbeat yet, watched for 30s of 1m0s" {
		t.Error(got)
	}
	check.(domain.Forgetter).Forget(func(domain.Instance) bool { return false })
	if got := run(40 * time.Second); got != "no heartbeat yet, watched for 0s of 1m0s" {
		t.Error(got)
	}
}
