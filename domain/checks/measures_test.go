package checks_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang/mock/gomock"
	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
	"supervisor-healthcheck/mocks"
)

func wantMeasures(t *testing.T, got domain.Verdict, health domain.Health, want []domain.Measure) {
	t.Helper()
	if got.Health != health {
		t.Errorf("it is %s: %s", got.Health, got.Reason)
	}
	if diff := cmp.Diff(want, got.Measures); diff != "" {
		t.Errorf("measures of what is %s (-want +got):\n%s", got.Health, diff)
	}
}

func memoryOf(value, limit float64) []domain.Measure {
	return []domain.Measure{{Of: domain.MeasuredMemory, Value: value, Limit: limit}}
}

// What the kernel tells is a measure, whatever is thought of it.
func TestWhatTheKernelTellsIsMeasured(t *testing.T) {
	files := func(value, limit float64) []domain.Measure {
		return []domain.Measure{{Of: domain.MeasuredFiles, Value: value, Limit: limit}}
	}
	threads := func(value float64) []domain.Measure {
		return []domain.Measure{{Of: domain.MeasuredThreads, Value: value, Limit: 500}}
	}
	pss := checks.Memory{MaxRSS: 100, Kind: checks.PSS}
	for sentence, c := range map[string]struct {
		settings checks.Settings
		rss      uint64
		open     domain.OpenFiles
		threads  int
		err      error
		health   domain.Health
		want     []domain.Measure
	}{
		"little memory":               {settings: checks.Memory{MaxRSS: 100}, rss: 70 << 10, health: domain.Healthy, want: memoryOf(70<<10, 100<<10)},
		"too much memory":             {settings: checks.Memory{MaxRSS: 100}, rss: 100<<10 + 1, health: domain.Unhealthy, want: memoryOf(100<<10+1, 100<<10)},
		"of a tree":                   {settings: checks.Memory{MaxRSS: 100, Cumulative: true}, rss: 70 << 10, health: domain.Unhealthy, want: memoryOf(140<<10, 100<<10)},
		"the limit is a share":        {settings: checks.Memory{MaxPercent: 60}, rss: 70 * mb, health: domain.Healthy, want: memoryOf(70*mb, 300*mb)},
		"more than the share":         {settings: checks.Memory{MaxPercent: 60}, rss: 301 * mb, health: domain.Unhealthy, want: memoryOf(301*mb, 300*mb)},
		"the parts are not asked for": {settings: pss, rss: 70 << 10, health: domain.Healthy, want: memoryOf(70<<10, 100<<10)},
		"the parts are little":        {settings: pss, rss: 160 << 10, health: domain.Healthy, want: memoryOf(80<<10, 100<<10)},
		"the parts are too much":      {settings: pss, rss: 240 << 10, health: domain.Unhealthy, want: memoryOf(120<<10, 100<<10)},
		"memory of what is gone":      {settings: checks.Memory{MaxRSS: 100}, err: domain.ErrGone},
		"few files":                   {settings: checks.FDs{Max: 300}, open: domain.OpenFiles{Open: 5, Limit: 1024}, health: domain.Healthy, want: files(5, 300)},
		"too many files":              {settings: checks.FDs{Max: 300}, open: domain.OpenFiles{Open: 301, Limit: 1024}, health: domain.Unhealthy, want: files(301, 300)},
		"files, as a share":           {settings: checks.FDs{MaxPercent: 50}, open: domain.OpenFiles{Open: 513, Limit: 1024}, health: domain.Unhealthy, want: files(513, 512)},
		"its own limit is lower":      {settings: checks.FDs{Max: 5000}, open: domain.OpenFiles{Open: 5, Limit: 1024}, health: domain.Healthy, want: files(5, 1024)},
		"no limit at all":             {settings: checks.FDs{MaxPercent: 50}, open: domain.OpenFiles{Open: 5, Limit: math.MaxUint64}, health: domain.Healthy, want: files(5, 0)},
		"no limit of its own":         {settings: checks.FDs{Max: 300}, open: domain.OpenFiles{Open: 5, Limit: math.MaxUint64}, health: domain.Healthy, want: files(5, 300)},
		"files of what is gone":       {settings: checks.FDs{Max: 300}, err: domain.ErrGone},
		"few threads":                 {settings: checks.Threads{Max: 500}, threads: 5, health: domain.Healthy, want: threads(5)},
		"too many threads":            {settings: checks.Threads{Max: 500}, threads: 501, health: domain.Unhealthy, want: threads(501)},
		"threads of what is gone":     {settings: checks.Threads{Max: 500}, err: domain.ErrGone},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			w.stats.EXPECT().Memory(gomock.Any(), 4711).Return(domain.Usage{RSS: c.rss, Processes: 1}, c.err).AnyTimes()
			w.stats.EXPECT().TreeMemory(gomock.Any(), 4711).Return(domain.Usage{RSS: 2 * c.rss, Processes: 3}, c.err).AnyTimes()
			w.details.EXPECT().MemoryRoom(gomock.Any(), 4711).Return(domain.MemoryRoom{Bytes: 500 * mb}, nil).AnyTimes()
			w.details.EXPECT().MemoryShares(gomock.Any(), 4711, false).Return(domain.MemoryShares{PSS: c.rss / 2, Processes: 1}, nil).AnyTimes()
			w.details.EXPECT().OpenFiles(gomock.Any(), 4711).Return(c.open, c.err).AnyTimes()
			w.details.EXPECT().Threads(gomock.Any(), 4711).Return(c.threads, c.err).AnyTimes()
			wantMeasures(t, build(t, c.settings, w).Run(t.Context(), web()), c.health, c.want)
		})
	}
}

