package checks_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

func TestWhatAnAnswerMustBeLike(t *testing.T) {
	const well = `{"status": "UP", "queue": 5, "db": {"status": "DOWN", "password": "s3cret-word"}, "none": null}`
	field := func(name, value string) []domain.HTTPField { return []domain.HTTPField{{Name: name, Value: value}} }
	for sentence, c := range map[string]struct {
		expected checks.Expected
		answer   domain.HTTPAnswer
		want     string // behind "GET 127.0.0.1:80/ping: "; empty: healthy
	}{
		"a status of a range":       {checks.Expected{Status: checks.Statuses{{From: 200, To: 299}, {From: 401, To: 401}}}, domain.HTTPAnswer{Status: 204}, ""},
		"the other status":          {checks.Expected{Status: checks.Statuses{{From: 200, To: 299}, {From: 401, To: 401}}}, domain.HTTPAnswer{Status: 401}, ""},
		"another status":            {checks.Expected{Status: checks.Statuses{{From: 204, To: 204}}}, domain.HTTPAnswer{Status: 200}, "status 200, healthy is 204"},
		"a redirect":                {checks.Expected{}, domain.HTTPAnswer{Status: 302, Location: "https://me:pw@login/?token=s3cret"}, "status 302, only 200 is healthy; it leads to ***@login/?***"},
		"a redirect with a secret":  {checks.Expected{}, domain.HTTPAnswer{Status: 302, Location: "/login/s3cret-word\x1b[2J"}, `status 302, only 200 is healthy; it leads to /login/***\x1b[2J`},
		"a body":                    {checks.Expected{Contains: "pong"}, domain.HTTPAnswer{Status: 200, Body: "ping pong"}, ""},
		"another body":              {checks.Expected{Contains: "pong"}, domain.HTTPAnswer{Status: 200, Body: "<html>\r\n\tpw s3cret-word"}, `status 200, but the body has no "pong", it begins with "<html>\r\n\tpw ***"`},
		"a long body":               {checks.Expected{Contains: "pong"}, domain.HTTPAnswer{Status: 200, Body: strings.Repeat("x", 5000)}, `status 200, but the body has no "pong", it begins with "` + strings.Repeat("x", 77) + `..."`},
		"no body":                   {checks.Expected{Contains: "pong"}, domain.HTTPAnswer{Status: 200}, `status 200, but the body has no "pong", it is empty`},
		"half a body":               {checks.Expected{Contains: "pong"}, domain.HTTPAnswer{Status: 200, Body: "po", Torn: errors.New("timed out after 5s reading the answer")}, `status 200, but the body has no "pong", it begins with "po" (timed out after 5s reading the answer)`},
		"enough of half a body":     {checks.Expected{Contains: "po"}, domain.HTTPAnswer{Status: 200, Body: "po", Torn: errors.New("timed out")}, ""},
		"a compressed body":         {checks.Expected{Contains: "pong"}, domain.HTTPAnswer{Status: 200, Body: "\x1f\x8b", Header: field("Content-Encoding", "gzip")}, `status 200, but the body has no "pong", it begins with "\x1f\x8b", and is compressed, which was not asked for`},
		"a pattern":                 {checks.Expected{Matches: `(?i)^OK\b`}, domain.HTTPAnswer{Status: 200, Body: "ok all"}, ""},
		"another pattern":           {checks.Expected{Matches: `^ok$`}, domain.HTTPAnswer{Status: 200, Body: "not ok"}, `status 200, but the body does not match "^ok$", it begins with "not ok"`},
		"what must not be there":    {checks.Expected{Without: "ERROR"}, domain.HTTPAnswer{Status: 200, Body: "an ERROR"}, `status 200, but the body has "ERROR"`},
		"what is not there":         {checks.Expected{Without: "ERROR"}, domain.HTTPAnswer{Status: 200, Body: "none"}, ""},
		"JSON":                      {checks.Expected{JSON: "status == \"UP\"\nqueue<10\nqueue >= 5\ndb.status != \"UP\"\nnone == null\nqueue"}, domain.HTTPAnswer{Status: 200, Body: well}, ""},
		"a value of JSON":           {checks.Expected{JSON: `db.status != "DOWN"`}, domain.HTTPAnswer{Status: 200, Body: well}, `status 200, but db.status is "DOWN", expected != "DOWN"`},
		"a number":                  {checks.Expected{JSON: "queue <= 4"}, domain.HTTPAnswer{Status: 200, Body: well}, "status 200, but queue is 5, expected <= 4"},
		"what is no number":         {checks.Expected{JSON: "status > 4"}, domain.HTTPAnswer{Status: 200, Body: well}, `status 200, but status is "UP", expected > 4`},
		"what JSON has not":         {checks.Expected{JSON: `state == "UP"`}, domain.HTTPAnswer{Status: 200, Body: well}, `status 200, but state is not there, expected == "UP"`},
		"what JSON must have":       {checks.Expected{JSON: `state`}, domain.HTTPAnswer{Status: 200, Body: well}, `status 200, but state is not there`},
		"what JSON need not have":   {checks.Expected{JSON: `state != "DOWN"`}, domain.HTTPAnswer{Status: 200, Body: well}, ""},
		"a secret in JSON":          {checks.Expected{JSON: `db == 5`}, domain.HTTPAnswer{Status: 200, Body: well}, `status 200, but db is {"status": "DOWN", "password": "***"}, expected == 5`},
		"what is no JSON":           {checks.Expected{JSON: `state`}, domain.HTTPAnswer{Status: 200, Body: "{"}, `status 200, but the body is no JSON, it begins with "{"`},
		"a header":                  {checks.Expected{Header: map[string]string{"content-type": "^application/json"}}, domain.HTTPAnswer{Status: 200, Header: field("Content-Type", "application/json; x")}, ""},
		"a header that is there":    {checks.Expected{Header: map[string]string{"X-Ready": ""}}, domain.HTTPAnswer{Status: 200, Header: field("X-Ready", "no")}, ""},
		"another header":            {checks.Expected{Header: map[string]string{"Content-Type": "^application/json"}}, domain.HTTPAnswer{Status: 200, Header: field("Content-Type", "text/html s3cret-word")}, `status 200, but Content-Type is "text/html ***", expected ^application/json`},
		"no header":                 {checks.Expected{Header: map[string]string{"X-Ready": "yes"}}, domain.HTTPAnswer{Status: 200}, "status 200, but the header has no X-Ready"},
		"a quick answer":            {checks.Expected{Slowest: 2 * time.Second}, domain.HTTPAnswer{Status: 200, Took: 2 * time.Second}, ""},
		"a slow answer":             {checks.Expected{Slowest: 2 * time.Second}, domain.HTTPAnswer{Status: 200, Took: 3217 * time.Millisecond}, "status 200, but it took 3.217s, and 2s is the slowest that is healthy"},
		"a percent sign is no verb": {checks.Expected{Contains: "%d"}, domain.HTTPAnswer{Status: 200, Body: "100%"}, `status 200, but the body has no "%d", it begins with "100%"`},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			w.http.EXPECT().HTTP(gomock.Any(), gomock.Any()).DoAndReturn(func(_ context.Context, r domain.HTTPRequest) (domain.HTTPAnswer, error) {
				body := c.expected.Contains+c.expected.Matches+c.expected.Without+c.expected.JSON != ""
				if body != (r.Most == 64<<10) || len(c.expected.Header) > 0 != (len(r.Fields) > 0 && !body) {
					t.Errorf("asked was for %d bytes and %q", r.Most, r.Fields)
				}
				return c.answer, nil
			})
			settings := checks.HTTP{URL: "/ping", Port: checks.FixedPort(80), Retries: new(0), Password: "s3cret-word", Expected: c.expected}
			got := build(t, settings, w).Run(t.Context(), web())
			want, health := c.want, domain.Unhealthy
			if want == "" {
				want, health = "status "+map[int]string{200: "200", 204: "204", 401: "401"}[c.answer.Status], domain.Healthy
			}
			got.Answer = ""
			wantVerdict(t, got, domain.Verdict{Health: health, Reason: "GET 127.0.0.1:80/ping: " + want})
		})
	}
}

