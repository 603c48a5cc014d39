package checks_test

import (
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// leak is a process whose memory and files grow from one sample to the next, on a clock of its own.
type leak struct {
	world
	check   domain.Check
	process domain.Process
	at      time.Duration
	bytes   uint64
}

func newLeak(t *testing.T, settings checks.Settings) *leak {
	l := &leak{world: newWorld(t), process: web()}
	l.clock.EXPECT().Now().DoAndReturn(func() time.Time { return noon().Add(l.at) }).AnyTimes()
	usage := func(any, any) (domain.Usage, error) { return domain.Usage{RSS: l.bytes, Processes: 2}, nil }
	l.stats.EXPECT().Memory(gomock.Any(), gomock.Any()).DoAndReturn(usage).AnyTimes()
	l.stats.EXPECT().TreeMemory(gomock.Any(), gomock.Any()).DoAndReturn(usage).AnyTimes()
	l.details.EXPECT().MemoryRoom(gomock.Any(), gomock.Any()).Return(domain.MemoryRoom{Bytes: 500 * mb}, nil).AnyTimes()
	l.details.EXPECT().MemoryShares(gomock.Any(), gomock.Any(), gomock.Any()).DoAndReturn(func(any, any, any) (domain.MemoryShares, error) {
		return domain.MemoryShares{PSS: l.bytes / 2, USS: l.bytes / 4, Processes: 1}, nil
	}).AnyTimes()
	l.details.EXPECT().OpenFiles(gomock.Any(), gomock.Any()).DoAndReturn(func(any, any) (domain.OpenFiles, error) {
		return domain.OpenFiles{Open: int(l.bytes / mb), Limit: 1000}, nil
	}).AnyTimes()
	l.check = build(t, settings, l.world)
	return l
}

// runs has the check run every ten seconds for so long while so many megabytes are lost an hour, and returns the last verdict.
func (l *leak) runs(t *testing.T, long time.Duration, hourly uint64) (v domain.Verdict) {
	for end := l.at + long; l.at < end; l.at += 10 * time.Second {
		l.bytes += hourly * mb / 360
		v = l.check.Run(t.Context(), l.process)
	}
	return v
}

// After three hours at 50 MB an hour there are 150 MB more than the 100 at first. A warning is a span of five minutes early at most.
func TestALimitThatWillBeReachedIsAWarning(t *testing.T) {
	const limit = 300 << 10 // which is an hour away then,
	for sentence, c := range map[string]struct {
		settings checks.Settings
		hourly   uint64
		want     string
	}{
		"memory":                    {checks.Memory{MaxRSS: limit, Forecast: 2 * time.Hour}, 50, "the limit of 300 MB will be reached in about 55m at 50 MB an hour"},
		"memory of a tree":          {checks.Memory{MaxRSS: limit, Forecast: 2 * time.Hour, Cumulative: true}, 50, "the limit of 300 MB will be reached in about 55m at 50 MB an hour"},
		"a share of the machine":    {checks.Memory{MaxPercent: 60, Forecast: 2 * time.Hour}, 50, "the limit of 300 MB will be reached in about 55m at 50 MB an hour"},
		"parts of pages":            {checks.Memory{MaxRSS: 90 << 10, Kind: checks.USS, Forecast: 4 * time.Hour}, 50, "the limit of 90 MB will be reached in about 2h at 12 MB an hour"},
		"parts that are not read":   {checks.Memory{MaxRSS: limit, Kind: checks.USS, Forecast: 2 * time.Hour}, 50, ""},
		"later than is asked for":   {checks.Memory{MaxRSS: 3 * limit, Forecast: 2 * time.Hour}, 50, ""},
		"no leak":                   {checks.Memory{MaxRSS: limit, Forecast: 2 * time.Hour}, 0, ""},
		"nobody asks for memory":    {checks.Memory{MaxRSS: limit}, 50, ""},
		"files":                     {checks.FDs{Max: 300, Forecast: 2 * time.Hour}, 50, "the limit of 300 open files will be reached in about 56m at 50 open files an hour"},
		"files as a share":          {checks.FDs{MaxPercent: 30, Forecast: 2 * time.Hour}, 50, "the limit of 300 open files will be reached in about 56m at 50 open files an hour"},
		"files up to its own limit": {checks.FDs{Max: 5000, Forecast: 2 * time.Hour}, 270, "the limit of 1000 open files will be reached in about 15m at 270 open files an hour"},
		"nobody asks for files":     {checks.FDs{Max: 300}, 50, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			l := newLeak(t, c.settings)
			l.bytes = 100 * mb
			v := l.runs(t, 3*time.Hour, c.hourly)
			if v.Health != domain.Healthy {
				t.Fatalf("it is %s: %s", v.Health, v.Reason)
			}
			var got []string
			for _, w := range v.Warnings {
				if !strings.HasPrefix(w.Text, "the process may have") {
					got = append(got, w.Text)
				}
			}
			if strings.Join(got, "; ") != c.want {
				t.Errorf("the warning is %q, want %q", got, c.want)
			}
		})
	}
}

