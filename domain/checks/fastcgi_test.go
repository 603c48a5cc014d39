package checks_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

func TestFastCGI(t *testing.T) {
	page := func(status int, body string) domain.FastCGIAnswer {
		return domain.FastCGIAnswer{Status: status, Body: body}
	}
	for sentence, c := range map[string]struct {
		answer domain.FastCGIAnswer
		err    error
		want   domain.Verdict
	}{
		"a pong":          {page(200, "pong"), nil, domain.Healthy.Because(`unix:/run/php.sock:/ping: answered with "pong"`)},
		"another body":    {page(200, "<b>\n"), nil, domain.Unhealthy.Because(`unix:/run/php.sock:/ping: expected "pong", seen "<b>\n"`)},
		"a long one":      {page(200, strings.Repeat("c", 5000)), nil, domain.Unhealthy.Because(`unix:/run/php.sock:/ping: expected "pong", seen "%s..."`, strings.Repeat("c", 77))},
		"no body":         {page(200, ""), nil, domain.Unhealthy.Because(`unix:/run/php.sock:/ping: expected "pong", seen nothing`)},
		"a bad status":    {page(503, "pong"), nil, domain.Unhealthy.Because(`unix:/run/php.sock:/ping: status 503: expected one from 200 to 299`)},
		"a redirect":      {page(302, "pong"), nil, domain.Unhealthy.Because(`unix:/run/php.sock:/ping: status 302: expected one from 200 to 299`)},
		"no such page":    {page(404, "File not found.\n"), nil, domain.Unknown.Because(`unix:/run/php.sock:/ping: status 404: there is no such page; php-fpm has it where its pool says ping.path = /ping`)},
		"what went wrong": {page(0, ""), errors.New("refused"), domain.Unhealthy.Because(`unix:/run/php.sock:/ping: refused`)},
		"what we lack":    {page(0, ""), fmt.Errorf("%w: no", domain.ErrProber), domain.Unknown.Because(`unix:/run/php.sock:/ping: the probe failed on our side: no`)},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			w.fastcgi.EXPECT().FastCGI(gomock.Any(), domain.FastCGIRequest{Network: "unix", Address: "/run/php.sock", Path: "/ping"}).Return(c.answer, c.err)
			got := build(t, checks.FastCGI{Socket: "/run/php.sock", Retries: new(0)}, w).Run(t.Context(), web())
			got.Answer = ""
			wantVerdict(t, got, c.want)
		})
	}
}

func TestFastCGIAsksAgainForAPageOfItsOwn(t *testing.T) {
	w := newWorld(t)
	asked := domain.FastCGIRequest{Network: "tcp", Address: "127.0.0.1:8081", Path: "/up?token=12345678"}
	gomock.InOrder(
		w.fastcgi.EXPECT().FastCGI(gomock.Any(), asked).Return(domain.FastCGIAnswer{Status: 500, Body: "no 12345678"}, nil),
		w.clock.EXPECT().Sleep(gomock.Any(), gomock.Any()),
		w.fastcgi.EXPECT().FastCGI(gomock.Any(), asked).Return(domain.FastCGIAnswer{Status: 200, Body: "no token=12345678"}, nil))
	check := build(t, checks.FastCGI{Port: port(t, `web_(\d+)`), Path: asked.Path, Expect: "fine", Retries: new(1)}, w)
	got := check.Run(t.Context(), web())
	want := domain.Unhealthy.Because(`127.0.0.1:8081/up?***: expected "fine", seen "no token=***" (2 attempts)`)
	want.Answer = "no token=***"
	wantVerdict(t, got, want)
	if at, ok := check.(domain.Listening).Port(web()); at != 8081 || !ok {
		t.Errorf("it listens at %d, %t", at, ok)
	}
	wantVerdict(t, check.Run(t.Context(), domain.Process{ID: domain.ID{Name: "api"}}),
		domain.Unknown.Because(`the port pattern web_(\d+) does not match the start of the process name api`))
}

func TestFastCGISettingsAreRefused(t *testing.T) {
	_, err := checks.FastCGI{Port: checks.FixedPort(9000), Path: "ping?s3cret"}.Build(checks.World{})
	wantSettingError(t, err, domain.SettingError{Setting: "path", Value: "ping?***", Why: "write a path that begins with a slash, such as /ping, with blanks percent-encoded"})
	_, err = checks.FastCGI{}.Build(checks.World{})
	if bad, ok := errors.AsType[*domain.SettingError](err); !ok || bad.Setting != "port" {
		t.Error(err)
	}
}
