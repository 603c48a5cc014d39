package journal_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/domain"
)

func TestWhatSupervisordsThatAreGoneHaveLeftIsRemoved(t *testing.T) {
	const another = "http://127.0.0.1:9001"
	name := journal.FileName(another)
	// content is a file of a supervisord, kept so long ago, with a history and what else is given.
	content := func(server string, ago time.Duration, more string) string {
		return fmt.Sprintf(`{"version": 2, "server": %q, "histories": [{"listener": {}, "process": {}, "boots": ["1s"], "kept": {"time": %q, "uptime": "0s"}}]%s}`,
			server, time.Now().Add(-ago).UTC().Format(time.RFC3339), more)
	}
	debt := fmt.Sprintf(`, "unfinished_restarts": [%s]`, entry(web))
	gone := "unix:///nonexistent/supervisor.sock"
	file := func(name, content string, age time.Duration) func(dir string) error {
		return func(dir string) error {
			path := filepath.Join(dir, name)
			return errors.Join(os.WriteFile(path, []byte(content), 0o600), os.Chtimes(path, time.Now(), time.Now().Add(-age)))
		}
	}
	mkdir := func(name string) func(dir string) error {
		return func(dir string) error { return os.Mkdir(filepath.Join(dir, name), 0o700) }
	}
	aged := func(name string, age time.Duration) func(dir string) error {
		return func(dir string) error {
			return os.Chtimes(filepath.Join(dir, name), time.Now(), time.Now().Add(-age))
		}
	}
	// debtOf is a file with a debt of this very process.
	debtOf := func(server string) string {
		j := journal.OpenPatient(journal.Config{Dir: t.TempDir(), ServerURL: server, Owner: bob}, 30*time.Second)
		must(t, j.Write(t.Context(), stopSent(web)))
		return text(t, j.Path())
	}
	for what, test := range map[string]struct {
		make []func(dir string) error
		name string // default: of another
		left bool
		root bool
	}{
		"a lock alone": {make: []func(string) error{file(name+".lock", "", 2*time.Hour)}},
		"a lock alone that was used a moment ago":   {make: []func(string) error{file(name+".lock", "", time.Minute)}, left: true},
		"a temporary file alone":                    {make: []func(string) error{file(name+".tmp", "", 2*time.Hour)}},
		"histories that are of use":                 {make: []func(string) error{file(name, content(another, 20*day, ""), 20*day), file(name+".lock", "", 20*day)}, left: true},
		"histories that are of no use":              {make: []func(string) error{file(name, content(another, 31*day, ""), 2*time.Hour), file(name+".lock", "", 2*time.Hour)}},
		"histories of no use, used a moment ago":    {make: []func(string) error{file(name, content(another, 31*day, ""), 31*day), file(name+".lock", "", time.Minute)}, left: true},
		"a debt of 20 days":                         {make: []func(string) error{file(name, content(another, 0, debt), 20*day)}, left: true},
		"a debt of 31 days":                         {make: []func(string) error{file(name, content(another, 0, debt), 31*day)}},
		"a debt of 31 days whose owner lives":       {make: []func(string) error{file(name, debtOf(another), 31*day)}, left: true},
		"a socket that is gone, after a day":        {name: journal.FileName(gone), make: []func(string) error{file(journal.FileName(gone), content(gone, 0, debt), day)}, left: true},
		"a socket that is gone, after three days":   {name: journal.FileName(gone), make: []func(string) error{file(journal.FileName(gone), content(gone, 0, debt), 3*day)}},
		"the same, but the owner of a debt lives":   {name: journal.FileName(gone), make: []func(string) error{file(journal.FileName(gone), debtOf(gone), 3*day)}, left: true},
		"what cannot be understood, after 20 days":  {make: []func(string) error{file(name, "{", 20*day)}, left: true},
		"what cannot be understood, after 31 days":  {make: []func(string) error{file(name, "{", 31*day)}},
		"a file of another name, after three days":  {make: []func(string) error{file(name, content(gone, 0, debt), 3*day)}, left: true},
		"what was moved aside, after 20 days":       {make: []func(string) error{file(name+".bad", "", 20*day), file(name+".lock.bad", "", 20*day)}, left: true},
		"what was moved aside, after 31 days":       {make: []func(string) error{file(name+".bad", "", 31*day), file(name+".lock.bad", "", 31*day)}},
		"what was put aside, after 20 days":         {make: []func(string) error{mkdir(name + ".aside"), file(name+".aside/7-8", "{", 20*day), aged(name+".aside", 20*day)}, left: true},
		"what was put aside, after 31 days":         {make: []func(string) error{mkdir(name + ".aside"), file(name+".aside/7-8.tmp", "{", 31*day), file(name+".aside/7-8", "{", 31*day)}, left: true},
		"where something was put aside":             {make: []func(string) error{mkdir(name + ".aside"), aged(name+".aside", 2*time.Hour)}},
		"where something was put aside just now":    {make: []func(string) error{mkdir(name + ".aside")}, left: true},
		"a file in the place of that":               {make: []func(string) error{file(name+".aside", "", time.Minute)}, left: true},
		"a link":                                    {make: []func(string) error{func(dir string) error { return os.Symlink("nowhere", filepath.Join(dir, name)) }}, left: true},
		"a pipe":                                    {make: []func(string) error{func(dir string) error { return unix.Mkfifo(filepath.Join(dir, name+".lock"), 0o600) }, file(name, "{", 31*day)}, left: true},
		"a file of another user":                    {make: []func(string) error{file(name, "{", 31*day), func(dir string) error { return os.Chown(filepath.Join(dir, name), somebody, -1) }}, left: true, root: true},
		"what is none of ours":                      {name: "supervisord.json", make: []func(string) error{file("supervisord.json", "{", 31*day)}, left: true},
		"what has a name that only begins like one": {name: name + ".lock.old", make: []func(string) error{file(name+".lock.old", "{", 31*day)}, left: true},
	} {
		t.Run(what, func(t *testing.T) {
			if test.root && os.Geteuid() != 0 {
				t.Skip("needs root to give something away")
			}
			j := open(t, t.TempDir(), alice)
			for _, f := range test.make {
				must(t, f(j.Dir))
			}
			before := names(t, j.Dir)
			if test.name == "" {
				test.name = name
			}
			must(t, j.Write(t.Context(), stopSent(web)))
			until(t, "idle", j.Idle)
			var left []string
			for _, n := range names(t, j.Dir) {
				if strings.HasPrefix(n, test.name) {
					left = append(left, n)
				}
			}
			if !test.left {
				before = nil
			}
			if diff := cmp.Diff(before, left); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]domain.Restart{stopSent(web)}, unfinished(t, open(t, j.Dir, alice)), alike()); diff != "" {
				t.Error("our own journal:", diff)
			}
		})
	}
}

