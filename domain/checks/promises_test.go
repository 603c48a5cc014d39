package checks_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// The tests of this file are named by what an operator would see. Each was once the wrong way round in another
// checker for Supervisor.

func parse(t *testing.T, text string, w world) []domain.Check {
	t.Helper()
	all, err := checks.ParseComplex(text)
	if err != nil {
		t.Fatal(err)
	}
	var built []domain.Check
	for _, settings := range all {
		built = append(built, build(t, settings, w))
	}
	return built
}

func TestComplexCheckWithoutMethodLeavesAHealthyAppAlone(t *testing.T) {
	w := newWorld(t)
	all := parse(t, `{"memory":{"cumulative":true,"max_rss":4194304},"http":{"timeout":15,"port":8090,"url":"/ping","num_retries":3}}`, w)
	w.stats.EXPECT().TreeMemory(gomock.Any(), 4711).Return(domain.Usage{RSS: 1 << 20, Processes: 1}, nil)
	w.http.EXPECT().HTTP(gomock.Any(), domain.HTTPRequest{Method: "GET", Network: "tcp", Address: "127.0.0.1:8090", Path: "/ping",
		Header: map[string][]string{}}).Return(domain.HTTPAnswer{Status: 200}, nil)
	if got := domain.Judge(t.Context(), all, web()); got.Health != domain.Healthy {
		t.Errorf("got %+v", got)
	}
}

func TestXMLRPCCheckStartsWithTheOtherTargetsEmpty(t *testing.T) {
	for _, settings := range []checks.XMLRPC{
		{URL: "/RPC2", Port: checks.FixedPort(80), SocketPath: "", SocketDir: ""},
		{URL: "", SocketPath: "/run/web.sock", SocketDir: ""},
		{URL: "", SocketPath: "", SocketDir: "/run"},
	} {
		build(t, settings, newWorld(t))
	}
	parse(t, `{"xmlrpc": {"url": "", "sock_path": "/run/web.sock", "sock_dir": ""}}`, newWorld(t))
}

func TestHeartbeatOfTheLastLifeDoesNotRestartANewOne(t *testing.T) {
	for sentence, uptime := range map[string]time.Duration{"at once": 0, "within the timeout": 59 * time.Second} {
		w := newWorld(t)
		w.files.EXPECT().Heartbeat(gomock.Any(), "/run/beat").Return(beaten(noon().Add(-time.Hour)), nil)
		w.clock.EXPECT().Now().Return(noon())
		process := web()
		process.Uptime = uptime
		check := build(t, checks.File{Timeout: time.Minute, FailOnError: true, Path: "/run/beat"}, w)
		if got := check.Run(t.Context(), process); got.Health != domain.Healthy {
			t.Errorf("%s: got %+v", sentence, got)
		}
	}
}

func TestOneBadStatusIsRetried(t *testing.T) {
	w := newWorld(t)
	gomock.InOrder(
		w.http.EXPECT().HTTP(gomock.Any(), gomock.Any()).Return(domain.HTTPAnswer{Status: 503}, nil),
		w.clock.EXPECT().Sleep(gomock.Any(), 3*time.Second),
		w.http.EXPECT().HTTP(gomock.Any(), gomock.Any()).Return(domain.HTTPAnswer{Status: 200}, nil),
	)
	check := build(t, checks.HTTP{URL: "/ping", Port: checks.FixedPort(80)}, w)
	wantVerdict(t, check.Run(t.Context(), web()), domain.Healthy.Because("GET 127.0.0.1:80/ping: status 200"))
}

func TestWrongPortPatternDoesNotRestartAHealthyApp(t *testing.T) {
	w := newWorld(t) // nothing is asked
	for _, check := range parse(t, `{"http": {"url": "/", "port": "nomatch_(\\d+)"}, "tcp": {"port": "web_(.)"}, "xmlrpc": {"url": "/", "port": "(x)?"}}`, w) {
		process := web()
		process.Name = "web_x"
		if got := check.Run(t.Context(), process); got.Health != domain.Unknown || got.Reason == "" {
			t.Errorf("%s: got %+v", check.Name(), got)
		}
	}
}

func TestPercentSignsDoNotRestartAHealthyApp(t *testing.T) {
	w := newWorld(t)
	w.http.EXPECT().HTTP(gomock.Any(), gomock.Any()).Return(domain.HTTPAnswer{Status: 200}, nil)
	check := build(t, checks.HTTP{URL: "/a%20b?q=c%20d", Port: checks.FixedPort(80)}, w)
	wantVerdict(t, check.Run(t.Context(), web()),
		domain.Verdict{Health: domain.Healthy, Reason: "GET 127.0.0.1:80/a%20b?***: status 200"})

	w.files.EXPECT().Heartbeat(gomock.Any(), "/run/100%d").Return(beaten(noon()), nil)
	w.clock.EXPECT().Now().Return(noon())
	check = build(t, checks.File{Timeout: time.Second, Path: "/run/100%d"}, w)
	wantVerdict(t, check.Run(t.Context(), web()),
		domain.Verdict{Health: domain.Healthy, Reason: "heartbeat 0s ago, limit 1s, /run/100%d"})
}

func TestCPUSaysHowLongItReallyWasAboveTheLimit(t *testing.T) {
	w := newWorld(t) // a Sleep would fail the test
	check := build(t, checks.CPU{MaxPercent: 12.5, Interval: 1800 * time.Second}, w)
	runSamples(t, check, w, []sample{
		{want: domain.Healthy.Because("measuring since 2026-11-22T12:00:00Z")},
		{at: 5 * time.Second, consumed: 5 * time.Second,
			want: domain.Healthy.Because("100.0%% over 5s, above the limit of 12.5%% for 5s, allowed are 30m0s")},
	})
}

