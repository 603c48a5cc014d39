package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// However supervisord was told of its file, all commands find it: its listener because it is a child, and whoever calls by hand, from
// elsewhere and with nothing but the address, by asking for the pid.
func TestTheFileIsFoundUnderSupervisord(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args, file string
		more       string // the beginning of the file
	}{
		"a relative -c":                   {args: "-n -c conf", file: "conf"},
		"a -c that is glued":              {args: "-nc{dir}/conf", file: "conf"},
		"a long option":                   {args: "--nodaemon --configuration={dir}/conf", file: "conf"},
		"a relative long option":          {args: "--configuration ./conf", file: "conf"},
		"none, and one in its folder":     {file: "supervisord.conf"},
		"none, and one in etc of it":      {file: "etc/supervisord.conf"},
		"a server that wants to know who": {args: "-c conf", file: "conf", more: "username=me\npassword=p%%w"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t, strings.Replace(baseConfig(), "file={dir}/s.sock", "file={dir}/s.sock\n"+test.more, 1)+service("idle", "{bin}/fixture idle")+
				"[healthcheck:idle]\nmemory = 1GB\n"+listener("{bin}/supervisor-healthcheck run"))
			path := s.path(test.file)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(s.path("conf"), path); err != nil {
				t.Fatal(err)
			}
			s.startWith(strings.Fields(strings.ReplaceAll(test.args, "{dir}", s.dir)))
			s.eventually(func() bool { return strings.Contains(s.stderr("check"), "config="+path) }, "the listener finds %s", path)

			url := "SUPERVISOR_SERVER_URL=unix://" + s.socket
			elsewhere, secret := t.TempDir(), ""
			if test.more != "" {
				secret = "p%w"
			}
			env := []string{url, "SUPERVISOR_USERNAME=me", "SUPERVISOR_PASSWORD=" + secret}
			out, stderr, status := s.byHandIn(elsewhere, env, "check-config", "--json")
			var explained struct{ File string }
			if err := json.Unmarshal([]byte(out), &explained); err != nil || explained.File != path || status != exitOK {
				t.Errorf("check-config: status %d, %s, %v\n%s", status, explained.File, err, stderr)
			}
			s.eventually(func() bool {
				out, stderr, status = s.byHandIn(elsewhere, env, "try", "idle")
				return status == exitOK && strings.Contains(out, "idle     memory  healthy")
			}, "try judges idle")
			if out, stderr, status = s.byHandIn(elsewhere, env, "init"); status != exitOK || out != "" || !strings.Contains(stderr, "idle: it has a section already, at "+path) {
				t.Errorf("init: status %d\n%s%s", status, out, stderr)
			}
			if test.more == "" {
				if _, stderr, status = s.byHandIn(elsewhere, nil, "init", "--serverurl", "unix://"+s.socket); status != exitOK || !strings.Contains(stderr, "idle: it has a section already, at "+path) {
					t.Errorf("init --serverurl: status %d\n%s", status, stderr)
				}
			}
		})
	}
}
