package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supervisor-healthcheck/app/config"
	"supervisor-healthcheck/domain/checks"
)

// Whatever stands in a file, it is read without a panic; what is good can be built, and what is wrong has a place and a reason.
func FuzzSections(f *testing.F) {
	for _, text := range []string{
		"http = http://127.0.0.1:80%(process_num)02d/ping\nhttp.timeout = 5s\nmemory = 800MB\nstart_grace = 1m",
		"http/a = http://unix:/run/x.sock:/ping\nhttp/a.headers = Accept: text/plain\n  X: y\ncpu = 90% for 10m",
		"xmlrpc = http://unix:/run/x.sock:/RPC2\nxmlrpc.password_file = /none\ntcp = unix:/run/x\nheartbeat = file %(here)s/%(process_name)s 60s",
		"select = web, api:*, jobs:job, *\npolicy = drop-in\nrecover = fatal,exited\nmass_failure = 50%",
		"[healthcheck]\nlog_level = debug\nusername = me\n[healthcheck:api]\nmemory = %(ENV_X)s%%",
		"http.port = .+_(\\d+)\nhttp.path = /x\nhttp = %(\n[DEFAULT]\nx = %(here)s",
	} {
		f.Add(text)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "files") || strings.Contains(text, "FILES") { // of the machine that this runs on
			return
		}
		path := filepath.Join(dir, "x.conf")
		if err := os.WriteFile(path, []byte("[healthcheck:web]\n"+text+programs), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(path, environment("X=7"))
		if err != nil {
			return
		}
		for _, err := range append(c.Wrong, c.Unmatched...) {
			p, ok := errors.AsType[*config.Problem](err)
			if !ok || p.File != path || p.Line < 1 || p.Why == "" || strings.Contains(p.Error(), "\n") {
				t.Errorf("%q", err)
			}
		}
		if c.Err() != nil {
			return
		}
		for _, w := range c.Watches {
			if w.Select.Empty() || len(w.Checks) == 0 {
				t.Errorf("%+v", w)
			}
			for _, settings := range w.Checks {
				if _, err := settings.Build(checks.World{}); err != nil {
					t.Error(err)
				}
			}
		}
		if r, err := config.NewCurrent(c, environment("X=7")).Options().Reload(); err != nil || len(r.From) != len(c.Watches) {
			t.Error(r, err)
		} else {
			for i, from := range r.From {
				if from != i {
					t.Errorf("the same text is another watch: %v", r.From)
				}
			}
		}
	})
}
