package checks_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// probe is one of the three checks that ask a service, made to answer as the test wants.
type probe struct {
	what   string // the beginning of its reasons
	seen   string // its word for success
	check  domain.Check
	answer func(answers ...error) // in this order, one for each attempt
}

// probes are the three for a process called web_8081, each with mocks of its own.
func probes(t *testing.T, retries int) map[string]func() (probe, world) {
	return map[string]func() (probe, world){
		"http": func() (probe, world) {
			w := newWorld(t)
			check := build(t, checks.HTTP{URL: "/ping?token=12345678", Port: port(t, `web_(\d+)`), Username: "admin", Password: "s3cret", Retries: &retries}, w)
			return probe{"GET 127.0.0.1:8081/ping?***", "status 200", check, func(answers ...error) {
				for _, err := range answers {
					w.http.EXPECT().HTTP(gomock.Any(), gomock.Any()).Return(domain.HTTPAnswer{Status: 200}, err)
				}
			}}, w
		},
		"tcp": func() (probe, world) {
			w := newWorld(t)
			check := build(t, checks.TCP{Port: port(t, `web_(\d+)`), Retries: &retries}, w)
			return probe{"127.0.0.1:8081", "connected", check, func(answers ...error) {
				for _, err := range answers {
					w.tcp.EXPECT().TCP(gomock.Any(), domain.Dialogue{Network: "tcp", Address: "127.0.0.1:8081"}).Return(domain.Heard{}, err)
				}
			}}, w
		},
		"xmlrpc": func() (probe, world) {
			w := newWorld(t)
			check := build(t, checks.XMLRPC{URL: "/RPC2", Port: port(t, `web_(\d+)`), Password: "s3cret", Retries: &retries}, w)
			return probe{"status() of 127.0.0.1:8081/RPC2", "answered", check, func(answers ...error) {
				for _, err := range answers {
					w.xmlrpc.EXPECT().XMLRPC(gomock.Any(), gomock.Any()).Return(err)
				}
			}}, w
		},
	}
}

func TestProbesJudgeTheirAttempts(t *testing.T) {
	refused := fmt.Errorf("connect: %w", syscall.ECONNREFUSED)
	for sentence, c := range map[string]struct {
		retries int
		answers []error
		want    domain.Health
		reason  string // follows the probe's own beginning; empty: its word for success
	}{
		"an answer is healthy":                  {answers: []error{nil}, want: domain.Healthy},
		"one answer in the end is healthy":      {retries: 2, answers: []error{refused, refused, nil}, want: domain.Healthy},
		"a refused connection is unhealthy":     {answers: []error{refused}, want: domain.Unhealthy, reason: "connect: connection refused"},
		"all retries are used":                  {retries: 2, answers: []error{refused, refused, refused}, want: domain.Unhealthy, reason: "connect: connection refused (3 attempts)"},
		"a missing socket is unhealthy":         {answers: []error{fs.ErrNotExist}, want: domain.Unhealthy, reason: "file does not exist"},
		"no descriptors left is our own fault":  {answers: []error{fmt.Errorf("%w: %w", domain.ErrProber, syscall.EMFILE)}, reason: "the probe failed on our side: too many open files"},
		"no permission is our own fault":        {answers: []error{fmt.Errorf("%w: %w", domain.ErrProber, syscall.EACCES)}, reason: "the probe failed on our side: permission denied"},
		"no local port left is our own fault":   {answers: []error{fmt.Errorf("%w: %w", domain.ErrProber, syscall.EADDRNOTAVAIL)}, reason: "the probe failed on our side: cannot assign requested address"},
		"an impossible address is ours":         {answers: []error{fmt.Errorf("%w: %w", domain.ErrProber, syscall.EINVAL)}, reason: "the probe failed on our side: invalid argument"},
		"many lines become one":                 {answers: []error{errors.New("one\n\ttwo\xff")}, want: domain.Unhealthy, reason: "one two?"},
		"a long text is cut":                    {answers: []error{errors.New(strings.Repeat("ü", 400))}, want: domain.Unhealthy, reason: strings.Repeat("ü", 297) + "..."},
		"of a URL error the cause is told":      {answers: []error{fmt.Errorf("probe: %w", &url.Error{Op: "Get", URL: "http://a:b@c", Err: errors.New("reset")})}, want: domain.Unhealthy, reason: "probe: reset"},
		"a timeout is told in the port's words": {answers: []error{errors.New("timed out waiting")}, want: domain.Unhealthy, reason: "timed out waiting"},
		"a percent sign is no format": {answers: []error{&domain.Fault{Code: 1, Text: "load 50% ok"}}, want: domain.Unhealthy,
			reason: "fault 1: load 50% ok"},
	} {
		for name, prepare := range probes(t, c.retries) {
			t.Run(name+": "+sentence, func(t *testing.T) {
				p, w := prepare()
				p.answer(c.answers...)
				for n := 1; n < len(c.answers); n++ {
					w.clock.EXPECT().Sleep(gomock.Any(), time.Duration(n)*3*time.Second)
				}
				reason := cmp.Or(c.reason, p.seen)
				wantVerdict(t, p.check.Run(t.Context(), web()), c.want.Because("%s: %s", p.what, reason))
			})
		}
	}
}

