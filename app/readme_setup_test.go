package app_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// setup are the commands of the first set-up, in their order.
func (r *readme) setup(t *testing.T) []string {
	t.Helper()
	_, part, _ := strings.Cut(r.text, "\n## First set-up\n")
	part, _, _ = strings.Cut(part, "\n## ")
	var commands []string
	for _, text := range r.in("sh") {
		if strings.Contains(part, "```sh\n"+text) {
			commands = append(commands, text)
		}
	}
	if len(commands) != 5 || commands[0] != r.shell(t, installCommand) {
		t.Fatalf("the first set-up is %q", commands)
	}
	return commands
}

// setsUp does what the first set-up says, with a service that then hangs: it is said what would be done, and then it is done.
func (r *readme) setsUp(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it takes some twenty seconds")
	}
	need(t, "python3")
	need(t, "supervisorctl")
	dir, port := t.TempDir(), freePort(t)
	putFile(t, filepath.Join(dir, "web.py"), pythonService)
	bad := filepath.Join(dir, "bad")
	s := startSupervisord(t, fmt.Sprintf("[supervisorctl]\nserverurl=unix://%%(here)s/s.sock\n\n[include]\nfiles=conf.d/*.conf\n\n[healthcheck]\ninterval = 0\n\n[program:web]\ncommand=python3 %s/web.py %d %s\n", dir, port, bad))
	sections, log := filepath.Join(s.dir, "conf.d", "healthcheck.conf"), filepath.Join(s.dir, "healthcheck.log")
	if err := os.Mkdir(filepath.Dir(sections), 0o755); err != nil {
		t.Fatal(err)
	}
	run := func(command string) {
		t.Helper()
		command = strings.NewReplacer("/etc/supervisor/conf.d", filepath.Dir(sections)).Replace(command)
		runShell(t, s.dir, command, "PATH="+r.bin+":"+os.Getenv("PATH"))
	}
	s.waitFor(t, s.output, func() bool { return s.states(t)["web"] == "RUNNING" && listens(port) })

	commands := r.setup(t)[1:]
	run(commands[0])
	proposed := sourceText(t, sections)
	if !strings.Contains(proposed, "http = http://127.0.0.1:"+strconv.Itoa(port)+"/") || !strings.Contains(proposed, "\nmode = observe\n") {
		t.Fatalf("it proposes:\n%s", proposed)
	}
	run(commands[1]) // which fails unless all is healthy
	says := func(signs ...sign) { t.Helper(); s.waitFor(t, log, func() bool { return loggedIn(log, signs...) }) }
	hangs := func() { // once it was seen to be well, which ends its grace
		t.Helper()
		os.Remove(bad + ".asked")
		s.waitFor(t, log, func() bool { _, err := os.Stat(bad + ".asked"); return err == nil })
		putFile(t, bad, "")
	}
	run(commands[2])
	says(msgWatching)
	hangs()
	says(msgUnhealthy, onlyObserved())
	os.Remove(bad)
	putFile(t, sections, strings.ReplaceAll(proposed, "\nmode = observe\n", "\n"))
	run(commands[3])
	says(msgReloaded)
	hangs()
	says(msgStop, of("web"))
	os.Remove(bad)
	says(msgRestarted, of("web"))
}

// listens reports whether somebody accepts connections there.
func listens(port int) bool {
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err == nil {
		conn.Close()
	}
	return err == nil
}

// loggedIn reports whether a line of the file has all the signs.
func loggedIn(file string, signs ...sign) bool {
	text, _ := os.ReadFile(file)
	return scribed(string(text)).tells(signs...) > 0
}
