package migrate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/ini"
)

const programs = "[program:web]\ncommand=x\nnumprocs=2\nprocess_name=web_%(process_num)02d\n[program:api]\ncommand=x\n[program:cron]\ncommand=x\n[group:jobs]\nprograms=cron\n"

// migrated are the listeners of a file that is only for this test.
func migrated(t *testing.T, text string) Result {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.conf")
	if err := os.WriteFile(path, []byte(programs+text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := ini.Read(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return Listeners([]File{c}, World{Whole: true, DropIn: func([]string, func(string) string) (Line, bool) { return Line{}, false }})
}

// lines are the sections and notes of the only listener, or why there are none.
func (r Result) lines() []string {
	var b strings.Builder
	for _, m := range r.Made {
		for _, note := range m.Notes {
			b.WriteString("; " + note + "\n")
		}
		for _, s := range m.Sections {
			s.write(&b, s.Name)
		}
	}
	for _, l := range r.Left {
		b.WriteString("left: " + l.Why + "\n")
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

func TestSuperlance(t *testing.T) {
	const minute, first = "; it was made at every TICK_60: interval = 1m keeps that", "; it restarted at the first failure; failures = 1 keeps that, as policy = drop-in has it"
	const mail = "no counterpart; no mail is sent; the log says what was done"
	http := func(selects string, more ...string) []string {
		return append([]string{"[old]", "select = " + selects, "http = http://localhost:8080/tasty", "http.timeout = 10s", "policy = drop-in"}, append(more, "interval = 1m")...)
	}
	for command, want := range map[string][]string{
		"httpok -p api http://localhost:8080/tasty":                              append([]string{minute, first}, http("api:api")...),
		"python3 -u /usr/bin/httpok.py --prog=api http://localhost:8080/tasty#x": append([]string{minute, first}, http("api:api")...),
		"python -m superlance.httpok -pcron -p web:web_01 -e http://localhost:8080/tasty": append([]string{minute,
			"; -e/--eager: no counterpart; what does not run is not asked, and no mail is sent", first}, http("jobs:cron, web:web_01")...),
		"httpok -a -p api -w 30 -c 200 http://localhost:8080/tasty": append([]string{minute, "; -a: event listeners are left alone, httpok restarts them too",
			"; -w/--delay is start_grace: it also ends as soon as the process is healthy", "; it restarted at the first failure; failures = 1 keeps that"}, http("*", "start_grace = 30s")...),
		"httpok -p api -m a@b -s 'sendmail -t' -g gcore -d /tmp -n x http://localhost:8080/tasty": append([]string{minute, "; -m/--email, -s/--sendmail_program: " + mail,
			"; -g/--gcore, -d/--coredir: no counterpart; no core is written before a restart", "; -n/--name: no counterpart; it is the name in mails, and no mail is sent; the log says what was done", first}, http("api:api")...),
		"httpok -E -p jobs:cron http://localhost:8080/tasty": append([]string{"; this check never worked: with -E, httpok does not find processes that are named with their group, and asks nothing", minute, first}, http("jobs:cron")...),
		"httpok -p no http://localhost:8080/tasty":           append([]string{"; this check never worked: there is no process no", minute, first}, http("no:no")...),
		"httpok -t 5 -p api http://[::1]:8080?x": {"; this check never worked: before Superlance 2.0, httpok asks nothing and restarts at every tick where its timeout is below 10 seconds",
			minute, first, "[old]", "select = api:api", "http = http://[::1]:8080/?x", "http.timeout = 5s", "policy = drop-in", "interval = 1m"},
		"httpok -p api https://localhost:8443/": {"; this check never worked: since Python 3.12 httpok cannot speak https and restarts at every tick; verify = false keeps that no certificate is looked at",
			minute, first, "[old]", "select = api:api", "http = https://localhost:8443/", "http.timeout = 10s", "http.verify = false", "policy = drop-in", "interval = 1m"},
		"httpok http://localhost/":             {"left: it restarts nothing, because it has neither -p nor -a"},
		"httpok -p api":                        {"left: it does not name one URL behind its flags"},
		"httpok -p api http://a/ http://b/":    {"left: it does not name one URL behind its flags"},
		"httpok -x /bin/true -p api http://a/": {"left: -x is none of its flags"},
		"httpok --e -p api http://a/":          {"left: --e is none of its flags, or the beginning of several"},
		"httpok --any=x http://a/":             {"left: --any takes no value"},
		"httpok -p api -t":                     {"left: -t is missing its value"},
		"httpok -p api --timeout":              {"left: --timeout is missing its value"},
		"httpok -p api -t soon http://a/":      {"left: --timeout: write a whole number of seconds"},
		"httpok -p api -w soon http://a/":      {"left: -w/--delay: write a number of seconds"},
		"httpok -h http://a/":                  {"left: it only shows its help"},
		"httpok -p api ftp://a/":               {`left: url "ftp://a/": write a URL such as http://127.0.0.1:8000/ping, or http://unix:/run/app.sock:/ping for a unix socket`},
		"httpok -p api http://me:s3cret@a/":    {`left: url "***@a/": give the user name and the password as settings of their own, such as username and password-file`},
		"sh -c 'exec httpok -p api http://a/'": {"left: it is not the program itself that is started; write its command line alone, without a shell or another program around it"},
		"mywatch httpok -p api http://a/":      {"left: it is not the program itself that is started; write its command line alone, without a shell or another program around it"},
		"httpok -p 'api http://a/":             {"left: command: a quotation mark has no counterpart"},
		"memmon -p api=200MB -c -n X -u 1m": {minute, "; -n/--name: " + "no counterpart; it is the name in mails, and no mail is sent; the log says what was done",
			"; -u/--uptime: no counterpart; it is about mails alone, and no mail is sent; the log says what was done", first,
			"[old]", "select = api:api", "memory = 200MB", "memory.cumulative = true", "policy = drop-in", "interval = 1m"},
		"memmon -p web_01=1000000 -g jobs=' 1 gb' -a 3GB -m x": {minute, "; -a: event listeners are left alone, memmon restarts them too",
			"; -a holds for the processes of -p and -g too, as memmon has it: the lowest limit counts", "; -m/--email: " + mail, first,
			"[old_web_01]", "select = web:web_01", "memory = 976KB", "policy = drop-in", "interval = 1m",
			"[old_jobs]", "select = jobs:*", "memory = 1GB", "policy = drop-in", "interval = 1m",
			"[old_any]", "select = *", "memory = 3GB", "policy = drop-in", "interval = 1m"},
		"memmon -p jobs:cron=1MB -p jobs:cron=2MB": {"; this check never worked: memmon ends with an error for a name with a group, jobs:cron, and may then restart nothing at all",
			minute, first, "[old]", "select = jobs:cron", "memory = 2MB", "policy = drop-in", "interval = 1m"},
		"memmon -g no=1MB":              {"; this check never worked: there is no group no", minute, first, "[old]", "select = no:*", "memory = 1MB", "policy = drop-in", "interval = 1m"},
		"memmon -m x":                   {"left: it has no limit, because it has neither -p nor -g nor -a"},
		"memmon -p api":                 {"left: -p/--program: write a name and a size, such as web=200MB"},
		"memmon -p api=much":            {"left: -p/--program: write a size such as 200MB"},
		"memmon -a 99999999999999999GB": {"left: -a/--any: write a size such as 200MB"},
		"memmon -a 1000":                {"left: -a/--any: the limit is below a kilobyte"},
		"memmon -h":                     {"left: it only shows its help"},
		"crashmail -p api -m x":         {""},
		"/bin/cat":                      {""},
	} {
		t.Run(command, func(t *testing.T) {
			r := migrated(t, "[eventlistener:old]\ncommand="+command+"\nevents=TICK_60\n")
			if diff := cmp.Diff(want, r.lines()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for _, line := range r.lines() {
				if strings.Contains(line, "s3cret") {
					t.Error("it shows a secret")
				}
			}
		})
	}
}

func TestTicksAndWhatElseTheOldSectionHas(t *testing.T) {
	for lines, want := range map[string][]string{
		"events=TICK_3600,TICK_60": {"; it was made at every TICK_60: interval = 1m keeps that"},
		"events=tick":              nil,
		"events=EVENT":             nil,
		"events=PROCESS_STATE":     {"; this check never ran: its events= name no TICK"},
		"events=TICK_5\nnumprocs=3\nprocess_name=x%(process_num)d":                {"; it had 3 processes, each of which saw only some of the events; now there is one"},
		"events=TICK_5\nenvironment=B=1,A=2,SUPERVISOR_USERNAME=\"x\",LANG=\"C\"": {"; the new listener does not have A, B, LANG of its environment="},
	} {
		r := migrated(t, "[eventlistener:old]\ncommand=memmon -a 1MB\n"+lines+"\n")
		var got []string
		for _, line := range r.lines() {
			if strings.HasPrefix(line, "; ") && !strings.HasPrefix(line, "; -a:") && !strings.HasPrefix(line, "; it restarted") {
				got = append(got, line)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", lines, diff)
		}
	}
	broken := migrated(t, "[eventlistener:old]\ncommand=memmon -a 1MB\nnumprocs=x\n[eventlistener:more]\ncommand=memmon %(x)s\n[eventlistener:else]\ncommand=cat %(x)s\n")
	want := []string{`left: supervisord makes no process of it; D/x.conf:13: numprocs "x": write a whole number`,
		"left: command: %(x) is not known here; there are group_name, here, host_node_name, numprocs, process_name, process_num, program_name, and %(ENV_X)s for variables of supervisord's environment"}
	got := broken.lines()
	got[0] = strings.ReplaceAll(got[0], filepath.Dir(broken.configs[0].Path), "D")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// FuzzSuperlance has anything read as a command line of a listener; it ends as sections, or with a reason.
func FuzzSuperlance(f *testing.F) {
	for _, seed := range []string{"httpok -p a http://x/", "memmon -p a=1MB -cg b=2", "httpok --", "memmon -", "httpok -tt5", "memmon --p=a=1", "httpok -p '' http://x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words, err := ini.Words(line)
		if err != nil || len(words) == 0 {
			return
		}
		for _, options := range [][]option{httpokOptions(), memmonOptions()} {
			given, rest, err := getopt(words[1:], options)
			if used := len(given) + len(rest); err == nil && used == 0 && len(words) > 2 {
				t.Errorf("%q: all was lost", words)
			}
		}
	})
}
