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
			want: domain.Healthy.Because("no heartbeat in /run/beat yet, watched for 0s of 1m0s")},
		"a fresh heartbeat of an earlier life": {uptime: 5 * time.Second, age: 20 * time.Second,
			want: domain.Healthy.Because("no heartbeat in /run/beat yet, watched for 0s of 1m0s")},
		"a life without any heartbeat of its own": {uptime: 61 * time.Second, age: time.Hour,
			want: domain.Unknown.Because("no heartbeat in /run/beat, which is judged in 1m0s")},
		"a life that has beaten at its start alone": {uptime: time.Hour, age: 59 * minute,
			want: domain.Unknown.Because("no heartbeat in /run/beat, which is judged in 1m0s")},
		"a missing file": {uptime: time.Hour, err: missing,
			want: domain.Healthy.Because("no heartbeat file /run/beat, which is allowed")},
		"a missing file that must be there": {strict: true, uptime: 61 * time.Second, err: missing,
			want: domain.Unknown.Because("no heartbeat file /run/beat, which is judged in 1m0s")},
		"a missing file of a young process": {strict: true, uptime: minute, err: missing,
			want: domain.Healthy.Because("no heartbeat file /run/beat yet, watched for 0s of 1m0s")},
		"a file that may not be looked at": {strict: true, uptime: time.Hour, err: fs.ErrPermission,
			want: domain.Unknown.Because("permission denied")},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			w.files.EXPECT().Heartbeat(gomock.Any(), "/run/beat").Return(beaten(noon().Add(-c.age)), c.err)
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
		w.files.EXPECT().Heartbeat(gomock.Any(), want).Return(beaten(noon()), nil)
		w.clock.EXPECT().Now().Return(noon())
		wantVerdict(t, check.Run(t.Context(), web()), domain.Healthy.Because("heartbeat 0s ago, limit 1m0s, %s", want))
		t.Setenv("TMPDIR", "/built")
	}
}

func TestFileIsUnknownOnceCancelled(t *testing.T) {
	w := newWorld(t)
	w.files.EXPECT().Heartbeat(gomock.Any(), gomock.Any()).Return(domain.HeartbeatFile{}, fs.ErrNotExist)
	w.clock.EXPECT().Now().Return(noon())
	check := build(t, checks.File{Timeout: time.Minute, FailOnError: true}, w)
	wantVerdict(t, check.Run(cancelled(), web()), domain.Unknown.Because("context canceled"))
}

