package checks_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
	"supervisor-healthcheck/mocks"
)

// read is a look at a log: what is new in it, and what is said.
type read struct {
	part  domain.LogPart
	after time.Duration // since noon
	pid   int           // 0: 4711
	want  string
}

func lines(s string) domain.LogPart {
	return domain.LogPart{Text: s, Next: domain.LogPlace{Known: true}}
}

func TestLinesOfALog(t *testing.T) {
	const none = "healthy: no new line of stdout matches"
	for name, test := range map[string]struct {
		settings checks.Log
		reads    []read
	}{
		"a line that matches": {checks.Log{Pattern: "^FATAL"}, []read{{part: lines(""), want: none}, {part: lines("fine\nFATAL: disk full\nfine\n"), want: "unhealthy: stdout: FATAL: disk full"}, {part: lines("fine\n"), want: none}}},
		"for a while": {checks.Log{Pattern: "FATAL", For: time.Minute}, []read{{part: lines("a FATAL b\n"), want: "unhealthy: stdout: a FATAL b"},
			{after: 59 * time.Second, want: "unhealthy: stdout, 59s ago: a FATAL b"}, {after: time.Minute, want: none}}},
		"the last of several":  {checks.Log{Pattern: "x"}, []read{{part: lines("x1\nx2\ny\n"), want: "unhealthy: stdout: x2"}}},
		"a line in two pieces": {checks.Log{Pattern: "^out of memory$"}, []read{{part: lines("a\nout of"), want: none}, {part: lines(" memory\r\n"), want: "unhealthy: stdout: out of memory"}, {part: lines("b\n"), want: none}}},
		"a line without an end is told once": {checks.Log{Pattern: "panic"}, []read{{part: lines("panic: x"), want: "unhealthy: stdout: panic: x"}, {part: lines(" and more"), want: none},
			{part: lines("\npanic: y\n"), want: "unhealthy: stdout: panic: y"}}},
		"a line that never ends": {checks.Log{Pattern: "needle$"}, []read{{part: lines(strings.Repeat("x", 100_000)), want: none}, {part: lines("needle\n"), want: "unhealthy: stdout: needle"}}},
		"rubbish": {checks.Log{Pattern: "FATAL"}, []read{{part: lines("\x00\xff\x1b[31mFATAL\t \u200b" + strings.Repeat("é", 100) + "\n"),
			want: `unhealthy: stdout: \x00\xff\x1b[31mFATAL \u200b` + strings.Repeat("é", 49) + "..."}}},
		"another life": {checks.Log{Pattern: "FATAL", For: time.Hour}, []read{{part: lines("FATAL\n"), want: "unhealthy: stdout: FATAL"}, {pid: 1, want: none}}},
		"what begins in the middle of a line": {checks.Log{Pattern: "FATAL"}, []read{{part: lines("FA"), want: none},
			{part: domain.LogPart{Text: "TAL\nfine\n", Skipped: 3000}, want: none + " (so much is written to stdout that 3 kB were not looked at)"}}},
		"another file": {checks.Log{Pattern: "FATAL"}, []read{{part: lines("FA"), want: none}, {part: domain.LogPart{Text: "TAL\n", Anew: true}, want: none}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			file := mocks.NewMockLogFile(gomock.NewController(t))
			w.Logs = file
			check := build(t, test.settings, w)
			for i, r := range test.reads {
				p := web()
				p.StdoutLog = "/log"
				if r.pid != 0 {
					p.PID, p.Started = r.pid, p.Started.Add(time.Minute)
				}
				file.EXPECT().Since(gomock.Any(), "/log", gomock.Any(), 256<<10).DoAndReturn(func(_ context.Context, _ string, from domain.LogPlace, _ int) (domain.LogPart, error) {
					if (i == 0 || r.pid != 0) && from.Known {
						t.Error("it begins where an earlier life has ended")
					}
					return r.part, nil
				})
				w.clock.EXPECT().Now().Return(noon().Add(r.after))
				v := check.Run(t.Context(), p)
				got := v.Health.String() + ": " + v.Reason
				for _, warning := range v.Warnings {
					got += " (" + warning.Text + ")"
				}
				if got != r.want {
					t.Errorf("look %d: %s, want %s", i, got, r.want)
				}
			}
		})
	}
}

func TestALogThatOnlySupervisordMayRead(t *testing.T) {
	for path, asked := range map[string]bool{"/var/log/web": true, "web.log": false} {
		w := newWorld(t)
		ctrl := gomock.NewController(t)
		file, tail := mocks.NewMockLogFile(ctrl), mocks.NewMockLogTail(ctrl)
		w.Logs, w.Tail = file, tail
		w.clock.EXPECT().Now().Return(noon()).AnyTimes()
		if asked {
			file.EXPECT().Since(gomock.Any(), path, gomock.Any(), gomock.Any()).Return(domain.LogPart{}, &fs.PathError{Err: fs.ErrPermission}).AnyTimes()
		}
		check := build(t, checks.Log{Pattern: "FATAL", Stream: "stderr"}, w)
		p := web()
		p.StderrLog = path
		for _, look := range []struct {
			text string
			size int64
			want string
		}{
			{"FATAL\n", 6, "no new line of stderr matches"},
			{"FATAL\nfine\n", 11, "no new line of stderr matches"},
			{"FATAL\nfine\nFATAL: x\n", 20, "stderr: FATAL: x"},
			{"FATAL: y\n", 9, "stderr: FATAL: y"}, // it was emptied
		} {
			tail.EXPECT().Tail(gomock.Any(), p.ID, true, 64<<10).Return(look.text, look.size, nil)
			if v := check.Run(t.Context(), p); v.Reason != look.want {
				t.Errorf("%s of %d: %s, want %s", path, look.size, v.Reason, look.want)
			}
		}
		tail.EXPECT().Tail(gomock.Any(), p.ID, true, 64<<10).Return("", int64(0), errors.New("NO_FILE"))
		if v := check.Run(t.Context(), p); v.Health != domain.Unknown || v.Reason != "NO_FILE" {
			t.Errorf("%+v", v)
		}
	}
}

func TestALogThatIsNotKept(t *testing.T) {
	check := build(t, checks.Log{Pattern: "x", Stream: "stderr"}, newWorld(t))
	v := check.Run(t.Context(), web())
	if v.Health != domain.Unknown || v.Reason != "supervisord keeps no log of its stderr: stderr_logfile is NONE, or redirect_stderr is set" {
		t.Errorf("%+v", v)
	}
}

func TestALogIsForgottenWithItsLife(t *testing.T) {
	w := newWorld(t)
	file := mocks.NewMockLogFile(gomock.NewController(t))
	w.Logs = file
	w.clock.EXPECT().Now().Return(noon()).AnyTimes()
	check := build(t, checks.Log{Pattern: "x"}, w)
	p := web()
	p.StdoutLog = "/log"
	for _, alive := range []bool{true, false} {
		file.EXPECT().Since(gomock.Any(), "/log", domain.LogPlace{}, gomock.Any()).Return(lines(""), nil)
		check.Run(t.Context(), p)
		check.(domain.Forgetter).Forget(func(domain.Instance) bool { return alive })
		if alive {
			file.EXPECT().Since(gomock.Any(), "/log", domain.LogPlace{Known: true}, gomock.Any()).Return(lines(""), nil)
			check.Run(t.Context(), p)
			check.(domain.Forgetter).Forget(func(domain.Instance) bool { return false })
		}
	}
}
