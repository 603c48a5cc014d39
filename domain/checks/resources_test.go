package checks_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

func TestMemory(t *testing.T) {
	for sentence, c := range map[string]struct {
		settings checks.Memory
		usage    domain.Usage
		err      error
		want     domain.Verdict
	}{
		"at the limit": {settings: checks.Memory{MaxRSS: 100}, usage: domain.Usage{RSS: 100 << 10, Processes: 1},
			want: domain.Healthy.Because("rss 100 KB, limit 100 KB")},
		"a byte above the limit": {settings: checks.Memory{MaxRSS: 100}, usage: domain.Usage{RSS: 100<<10 + 1, Processes: 1},
			want: domain.Unhealthy.Because("rss 100 KB, limit 100 KB")},
		"with all descendants": {settings: checks.Memory{MaxRSS: 100, Cumulative: true}, usage: domain.Usage{RSS: 200 << 10, Processes: 5},
			want: domain.Unhealthy.Because("rss of 5 processes 200 KB, limit 100 KB")},
		"the process is gone": {settings: checks.Memory{MaxRSS: 100}, err: domain.ErrGone,
			want: domain.Unknown.Because("the process is gone")},
		"the kernel does not tell": {settings: checks.Memory{MaxRSS: 100, Cumulative: true}, err: errors.New("no /proc: 100%"),
			want: domain.Unknown.Because("%s", "no /proc: 100%")},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			if c.settings.Cumulative {
				w.stats.EXPECT().TreeMemory(gomock.Any(), 4711).Return(c.usage, c.err)
			} else {
				w.stats.EXPECT().Memory(gomock.Any(), 4711).Return(c.usage, c.err)
			}
			wantVerdict(t, build(t, c.settings, w).Run(t.Context(), web()), c.want)
		})
	}
}

func TestWhichChecksAskNobodyButTheKernel(t *testing.T) {
	for want, all := range map[bool][]checks.Settings{
		true: {checks.Memory{MaxRSS: 1}, checks.CPU{MaxPercent: 1, Interval: 1}, checks.File{Timeout: 1},
			checks.FDs{Max: 1}, checks.Threads{Max: 1}, checks.Uptime{Max: 1}},
		false: {
			checks.TCP{Port: checks.FixedPort(80)}, checks.HTTP{URL: "/", Port: checks.FixedPort(80)},
			checks.XMLRPC{URL: "/RPC2", Port: checks.FixedPort(80)},
		},
	} {
		for _, settings := range all {
			check := build(t, settings, newWorld(t))
			if local, ok := check.(domain.Local); (ok && local.Local()) != want {
				t.Errorf("%s: local is not %t", check.Name(), want)
			}
		}
	}
}

func TestMeasuringChecksThatCannotTell(t *testing.T) {
	for name, settings := range map[string]checks.Settings{
		"memory":  checks.Memory{MaxRSS: 1},
		"cpu":     checks.CPU{MaxPercent: 1, Interval: 1},
		"file":    checks.File{Timeout: 1},
		"fds":     checks.FDs{Max: 1},
		"threads": checks.Threads{Max: 1},
		"uptime":  checks.Uptime{Max: 1},
	} {
		w := newWorld(t)
		check := build(t, settings, w)
		if check.Name() != name {
			t.Errorf("%s is called %s", name, check.Name())
		}
		wantVerdict(t, check.Run(t.Context(), domain.Process{State: domain.Running}), domain.Unknown.Because("the process has no pid"))

		w.stats.EXPECT().Memory(gomock.Any(), gomock.Any()).Return(domain.Usage{RSS: 1 << 40}, nil).AnyTimes()
		w.stats.EXPECT().CPUTime(gomock.Any(), gomock.Any()).Return(time.Hour, nil).AnyTimes()
		w.details.EXPECT().OpenFiles(gomock.Any(), gomock.Any()).Return(domain.OpenFiles{Open: 5}, nil).AnyTimes()
		w.details.EXPECT().Threads(gomock.Any(), gomock.Any()).Return(5, nil).AnyTimes()
		w.files.EXPECT().Heartbeat(gomock.Any(), gomock.Any()).Return(beaten(time.Time{}), nil).AnyTimes()
		w.clock.EXPECT().Now().Return(noon()).AnyTimes()
		wantVerdict(t, check.Run(cancelled(), web()), domain.Unknown.Because("context canceled"))
	}
}

func TestMeasuringChecksRefuseTheirSettings(t *testing.T) {
	const kilobytes = "write the limit in kilobytes, such as 204800 for 200 MB"
	const files = "write a percentage of the process's own limit such as 80%, or a number such as 5000"
	const share = "write a percentage above 0, such as 90; 100 is one core"
	for sentence, c := range map[string]struct {
		settings checks.Settings
		want     domain.SettingError
	}{
		"no limit of memory":   {checks.Memory{}, domain.SettingError{Setting: "max_rss", Value: "0", Why: kilobytes}},
		"an impossible limit":  {checks.Memory{MaxRSS: math.MaxUint64}, domain.SettingError{Setting: "max_rss", Value: "18446744073709551615", Why: kilobytes}},
		"more than all memory": {checks.Memory{MaxPercent: 101}, domain.SettingError{Setting: "limit", Value: "101%", Why: "write a percentage above 0% and up to 100%, such as 90%"}},
		"no kind of memory":    {checks.Memory{MaxRSS: 1, Kind: 3}, domain.SettingError{Setting: "kind", Value: "3", Why: "write rss, pss or uss"}},
		"no limit of files":    {checks.FDs{}, domain.SettingError{Setting: "limit", Value: "0", Why: files}},
		"more than all files":  {checks.FDs{MaxPercent: 101}, domain.SettingError{Setting: "limit", Value: "101%", Why: files}},
		"no age":               {checks.Uptime{}, domain.SettingError{Setting: "limit", Value: "0s", Why: "write how long a process may run, such as 7d"}},
		"no jitter":            {checks.Uptime{Max: 1, Jitter: -1}, domain.SettingError{Setting: "jitter", Value: "-1ns", Why: "write how much longer that may be, such as 1h"}},
		"no limit of threads":  {checks.Threads{}, domain.SettingError{Setting: "limit", Value: "0", Why: "write a number of threads, such as 500"}},
		"no limit of cpu":      {checks.CPU{Interval: 1}, domain.SettingError{Setting: "max_cpu", Value: "0", Why: share}},
		"no number":            {checks.CPU{MaxPercent: math.NaN(), Interval: 1}, domain.SettingError{Setting: "max_cpu", Value: "NaN", Why: share}},
		"no finite limit":      {checks.CPU{MaxPercent: math.Inf(1), Interval: 1}, domain.SettingError{Setting: "max_cpu", Value: "+Inf", Why: share}},
		"no interval":          {checks.CPU{MaxPercent: 90}, domain.SettingError{Setting: "interval", Value: "0s", Why: "write how long it may be above max_cpu, such as 60 seconds"}},
		"no heartbeat timeout": {checks.File{}, domain.SettingError{Setting: "timeout", Value: "0s", Why: "write how old the last heartbeat may be, such as 60 seconds"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			_, err := c.settings.Build(checks.World{})
			wantSettingError(t, err, c.want)
		})
	}
}
