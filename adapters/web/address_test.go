package web_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"supervisor-healthcheck/adapters/web"
)

func TestOverTCPItIsSeenAsThisMachineAloneAndTakesNoOrders(t *testing.T) {
	l := newListening(t)
	l.MockViewer.EXPECT().Snapshot().DoAndReturn(world).AnyTimes()
	extra := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "extra") })
	server, err := web.Open(web.Config{Address: "127.0.0.1:0", About: about(), Pages: map[string]http.Handler{"GET /metrics": extra}}, l)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	base := "http://" + server.Address().String()
	for name, tt := range map[string]struct {
		method, path, host string
		status             int
	}{
		"the status":                      {"GET", "/v1/status", "", 200},
		"what is served besides":          {"GET", "/metrics", "", 200},
		"as localhost":                    {"GET", "/v1/status", "localhost:9117", 200},
		"as localhost in IPv6":            {"GET", "/v1/status", "[::1]:9117", 200},
		"as 127.0.0.2, which is this too": {"GET", "/v1/status", "127.0.0.2", 200},
		"as a name that resolves to this": {"GET", "/v1/status", "evil.example", 421},
		"as a name that looks like this":  {"GET", "/v1/status", "localhost.evil.example", 421},
		"as another machine":              {"GET", "/v1/status", "10.0.0.1:9117", 421},
		"an order":                        {"POST", "/v1/pause", "", 403},
		"an order by another name":        {"POST", "/v1/pause", "evil.example", 421},
		"something that nobody knows":     {"GET", "/etc/passwd", "", 404},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), tt.method, base+tt.path, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			request.Host = tt.host
			request.Header.Set("Content-Type", "application/json")
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != tt.status {
				t.Errorf("%d, want %d", response.StatusCode, tt.status)
			}
		})
	}
	if _, err := web.Open(web.Config{Address: server.Address().String()}, l); err == nil || !strings.HasPrefix(err.Error(), "listen 127.0.0.1:") {
		t.Errorf("two listen at one address: %v", err)
	}
}
