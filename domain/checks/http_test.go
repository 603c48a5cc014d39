package checks_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"
	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

func TestHTTPRequest(t *testing.T) {
	for sentence, c := range map[string]struct {
		settings checks.HTTP
		want     domain.HTTPRequest
	}{
		"a URL and a port make a GET": {
			settings: checks.HTTP{URL: "/ping"},
			want:     domain.HTTPRequest{Method: "GET", Path: "/ping"},
		},
		"the query is part of the path": {
			settings: checks.HTTP{URL: "/ping?q=a%20b"},
			want:     domain.HTTPRequest{Method: "GET", Path: "/ping?q=a%20b"},
		},
		"methods are written in capitals": {
			settings: checks.HTTP{URL: "/", Method: "head"},
			want:     domain.HTTPRequest{Method: "HEAD", Path: "/"},
		},
		"JSON names its type by itself": {
			settings: checks.HTTP{URL: "/", Method: "POST", JSON: `{"deep": true}`},
			want: domain.HTTPRequest{Method: "POST", Path: "/", Body: `{"deep": true}`,
				Header: map[string][]string{"Content-Type": {"application/json"}}},
		},
		"empty JSON is sent": {
			settings: checks.HTTP{URL: "/", Method: "POST", JSON: `{}`},
			want: domain.HTTPRequest{Method: "POST", Path: "/", Body: `{}`,
				Header: map[string][]string{"Content-Type": {"application/json"}}},
		},
		"headers win over the type of JSON, however they are written": {
			settings: checks.HTTP{URL: "/", JSON: `[]`, Headers: map[string]string{"content-type": "application/ld+json", "X-Probe": "1"}},
			want: domain.HTTPRequest{Method: "GET", Path: "/", Body: `[]`,
				Header: map[string][]string{"Content-Type": {"application/ld+json"}, "X-Probe": {"1"}}},
		},
		"a body is sent as it is": {
			settings: checks.HTTP{URL: "/", Method: "PUT", Body: "a=b"},
			want:     domain.HTTPRequest{Method: "PUT", Path: "/", Body: "a=b"},
		},
		"an empty password keeps the username": {
			settings: checks.HTTP{URL: "/", Username: "admin"},
			want:     domain.HTTPRequest{Method: "GET", Path: "/", Username: "admin"},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			c.settings.Port = checks.FixedPort(8080)
			c.want.Network, c.want.Address = "tcp", "127.0.0.1:8080"
			if c.want.Header == nil {
				c.want.Header = map[string][]string{}
			}
			w.http.EXPECT().HTTP(gomock.Any(), gomock.Any()).DoAndReturn(
				func(_ context.Context, got domain.HTTPRequest) (domain.HTTPAnswer, error) {
					if diff := cmp.Diff(c.want, got); diff != "" {
						t.Errorf("request (-want +got):\n%s", diff)
					}
					got.Header["X-Own"] = []string{"an implementation may add to its header"}
					return domain.HTTPAnswer{Status: 200}, nil
				}).Times(2)
			check := build(t, c.settings, w)
			for range 2 {
				if got := check.Run(t.Context(), web()); got.Health != domain.Healthy {
					t.Error(got)
				}
			}
		})
	}
}

func TestHTTPIsHealthyForStatus200Only(t *testing.T) {
	for _, status := range []int{0, 101, 201, 204, 301, 302, 404, 500, 503} {
		w := newWorld(t)
		w.http.EXPECT().HTTP(gomock.Any(), gomock.Any()).Return(domain.HTTPAnswer{Status: status}, nil)
		check := build(t, checks.HTTP{URL: "/ping", Port: checks.FixedPort(80), Retries: new(0)}, w)
		wantVerdict(t, check.Run(t.Context(), web()),
			domain.Unhealthy.Because("GET 127.0.0.1:80/ping: status %d, only 200 is healthy", status))
	}
}

func TestHTTPSettingsAreRefused(t *testing.T) {
	good := checks.HTTP{URL: "/ping", Port: checks.FixedPort(80)}
	for sentence, c := range map[string]struct {
		change         func(*checks.HTTP)
		setting, value string
	}{
		"no URL":                     {func(h *checks.HTTP) { h.URL = "" }, "url", ""},
		"a whole URL":                {func(h *checks.HTTP) { h.URL = "http://u:pw@host/ping?k=pw" }, "url", "***@host/ping?***"},
		"a blank in the URL":         {func(h *checks.HTTP) { h.URL = "/a b" }, "url", "/a b"},
		"a broken percent sign":      {func(h *checks.HTTP) { h.URL = "/100%" }, "url", "/100%"},
		"no port":                    {func(h *checks.HTTP) { h.Port = checks.PortSpec{} }, "port", ""},
		"a port too high":            {func(h *checks.HTTP) { h.Port = checks.FixedPort(65536) }, "port", "65536"},
		"two words for a method":     {func(h *checks.HTTP) { h.Method = "GET /" }, "method", "GET /"},
		"JSON and a body":            {func(h *checks.HTTP) { h.JSON, h.Body = "{}", "pw" }, "body", "***"},
		"JSON that is none":          {func(h *checks.HTTP) { h.JSON = "{pw" }, "json", "***"},
		"a header without name":      {func(h *checks.HTTP) { h.Headers = map[string]string{"": "pw"} }, "headers", ""},
		"a header of two lines":      {func(h *checks.HTTP) { h.Headers = map[string]string{"X-A": "pw\r\nX: y"} }, "headers", "X-A"},
		"a header written two ways":  {func(h *checks.HTTP) { h.Headers = map[string]string{"X-A": "", "x-a": ""} }, "headers", "x-a"},
		"a negative timeout":         {func(h *checks.HTTP) { h.Timeout = -time.Second }, "timeout", "-1s"},
		"a negative number of tries": {func(h *checks.HTTP) { h.Retries = new(-1) }, "num_retries", "-1"},
		"too many tries":             {func(h *checks.HTTP) { h.Retries = new(101) }, "num_retries", "101"},
	} {
		t.Run(sentence, func(t *testing.T) {
			settings := good
			c.change(&settings)
			_, err := settings.Build(checks.World{})
			invalid, ok := err.(*domain.SettingError)
			if !ok || invalid.Setting != c.setting || invalid.Value != c.value || strings.Contains(err.Error(), "pw") {
				t.Errorf("got %v, want an error about %s %q", err, c.setting, c.value)
			}
		})
	}
}

func TestSettingsAreWrittenWithoutSecrets(t *testing.T) {
	all := []any{
		checks.HTTP{URL: "/ping?token=pw", Port: checks.FixedPort(80), Password: "pw", Headers: map[string]string{"A": "pw"}, Body: "pw"},
		checks.XMLRPC{SocketPath: "/run/web.sock", Username: "admin", Password: "pw"},
	}
	got := fmt.Sprintf("%+v", all)
	if want := "[http GET :80/ping?*** xmlrpc status() :/run/web.sock]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
