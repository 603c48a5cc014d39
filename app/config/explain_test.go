package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/domain/checks"
)

const machine = 2 << 30

// explained is what is said of a file, with FILE for its path.
func explained(t *testing.T, text string, env map[string]string) *Explained {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := explain(path, func(name string) (string, bool) { value, ok := env[name]; return value, ok }, machine)
	if err != nil {
		t.Fatal(err)
	}
	for _, all := range [][]string{e.Errors, e.Warnings} {
		for i := range all {
			all[i] = strings.ReplaceAll(all[i], path, "FILE")
		}
	}
	return e
}

const wise = "[unix_http_server]\nfile=/run/s.sock\n[rpcinterface:supervisor]\nx=y\n[eventlistener:hc]\ncommand=/usr/bin/supervisor-healthcheck run\nevents=TICK_5,PROCESS_STATE\n" +
	"[program:web]\ncommand=/bin/web\nnumprocs=2\nprocess_name=web_%(process_num)02d\n" // 11 lines

func TestWhatIsUnwise(t *testing.T) {
	const web = "[healthcheck:web]\n"
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"nothing":             {wise + web + "http = http://127.0.0.1:80%(process_num)02d/\nmemory=1GB\nhttp.timeout=5s\nmass_failure=off\n", nil},
		"the default timeout": {wise + web + "http = http://127.0.0.1:80%(process_num)02d/\n", nil},
		"no PROCESS_STATE": {strings.Replace(wise, ",PROCESS_STATE", "", 1) + web + "memory=1GB\n", []string{
			`FILE:7: [eventlistener:hc] events "TICK_5": PROCESS_STATE is missing, without which supervisord has to be asked what its processes do and deaths are seen late; add it`}},
		"no tick": {strings.Replace(wise, "TICK_5,", "", 1) + web + "memory=1GB\n", []string{
			`FILE:7: [eventlistener:hc] events "PROCESS_STATE": there is no TICK among them, and processes are judged at ticks; add TICK_5`}},
		"all events": {strings.Replace(wise, "TICK_5,PROCESS_STATE", "EVENT", 1) + web + "memory=1GB\n", nil},
		"several listeners": {strings.Replace(wise, "events", "process_name=%(process_num)d\nnumprocs=2\nevents", 1) + web + "memory=1GB\n", []string{
			`FILE:8: [eventlistener:hc] numprocs "2": supervisord hands each event to one of them, so that each sees a part; write 1 or leave it out`}},
		"stderr into stdout": {strings.Replace(wise, "events", "redirect_stderr=yes\nevents", 1) + web + "memory=1GB\n", []string{
			`FILE:7: [eventlistener:hc] redirect_stderr "yes": the log would go where supervisord reads the answers of the listener; leave it out`}},
		"no listener": {strings.Replace(wise, "supervisor-healthcheck run", "other run", 1) + web + "memory=1GB\n", []string{
			`FILE:1: [healthcheck]: no [eventlistener:x] runs these sections; write one with command = /path/to/supervisor-healthcheck run and events = TICK_5,PROCESS_STATE`}},
		"no interface": {strings.Replace(wise, "[rpcinterface:supervisor]", "[other]", 1) + web + "memory=1GB\n", []string{
			`FILE:1: there is no [rpcinterface:supervisor], without which supervisord answers no question; write it with supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface`}},
		"a late start": {wise + "startsecs=30\n" + web + "memory=1GB\nstart_grace=20s\n", []string{
			`FILE:12: [program:web] startsecs "30": the start_grace of [healthcheck:web] is 20s and over before the process is RUNNING; write a longer start_grace`}},
		"a late start without a grace": {wise + "startsecs=30\n" + web + "memory=1GB\nstart_grace=0\n", nil},
		"a long timeout": {wise + web + "http = http://127.0.0.1:80%(process_num)02d/\nhttp.timeout=11s\n", []string{
			`FILE:14: [healthcheck:web] http.timeout "11s": the check is made every 10s, and a process that hangs is found only after this; write less, or a longer interval`}},
		"a long timeout and rare ticks": {strings.Replace(wise, "TICK_5", "TICK_60", 1) + web + "http = http://127.0.0.1:80%(process_num)02d/\nhttp.timeout=11s\n", nil},
		"a heartbeat is no timeout":     {wise + web + "heartbeat = file /x/%(process_name)s 60s\n", nil},
		"a heartbeat by event that cannot come": {wise + web + "heartbeat = event 60s\n", []string{
			`FILE:7: [eventlistener:hc] events "TICK_5,PROCESS_STATE": PROCESS_COMMUNICATION is missing, without which the heartbeat of [healthcheck:web] is never heard; add it`,
			`FILE:8: [program:web] stdout_capture_maxbytes: [healthcheck:web] waits for what it writes between supervisord's markers, which supervisord looks for only then; write stdout_capture_maxbytes = 1KB`}},
		"a capture of nothing": {strings.Replace(wise, "PROCESS_STATE", "PROCESS_STATE,PROCESS_COMMUNICATION_STDOUT", 1) + "stdout_capture_maxbytes = 0MB\n" + web + "heartbeat/x = event 60s\n", []string{
			`FILE:12: [program:web] stdout_capture_maxbytes "0MB": [healthcheck:web] waits for what it writes between supervisord's markers, which supervisord looks for only then; write stdout_capture_maxbytes = 1KB`}},
		"a heartbeat by event": {strings.Replace(wise, "PROCESS_STATE", "PROCESS_STATE,PROCESS_COMMUNICATION", 1) + "stdout_capture_maxbytes = 1KB\n" + web + "heartbeat = event 6%(process_num)ds\n", nil},
		"a heartbeat by notify without a socket": {wise + "environment = A=\"b\"\n" + web + "heartbeat = notify 60s\n", []string{
			`FILE:12: [program:web] environment: [healthcheck:web] waits for what it sends by sd_notify, and nothing tells it where; write environment = NOTIFY_SOCKET="PATH", and notify_socket = PATH in [healthcheck]`}},
		"a socket for everybody": {"[supervisord]\nenvironment = NOTIFY_SOCKET=\"/run/n\"\n" + wise + web + "heartbeat = notify 60s\n", nil},
		"a heartbeat by notify":  {wise + "environment = NOTIFY_SOCKET=\"/run/n\"\n[healthcheck]\nnotify_socket = /run/n\n" + web + "heartbeat = notify 60s\n", nil},
		"a line that comes once": {wise + web + "log = FATAL\n", []string{
			`FILE:13: [healthcheck:web] log: a line is unhealthy for one check, and nothing is done before 2 in a row; write log.for = 1m, or failures = 1`}},
		"a line that lasts":     {wise + web + "log = FATAL\nlog.for = 1m\n", nil},
		"a line that is enough": {wise + web + "log = FATAL\nfailures = 1\n", nil},
		"one port": {wise + web + "tcp = 127.0.0.1:8080\n", []string{
			`FILE:13: [healthcheck:web] tcp: web:web_00 and web:web_01 are both asked at port 8080, and whoever answers there answers for all; make the port of %(process_num)d, or look after one of them`}},
		"one port, and a setting for all checks": {wise + "[healthcheck]\ntcp.timeout=5s\n" + web + "tcp.port = 8080\n", []string{
			`FILE:15: [healthcheck:web] tcp.port: web:web_00 and web:web_01 are both asked at port 8080, and whoever answers there answers for all; make the port of %(process_num)d, or look after one of them`}},
		"one port of an fcgi-program": {strings.Replace(wise, "[program:web]", "[fcgi-program:web]", 1) + web + "tcp = 127.0.0.1:8080\n", nil},
		"a guard over two": {wise + web + "memory=1GB\nmass_failure=50%\n", []string{
			`FILE:14: [healthcheck:web] mass_failure "50%": it does nothing for fewer than 3 processes, and the section has 2; leave it out`}},
		"a guard over three": {strings.Replace(wise, "numprocs=2", "numprocs=3", 1) + web + "memory=1GB\nmass_failure=50%\n", nil},
		"too much memory": {wise + web + "memory=3GB\n", []string{
			`FILE:13: [healthcheck:web] memory "3GB": this machine or container has 2048 MB, and no process can use more; write less`}},
		"too much memory, in a second check": {wise + web + "memory/big=3GB\n", []string{
			`FILE:13: [healthcheck:web] memory/big "3GB": this machine or container has 2048 MB, and no process can use more; write less`}},
	} {
		t.Run(name, func(t *testing.T) {
			e := explained(t, test.text, nil)
			if d := cmp.Diff(append([]string{}, test.want...), e.Warnings); d != "" || len(e.Errors) > 0 {
				t.Errorf("%s%q", d, e.Errors)
			}
		})
	}
}