// The first sample measures nothing, and one that is passed over measures what was measured before.
func TestProcessorsAreMeasured(t *testing.T) {
	const s = time.Second
	of := func(value float64) []domain.Measure {
		return []domain.Measure{{Of: domain.MeasuredCPU, Value: value, Limit: 0.9}}
	}
	w := newWorld(t)
	check := build(t, checks.CPU{MaxPercent: 90, Interval: 5 * s}, w)
	var before domain.Verdict
	for _, c := range []struct {
		at, consumed time.Duration
		health       domain.Health
		want         []domain.Measure
	}{
		{0, 0, domain.Healthy, nil},
		{10 * s, 5 * s, domain.Healthy, of(0.5)},
		{10*s + time.Millisecond, 6 * s, domain.Healthy, of(0.5)},
		{20 * s, 25 * s, domain.Unhealthy, of(2)},
		{30 * s, s, domain.Healthy, nil},
	} {
		w.stats.EXPECT().CPUTime(gomock.Any(), 4711).Return(c.consumed, nil)
		w.clock.EXPECT().Now().Return(noon().Add(c.at))
		v := check.Run(t.Context(), web())
		wantMeasures(t, v, c.health, c.want)
		if len(v.Measures) > 0 && len(before.Measures) > 0 && &v.Measures[0] == &before.Measures[0] {
			t.Error("two verdicts share a measure: whoever names its check changes that of the other")
		}
		before = v
	}
}

