package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supervisor-healthcheck/app/config"
)

// machine is a folder that looks like the kernel's own, with some processes, and files of supervisord.
type machine struct {
	t    *testing.T
	root string
}

func (m machine) process(pid, parent int, cwd, pwd string, args ...string) {
	m.t.Helper()
	dir := filepath.Join(m.root, "proc", fmt.Sprint(pid))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		m.t.Fatal(err)
	}
	for name, text := range map[string]string{
		"cmdline": strings.ReplaceAll(strings.Join(args, "\x00"), "ROOT", m.root) + "\x00",
		"stat":    fmt.Sprintf("%d (a ) b) S %d 1 1", pid, parent),
		"environ": "A=b\x00PWD=" + m.root + pwd + "\x00",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			m.t.Fatal(err)
		}
	}
	if err := os.Symlink(m.root+cwd, filepath.Join(dir, "cwd")); err != nil {
		m.t.Fatal(err)
	}
}

func TestTheFileOfTheSupervisordThatRunsUsIsFound(t *testing.T) {
	for name, test := range map[string]struct {
		args  string
		files string
		want  string
	}{
		"its -c":                        {"/usr/bin/python3 /usr/bin/supervisord -c /my.conf", "", "/my.conf"},
		"as one word":                   {"/usr/bin/python3 /usr/bin/supervisord -nc/my.conf", "", "/my.conf"},
		"behind other options":          {"supervisord -n -l /log -e debug -c /my.conf", "", "/my.conf"},
		"a value that looks like it":    {"supervisord -l -c -c /my.conf", "", "/my.conf"},
		"a long option":                 {"supervisord --nodaemon --configuration /my.conf", "", "/my.conf"},
		"a long option with =":          {"supervisord --logfile=x --configuration=/my.conf", "", "/my.conf"},
		"a long option with its value":  {"supervisord --logfile --config --conf=/my.conf", "", "/my.conf"},
		"a module":                      {"python3 -m supervisor.supervisord -c /my.conf", "", "/my.conf"},
		"where its shell was":           {"supervisord -c conf/my.conf", "/home/conf/my.conf", "ROOT/home/conf/my.conf"},
		"where it is":                   {"supervisord -c conf/my.conf", "/work/conf/my.conf", "ROOT/work/conf/my.conf"},
		"beside its program":            {"python3 ROOT/opt/bin/supervisord", "/opt/etc/supervisord.conf /work/supervisord.conf", "ROOT/opt/etc/supervisord.conf"},
		"above its program":             {"python3 ROOT/opt/bin/supervisord", "/opt/supervisord.conf /work/supervisord.conf", "ROOT/opt/supervisord.conf"},
		"in its folder":                 {"supervisord", "/work/supervisord.conf /etc/supervisord.conf", "ROOT/work/supervisord.conf"},
		"in etc of its folder":          {"supervisord", "/work/etc/supervisord.conf /etc/supervisord.conf", "ROOT/work/etc/supervisord.conf"},
		"in /etc":                       {"supervisord", "/etc/supervisord.conf /etc/supervisor/supervisord.conf", "ROOT/etc/supervisord.conf"},
		"as Debian has it":              {"supervisord -n", "/etc/supervisor/supervisord.conf", "ROOT/etc/supervisor/supervisord.conf"},
		"no supervisord, so in /etc":    {"bash", "/etc/supervisor/supervisord.conf", "ROOT/etc/supervisor/supervisord.conf"},
		"no supervisord and no file":    {"bash", "", "no supervisord.conf was found at HERE/supervisord.conf, HERE/etc/supervisord.conf, ROOT/etc/supervisord.conf, ROOT/etc/supervisor/supervisord.conf; name it with -c FILE"},
		"a supervisord that tells none": {"supervisord", "", "no supervisord.conf was found at ROOT/home/etc/supervisord.conf, ROOT/work/etc/supervisord.conf, ROOT/home/supervisord.conf, ROOT/work/supervisord.conf, ROOT/etc/supervisord.conf, ROOT/etc/supervisor/supervisord.conf; name it with -c FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			m := machine{t, t.TempDir()}
			m.process(1, 0, "/", "/", "init")
			m.process(20, 1, "/work", "/home", strings.Fields(test.args)...)
			m.process(30, 20, "/", "/", "sh", "-c", "supervisor-healthcheck run")
			for file := range strings.FieldsSeq(test.files) {
				if err := os.MkdirAll(filepath.Dir(m.root+file), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(m.root+file, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, err := config.Finder{Proc: m.root + "/proc", Parent: 30, Root: m.root}.Find()
			if err != nil {
				got = err.Error()
			}
			here, _ := os.Getwd()
			want := strings.NewReplacer("ROOT", m.root, "HERE", here).Replace(test.want)
			if got != want {
				t.Errorf("found %s, want %s", got, want)
			}
		})
	}
}