func TestExpectationsAreRefused(t *testing.T) {
	for setting, expected := range map[string]checks.Expected{
		"status":        {Status: checks.Statuses{{From: 300, To: 200}}},
		"matches":       {Matches: "("},
		"expected_json": {JSON: "a == b"},
		"expect_header": {Header: map[string]string{"A": "("}},
		"slowest":       {Slowest: 15 * time.Second},
		"redirects":     {Redirects: -1},
	} {
		_, err := checks.HTTP{URL: "/", Port: checks.FixedPort(80), Expected: expected}.Build(checks.World{})
		if bad, ok := errors.AsType[*domain.SettingError](err); !ok || bad.Setting != setting {
			t.Errorf("%s: %v", setting, err)
		}
	}
}

// hop is a request as it is made, and what is answered.
type hop struct {
	asked  string // method, network, address, path; Host; TLS
	answer domain.HTTPAnswer
}

func TestRedirectsAreFollowedAsFarAsIsAllowed(t *testing.T) {
	to := func(location string, status int) domain.HTTPAnswer {
		return domain.HTTPAnswer{Status: status, Location: location, Took: time.Second}
	}
	ok := domain.HTTPAnswer{Status: 200, Took: time.Second}
	http := func(change func(*checks.HTTP)) checks.HTTP {
		h := checks.HTTP{Host: "10.0.0.1", Port: checks.FixedPort(80), URL: "/a/b?x", Username: "me", Password: "s3cret", Expected: checks.Expected{Redirects: 2}}
		change(&h)
		return h
	}
	plain := http(func(*checks.HTTP) {})
	for sentence, c := range map[string]struct {
		settings checks.HTTP
		hops     []hop
		want     string // of an unhealthy verdict
	}{
		"on the same host":                        {plain, []hop{{"GET tcp 10.0.0.1:80/a/b?x me", to("../c?y=z#f", 302)}, {"GET tcp 10.0.0.1:80/c?y=z me", ok}}, ""},
		"with its name":                           {plain, []hop{{"GET tcp 10.0.0.1:80/a/b?x me", to("http://10.0.0.1/", 308)}, {"GET tcp 10.0.0.1:80/ me", ok}}, ""},
		"to another host, which gets no password": {plain, []hop{{"GET tcp 10.0.0.1:80/a/b?x me", to("http://[::1]:81/x", 301)}, {"GET tcp [::1]:81/x", ok}}, ""},
		"to https":                                {http(func(h *checks.HTTP) { h.TLS.Unverified = true }), []hop{{"GET tcp 10.0.0.1:80/a/b?x me", to("https://10.0.0.1/x", 307)}, {"GET tcp 10.0.0.1:443/x unverified", ok}}, ""},
		"on a socket": {http(func(h *checks.HTTP) { h.Socket, h.Host, h.Port = "/run/s", "", checks.PortSpec{} }), []hop{{"GET unix /run/s/a/b?x me", to("http://localhost/x", 302)},
			{"GET unix /run/s/x me", ok}}, ""},
		"for a name": {http(func(h *checks.HTTP) { h.Site, h.HTTPS = "www.example.org", true }), []hop{{"GET tcp 10.0.0.1:80/a/b?x me verified www.example.org", to("https://www.example.org:443/x", 302)},
			{"GET tcp 10.0.0.1:80/x me verified www.example.org", ok}}, ""},
		"after a form": {http(func(h *checks.HTTP) { h.Method, h.Body = "POST", "x" }), []hop{{"POST tcp 10.0.0.1:80/a/b?x me", to("/c", 303)}, {"GET tcp 10.0.0.1:80/c me", ok}}, ""},
		"too many": {plain, []hop{{"GET tcp 10.0.0.1:80/a/b?x me", to("/1", 302)}, {"GET tcp 10.0.0.1:80/1 me", to("/2", 302)}, {"GET tcp 10.0.0.1:80/2 me", to("/3?s3cret", 302)}},
			"it leads to 10.0.0.1:80/2: status 302, only 200 is healthy; it leads to /3?***"},
		"to what is no URL":      {plain, []hop{{"GET tcp 10.0.0.1:80/a/b?x me", to("file:///etc/passwd", 302)}}, "status 302, only 200 is healthy; it leads to file:///etc/passwd"},
		"to one with a password": {plain, []hop{{"GET tcp 10.0.0.1:80/a/b?x me", to("http://a:b@h/", 302)}}, "status 302, only 200 is healthy; it leads to ***@h/"},
		"to trouble":             {plain, []hop{{"GET tcp 10.0.0.1:80/a/b?x me", to("/x?s3cret-too", 302)}, {"GET tcp 10.0.0.1:80/x?s3cret-too me", domain.HTTPAnswer{Status: 500}}}, "it leads to 10.0.0.1:80/x?***: status 500, only 200 is healthy"},
		"not if it is healthy":   {http(func(h *checks.HTTP) { h.Expected.Status = checks.Statuses{{From: 302, To: 302}} }), []hop{{"GET tcp 10.0.0.1:80/a/b?x me", to("/x", 302)}}, ""},
		"and take their time": {http(func(h *checks.HTTP) { h.Expected.Slowest = 1500 * time.Millisecond }), []hop{{"GET tcp 10.0.0.1:80/a/b?x me", to("/x", 302)}, {"GET tcp 10.0.0.1:80/x me", ok}},
			"it leads to 10.0.0.1:80/x: status 200, but it took 2s, and 1.5s is the slowest that is healthy"},
	} {
		t.Run(sentence, func(t *testing.T) {
			w, left := newWorld(t), c.hops
			w.http.EXPECT().HTTP(gomock.Any(), gomock.Any()).DoAndReturn(func(_ context.Context, r domain.HTTPRequest) (domain.HTTPAnswer, error) {
				asked := strings.Join([]string{r.Method, r.Network, r.Address + r.Path}, " ")
				if r.Username != "" {
					asked += " " + r.Username
				}
				if r.TLS != nil {
					asked += map[bool]string{true: " unverified", false: " verified"}[r.TLS.Unverified]
					if r.TLS.ServerName != "" {
						asked += " " + r.TLS.ServerName
					}
				}
				if asked != left[0].asked {
					t.Errorf("asked was %s, want %s", asked, left[0].asked)
				}
				answer := left[0].answer
				left = left[1:]
				return answer, nil
			}).Times(len(c.hops))
			c.settings.Retries = new(0)
			got := build(t, c.settings, w).Run(t.Context(), web())
			if _, reason, _ := strings.Cut(got.Reason, "/b?***: "); c.want == "" && got.Health != domain.Healthy || c.want != "" && (got.Health != domain.Unhealthy || reason != c.want) {
				t.Errorf("got %s %s, want %q", got.Health, got.Reason, c.want)
			}
		})
	}
}