func TestProbesThatCannotTell(t *testing.T) {
	for sentence, c := range map[string]struct {
		ctx     context.Context
		process func(*domain.Process)
		asked   []error
		reason  string
	}{
		"a name without port": {ctx: t.Context(), process: func(p *domain.Process) { p.Name = "api" },
			reason: `the port pattern web_(\d+) does not match the start of the process name api`},
		"cancelled in an attempt":   {ctx: cancelled(), process: func(*domain.Process) {}, asked: []error{context.Canceled}, reason: "context canceled"},
		"cancelled after an answer": {ctx: cancelled(), process: func(*domain.Process) {}, asked: []error{nil}, reason: "context canceled"},
	} {
		for name, prepare := range probes(t, 2) {
			t.Run(name+": "+sentence, func(t *testing.T) {
				p, _ := prepare()
				p.answer(c.asked...)
				process := web()
				c.process(&process)
				wantVerdict(t, p.check.Run(c.ctx, process), domain.Unknown.Because("%s", c.reason))
			})
		}
	}
}

func TestProbesNameTheirPort(t *testing.T) {
	for name, prepare := range probes(t, 0) {
		p, _ := prepare()
		listening := p.check.(domain.Listening)
		if got, ok := listening.Port(web()); got != 8081 || !ok || listening.Name() != name {
			t.Errorf("%s: %s is at %d, %v", name, listening.Name(), got, ok)
		}
		if got, ok := listening.Port(domain.Process{ID: domain.ID{Name: "api"}}); ok {
			t.Errorf("%s: api is at %d", name, got)
		}
	}
	socket := build(t, checks.XMLRPC{SocketPath: "/run/web.sock"}, newWorld(t)).(domain.Listening)
	if got, ok := socket.Port(web()); ok {
		t.Errorf("a unix socket has port %d", got)
	}
}

func TestAttemptThatOutlastsItsTimeoutIsUnhealthy(t *testing.T) {
	w := newWorld(t)
	check := build(t, checks.TCP{Port: checks.FixedPort(81), Timeout: time.Millisecond, Retries: new(0)}, w)
	w.tcp.EXPECT().TCP(gomock.Any(), gomock.Any()).DoAndReturn(func(ctx context.Context, _ domain.Dialogue) (domain.Heard, error) {
		<-ctx.Done()
		return domain.Heard{}, ctx.Err()
	})
	wantVerdict(t, check.Run(t.Context(), web()),
		domain.Unhealthy.Because("127.0.0.1:81: timed out after 1ms: context deadline exceeded"))
}

func TestReasonsHaveNoCredentials(t *testing.T) {
	echo := errors.New("denied: admin:s3cret, Basic YWRtaW46czNjcmV0, GET /ping?token=12345678")
	for name, c := range map[string]struct{ reason string }{
		"http":   {"GET 127.0.0.1:8081/ping?***: denied: admin:***, Basic ***, GET /ping?***"},
		"xmlrpc": {"status() of 127.0.0.1:8081/RPC2: denied: admin:***, Basic YWRtaW46***, GET /ping?token=12345678"},
	} {
		p, _ := probes(t, 0)[name]()
		p.answer(echo)
		wantVerdict(t, p.check.Run(t.Context(), web()), domain.Unhealthy.Because("%s", c.reason))
	}
}

// A service is asked at its address, whether or not the pid of its process is known; all other checks look at the process.
func TestWhatNeedsNoPID(t *testing.T) {
	for name, prepare := range probes(t, 0) {
		p, _ := prepare()
		p.answer(nil)
		unknown := web()
		unknown.PID, unknown.State = 0, domain.StateUnknown
		wantVerdict(t, p.check.Run(t.Context(), unknown), domain.Healthy.Because("%s: %s", p.what, p.seen))
		if a := p.check.(domain.Addressed); !a.Addressed(unknown) || a.Addressed(domain.Process{ID: domain.ID{Group: "web"}}) {
			t.Errorf("%s knows its address by another than the name", name)
		}
	}
	for line, want := range map[string]bool{
		"http = http://127.0.0.1:80/": true, "http = http://unix:/run/s:/": true, "tcp = db:5432": true, "xmlrpc = http://unix:/run/s:/RPC2": true,
		"xmlrpc.socket-dir = /run": false, "memory = 1GB": false, "cpu = 90% for 1m": false, "heartbeat = file /run/beat 60s": false,
	} {
		word, value, _ := strings.Cut(line, " = ")
		kind, _, _ := strings.Cut(word, ".")
		_, settings := bound(t, kind)
		if err := setting(t, settings.Table(), word).Set(value); err != nil {
			t.Fatal(err)
		}
		a, ok := build(t, settings, newWorld(t)).(domain.Addressed)
		if got := ok && a.Addressed(domain.Process{ID: domain.ID{Group: "web"}}); got != want {
			t.Errorf("%s: %t", line, got)
		}
	}
}