func TestSilenceIsMeasured(t *testing.T) {
	const s = time.Second
	of := func(value float64) []domain.Measure {
		return []domain.Measure{{Of: domain.MeasuredBeat, Value: value, Limit: 60}}
	}
	type look struct {
		at, beat time.Duration // a negative beat: there was none
		health   domain.Health
		want     []domain.Measure
	}
	for sentence, c := range map[string]struct {
		file  checks.File
		looks []look
	}{
		"sent": {checks.File{By: checks.ByNotify}, []look{{10 * s, 0, domain.Healthy, of(10)}, {70 * s, 0, domain.Unhealthy, of(70)}, {80 * s, 75 * s, domain.Healthy, of(5)}}},
		"sent, but none yet": {checks.File{By: checks.ByNotify},
			[]look{{0, -1, domain.Healthy, of(0)}, {40 * s, -1, domain.Healthy, of(40)}, {90 * s, -1, domain.Unhealthy, of(90)}}},
		"sent, but nobody has looked": {checks.File{By: checks.ByNotify}, []look{{0, 0, domain.Healthy, of(0)}, {600 * s, 0, domain.Unknown, nil}}},
		"a file":                      {checks.File{}, []look{{10 * s, 0, domain.Healthy, of(10)}, {50 * s, 0, domain.Healthy, of(50)}, {90 * s, 0, domain.Unhealthy, of(90)}}},
		"no file, which is allowed":   {checks.File{}, []look{{10 * s, -1, domain.Healthy, nil}}},
		"no file, but one is wanted":  {checks.File{FailOnError: true}, []look{{10 * s, -1, domain.Unknown, nil}}},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			beats := mocks.NewMockHeartbeats(gomock.NewController(t))
			w.Notify = beats
			c.file.Timeout = time.Minute
			check := build(t, c.file, w)
			for _, l := range c.looks {
				sent, file := domain.Beats{Anybody: true}, beaten(time.Time{})
				if l.beat >= 0 {
					sent.Last, file = noon().Add(l.beat), beaten(noon().Add(l.beat))
				}
				beats.EXPECT().Beats(gomock.Any(), gomock.Any()).Return(sent, nil).MaxTimes(1)
				w.files.EXPECT().Heartbeat(gomock.Any(), gomock.Any()).Return(file, nil).MaxTimes(1)
				w.clock.EXPECT().Now().Return(noon().Add(l.at))
				wantMeasures(t, check.Run(t.Context(), web()), l.health, l.want)
			}
		})
	}
}