// FuzzConditions has any text read as conditions. What is read judges any document without a panic, and in no more than a line.
func FuzzConditions(f *testing.F) {
	for _, seed := range []string{`status == "UP"`, `checks.#(name=="db").status != "DOWN"`, "a<1\nb>=2", `a\==1`, `a."b==" == {"x": [1]}`, "a", "((", `"`} {
		f.Add(seed, `{"status": "UP", "a": {"b": null}}`)
	}
	f.Fuzz(func(t *testing.T, conditions, document string) {
		settings := checks.HTTP{URL: "/", Port: checks.FixedPort(80), Retries: new(0), Expected: checks.Expected{JSON: conditions}}
		if _, err := settings.Build(checks.World{}); err != nil {
			return
		}
		w := newWorld(t)
		w.http.EXPECT().HTTP(gomock.Any(), gomock.Any()).Return(domain.HTTPAnswer{Status: 200, Body: document}, nil)
		got := build(t, settings, w).Run(t.Context(), web())
		if got.Health == domain.Unknown || strings.ContainsAny(got.Reason, "\n\r\x00") || len([]rune(got.Reason)) > 330 {
			t.Errorf("%+v", got)
		}
	})
}

// FuzzRedirects follows anywhere, and takes the password to one place alone.
func FuzzRedirects(f *testing.F) {
	for _, seed := range []string{"/x", "//h/x", "http://10.0.0.1:80/", "http://10.0.0.1:81/", "https://10.0.0.1/", "?y", "\x00", "http://10.0.0.1%2f@h/", `http:\\h`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, location string) {
		w, first := newWorld(t), true
		w.http.EXPECT().HTTP(gomock.Any(), gomock.Any()).DoAndReturn(func(_ context.Context, r domain.HTTPRequest) (domain.HTTPAnswer, error) {
			if r.Password != "" && (r.Network != "tcp" || r.Address != "10.0.0.1:80" || r.TLS != nil) {
				t.Errorf("%q takes the password to %+v", location, r)
			}
			if !first {
				return domain.HTTPAnswer{Status: 200}, nil
			}
			first = false
			return domain.HTTPAnswer{Status: 302, Location: location}, nil
		}).MinTimes(1).MaxTimes(2)
		settings := checks.HTTP{Host: "10.0.0.1", Port: checks.FixedPort(80), URL: "/", Password: "s3cret", Retries: new(0), Expected: checks.Expected{Redirects: 5}}
		build(t, settings, w).Run(t.Context(), web())
	})
}
