package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A real Prometheus scrapes a listener on an address for all machines, by a token, and knows what it has done.
func TestPrometheusScrapesAListener(t *testing.T) {
	t.Parallel()
	needSupervisord(t)
	binary, err := exec.LookPath("prometheus")
	if err != nil && os.Getenv("SUPERVISOR_HEALTHCHECK_E2E") == "required" {
		t.Fatal("no prometheus on the PATH")
	} else if err != nil {
		t.Skip("no prometheus on the PATH")
	}
	ports := freePorts(t, 2)
	s := newStage(t, play{flags: fmt.Sprintf("--listen 0.0.0.0:%d", ports[0]), before: func(dir string) error {
		return os.WriteFile(filepath.Join(dir, "token"), []byte(firstToken), 0o600)
	}, listener: []string{`environment=SUPERVISOR_HEALTHCHECK_LISTEN_BEYOND_THIS_MACHINE="yes",SUPERVISOR_HEALTHCHECK_LISTEN_TOKEN_FILE="{dir}/token"`}})
	before := s.pid(s.job)
	s.fails()
	s.restartedOnce(s.job, before)
	config := fmt.Sprintf("scrape_configs:\n- job_name: healthcheck\n  scrape_interval: 1s\n  authorization:\n    credentials_file: %s\n  static_configs:\n  - targets: ['127.0.0.1:%d']\n", s.path("token"), ports[0])
	if err := os.WriteFile(s.path("prometheus.yml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	prometheus := exec.Command(binary, "--config.file="+s.path("prometheus.yml"), "--storage.tsdb.path="+s.path("tsdb"),
		fmt.Sprintf("--web.listen-address=127.0.0.1:%d", ports[1]))
	if err := prometheus.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = prometheus.Process.Kill()
		_ = prometheus.Wait()
	})
	_, name, _ := strings.Cut(s.job, ":")
	for what, query := range map[string]string{
		"the restart":             `supervisor_healthcheck_restarts_total{name="` + name + `"} == 1`,
		"how long an answer took": `supervisor_healthcheck_answer_seconds{name="` + name + `", probe="http"} > 0`,
	} {
		address := fmt.Sprintf("http://127.0.0.1:%d/api/v1/query?query=%s", ports[1], url.QueryEscape(query))
		s.within(time.Minute, func() bool {
			response, err := http.Get(address)
			if err != nil {
				return false
			}
			defer response.Body.Close()
			text, _ := io.ReadAll(response.Body)
			return strings.Contains(string(text), `"name":"`+name+`"`)
		}, "Prometheus knows of "+what)
	}
}