// A section counts failures by its policy, so an attempt is not repeated unless it says so. The line of a command repeats it twice.
func TestRetriesByDefault(t *testing.T) {
	for check, address := range map[string]string{"http": "http://127.0.0.1:80%(process_num)02d/", "tcp": "127.0.0.1:80%(process_num)02d", "xmlrpc": "http://127.0.0.1:80%(process_num)02d"} {
		for own, want := range map[string]Fact{
			"":                           {check + ".retries", "0", "default"},
			check + ".retries = 3\n":     {check + ".retries", "3", "FILE:15"},
			"policy = drop-in\n":         {check + ".retries", "0", "default"},
			check + ".num_retries = 1\n": {check + ".retries", "1", "FILE:15"},
		} {
			e := explained(t, wise+"[healthcheck]\n[healthcheck:web]\n"+check+" = "+address+"\n"+own, nil)
			if len(e.Errors) > 0 || len(e.Sections) != 1 {
				t.Fatal(e)
			}
			settings := e.Sections[0].Processes[0].Checks[0].Settings
			i := slices.IndexFunc(settings, func(f Fact) bool { return f.Word == want.Word })
			if i < 0 {
				t.Fatalf("%s: %+v", own, settings)
			}
			got := settings[i]
			got.Origin = strings.Replace(got.Origin, e.File, "FILE", 1)
			if got != want {
				t.Errorf("%s %q: %+v, want %+v", check, own, got, want)
			}
		}
	}
	for kind, want := range map[string]string{"http": "0", "tcp": "0", "xmlrpc": "0"} {
		k, _ := kindOf(checks.Kinds(), kind)
		_, table := newReader(&ini.Config{}, nil).afresh(k)
		if row, ok := rowOf(table, "retries"); !ok || row.Get() != want || row.Flag.Default != "2" {
			t.Errorf("%s: %+v", kind, row)
		}
	}
}

