package web_test

import (
	"bytes"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/domain"
)

// orders serves a listener that is told so often what to do.
func orders(t *testing.T, suspend func(names []string, lasting time.Duration, reason string) [][]domain.ID) string {
	t.Helper()
	l := newListening(t)
	l.MockSuspender.EXPECT().Suspend(cmpAny{}, cmpAny{}, cmpAny{}).DoAndReturn(suspend).AnyTimes()
	path := filepath.Join(shortDir(t), "s.sock")
	server, err := web.Open(web.Config{Socket: path, About: about()}, l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return path
}

type cmpAny struct{}

func (cmpAny) Matches(any) bool { return true }
func (cmpAny) String() string   { return "anything" }

func TestAPauseIsHandedOn(t *testing.T) {
	type call struct {
		Names   []string
		Lasting time.Duration
		Reason  string
	}
	var calls []call
	socket := orders(t, func(names []string, lasting time.Duration, reason string) [][]domain.ID {
		calls = append(calls, call{names, lasting, reason})
		if names[0] == "nobody" {
			return [][]domain.ID{nil}
		}
		return [][]domain.ID{{{Group: "web", Name: "0"}, {Group: "web", Name: "1"}}}
	})
	done, err := web.Pause(t.Context(), socket, web.Order{Names: []string{"web"}, Seconds: 900, Reason: "repair"})
	if diff := cmp.Diff([]string{"web:0", "web:1"}, done); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if done, err = web.Resume(t.Context(), socket, []string{"web"}); len(done) != 2 || err != nil {
		t.Error(done, err)
	}
	if _, err := web.Pause(t.Context(), socket, web.Order{Names: []string{"nobody"}, Seconds: 1}); !errors.Is(err, web.ErrNoSuch) {
		t.Error(err)
	}
	want := []call{{[]string{"web"}, 15 * time.Minute, "repair"}, {[]string{"web"}, 0, ""}, {[]string{"nobody"}, time.Second, ""}}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Error(diff)
	}
}

func TestABadOrderChangesNothing(t *testing.T) {
	socket := orders(t, func([]string, time.Duration, string) [][]domain.ID {
		t.Error("it was obeyed")
		return nil
	})
	for name, tt := range map[string]struct {
		path, kind, body string
		status           int
		says             string
	}{
		"no JSON type, as a page elsewhere sends it": {"/v1/pause", "text/plain", `{"names": ["web"], "seconds": 900}`, 415, "Content-Type"},
		"no JSON":                      {"/v1/pause", "application/json", `names=web`, 400, "JSON object such as"},
		"an unknown field":             {"/v1/pause", "application/json", `{"names": ["web"], "minutes": 900}`, 400, "JSON object such as"},
		"no names":                     {"/v1/pause", "application/json", `{"seconds": 900}`, 400, "names: write from 1"},
		"too many names":               {"/v1/pause", "application/json", `{"seconds": 900, "names": ["a"` + strings.Repeat(`,"a"`, 1000) + `]}`, 400, "names: write from 1"},
		"no time":                      {"/v1/pause", "application/json", `{"names": ["web"]}`, 400, "seconds 0: write how long"},
		"for ever":                     {"/v1/pause", "application/json", `{"names": ["web"], "seconds": 1e12}`, 400, "seconds 1e+12: write how long"},
		"backwards":                    {"/v1/pause", "application/json", `{"names": ["web"], "seconds": -1}`, 400, "seconds -1: write how long"},
		"a reason of two lines":        {"/v1/pause", "application/json", `{"names": ["web"], "seconds": 1, "reason": "a\nb"}`, 400, "reason: write one line"},
		"a long reason":                {"/v1/pause", "application/json", `{"names": ["web"], "seconds": 1, "reason": "` + strings.Repeat("x", 201) + `"}`, 400, "reason: write one line"},
		"an endless order":             {"/v1/pause", "application/json", `{"names": ["` + strings.Repeat("x", 70<<10), 400, "JSON object such as"},
		"resume has no time":           {"/v1/resume", "application/json", `{"names": ["web"], "seconds": 1}`, 400, "names and nothing else"},
		"an order is not asked by GET": {"/v1/pause", "GET", "", 405, ""},
	} {
		t.Run(name, func(t *testing.T) {
			method := "POST"
			if tt.kind == "GET" {
				method = "GET"
			}
			request, err := http.NewRequestWithContext(t.Context(), method, "http://x"+tt.path, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", tt.kind)
			response, err := client(socket).Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			var body bytes.Buffer
			if _, err := body.ReadFrom(response.Body); err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != tt.status || !strings.Contains(body.String(), tt.says) {
				t.Errorf("%d %s", response.StatusCode, body.String())
			}
		})
	}
}
