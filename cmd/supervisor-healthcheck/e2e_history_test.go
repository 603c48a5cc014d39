package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// sampled is a sample of /v1/history.
type sampled struct {
	Condition string
	Measures  []struct {
		Check, Of string
		Value     float64
	}
}

// served reads a document of the listener, whose socket is in the directory of the journal. It is false as long as nobody serves it.
func (s *stage) served(path string, document any) bool {
	s.t.Helper()
	sockets, err := filepath.Glob(s.path("state/*.sock"))
	if err != nil || len(sockets) != 1 {
		return false
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", sockets[0])
	}
	client := http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}, Timeout: 20 * time.Second}
	answer, err := client.Get("http://listener" + path)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	return answer.StatusCode == http.StatusOK && json.NewDecoder(answer.Body).Decode(document) == nil
}

// What was measured is there at once, and outlives the listener, with the worst of each time.
func TestSamplesOutliveTheListener(t *testing.T) {
	t.Parallel()
	s := newStage(t, play{})
	before := s.pid(s.job)
	s.fails()
	s.restartedOnce(s.job, before)
	s.rpc("supervisor.stopProcess", "check:check", true)
	s.rpc("supervisor.startProcess", "check:check", true)
	s.ready()
	var one struct{ Samples []sampled }
	s.ticksUntil(func() bool {
		query := "/v1/history?process=" + url.QueryEscape(s.job)
		return s.served(query, &one) && len(one.Samples) > 1 && one.Samples[len(one.Samples)-1].Condition == "healthy"
	})
	if !slices.ContainsFunc(one.Samples[:len(one.Samples)-1], func(x sampled) bool { return x.Condition == "unhealthy" || x.Condition == "restarting" }) {
		t.Errorf("the life before has not kept the trouble: %+v", one.Samples)
	}
	if last := one.Samples[len(one.Samples)-1]; len(last.Measures) == 0 || last.Measures[0].Of != "answer" || last.Measures[0].Value <= 0 {
		t.Errorf("%+v", last)
	}
	var all struct{ Processes map[string]string }
	if !s.served("/v1/history", &all) || len(all.Processes[s.job]) != 144 || !strings.ContainsAny(all.Processes[s.job], "ur") || strings.Trim(all.Processes[s.other], ".h") != "" {
		t.Errorf("%+v", all)
	}
	var settings struct{ Watches []struct{ Name string } }
	if !s.served("/v1/settings?process="+url.QueryEscape(s.job), &settings) || len(settings.Watches) != 1 {
		t.Errorf("%+v", settings)
	}
}