func TestProcessThatRestartedByItselfIsNotBlamedForItsPredecessor(t *testing.T) {
	w := newWorld(t)
	check := build(t, checks.CPU{MaxPercent: 90, Interval: 10 * time.Second}, w)
	successor := web()
	successor.PID, successor.Started = 4712, noon()
	runSamples(t, check, w, []sample{
		{want: domain.Healthy.Because("measuring since 2026-11-22T12:00:00Z")},
		{at: 10 * time.Second, consumed: 10 * time.Second,
			want: domain.Healthy.Because("100.0%% over 10s, above the limit of 90%% for 10s, allowed are 10s")},
		{at: 15 * time.Second, consumed: 5 * time.Second, process: successor,
			want: domain.Healthy.Because("measuring since 2026-11-22T12:00:15Z")},
		{at: 20 * time.Second, consumed: 10 * time.Second, process: successor,
			want: domain.Healthy.Because("100.0%% over 5s, above the limit of 90%% for 5s, allowed are 10s")},
	})
}

func TestClockThatIsSetDoesNotRestartABusyApp(t *testing.T) {
	w := newWorld(t)
	w.stats.EXPECT().CPUTime(gomock.Any(), 4711).Return(time.Duration(0), nil)
	w.stats.EXPECT().CPUTime(gomock.Any(), 4711).Return(time.Hour, nil)
	now := time.Now() // with a monotonic reading, of which an hour set by hand is no part
	w.clock.EXPECT().Now().Return(now).Times(2)
	check := build(t, checks.CPU{MaxPercent: 1, Interval: time.Millisecond}, w)
	first, second := check.Run(t.Context(), web()), check.Run(t.Context(), web())
	wantVerdict(t, second, first)
}

func TestFaultOfTheCheckerIsUnknownInEveryCheck(t *testing.T) {
	broken := errors.New("measuring is impossible")
	w := newWorld(t)
	w.stats.EXPECT().TreeMemory(gomock.Any(), gomock.Any()).Return(domain.Usage{}, domain.ErrGone)
	w.stats.EXPECT().CPUTime(gomock.Any(), gomock.Any()).Return(time.Duration(0), broken)
	w.files.EXPECT().Heartbeat(gomock.Any(), gomock.Any()).Return(domain.HeartbeatFile{}, broken)
	w.clock.EXPECT().Now().Return(noon()).AnyTimes()
	for _, check := range parse(t, `{"memory": {"max_rss": 1, "cumulative": true}, "cpu": {"max_cpu": 1, "interval": 1},
		"file": {"timeout": 1, "fail_on_error": true}, "http": {"url": "/", "port": "(x)"}, "tcp": {"port": "(x)"},
		"xmlrpc": {"url": "/", "port": "(x)"}}`, w) {
		if got := check.Run(t.Context(), web()); got.Health != domain.Unknown || got.Reason == "" {
			t.Errorf("%s: got %+v", check.Name(), got)
		}
	}
}

func TestTimeoutBoundsTheWholeOfASlowAnswer(t *testing.T) {
	w := newWorld(t)
	w.http.EXPECT().HTTP(gomock.Any(), gomock.Any()).DoAndReturn(
		func(ctx context.Context, _ domain.HTTPRequest) (domain.HTTPAnswer, error) {
			deadline, bounded := ctx.Deadline()
			if left := time.Until(deadline); !bounded || left > 15*time.Second {
				t.Errorf("the attempt may last %s, %v", left, bounded)
			}
			return domain.HTTPAnswer{Status: 200}, nil
		})
	build(t, checks.HTTP{URL: "/drip", Port: checks.FixedPort(80)}, w).Run(t.Context(), web())
}

func TestEmptyJSONDocumentAndEmptyPasswordAreSent(t *testing.T) {
	w := newWorld(t)
	check := parse(t, `{"http": {"url": "/", "port": 80, "method": "POST", "json": {}, "username": "admin", "password": ""}}`, w)[0]
	w.http.EXPECT().HTTP(gomock.Any(), domain.HTTPRequest{Method: "POST", Network: "tcp", Address: "127.0.0.1:80", Path: "/", Body: "{}",
		Header: map[string][]string{"Content-Type": {"application/json"}}, Username: "admin"}).Return(domain.HTTPAnswer{Status: 200}, nil)
	if got := check.Run(t.Context(), web()); got.Health != domain.Healthy {
		t.Errorf("got %+v", got)
	}
}

func TestOneCheckThatCannotTellDoesNotHideTheNext(t *testing.T) {
	w := newWorld(t)
	all := parse(t, `{"tcp": {"port": "nomatch_(\\d+)"}, "memory": {"max_rss": 1}}`, w)
	w.stats.EXPECT().Memory(gomock.Any(), 4711).Return(domain.Usage{RSS: 1 << 20, Processes: 1}, nil)
	wantVerdict(t, domain.Judge(t.Context(), all, web()),
		domain.Verdict{Health: domain.Unhealthy, Reason: "rss 1024 KB, limit 1 KB", Check: "memory"})
}

func TestMisspelledSettingAndNumberInQuotesAreToldBeforeTheStart(t *testing.T) {
	for text, want := range map[string]domain.SettingError{
		`{"http": {"url": "/", "port": 80, "retires": 5}}`: {Setting: "http.retires", Value: "retires",
			Why: "there is no such setting; did you mean num_retries?"},
		`{"http": {"url": "/", "port": 80, "timeout": "30"}}`: {Setting: "http.timeout", Value: `"30"`,
			Why: "write a number of seconds above 0 without quotes, such as 15 or 0.5"},
	} {
		_, err := checks.ParseComplex(text)
		wantSettingError(t, err, want)
	}
}
