package app_test

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// iniSection is one of a supervisord.conf.
type iniSection struct {
	kind, name string
	settings   map[string]string
}

// help is what the program says of all topics.
func (r *readme) help(t *testing.T) string {
	t.Helper()
	say := func(args ...string) string {
		out, err := exec.Command(filepath.Join(r.bin, programName), append([]string{"help"}, args...)...).Output()
		if err != nil {
			t.Fatal(args, err)
		}
		return string(out)
	}
	_, list, _ := strings.Cut(say(), "Topics\n\n")
	list, _, _ = strings.Cut(list, "\n\n")
	all := ""
	for line := range strings.SplitSeq(list, "\n") {
		if name, _, _ := strings.Cut(strings.TrimPrefix(line, "  "), " "); name != "" {
			all += say(name)
		}
	}
	return all
}

// configuration is every section that README or a topic of help shows, once. Where several have the same name the first one counts.
func (r *readme) configuration() string {
	var all strings.Builder
	known, shown := map[string]bool{"[supervisord]": true}, false
	take := func(line string) {
		if strings.HasPrefix(line, "[") {
			shown = !known[line]
			known[line] = true
		}
		if shown {
			all.WriteString(line + "\n")
		}
	}
	for line := range strings.SplitSeq(strings.Join(r.in("ini"), "\n"), "\n") {
		take(line)
	}
	within := false // an example of a topic, which is indented and begins with a section
	for line := range strings.SplitSeq(r.topics, "\n") {
		indented, is := strings.CutPrefix(line, "    ")
		within = line == "" && within || is && (within || strings.HasPrefix(indented, "["))
		if within {
			take(indented)
		}
	}
	return all.String()
}

// sections reads the configuration as supervisord does, as far as it goes.
func (r *readme) sections(t *testing.T) []iniSection {
	t.Helper()
	var all []iniSection
	key := ""
	for line := range strings.SplitSeq(r.configuration(), "\n") {
		switch {
		case strings.TrimSpace(line) == "":
		case strings.HasPrefix(line, "["):
			kind, name, _ := strings.Cut(strings.Trim(line, "[]"), ":")
			all = append(all, iniSection{kind: kind, name: name, settings: map[string]string{}})
		case strings.HasPrefix(line, " "):
			all[len(all)-1].settings[key] += line
		default:
			var value string
			key, value, _ = strings.Cut(line, "=")
			key = strings.TrimSpace(key)
			all[len(all)-1].settings[key] = strings.TrimSpace(value)
		}
	}
	return all
}

// listeners are the sections of event listeners.
func (r *readme) listeners(t *testing.T) []iniSection {
	t.Helper()
	return slices.DeleteFunc(r.sections(t), func(s iniSection) bool { return s.kind != "eventlistener" })
}

// healthchecks are the names of our own sections.
func (r *readme) healthchecks(t *testing.T) string {
	t.Helper()
	var names []string
	for _, s := range r.sections(t) {
		if s.kind == "healthcheck" && s.name != "" { // the one without a name holds for all
			names = append(names, s.name)
		}
	}
	return strings.Join(names, " ")
}

// place puts directories of the test in place of those of a system, and makes what the configuration expects there.
func (r *readme) place(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	putFile(t, filepath.Join(dir, "probe.password"), "secret\n")
	return strings.NewReplacer("/usr/local/bin", r.bin, "/var/log/supervisor", dir, "/etc/supervisor", dir).Replace(text)
}

// commandLinesAreAccepted runs every command line without events. A shell splits them as supervisord does as long as
// there is nothing in them that only a shell knows.
func (r *readme) commandLinesAreAccepted(t *testing.T) {
	for _, s := range r.listeners(t) {
		t.Run(s.name, func(t *testing.T) {
			line := strings.ReplaceAll(r.place(t, s.settings["command"]), "%%", "%")
			if strings.ContainsAny(line, "$`~|;#") {
				t.Fatalf("%s: cannot be tested", line)
			}
			watches := s.name
			if strings.HasSuffix(line, " run") {
				file := filepath.Join(t.TempDir(), "supervisord.conf")
				putFile(t, file, r.place(t, r.configuration()))
				line, watches = line+" -c "+file, r.healthchecks(t)
			}
			status, stdout, stderr := listenOnce(t, line)
			if status != 0 || stdout != "READY\n" || scribed(stderr).tells(msgStarted, ofWatch(watches)) != 1 {
				t.Errorf("%s\nstatus %d, stdout %q, stderr:\n%s", line, status, stdout, stderr)
			}
		})
	}
}

// listenOnce runs a listener that gets no event.
func listenOnce(t *testing.T, line string, environment ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, log strings.Builder
	cmd := exec.Command("sh", "-c", "exec "+line)
	cmd.Env = append(os.Environ(), "SUPERVISOR_SERVER_URL=unix:///nonexistent", "SUPERVISOR_HEALTHCHECK_STATE_DIR="+filepath.Join(t.TempDir(), "state"))
	cmd.Env = append(cmd.Env, environment...)
	cmd.Stdout, cmd.Stderr = &out, &log
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), log.String()
}

func (r *readme) listenersAreAsRecommended(t *testing.T) {
	checks, priorities := map[string]int{}, map[string]string{}
	for _, s := range r.listeners(t) {
		set := s.settings
		switch events := set["events"]; {
		case events != "TICK_5,PROCESS_STATE" && events != "TICK_60,PROCESS_STATE",
			set["autorestart"] != "true", set["stdout_logfile"] != "NONE",
			set["stderr_logfile"] != "/var/log/supervisor/"+s.name+".log", set["redirect_stderr"] != "":
			t.Errorf("%s: %v", s.name, set)
		}
		if n, err := strconv.Atoi(set["priority"]); err != nil || n < 1000 || priorities[set["priority"]] != "" {
			t.Errorf("%s has the priority %q, as %q", s.name, set["priority"], priorities[set["priority"]])
		}
		priorities[set["priority"]] = s.name
		checks[strings.Fields(set["command"])[1]]++
	}
	want := []string{"complex", "cpu", "file", "http", "memory", "run", "tcp", "xmlrpc"}
	if got := slices.Sorted(maps.Keys(checks)); !slices.Equal(got, want) || checks["xmlrpc"] != 3 {
		t.Errorf("sections for %v, want one for each of %q and three for xmlrpc", checks, want)
	}
}
