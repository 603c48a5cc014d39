package app

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/history"
	"supervisor-healthcheck/adapters/metrics"
	"supervisor-healthcheck/domain"
)

// obedient is a listener that must not be told anything.
type obedient struct{ t *testing.T }

func (obedient) Snapshot() domain.Snapshot { return domain.Snapshot{} }

func (o obedient) Suspend([]string, time.Duration, string) [][]domain.ID {
	o.t.Error("somebody who looks has changed something")
	return nil
}

// Whatever is served may be looked at by anybody who is let in, and by whatever fetches links in advance.
func TestWhoOnlyLooksChangesNothing(t *testing.T) {
	dir, err := os.MkdirTemp("", "app")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	v := views{counted: metrics.New("1"), kept: history.New(), settings: NewSettings(nil)}
	v.kept.Keep(history.Config{Warn: func(err error) { t.Error(err) }})
	defer v.kept.Close()
	v.counted.Show(obedient{t})
	server, err := Options{Socket: filepath.Join(dir, "s")}.serve(obedient{t}, v, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(dir, "s"))
	}}}
	defer client.CloseIdleConnections()
	var orders []string
	for _, pattern := range server.Patterns() {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.TrimSuffix(path, "{$}")
		want := 200
		if method != "GET" {
			orders = append(orders, pattern)
			want = http.StatusMethodNotAllowed
		}
		for _, asked := range []string{"GET", "HEAD"} {
			for _, query := range []string{"", "?names=web&seconds=900", "?_method=POST"} {
				request, err := http.NewRequestWithContext(t.Context(), asked, "http://x"+path+query, nil)
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("X-HTTP-Method-Override", "POST")
				response, err := client.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				response.Body.Close()
				if got := response.StatusCode; got != want && (path != "/healthz" || got != 503) {
					t.Errorf("%s %s%s: %d, want %d", asked, path, query, got, want)
				}
			}
		}
	}
	if want := []string{"POST /v1/pause", "POST /v1/resume"}; !slices.Equal(orders, want) {
		t.Errorf("orders are %q", orders)
	}
}

// A socket for others is of no use in a directory that they may not enter. One that somebody has named stays as it is.
func TestTheDirectoryOfASocketForOthersIsOpenedIfItIsOurs(t *testing.T) {
	for name, tt := range map[string]struct {
		options Options
		want    os.FileMode
	}{
		"for its owner":                         {Options{}, 0o700},
		"for its owner, as somebody says":       {Options{SocketMode: 0o600}, 0o700},
		"for a group":                           {Options{SocketMode: 0o660}, 0o755},
		"for a group, in a directory of theirs": {Options{SocketMode: 0o660, StateDir: "/named"}, 0o700},
	} {
		t.Run(name, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "app")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(dir)
			v := views{counted: metrics.New("1"), kept: history.New(), settings: NewSettings(nil)}
			server, err := tt.options.serve(obedient{t}, v, filepath.Join(dir, "own"), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != tt.want {
				t.Errorf("%v %v, want %s", info.Mode(), err, tt.want)
			}
		})
	}
}