// How long an answer takes is measured whatever it says; where none comes there is nothing to measure.
func TestAnswersAreMeasured(t *testing.T) {
	const took, lasts = 120 * time.Millisecond, 50 * time.Hour
	answer := domain.Measure{Of: domain.MeasuredAnswer, Value: took.Seconds()}
	within := answer
	within.Limit = 2
	certificate := domain.Measure{Of: domain.MeasuredCertificate, Value: lasts.Seconds()}
	at, none := checks.FixedPort(81), new(0)
	refused := errors.New("connection refused")
	for sentence, c := range map[string]struct {
		settings checks.Settings
		expires  bool  // the certificate does, after lasts
		status   int   // of HTTP and FastCGI; of gRPC that of the service
		err      error // of the prober
		health   domain.Health
		want     []domain.Measure
	}{
		"http":                  {settings: checks.HTTP{URL: "/", Port: at}, status: 200, health: domain.Healthy, want: []domain.Measure{answer}},
		"http, status 503":      {settings: checks.HTTP{URL: "/", Port: at, Retries: none}, status: 503, health: domain.Unhealthy, want: []domain.Measure{answer}},
		"http, with a limit":    {settings: checks.HTTP{URL: "/", Port: at, Expected: checks.Expected{Slowest: 2 * time.Second}}, status: 200, health: domain.Healthy, want: []domain.Measure{within}},
		"https":                 {settings: checks.HTTP{URL: "/", Port: at, HTTPS: true}, status: 200, expires: true, health: domain.Healthy, want: []domain.Measure{answer, certificate}},
		"http, refused":         {settings: checks.HTTP{URL: "/", Port: at, Retries: none}, err: refused, health: domain.Unhealthy},
		"tcp":                   {settings: checks.TCP{Port: at}, health: domain.Healthy, want: []domain.Measure{answer}},
		"tcp, secured":          {settings: checks.TCP{Port: at, Secure: true}, expires: true, health: domain.Healthy, want: []domain.Measure{answer, certificate}},
		"tcp, refused":          {settings: checks.TCP{Port: at, Retries: none}, err: refused, health: domain.Unhealthy},
		"udp":                   {settings: checks.UDP{Port: at, Send: "a"}, health: domain.Healthy, want: []domain.Measure{answer}},
		"udp, refused":          {settings: checks.UDP{Port: at, Send: "a", Retries: none}, err: refused, health: domain.Unhealthy},
		"xmlrpc":                {settings: checks.XMLRPC{URL: "/", Port: at}, health: domain.Healthy, want: []domain.Measure{answer}},
		"xmlrpc, a fault":       {settings: checks.XMLRPC{URL: "/", Port: at, Retries: none}, err: &domain.Fault{Code: 1}, health: domain.Unhealthy, want: []domain.Measure{answer}},
		"xmlrpc, refused":       {settings: checks.XMLRPC{URL: "/", Port: at, Retries: none}, err: refused, health: domain.Unhealthy},
		"dns":                   {settings: checks.DNS{Query: "a"}, health: domain.Healthy, want: []domain.Measure{answer}},
		"dns, another":          {settings: checks.DNS{Query: "a", Expect: "192.0.2.2", Retries: none}, health: domain.Unhealthy, want: []domain.Measure{answer}},
		"dns, refused":          {settings: checks.DNS{Query: "a", Retries: none}, err: refused, health: domain.Unhealthy},
		"grpc":                  {settings: checks.GRPC{Port: at}, status: 1, health: domain.Healthy, want: []domain.Measure{answer}},
		"grpc, NOT_SERVING":     {settings: checks.GRPC{Port: at, Retries: none}, status: 2, health: domain.Unhealthy, want: []domain.Measure{answer}},
		"grpc, secured":         {settings: checks.GRPC{Port: at, Secure: true}, status: 1, expires: true, health: domain.Healthy, want: []domain.Measure{answer, certificate}},
		"grpc, refused":         {settings: checks.GRPC{Port: at, Retries: none}, err: refused, health: domain.Unhealthy},
		"fastcgi":               {settings: checks.FastCGI{Port: at}, status: 200, health: domain.Healthy, want: []domain.Measure{answer}},
		"fastcgi, status 503":   {settings: checks.FastCGI{Port: at, Retries: none}, status: 503, health: domain.Unhealthy, want: []domain.Measure{answer}},
		"fastcgi, without ping": {settings: checks.FastCGI{Port: at, Retries: none}, status: 404, health: domain.Unknown, want: []domain.Measure{answer}},
		"fastcgi, refused":      {settings: checks.FastCGI{Port: at, Retries: none}, err: refused, health: domain.Unhealthy},
	} {
		t.Run(sentence, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.clock.EXPECT().Now().DoAndReturn(time.Now).AnyTimes()
				var expires time.Time
				if c.expires {
					expires = time.Now().Add(lasts + took)
				}
				w.http.EXPECT().HTTP(gomock.Any(), gomock.Any()).DoAndReturn(func(context.Context, domain.HTTPRequest) (domain.HTTPAnswer, error) {
					time.Sleep(took)
					if c.err != nil {
						return domain.HTTPAnswer{}, c.err
					}
					return domain.HTTPAnswer{Status: c.status, Took: took, Expires: expires}, nil
				}).AnyTimes()
				w.tcp.EXPECT().TCP(gomock.Any(), gomock.Any()).DoAndReturn(func(context.Context, domain.Dialogue) (domain.Heard, error) {
					time.Sleep(took)
					return domain.Heard{Connected: c.err == nil, Expires: expires}, c.err
				}).AnyTimes()
				w.udp.EXPECT().UDP(gomock.Any(), gomock.Any()).DoAndReturn(func(context.Context, domain.Dialogue) (domain.Heard, error) {
					time.Sleep(took)
					return domain.Heard{}, c.err
				}).AnyTimes()
				w.xmlrpc.EXPECT().XMLRPC(gomock.Any(), gomock.Any()).DoAndReturn(func(context.Context, domain.XMLRPCRequest) error {
					time.Sleep(took)
					return c.err
				}).AnyTimes()
				w.dns.EXPECT().DNS(gomock.Any(), gomock.Any()).DoAndReturn(func(context.Context, domain.DNSRequest) (domain.DNSAnswer, error) {
					time.Sleep(took)
					return domain.DNSAnswer{Code: "NOERROR", Records: []string{"192.0.2.1"}}, c.err
				}).AnyTimes()
				w.grpc.EXPECT().GRPC(gomock.Any(), gomock.Any()).DoAndReturn(func(context.Context, domain.GRPCRequest) (domain.GRPCAnswer, error) {
					time.Sleep(took)
					return domain.GRPCAnswer{Serving: c.status, Expires: expires}, c.err
				}).AnyTimes()
				w.fastcgi.EXPECT().FastCGI(gomock.Any(), gomock.Any()).DoAndReturn(func(context.Context, domain.FastCGIRequest) (domain.FastCGIAnswer, error) {
					time.Sleep(took)
					return domain.FastCGIAnswer{Status: c.status, Body: "pong"}, c.err
				}).AnyTimes()
				wantMeasures(t, build(t, c.settings, w).Run(t.Context(), web()), c.health, c.want)
			})
		})
	}
}

