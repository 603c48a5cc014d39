package discovery_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supervisor-healthcheck/app/discovery"
)

// machine is a folder that looks like the kernel's own, with some processes, and files of supervisord.
type machine struct {
	t    *testing.T
	root string
}

// files are some of supervisord.
func (m machine) files(paths ...string) {
	m.t.Helper()
	for _, path := range paths {
		if err := os.MkdirAll(filepath.Dir(m.root+path), 0o700); err != nil {
			m.t.Fatal(err)
		}
		if err := os.WriteFile(m.root+path, nil, 0o600); err != nil {
			m.t.Fatal(err)
		}
	}
}

// finder looks as the process 30 does.
func (m machine) finder() discovery.Finder {
	return discovery.Finder{Proc: m.root + "/proc", Parent: 30, Root: m.root}
}

// found is what has come of looking, with ROOT for the folder of the machine and HERE for ours.
func (m machine) found(found discovery.Found, err error) string {
	text := found.Path
	if found.Asked {
		text += " asked"
	}
	if err != nil {
		text = err.Error()
	}
	here, _ := os.Getwd()
	return strings.NewReplacer(m.root, "ROOT", here, "HERE").Replace(text)
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
			m.files(strings.Fields(test.files)...)
			for _, listener := range []bool{false, true} {
				f := m.finder()
				f.Listener = listener
				if got := m.found(f.Find()); got != test.want {
					t.Errorf("found %s, want %s", got, test.want)
				}
			}
		})
	}
}

// The one who asks is below a supervisord of its own, or is not; 40 is another one, 50 is none, and 60 is one of another name.
func TestTheFileOfTheSupervisordThatIsAsked(t *testing.T) {
	refused := errors.New("connection refused")
	for name, test := range map[string]struct {
		below    string // our ancestor
		pid      int
		err      error
		listener bool
		want     string
	}{
		"another than our ancestor":              {below: "supervisord -c /own.conf", pid: 40, want: "ROOT/work/other.conf asked"},
		"our ancestor":                           {below: "supervisord -c /own.conf", pid: 20, want: "/own.conf asked"},
		"our ancestor under another name":        {below: "python3 -u ROOT/bin/.wrapped -n -c /own.conf", pid: 20, want: "/own.conf asked"},
		"our ancestor, which is no script":       {below: "/opt/sv -c /own.conf", pid: 20, want: "/own.conf asked"},
		"another name that is no ancestor":       {below: "bash", pid: 60, want: "ROOT/etc/supervisord.conf"},
		"who does not answer":                    {below: "supervisord -c /own.conf", err: refused, want: "/own.conf"},
		"who does not answer, without ancestors": {below: "bash", err: refused, want: "ROOT/etc/supervisord.conf"},
		"a pid that is somebody else's here":     {below: "supervisord -c /own.conf", pid: 50, want: "/own.conf"},
		"a pid that nobody has here":             {below: "bash", pid: 99, want: "ROOT/etc/supervisord.conf"},
		"a listener knows its ancestor":          {below: "supervisord -c /own.conf", pid: 40, listener: true, want: "/own.conf"},
		"a listener that does not":               {below: "/opt/sv --configuration=/own.conf", pid: 20, listener: true, want: "/own.conf asked"},
		"a listener that nobody tells":           {below: "/opt/sv -c /own.conf", err: refused, listener: true, want: "ROOT/etc/supervisord.conf"},
	} {
		t.Run(name, func(t *testing.T) {
			m := machine{t, t.TempDir()}
			m.process(1, 0, "/", "/", "init")
			m.process(20, 1, "/work", "/home", strings.Fields(test.below)...)
			m.process(30, 20, "/", "/", "sh")
			m.process(40, 1, "/work", "/work", "/usr/bin/python3", "/usr/bin/supervisord", "-nc", "other.conf")
			m.process(50, 1, "/work", "/work", "nginx", "-c", "/nginx.conf")
			m.process(60, 1, "/work", "/work", "/opt/sv", "-c", "/sv.conf")
			m.files("/etc/supervisord.conf", "/work/other.conf")
			f := m.finder()
			f.Listener, f.Ask = test.listener, func() (int, error) { return test.pid, test.err }
			if got := m.found(f.Find()); got != test.want {
				t.Errorf("found %s, want %s", got, test.want)
			}
		})
	}
}