func TestWhatIsExplainedHasNoSecret(t *testing.T) {
	t.Setenv("PW", "s3cret") // read by nobody: the lookup tells
	secret := filepath.Join(t.TempDir(), "pw")
	if err := os.WriteFile(secret, []byte("s3cret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"http.password = s3cret", "http.password_file = " + secret, "http.password_env = PW", "http.body = s3cret", "http.headers = X: s3cret"} {
		e := explained(t, wise+"[healthcheck:web]\nhttp = http://127.0.0.1:80%(process_num)02d/?token=s3cret\n"+line+"\n", map[string]string{"PW": "s3cret"})
		key, _, _ := strings.Cut(line, " ")
		found := false
		for _, judged := range e.Sections[0].Processes {
			for _, f := range judged.Checks[0].Settings {
				found = found || f.Word == key
				if strings.Contains(f.Value, "s3cret") {
					t.Errorf("%s: %+v", line, f)
				}
			}
		}
		if !found || len(e.Errors) > 0 {
			t.Errorf("%s is not shown; %q", line, e.Errors)
		}
	}
}

func TestWhereTheListenerHasItsSettingsFrom(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		env  map[string]string
		want []string
	}{
		"the socket of supervisord": {"[unix_http_server]\nfile=/run/s.sock\nusername=me\npassword=s3cret\n", nil,
			[]string{"serverurl unix:///run/s.sock FILE:2", "username me FILE:3", "password (not shown) FILE:4"}},
		"its port": {"[inet_http_server]\nport=*:9001\n", nil, []string{"serverurl http://127.0.0.1:9001 FILE:2"}},
		"what supervisorctl has": {"[unix_http_server]\nfile=/run/s.sock\nusername=x\n[supervisorctl]\nserverurl=unix:///run/other.sock\nusername=me\npassword=s3cret\n", nil,
			[]string{"serverurl unix:///run/other.sock FILE:5", "username me FILE:6", "password (not shown) FILE:7"}},
		"our own, and the environment": {"[unix_http_server]\nfile=/run/s.sock\n[healthcheck]\nserverurl=unix:///run/a.sock\nlog_level=debug\nstate_dir=/var/a\n", map[string]string{
			"SUPERVISOR_SERVER_URL": "unix:///run/b.sock", "SUPERVISOR_PASSWORD": "s3cret", "SUPERVISOR_HEALTHCHECK_LOG_LEVEL": ""},
			[]string{"serverurl unix:///run/b.sock SUPERVISOR_SERVER_URL", "password (not shown) SUPERVISOR_PASSWORD", "state_dir /var/a FILE:6", "log_level debug FILE:5"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := explained(t, test.text+"[program:web]\ncommand=x\n[healthcheck:web]\nmemory=1GB\n", test.env)
			var got []string
			for _, f := range e.Listener {
				place := f.Origin
				if strings.HasPrefix(place, "/") {
					place = "FILE" + place[strings.LastIndexByte(place, ':'):]
				}
				got = append(got, f.Word+" "+f.Value+" "+place)
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
