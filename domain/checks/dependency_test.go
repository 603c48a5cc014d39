package checks_test

import (
	"context"
	"errors"
	"testing"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
	"supervisor-healthcheck/mocks"
)

func TestDependenciesAsTheyAreWrittenAndCalled(t *testing.T) {
	for text, want := range map[string]struct{ name, network, address, path string }{
		"redis":                              {name: "redis"},
		"tcp://10.0.0.5:5432":                {"tcp 10.0.0.5:5432", "tcp", "10.0.0.5:5432", ""},
		"tcp://[::1]:5432":                   {"tcp [::1]:5432", "tcp", "[::1]:5432", ""},
		"tcp://db.example:5432":              {"tcp db.example:5432", "tcp", "db.example:5432", ""},
		"unix:/run/redis.sock":               {"unix:/run/redis.sock", "unix", "/run/redis.sock", ""},
		"http://10.0.0.5:8000/ping":          {"http://10.0.0.5:8000/ping", "tcp", "10.0.0.5:8000", "/ping"},
		"http://10.0.0.5":                    {"http://10.0.0.5:80/", "tcp", "10.0.0.5:80", "/"},
		"http://unix:/run/app.sock:/healthz": {"http://unix:/run/app.sock:/healthz", "unix", "/run/app.sock", "/healthz"},
	} {
		t.Run(text, func(t *testing.T) {
			d, cure := checks.ReadDependency(text)
			if cure != "" || d.Name() != want.name {
				t.Fatalf("%q, %s", d.Name(), cure)
			}
			ctrl := gomock.NewController(t)
			tcp, http := mocks.NewMockTCPProber(ctrl), mocks.NewMockHTTPProber(ctrl)
			built := d.Build(checks.World{TCP: tcp, HTTP: http})
			if built.Name != want.name || (built.Check == nil) != (want.network == "") {
				t.Fatalf("%+v", built)
			}
			switch {
			case want.path != "":
				http.EXPECT().HTTP(gomock.Any(), domain.HTTPRequest{Method: "GET", Network: want.network, Address: want.address, Path: want.path}).
					Return(domain.HTTPAnswer{Status: 404}, nil)
			case want.network != "":
				tcp.EXPECT().TCP(gomock.Any(), domain.Dialogue{Network: want.network, Address: want.address}).Return(domain.Heard{}, nil)
			default:
				return
			}
			v := domain.Judge(t.Context(), []domain.Check{built.Check}, domain.Process{})
			if want := (domain.Verdict{Health: domain.Healthy, Reason: "it answers", Check: want.name}); v.Health != want.Health || v.Reason != want.Reason || v.Check != want.Check {
				t.Errorf("%+v", v)
			}
		})
	}
}

func TestWhatIsSaidOfADependency(t *testing.T) {
	ended, end := context.WithCancelCause(t.Context())
	end(errors.New("the listener is stopping"))
	for name, test := range map[string]struct {
		ctx    context.Context
		status int
		err    error
		want   domain.Verdict
	}{
		"it refuses":           {t.Context(), 0, errors.New("connection refused"), domain.Unhealthy.Because("connection refused")},
		"it is in trouble":     {t.Context(), 503, nil, domain.Unhealthy.Because("status 503")},
		"it wants a password":  {t.Context(), 401, nil, domain.Healthy.Because("it answers")},
		"the trouble is ours":  {t.Context(), 0, domain.ErrProber, domain.Unknown.Because("%s", domain.ErrProber)},
		"nobody waits for it":  {ended, 0, errors.New("cancelled"), domain.Unknown.Because("the listener is stopping")},
		"nobody answers there": {t.Context(), 0, errors.New("timed out"), domain.Unhealthy.Because("timed out")},
	} {
		t.Run(name, func(t *testing.T) {
			http := mocks.NewMockHTTPProber(gomock.NewController(t))
			http.EXPECT().HTTP(gomock.Any(), gomock.Any()).Return(domain.HTTPAnswer{Status: test.status}, test.err)
			d, _ := checks.ReadDependency("http://h/")
			if v := d.Build(checks.World{HTTP: http}).Check.Run(test.ctx, domain.Process{}); v.Health != test.want.Health || v.Reason != test.want.Reason {
				t.Errorf("%+v", v)
			}
		})
	}
}