// Of several attempts the last one is measured, without the pauses between.
func TestTheLastAttemptIsMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		attempts := 0
		w.clock.EXPECT().Sleep(gomock.Any(), gomock.Any()).DoAndReturn(func(_ context.Context, d time.Duration) error {
			time.Sleep(d)
			return nil
		}).Times(2)
		w.tcp.EXPECT().TCP(gomock.Any(), gomock.Any()).DoAndReturn(func(context.Context, domain.Dialogue) (domain.Heard, error) {
			attempts++
			time.Sleep(time.Duration(4-attempts) * time.Second)
			if attempts < 3 {
				return domain.Heard{}, errors.New("refused")
			}
			return domain.Heard{Connected: true}, nil
		}).Times(3)
		wantMeasures(t, build(t, checks.TCP{Port: checks.FixedPort(81)}, w).Run(t.Context(), web()), domain.Healthy,
			[]domain.Measure{{Of: domain.MeasuredAnswer, Value: 1}})
	})
}

func TestWhatAWorkerMeasuresIsPassedOn(t *testing.T) {
	w := newWorld(t)
	want := memoryOf(1, 2)
	w.workers.EXPECT().Worker(gomock.Any(), 1).Return(w.worker)
	w.worker.EXPECT().Ask(gomock.Any(), web()).Return(domain.Healthy.Because("fine").Measuring(want[0]), nil)
	wantMeasures(t, build(t, checks.Worker{Command: "w"}, w).Run(t.Context(), web()), domain.Healthy, want)
}

// When the limit will be reached is measured long before that is a warning, and no more once it is reached or nothing grows.
func TestForecastsAreMeasured(t *testing.T) {
	const limit = 300 << 10
	for sentence, c := range map[string]struct {
		settings checks.Settings
		long     time.Duration
		hourly   uint64
		want     time.Duration // 0: none
	}{
		"memory, soon":             {checks.Memory{MaxRSS: limit, Forecast: 2 * time.Hour}, 3 * time.Hour, 50, time.Hour},
		"memory, later":            {checks.Memory{MaxRSS: 3 * limit, Forecast: 2 * time.Hour}, 3 * time.Hour, 50, 13 * time.Hour},
		"files":                    {checks.FDs{Max: 300, Forecast: 2 * time.Hour}, 3 * time.Hour, 50, time.Hour},
		"in years":                 {checks.Memory{MaxRSS: 1 << 30, Forecast: 2 * time.Hour}, 3 * time.Hour, 50, 0},
		"it is not known yet":      {checks.Memory{MaxRSS: limit, Forecast: 2 * time.Hour}, 20 * time.Minute, 50, 0},
		"nothing grows":            {checks.Memory{MaxRSS: limit, Forecast: 2 * time.Hour}, 3 * time.Hour, 0, 0},
		"it was reached":           {checks.Memory{MaxRSS: limit, Forecast: 2 * time.Hour}, 5 * time.Hour, 50, 0},
		"nobody asks for memory":   {checks.Memory{MaxRSS: limit}, 3 * time.Hour, 50, 0},
		"nobody asks for files":    {checks.FDs{Max: 300}, 3 * time.Hour, 50, 0},
		"only parts are, not read": {checks.Memory{MaxRSS: limit, Kind: checks.USS, Forecast: 2 * time.Hour}, 3 * time.Hour, 50, 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			l := newLeak(t, c.settings)
			l.bytes = 100 * mb
			v := l.runs(t, c.long, c.hourly)
			if len(v.Measures) != 1 {
				t.Fatalf("%d measures: %v", len(v.Measures), v)
			}
			got := time.Duration(v.Measures[0].Forecast * float64(time.Second))
			if off := (got - c.want).Abs(); off > c.want/10 {
				t.Errorf("the limit will be reached in %s, want %s", got, c.want)
			}
		})
	}
}