func TestSocketThatIsThereKeepsWhatItsSupervisordHasLeft(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	listening, err := net.Listen("unix", "s")
	must(t, err)
	defer listening.Close()
	living := journal.OpenPatient(journal.Config{Dir: filepath.Join(dir, "state"), ServerURL: "unix://" + dir + "/s", Owner: bob}, 30*time.Second)
	must(t, living.Keep(t.Context(), one(web, domain.History{Boots: []time.Duration{time.Second}})))
	past := time.Now().Add(-10 * day)
	for _, ending := range []string{"", ".lock"} {
		must(t, os.Chtimes(living.Path()+ending, past, past))
	}
	j := open(t, living.Dir, alice)
	must(t, j.Write(t.Context(), stopSent(web)))
	until(t, "idle", j.Idle)
	if len(histories(t, living)) != 1 {
		t.Error("they are gone")
	}
	info, err := os.Stat(living.Path() + ".lock")
	must(t, err)
	if time.Since(info.ModTime()) > time.Hour {
		t.Error("that it is used cannot be seen")
	}
}

func TestLockOfAnotherListenerIsNotTakenAway(t *testing.T) {
	other := journal.OpenPatient(journal.Config{Dir: t.TempDir(), ServerURL: "http://127.0.0.1:9001", Owner: bob}, 30*time.Second)
	defer lockOf(t, other)()
	past := time.Now().Add(-40 * day)
	must(t, os.Chtimes(other.Path()+".lock", past, past))
	j := open(t, other.Dir, alice)
	must(t, j.Write(t.Context(), stopSent(web)))
	until(t, "idle", j.Idle)
	if _, err := os.Stat(other.Path() + ".lock"); err != nil {
		t.Error(err)
	}
}

func TestNamesOfWhatStandsInTheDirectory(t *testing.T) {
	const journalName = "supervisord-0123456789ab.json"
	for _, ending := range []string{"", ".lock", ".tmp", ".bad", ".lock.bad", ".tmp.bad", ".aside"} {
		if name, got, ours := journal.Parts(journalName + ending); name != journalName || got != ending || !ours {
			t.Errorf("%s%s: got %q, %q, %v", journalName, ending, name, got, ours)
		}
	}
	for _, other := range []string{
		"", "supervisord-.json", "supervisord-0123456789a.json", "supervisord-0123456789abc.json", "supervisord-0123456789aB.json",
		"x" + journalName, "0123456789ab.json", "supervisord-0123456789ab", "supervisord-0123456789ab-00000000-events.jsonl",
		journalName + "x", journalName + ".lock.tmp", journalName + ".aside.bad", journalName + ".1-22.aside", journalName + "aside",
	} {
		if name, ending, ours := journal.Parts(other); ours {
			t.Errorf("%s is taken for %s of %s", other, ending, name)
		}
	}
}

func TestWhatWasPutAsideLongAgoIsRemoved(t *testing.T) {
	j := open(t, t.TempDir(), alice)
	dir := j.Path() + ".aside"
	must(t, os.Mkdir(dir, 0o700))
	for name, age := range map[string]time.Duration{"1-2": 20 * day, "3-4": 31 * day, "5-6.tmp": 31 * day, "other": 31 * day} {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte("{"), 0o600))
		must(t, os.Chtimes(path, time.Now(), time.Now().Add(-age)))
	}
	must(t, j.Write(t.Context(), stopSent(web)))
	until(t, "idle", j.Idle)
	if diff := cmp.Diff([]string{"1-2", "other"}, names(t, dir)); diff != "" {
		t.Error(diff)
	}
}