// A leak that has slowed down a little is still one, and what is too much already is none any more.
func TestAWarningOfALeakStaysUntilTheLimitIsReached(t *testing.T) {
	l := newLeak(t, checks.Memory{MaxRSS: 300 << 10, Forecast: 2 * time.Hour})
	l.bytes = 100 * mb
	warned, changes := false, 0
	for l.bytes <= 299*mb {
		if now := len(l.runs(t, 10*time.Second, 50).Warnings) > 0; now != warned {
			warned, changes = now, changes+1
		}
	}
	if changes != 1 {
		t.Errorf("the warning has come and gone %d times", changes)
	}
	l.bytes = 301 * mb
	wantVerdict(t, l.runs(t, 10*time.Second, 0), domain.Unhealthy.Because("rss 308224 KB, limit 307200 KB"))
}

// Another life is measured anew, and what is not alive is forgotten.
func TestAForecastIsOfOneLife(t *testing.T) {
	for sentence, end := range map[string]func(*leak){
		"it was started anew": func(l *leak) { l.process.PID, l.process.Started = 4712, noon().Add(l.at) },
		"it is forgotten":     func(l *leak) { l.check.(domain.Forgetter).Forget(func(domain.Instance) bool { return false }) },
	} {
		t.Run(sentence, func(t *testing.T) {
			l := newLeak(t, checks.Memory{MaxRSS: 300 << 10, Forecast: 2 * time.Hour})
			l.bytes = 100 * mb
			if v := l.runs(t, 3*time.Hour, 50); len(v.Warnings) != 1 {
				t.Fatalf("the leak leads to %q", v.Warnings)
			}
			l.check.(domain.Forgetter).Forget(func(i domain.Instance) bool { return i.Same(l.process.Instance()) })
			if v := l.runs(t, 10*time.Second, 50); len(v.Warnings) != 1 {
				t.Fatalf("a leak that lives is forgotten: %q", v.Warnings)
			}
			end(l)
			if v := l.runs(t, 10*time.Minute, 50); len(v.Warnings) != 0 {
				t.Errorf("after ten minutes it warns of %q", v.Warnings)
			}
		})
	}
}

func TestTheRowsOfForecasts(t *testing.T) {
	var memory checks.Memory
	var fds checks.FDs
	for _, c := range []struct {
		table []domain.Setting
		got   *time.Duration
	}{{memory.Table(), &memory.Forecast}, {fds.Table(), &fds.Forecast}} {
		for _, row := range c.table {
			if row.Word != "forecast" {
				continue
			}
			if err := row.Set("2h"); err != nil || *c.got != 2*time.Hour {
				t.Errorf("2h is %s, %v", *c.got, err)
			}
			for _, text := range []string{"0", "-2h", "soon"} {
				if row.Set(text) == nil {
					t.Errorf("%q is taken", text)
				}
			}
		}
		if *c.got == 0 {
			t.Error("there is no row")
		}
	}
	const cure = "write how long before the limit is reached a warning is due, such as 2h"
	for _, settings := range []checks.Settings{checks.Memory{MaxRSS: 1, Forecast: -1}, checks.FDs{Max: 1, Forecast: -1}} {
		_, err := settings.Build(checks.World{})
		wantSettingError(t, err, domain.SettingError{Setting: "forecast", Value: "-1ns", Why: cure})
	}
	if _, forgets := build(t, checks.Memory{MaxRSS: 1}, newWorld(t)).(domain.Forgetter); forgets {
		t.Error("without a forecast it remembers something")
	}
}
