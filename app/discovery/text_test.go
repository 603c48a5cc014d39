package discovery

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/domain"
)

func TestText(t *testing.T) {
	f := Findings{
		Sections: []Section{
			{Name: "web", Seen: []string{"web: seen", "and more\n[program:evil]"}, Settings: []Setting{{"http", "http://127.0.0.1:80%(process_num)02d/"}, {"mode", "observe"}}},
			{Name: "odd", Seen: []string{"odd: nothing"}},
		},
		Resting: []string{"cron (EXITED)"}, Priority: 1002,
	}
	want := `; Seen by supervisor-healthcheck init under unix:///run/s.sock.
; In mode = observe nothing is restarted: the log says what would be done. When that is right, take the line away.
; A limit of memory is 4 times what is used now, and at least 100 MB.

; web: seen
; and more?[program:evil]
[healthcheck:web]
http = http://127.0.0.1:80%(process_num)02d/
mode = observe

; odd: nothing

; These do not run, so nothing was seen of them: cron (EXITED)

; the one listener for all sections
[eventlistener:healthcheck]
command=/opt/100%%/supervisor-healthcheck run
events=TICK_5,PROCESS_STATE
priority=1002
buffer_size=100
autorestart=true
stdout_logfile=NONE
stderr_logfile=/var/log/s/healthcheck.log
`
	c := Configuration{Path: "/etc/supervisord.conf", LogFolder: "/var/log/s"}
	if diff := cmp.Diff(want, f.Text(c, "unix:///run/s.sock", "/opt/100%/supervisor-healthcheck")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, sentence := range []struct {
		c    Configuration
		want string
	}{
		{Configuration{}, "; supervisord.conf was not found, so the numbers of processes are those at the end of their names.\n"},
		{Configuration{}, "\nstderr_logfile=/var/log/healthcheck.log\n"},
		{Configuration{Path: "x", Sections: map[string]string{listenerSection: "x:3"}}, "; [eventlistener:healthcheck] is there already, at x:3\n"},
	} {
		if text := f.Text(sentence.c, "", ""); !strings.Contains(text, sentence.want) {
			t.Errorf("%q is not in\n%s", sentence.want, text)
		}
	}
}

func TestNothing(t *testing.T) {
	for want, f := range map[string]Findings{
		"nothing new was found to look after: it has no programs":                       {},
		"nothing new was found to look after: these do not run: a (FATAL), b (STOPPED)": {Resting: []string{"a (FATAL)", "b (STOPPED)"}},
		"nothing new was found to look after: a: seen; more":                            {Sections: []Section{{Name: "a", Seen: []string{"a: seen", "more"}}}},
	} {
		if got := f.Nothing(); got != want || f.Found() {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A file that was proposed means what was seen, whatever characters were in the names.
func TestWhatIsWrittenIsReadAsItWasSeen(t *testing.T) {
	s := (&stage{}).run(1, "50%:50%_0", "/run/50%_0.sock").run(2, "50%:50%_1", "/run/50%_1.sock").answer("/run/50%_0.sock").answer("/run/50%_1.sock")
	found, err := Look(t.Context(), s.world(t), made("50%=50%:50%_0#0/2", "50%=50%:50%_1#1/2"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "s.conf")
	command := `/opt/it's 100% "good"/supervisor-healthcheck`
	if err := os.WriteFile(path, []byte(found.Text(Configuration{}, "", command)), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := ini.Read(path, none)
	if err != nil {
		t.Fatal(err)
	}
	tcp, _ := files.Get(files.Section("healthcheck:50%"), "tcp")
	got, err := ini.Expand(tcp.Value, ini.Names{Texts: map[string]string{"process_name": "50%_1"}, Numbers: map[string]int{"process_num": 1}})
	if got != "unix:/run/50%_1.sock" || err != nil {
		t.Errorf("%q, %v, of %q", got, err, tcp.Value)
	}
	line, _ := files.Get(files.Section(listenerSection), "command")
	expanded, err := ini.Expand(line.Value, ini.Names{})
	if err != nil {
		t.Fatal(err)
	}
	words, err := exec.Command("sh", "-c", "printf '%s\\n' "+expanded).Output() // which splits this as supervisord does
	if string(words) != command+"\nrun\n" || err != nil {
		t.Errorf("%q, %v", words, err)
	}
}

func TestThePriorityIsOneThatNoGroupHas(t *testing.T) {
	settings := map[domain.ID]domain.Settings{{Name: "a"}: {Priority: 1001}, {Name: "b"}: {Priority: 1002}, {Name: "c"}: {Priority: 999}}
	if got := freePriority(settings); got != 1003 {
		t.Error(got)
	}
}

func TestTemplates(t *testing.T) {
	for text, test := range map[string]struct {
		p    process
		want []string
	}{
		"8003":         {process{number: 3, of: 4}, []string{"80%(process_num)02d", "8%(process_num)03d", "800%(process_num)d", "8003"}},
		"8012":         {process{number: 12, digits: 1, of: 20}, []string{"80%(process_num)02d", "8%(process_num)03d", "80%(process_num)d", "8012"}},
		"8022":         {process{number: 22, digits: 2, of: 20}, []string{"80%(process_num)d", "80%(process_num)02d", "8%(process_num)03d", "8022"}},
		"80":           {process{number: 1, of: 4}, []string{"80"}},
		"8001":         {process{number: 1, of: 1}, []string{"8001"}},
		"/a1/x_01":     {process{number: 1, of: 2}, []string{"/a1/x_%(process_num)02d", "/a1/x_0%(process_num)d", "/a%(process_num)d/x_01", "/a1/x_01"}},
		"/a%/w_0/w_0s": {process{ID: domain.ID{Name: "w_0"}, of: 2}, []string{"/a%%/%(process_name)s/%(process_name)ss", "/a%%/w_0/w_%(process_num)ds", "/a%%/w_%(process_num)d/w_0s", "/a%%/w_0/w_0s"}},
	} {
		if diff := cmp.Diff(test.want, templates(text, test.p)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", text, diff)
		}
	}
}
