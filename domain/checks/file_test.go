package checks_test

import (
	"fmt"
	"io/fs"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

func TestFile(t *testing.T) {
	const minute = time.Minute
	missing := fmt.Errorf("stat: %w", fs.ErrNotExist)
	for sentence, c := range map[string]struct {
		strict bool
		uptime time.Duration
		age    time.Duration
		err    error
		want   domain.Verdict
	}{
		"a fresh heartbeat": {uptime: time.Hour, age: 20 * time.Second,
			want: domain.Healthy.Because("heartbeat 20s ago, limit 1m0s, /run/beat")},
		"a heartbeat as old as allowed": {uptime: time.Hour, age: minute,
			want: domain.Healthy.Because("heartbeat 1m0s ago, limit 1m0s, /run/beat")},
		"a heartbeat from the future is one of now": {uptime: time.Hour, age: -time.Hour,
			want: domain.Healthy.Because("heartbeat 0s ago, limit 1m0s, /run/beat")},
		"a stale heartbeat": {uptime: time.Hour, age: 61 * time.Second,
			want: domain.Unhealthy.Because("last heartbeat 1m1s ago, limit 1m0s, /run/beat")},
		"a stale heartbeat of an earlier life": {uptime: minute, age: time.Hour, strict: true,
			want: domain.Healthy.Because("no heartbeat in /run/beat yet, up for 1m0s of 1m0s")},
		"a life without any heartbeat of its own": {uptime: 61 * time.Second, age: time.Hour,
			want: domain.Unhealthy.Because("last heartbeat 1h0m0s ago, limit 1m0s, /run/beat")},
		"a missing file": {uptime: time.Hour, err: missing,
			want: domain.Healthy.Because("no heartbeat file /run/beat, which is allowed")},
		"a missing file that must be there": {strict: true, uptime: 61 * time.Second, err: missing,
			want: domain.Unhealthy.Because("no heartbeat file /run/beat after 1m1s")},
		"a missing file of a young process": {strict: true, uptime: minute, err: missing,
			want: domain.Healthy.Because("no heartbeat file /run/beat yet, up for 1m0s of 1m0s")},
		"a file that may not be looked at": {strict: true, uptime: time.Hour, err: fs.ErrPermission,
			want: domain.Unknown.Because("permission denied")},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			w.files.EXPECT().Changed(gomock.Any(), "/run/beat").Return(noon().Add(-c.age), c.err)
			w.clock.EXPECT().Now().Return(noon())
			process := web()
			process.Uptime = c.uptime
			check := build(t, checks.File{Timeout: minute, FailOnError: c.strict, Path: "/run/beat", RootDir: "/unused"}, w)
			wantVerdict(t, check.Run(t.Context(), process), c.want)
		})
	}
}

func TestFileLooksForTheHeartbeatOfTheProcess(t *testing.T) {
	t.Setenv("TMPDIR", "/built")
	for want, settings := range map[string]checks.File{
		"/beats/web-web_8081-4711": {Timeout: time.Minute, RootDir: "/beats"},
		"/tmp/web-web_8081-4711":   {Timeout: time.Minute},
	} {
		w := newWorld(t)
		check := build(t, settings, w)
		t.Setenv("TMPDIR", "/changed")
		w.files.EXPECT().Changed(gomock.Any(), want).Return(noon(), nil)
		w.clock.EXPECT().Now().Return(noon())
		wantVerdict(t, check.Run(t.Context(), web()), domain.Healthy.Because("heartbeat 0s ago, limit 1m0s, %s", want))
		t.Setenv("TMPDIR", "/built")
	}
}

func TestFileIsUnknownOnceCancelled(t *testing.T) {
	w := newWorld(t)
	w.files.EXPECT().Changed(gomock.Any(), gomock.Any()).Return(time.Time{}, fs.ErrNotExist)
	w.clock.EXPECT().Now().Return(noon())
	check := build(t, checks.File{Timeout: time.Minute, FailOnError: true}, w)
	wantVerdict(t, check.Run(cancelled(), web()), domain.Unknown.Because("context canceled"))
}