func TestFileFromLookToLook(t *testing.T) {
	const s, minute, none = time.Second, time.Minute, -1
	type look struct {
		at, beat time.Duration // so long after noon; beat is none for a missing file
		want     domain.Verdict
	}
	healthy := func(age string) domain.Verdict {
		return domain.Healthy.Because("heartbeat %s ago, limit 1m0s, /run/beat", age)
	}
	unhealthy := func(age string) domain.Verdict {
		return domain.Unhealthy.Because("last heartbeat %s ago, limit 1m0s, /run/beat", age)
	}
	for sentence, c := range map[string]struct {
		uptime time.Duration // at noon
		looks  []look
	}{
		"a heartbeat between the looks counts from when it was": {time.Hour, []look{
			{0, 0, healthy("0s")}, {50 * s, 40 * s, healthy("10s")}, {100 * s, 40 * s, healthy("1m0s")}, {101 * s, 40 * s, unhealthy("1m1s")},
			{102 * s, 102 * s, healthy("0s")},
		}},
		"a time of the file beyond the looks is not believed": {time.Hour, []look{
			{0, 0, healthy("0s")}, {5 * s, -time.Hour, healthy("5s")}, {10 * s, time.Hour, healthy("0s")}, {70 * s, time.Hour, healthy("1m0s")},
			{71 * s, time.Hour, unhealthy("1m1s")},
		}},
		"a file from the future is no excuse": {time.Hour, []look{
			{0, 24 * time.Hour, healthy("0s")}, {minute, 24 * time.Hour, healthy("1m0s")}, {61 * s, 24 * time.Hour, unhealthy("1m1s")},
		}},
		"a new life has the timeout for its first heartbeat": {0, []look{
			{0, -5 * s, domain.Healthy.Because("no heartbeat in /run/beat yet, watched for 0s of 1m0s")},
			{minute, -5 * s, domain.Healthy.Because("no heartbeat in /run/beat yet, watched for 1m0s of 1m0s")},
			{61 * s, -5 * s, domain.Unhealthy.Because("no heartbeat in /run/beat after 1m1s")},
			{62 * s, 62 * s, healthy("0s")},
		}},
		"a new life has the timeout to make its file": {0, []look{
			{0, none, domain.Healthy.Because("no heartbeat file /run/beat yet, watched for 0s of 1m0s")},
			{minute, none, domain.Healthy.Because("no heartbeat file /run/beat yet, watched for 1m0s of 1m0s")},
			{61 * s, none, domain.Unhealthy.Because("no heartbeat file /run/beat after 1m1s")},
			{62 * s, 61 * s, healthy("1s")},
		}},
		"an old life that is new to us is judged after the timeout": {time.Hour, []look{
			{0, none, domain.Unknown.Because("no heartbeat file /run/beat, which is judged in 1m0s")},
			{minute, none, domain.Unknown.Because("no heartbeat file /run/beat, which is judged in 0s")},
			{61 * s, none, domain.Unhealthy.Because("no heartbeat file /run/beat after 1m1s")},
		}},
		"a file that vanishes is missed at once": {time.Hour, []look{
			{0, 0, healthy("0s")}, {minute, minute, healthy("0s")},
			{61 * s, none, domain.Unhealthy.Because("no heartbeat file /run/beat after 1m1s")},
		}},
		"a file that vanishes within the first timeout may come back": {0, []look{
			{0, 0, healthy("0s")},
			{59 * s, none, domain.Healthy.Because("no heartbeat file /run/beat yet, watched for 59s of 1m0s")},
			{65 * s, 60 * s, healthy("5s")},
		}},
		"looks that are rarer than the timeout": {time.Hour, []look{
			{0, -10 * s, healthy("10s")}, {1 * time.Hour, time.Hour - 20*s, healthy("20s")}, {2 * time.Hour, 2*time.Hour - 61*s, unhealthy("1m1s")},
			{3 * time.Hour, 2*time.Hour - 61*s, unhealthy("1h1m1s")}, {4 * time.Hour, 4*time.Hour - s, healthy("1s")},
			{5 * time.Hour, 4*time.Hour - s, domain.Unknown.Because("no new heartbeat in /run/beat, which is judged in 1m0s")},
			{6 * time.Hour, 4*time.Hour - s, unhealthy("1h0m0s")},
		}},
		"a machine that stood still": {time.Hour, []look{
			{0, 0, healthy("0s")}, {time.Hour, 0, domain.Unknown.Because("no new heartbeat in /run/beat, which is judged in 1m0s")},
			{time.Hour + 5*s, 0, domain.Unknown.Because("no new heartbeat in /run/beat, which is judged in 55s")},
			{time.Hour + 10*s, time.Hour + 8*s, healthy("2s")},
			{2 * time.Hour, time.Hour + 8*s, domain.Unknown.Because("no new heartbeat in /run/beat, which is judged in 1m0s")},
		}},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			check := build(t, checks.File{Timeout: minute, FailOnError: true, Path: "/run/beat"}, w)
			for _, look := range c.looks {
				file, err := beaten(noon().Add(look.beat)), error(nil)
				if look.beat == none {
					file, err = domain.HeartbeatFile{}, fs.ErrNotExist
				}
				w.files.EXPECT().Heartbeat(gomock.Any(), "/run/beat").Return(file, err)
				w.clock.EXPECT().Now().Return(noon().Add(look.at))
				process := web()
				process.Uptime = c.uptime + look.at
				wantVerdict(t, check.Run(t.Context(), process), look.want)
			}
		})
	}
}

func TestFileDoesNotBlameANewLifeForTheLast(t *testing.T) {
	w := newWorld(t)
	check := build(t, checks.File{Timeout: time.Minute, Path: "/run/beat"}, w)
	w.files.EXPECT().Heartbeat(gomock.Any(), "/run/beat").Return(beaten(noon()), nil).Times(2)
	w.clock.EXPECT().Now().Return(noon())
	wantVerdict(t, check.Run(t.Context(), web()), domain.Healthy.Because("heartbeat 0s ago, limit 1m0s, /run/beat"))
	next := web()
	next.PID, next.Started, next.Uptime = 4712, noon().Add(58*time.Second), 5*time.Second
	w.clock.EXPECT().Now().Return(noon().Add(63 * time.Second))
	wantVerdict(t, check.Run(t.Context(), next), domain.Healthy.Because("no heartbeat in /run/beat yet, watched for 0s of 1m0s"))
}

func TestFileForgetsTheDead(t *testing.T) {
	w := newWorld(t)
	check := build(t, checks.File{Timeout: time.Minute, Path: "/run/beat"}, w).(domain.Forgetter)
	other := domain.Process{ID: domain.ID{Group: "db", Name: "db"}, PID: 5, Started: noon(), Uptime: time.Hour}
	w.files.EXPECT().Heartbeat(gomock.Any(), gomock.Any()).Return(beaten(noon().Add(-5*time.Second)), nil).AnyTimes()
	at := func(d time.Duration) {
		w.clock.EXPECT().Now().Return(noon().Add(d)).Times(2)
	}
	first := domain.Healthy.Because("heartbeat 5s ago, limit 1m0s, /run/beat")
	at(0)
	wantVerdict(t, check.Run(t.Context(), web()), first)
	wantVerdict(t, check.Run(t.Context(), other), first)

	check.Forget(func(i domain.Instance) bool { return i.Same(other.Instance()) })

	at(58 * time.Second)
	young := web()
	young.Uptime = 58 * time.Second
	wantVerdict(t, check.Run(t.Context(), young), domain.Healthy.Because("no heartbeat in /run/beat yet, watched for 0s of 1m0s"))
	wantVerdict(t, check.Run(t.Context(), other), domain.Unhealthy.Because("last heartbeat 1m3s ago, limit 1m0s, /run/beat"))
}

// beaten is a heartbeat file of root's.
func beaten(at time.Time) domain.HeartbeatFile {
	return domain.HeartbeatFile{Changed: at, Regular: true, Names: 1}
}

// What anybody may have put where the heartbeat is expected tells nothing, whether it is fresh, old or strange.
func TestFileOfSomebodyElseIsNoHeartbeat(t *testing.T) {
	const mine, theirs = 64001, 64002
	healthy := domain.Healthy.Because("heartbeat 1s ago, limit 1m0s, /run/beat")
	no := func(why string) domain.Verdict { return domain.Unknown.Because("/run/beat is no heartbeat: %s", why) }
	for sentence, c := range map[string]struct {
		change func(*domain.HeartbeatFile)
		user   int
		err    error
		asked  bool
		want   domain.Verdict
	}{
		"one of root":                    {func(f *domain.HeartbeatFile) {}, mine, nil, false, healthy},
		"one of the user of the process": {func(f *domain.HeartbeatFile) { f.Owner = mine }, mine, nil, true, healthy},
		"one of another user": {func(f *domain.HeartbeatFile) { f.Owner = theirs }, mine, nil, true,
			no("it belongs to uid 64002, and neither to root nor to the user of the process, uid 64001")},
		"one of another user, who has made it old": {func(f *domain.HeartbeatFile) { f.Owner, f.Changed = theirs, noon().Add(-time.Hour) }, mine, nil, true,
			no("it belongs to uid 64002, and neither to root nor to the user of the process, uid 64001")},
		"one of another user, for a process of root": {func(f *domain.HeartbeatFile) { f.Owner = theirs }, 0, nil, true,
			no("it belongs to uid 64002, and neither to root nor to the user of the process, uid 0")},
		"a link, a directory or a pipe":           {func(f *domain.HeartbeatFile) { f.Regular = false }, mine, nil, false, no("it is not a regular file")},
		"a link of the user of the process":       {func(f *domain.HeartbeatFile) { f.Regular, f.Owner = false, mine }, mine, nil, true, no("it is not a regular file")},
		"a second name of a file of the user's":   {func(f *domain.HeartbeatFile) { f.Owner, f.Names = mine, 2 }, mine, nil, true, no("it has a second name (a hard link)")},
		"one on a system without owners of files": {func(f *domain.HeartbeatFile) { f.Owner = -1 }, mine, nil, false, no("this system does not say whose it is")},
		"one of which nobody knows the process":   {func(f *domain.HeartbeatFile) { f.Owner = mine }, 0, domain.ErrGone, true, domain.Unknown.Because("the process is gone")},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			file := beaten(noon().Add(-time.Second))
			c.change(&file)
			w.files.EXPECT().Heartbeat(gomock.Any(), "/run/beat").Return(file, nil)
			w.clock.EXPECT().Now().Return(noon())
			if c.asked {
				w.owner.EXPECT().Owner(gomock.Any(), web().PID).Return(c.user, c.err)
			}
			wantVerdict(t, build(t, checks.File{Timeout: time.Minute, FailOnError: true, Path: "/run/beat"}, w).Run(t.Context(), web()), c.want)
		})
	}
}

// A strange file teaches nothing: once it is away, the heartbeat is missed from when it was last seen.
func TestFileLearnsNothingFromSomebodyElse(t *testing.T) {
	w := newWorld(t)
	check := build(t, checks.File{Timeout: time.Minute, FailOnError: true, Path: "/run/beat"}, w)
	at := time.Duration(0)
	run := func(d time.Duration, file domain.HeartbeatFile, want domain.Verdict) {
		t.Helper()
		at += d
		w.files.EXPECT().Heartbeat(gomock.Any(), "/run/beat").Return(file, nil)
		w.clock.EXPECT().Now().Return(noon().Add(at))
		wantVerdict(t, check.Run(t.Context(), web()), want)
	}
	planted := beaten(noon().Add(40 * time.Second))
	planted.Regular = false
	run(0, beaten(noon()), domain.Healthy.Because("heartbeat 0s ago, limit 1m0s, /run/beat"))
	run(40*time.Second, planted, domain.Unknown.Because("/run/beat is no heartbeat: it is not a regular file"))
	run(20*time.Second, beaten(noon()), domain.Healthy.Because("heartbeat 1m0s ago, limit 1m0s, /run/beat"))
	run(time.Second, beaten(noon()), domain.Unhealthy.Because("last heartbeat 1m1s ago, limit 1m0s, /run/beat"))
}
