package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/app/config"
	"supervisor-healthcheck/domain/checks"
)

// checkWords are the checks that there are.
func checkWords() string {
	var all []string
	for _, kind := range checks.Kinds() {
		all = append(all, kind.Word)
	}
	return strings.Join(all, ", ")
}

// programs stand in every file of these tests, in the lines from 101 on.
const programs = `
[unix_http_server]
file=/run/s.sock
[program:web]
command=/bin/web
numprocs=2
process_name=web_%(process_num)02d
[program:api]
command=/bin/api
[program:job]
command=/bin/job
[group:jobs]
programs=job
[eventlistener:health]
command=supervisor-healthcheck run
events=TICK_5
`

// write makes a folder with a file of sections and programs, and returns the path of the file.
func write(t testing.TB, sections string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "main.conf")
	text := sections + strings.Repeat("\n", max(0, 100-strings.Count(sections, "\n"))) + programs
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// environment is one of tests.
func environment(pairs ...string) config.Lookup {
	return func(name string) (string, bool) {
		for _, pair := range pairs {
			if known, value, _ := strings.Cut(pair, "="); known == name {
				return value, true
			}
		}
		return "", false
	}
}

// sentences are what is wrong, with D for the folder.
func sentences(path string, problems config.Problems) []string {
	var all []string
	for _, err := range problems {
		all = append(all, strings.ReplaceAll(err.Error(), filepath.Dir(path), "D"))
	}
	return all
}

func TestEverythingThatIsWrongIsSaidAtOnceInASentenceEach(t *testing.T) {
	for name, test := range map[string]struct {
		sections string
		env      []string
		want     []string
	}{
		"a key that is misspelt": {"[healthcheck:web]\nhttp = http://127.0.0.1/\nfaliures = 3", nil, []string{
			"D/main.conf:3: [healthcheck:web] faliures: there is no such setting; did you mean failures?",
		}},
		"a setting of a check that is misspelt": {"[healthcheck:web]\nhttp = http://127.0.0.1/\nhttp.timout = 3s", nil, []string{
			"D/main.conf:3: [healthcheck:web] http.timout: there is no such setting; did you mean http.timeout?",
		}},
		"a setting that another check has": {"[healthcheck:web]\nmemory = 1GB\nmemory.retires = 3s", nil, []string{
			"D/main.conf:3: [healthcheck:web] memory.retires: there is no such setting; memory has limit, kind, cumulative, forecast",
		}},
		"a check that is misspelt": {"[healthcheck:web]\nmemroy = 1GB", nil, []string{
			"D/main.conf:2: [healthcheck:web] memroy: there is no such setting; did you mean memory?",
		}},
		"a check that is misspelt, with setting": {"[healthcheck:web]\nmemory = 1GB\nhtpt.timeout = 5s", nil, []string{
			"D/main.conf:3: [healthcheck:web] htpt.timeout: there is no such setting; did you mean http.timeout?",
		}},
		"a setting without its check": {"[healthcheck:web]\nmemory = 1GB\ntimeout = 5s", nil, []string{
			"D/main.conf:3: [healthcheck:web] timeout: there is no such setting; did you mean http.timeout?",
		}},
		"a key that is like nothing": {"[healthcheck:web]\nmemory = 1GB\nwhatever s3cr3t = s3cr3t", nil, []string{
			"D/main.conf:3: [healthcheck:web] whatever: there is no such setting; the checks are " + checkWords() + ", the settings of the policy are policy, failures, successes, start_grace, warmup, patience, ladder, restart_limit, rearm, backoff, max_parallel, mass_failure, outage, recover, mode, interval, action",
		}},
		"a bad URL": {"[healthcheck:web]\nhttp = 127.0.0.1:80/ping", nil, []string{
			`D/main.conf:2: [healthcheck:web] http "127.0.0.1:80/ping": write a URL such as http://127.0.0.1:8000/ping, or http://unix:/run/app.sock:/ping for a unix socket`,
		}},
		"a URL with a password": {"[healthcheck:web]\nhttp = http://me:s3cr3t@h/ping", nil, []string{
			`D/main.conf:2: [healthcheck:web] http "***@h/ping": give the user name and the password as settings of their own, such as username and password-file`,
		}},
		"a bad timeout": {"[healthcheck:web]\nhttp = http://127.0.0.1/\nhttp.timeout = soon", nil, []string{
			`D/main.conf:3: [healthcheck:web] http.timeout "soon": write a duration of more than nothing such as 30, 30.5, 30s or 5m`,
		}},
		"a bad size": {"[healthcheck:web]\nmemory = much", nil, []string{
			`D/main.conf:2: [healthcheck:web] memory "much": write a size with its unit, such as 800MB or 1.5GB, or a percentage of the machine or the container, such as 90%`,
		}},
		"a bad share of a cpu": {"[healthcheck:web]\ncpu = much for long", nil, []string{
			`D/main.conf:2: [healthcheck:web] cpu "much for long": write a percentage of one core and how long it may be above that, such as 90% for 10m`,
		}},
		"a share without its time": {"[healthcheck:web]\ncpu = 90%", nil, []string{
			"D/main.conf:2: [healthcheck:web] cpu.for: it is missing; write cpu.for = DURATION, or cpu = PERCENT for DURATION",
		}},
		"a bad heartbeat": {"[healthcheck:web]\nheartbeat = /run/x 60s", nil, []string{
			`D/main.conf:2: [healthcheck:web] heartbeat "/run/x 60s": write how it beats and how long ago that may be, such as file /run/app/beat 60s, event 60s or notify 60s`,
		}},
		"a bad address": {"[healthcheck:web]\ntcp = localhost", nil, []string{
			`D/main.conf:2: [healthcheck:web] tcp "localhost": write host and port, such as 127.0.0.1:8000; the port is a number from 1 to 65535, and an IPv6 address stands in brackets`,
		}},
		"bad failures": {"[healthcheck:web]\nmemory = 1GB\nfailures = 0", nil, []string{
			`D/main.conf:3: [healthcheck:web] failures "0": write a whole number of 1 or more`,
		}},
		"a bad policy": {"[healthcheck:web]\nmemory = 1GB\npolicy = best", nil, []string{
			`D/main.conf:3: [healthcheck:web] policy "best": write "drop-in" or "recommended"`,
		}},
		"an empty value": {"[healthcheck:web]\nmemory =", nil, []string{
			"D/main.conf:2: [healthcheck:web] memory: write a size with its unit, such as 800MB or 1.5GB, or a percentage of the machine or the container, such as 90%",
		}},
		"only settings of a check": {"[healthcheck:web]\nhttp.timeout = 5s", nil, []string{
			"D/main.conf:2: [healthcheck:web] http: it is missing; write http = URL: what is asked for, such as http://127.0.0.1:8000/ping, or http://unix:/run/app.sock:/ping for a unix socket",
		}},
		"no check": {"[healthcheck:web]\nfailures = 5", nil, []string{
			"D/main.conf:1: [healthcheck:web]: it has no check; write one such as http = http://127.0.0.1:8080/ping",
		}},
		"no name": {"[healthcheck:]\nmemory = 1GB", nil, []string{
			"D/main.conf:1: [healthcheck:]: it has no name; write that of the program that it looks after, such as [healthcheck:web]",
		}},
		"the same in two spellings": {"[healthcheck:web]\nmemory = 1GB\nstart_grace = 1m\nstart-grace = 2m", nil, []string{
			"D/main.conf:4: [healthcheck:web] start-grace: it is written twice, and the other is start_grace at D/main.conf:3; write it once",
		}},
		"a main value twice": {"[healthcheck:web]\nmemory = 1GB\nmemory.limit = 2GB", nil, []string{
			"D/main.conf:3: [healthcheck:web] memory.limit: it is written twice, and the other is memory at D/main.conf:2; write it once",
		}},
		"a name that is none": {"[healthcheck:web]\nhttp/ = http://127.0.0.1/\nhttp/a b = http://127.0.0.1/", nil, []string{
			"D/main.conf:2: [healthcheck:web] http/: a second http check has a name of letters, digits and dashes behind the slash, such as http/admin",
			"D/main.conf:3: [healthcheck:web] http/a b: a second http check has a name of letters, digits and dashes behind the slash, such as http/admin",
		}},
		"a section twice": {"[healthcheck:web]\nmemory = 1GB\n[healthcheck: web]\nmemory = 1GB", nil, []string{
			"D/main.conf:3: [healthcheck: web]: the section is written twice, and the other stands at D/main.conf:1; write it once",
		}},
		"a password twice": {"[healthcheck:web]\nhttp = http://127.0.0.1/\nhttp.password = s3cr3t\nhttp.password_env = X", nil, []string{
			"D/main.conf:4: [healthcheck:web] http.password_env: it cannot be given together with http.password; choose one",
		}},
		"no variable with the password": {"[healthcheck:web]\nhttp = http://127.0.0.1/\nhttp.password_env = X", nil, []string{
			"D/main.conf:3: [healthcheck:web] http.password_env: this environment variable is not set; set it with environment= in supervisord.conf",
		}},
		"no file with the password": {"[healthcheck:web]\nhttp = http://127.0.0.1/\nhttp.password_file = /none", nil, []string{
			`D/main.conf:3: [healthcheck:web] http.password_file "/none": the file cannot be read: no such file or directory`,
		}},
		"a file that holds no certificate": {"[healthcheck:web]\nhttp = https://127.0.0.1/\nhttp.ca = /dev/null\nhttp.key = %(here)s/main.conf", nil, []string{
			`D/main.conf:3: [healthcheck:web] http.ca "/dev/null": the file is empty`,
			`D/main.conf:4: [healthcheck:web] http.key "D/main.conf": there is no key in it that can be used; write PEM without a passphrase, which begins with -----BEGIN PRIVATE KEY-----`,
		}},
		"a datagram of nothing": {"[healthcheck:web]\nudp = 127.0.0.1:53", nil, []string{
			`D/main.conf:2: [healthcheck:web] udp "127.0.0.1:53": without a question there is no answer; write what is sent too, such as udp.send = ping`,
		}},
		"bad headers": {"[healthcheck:web]\nhttp = http://127.0.0.1/\nhttp.headers = Authorization s3cr3t", nil, []string{
			"D/main.conf:3: [healthcheck:web] http.headers: write a line for each, with a colon behind the name, such as Accept: text/plain",
		}},
		"an expansion that is not known": {"[healthcheck:web]\nhttp = http://127.0.0.1:80%(process_number)02d/", nil, []string{
			"D/main.conf:2: [healthcheck:web] http: %(process_number) is not known here; there are group_name, here, host_node_name, numprocs, process_name, process_num, program_name, and %(ENV_X)s for variables of supervisord's environment",
		}},
		"an expansion without an end": {"[healthcheck:web]\nhttp = http://127.0.0.1:80%(process_num/", nil, []string{
			`D/main.conf:2: [healthcheck:web] http: "%(process_num/" has no closing parenthesis; write %% for a percent sign`,
		}},
		"a variable that is not there": {"[healthcheck:web]\nhttp = http://%(ENV_HOST)s/", nil, []string{
			"D/main.conf:2: [healthcheck:web] http: %(ENV_HOST) is not known here; there are group_name, here, host_node_name, numprocs, process_name, process_num, program_name, and %(ENV_X)s for variables of supervisord's environment",
		}},
		"a value that is bad for one": {"[healthcheck:web]\nhttp = http://127.0.0.1:%(process_num)d/\nmemory = %(process_num)dKB", nil, []string{
			`D/main.conf:2: [healthcheck:web] http "http://127.0.0.1:0/": write host and port, such as 127.0.0.1:8000; the port is a number from 1 to 65535, and an IPv6 address stands in brackets; this is the value for web:web_00`,
			`D/main.conf:3: [healthcheck:web] memory "0KB": write a size with its unit, such as 800MB or 1.5GB, or a percentage of the machine or the container, such as 90%; this is the value for web:web_00`,
		}},
		"an expansion in the policy": {"[healthcheck:web]\nmemory = 1GB\nfailures = %(process_num)d", nil, []string{
			"D/main.conf:3: [healthcheck:web] failures: %(process_num) is not known here; there are here, host_node_name, and %(ENV_X)s for variables of supervisord's environment",
		}},
		"a listener's setting in a section": {"[healthcheck:web]\nmemory = 1GB\nlog_level = debug", nil, []string{
			"D/main.conf:3: [healthcheck:web] log_level: this is a setting of the listener and holds for all sections; write it into [healthcheck]",
		}},
		"a check in the defaults": {"[healthcheck]\nmemory = 1GB\nselect = web\nhttp/a.timeout = 5s\n[healthcheck:web]\nmemory = 1GB", nil, []string{
			"D/main.conf:2: [healthcheck] memory: a check belongs into a section [healthcheck:NAME]; here stand settings for all checks of its kind, such as http.timeout = 5s",
			"D/main.conf:3: [healthcheck] select: it belongs into a section [healthcheck:NAME]; this one holds for all of them",
			"D/main.conf:4: [healthcheck] http/a.timeout: this is a setting of one check; write http.timeout for all checks of its kind",
		}},
		"bad defaults": {"[healthcheck]\nhttp.timeout = soon\nfailures = x\nlog_level = loud\nlog_format = xml\nmax_restarts = 0\nstopwaitsecs = x\nserverurl = me:s3cr3t@h\nlgo_level = debug\n" +
			"[healthcheck:web]\nmemory = 1GB", nil, []string{
			`D/main.conf:2: [healthcheck] http.timeout "soon": write a duration of more than nothing such as 30, 30.5, 30s or 5m`,
			`D/main.conf:3: [healthcheck] failures "x": write a whole number of 1 or more`,
			`D/main.conf:4: [healthcheck] log_level "loud": write debug, info, warn or error`,
			`D/main.conf:5: [healthcheck] log_format "xml": write text or json`,
			`D/main.conf:6: [healthcheck] max_restarts "0": write a whole number from 1 to 1000`,
			`D/main.conf:7: [healthcheck] stopwaitsecs "x": write a duration of more than nothing such as 30, 30.5, 30s or 5m`,
			`D/main.conf:8: [healthcheck] serverurl "(not shown)": it holds a user name or a password; they are settings of their own, username and password`,
			"D/main.conf:9: [healthcheck] lgo_level: there is no such setting; did you mean log_level?",
		}},
		"two passwords of supervisord": {"[healthcheck]\npassword = a\npassword_file = b\n[healthcheck:web]\nmemory = 1GB", nil, []string{
			"D/main.conf:3: [healthcheck] password_file: it cannot be given together with password; choose one",
			`D/main.conf:3: [healthcheck] password_file "b": the file cannot be read: no such file or directory`,
		}},
		"bad variables": {"[healthcheck:web]\nmemory = 1GB\npolicy = drop-in\n[healthcheck:api]\nmemory = 1GB\npolicy = drop-in", []string{"SUPERVISOR_HEALTHCHECK_FAILURES=x", "SUPERVISOR_HEALTHCHECK_LOG_LEVEL=loud"}, []string{
			`SUPERVISOR_HEALTHCHECK_FAILURES "x": write a whole number of 1 or more`,
			`SUPERVISOR_HEALTHCHECK_LOG_LEVEL "loud": write debug, info, warn or error`,
		}},
		"an empty selection": {"[healthcheck:web]\nmemory = 1GB\nselect = ,", nil, []string{
			"D/main.conf:3: [healthcheck:web] select: it is empty; write names of programs or groups with commas between, such as web, api:*, jobs:worker_03, or * for all",
		}},
		"a selection that is none": {"[healthcheck:web]\nmemory = 1GB\nselect = web, :x, y:", nil, []string{
			`D/main.conf:3: [healthcheck:web] select ":x": write the name of a program or a group, group:*, group:process, or * for all`,
			`D/main.conf:3: [healthcheck:web] select "y:": write the name of a program or a group, group:*, group:process, or * for all`,
		}},
		"dependencies that are none": {"[healthcheck]\ndepends = web\n[healthcheck:web]\nmemory = 1GB\ndepends = aip, 10.0.0.5:5432, ftp://h, tcp://h, http://h/?token=s3cr3t, db, api, api\n[healthcheck:api]\nmemory = 1GB\ndepends = ,", nil, []string{
			"D/main.conf:2: [healthcheck] depends: it belongs into a section [healthcheck:NAME]; this one holds for all of them",
			`D/main.conf:5: [healthcheck:web] depends "10.0.0.5:5432": write the name of another section, or an address such as tcp://10.0.0.5:5432, unix:/run/db.sock or http://10.0.0.5:8000/ping`,
			`D/main.conf:5: [healthcheck:web] depends "ftp://h": write the name of another section, or an address such as tcp://10.0.0.5:5432, unix:/run/db.sock or http://10.0.0.5:8000/ping`,
			`D/main.conf:5: [healthcheck:web] depends "tcp://h": write host and port, such as 127.0.0.1:8000; the port is a number from 1 to 65535, and an IPv6 address stands in brackets`,
			`D/main.conf:5: [healthcheck:web] depends "http://h/?***": write it without a query, which the log would show`,
			`D/main.conf:5: [healthcheck:web] depends "api": it is named twice; name it once`,
			`D/main.conf:5: [healthcheck:web] depends "aip": there is no section of this name; did you mean api?`,
			`D/main.conf:5: [healthcheck:web] depends "db": there is no section of this name; write [healthcheck:db] with a check of it, or an address such as tcp://db:5432`,
			"D/main.conf:8: [healthcheck:api] depends: it is empty; write names of sections or addresses with commas between, such as redis, tcp://10.0.0.5:5432",
		}},
		"sections that wait for themselves": {"[healthcheck:web]\nmemory = 1GB\ndepends = job\n[healthcheck:job]\nmemory = 1GB\ndepends = api, tcp://h:1\n[healthcheck:api]\nmemory = 1GB\ndepends = web\n" +
			"[healthcheck:jobs]\nmemory = 1GB\ndepends = api, jobs", nil, []string{
			"D/main.conf:3: [healthcheck:web] depends: the section would wait for itself: web depends on job depends on api depends on web; take one of them out",
			"D/main.conf:6: [healthcheck:job] depends: the section would wait for itself: job depends on api depends on web depends on job; take one of them out",
			"D/main.conf:9: [healthcheck:api] depends: the section would wait for itself: api depends on web depends on job depends on api; take one of them out",
			"D/main.conf:12: [healthcheck:jobs] depends: the section would wait for itself: jobs depends on jobs; take one of them out",
		}},
		"no section": {"[health:web]\nmemory = 1GB", nil, []string{
			"D/main.conf:1: there is no section [healthcheck:NAME] in this file or in those that it includes; write one beside [program:NAME]",
		}},
		"many things": {"[healthcheck:web]\nhttp = x\nhttp.timeout = y\nfailurs = z\n[healthcheck:api]\nmemory = 1", nil, []string{
			`D/main.conf:2: [healthcheck:web] http "x": write a URL such as http://127.0.0.1:8000/ping, or http://unix:/run/app.sock:/ping for a unix socket`,
			`D/main.conf:3: [healthcheck:web] http.timeout "y": write a duration of more than nothing such as 30, 30.5, 30s or 5m`,
			"D/main.conf:4: [healthcheck:web] failurs: there is no such setting; did you mean failures?",
			`D/main.conf:6: [healthcheck:api] memory "1": write a size with its unit, such as 800MB or 1.5GB, or a percentage of the machine or the container, such as 90%`,
		}},
		"nothing, but for other sections": {"[DEFAULT]\nx = y\n[x]\ny = z\n[healthcheckers]\nx=y\n[healthcheck:web]\nmemory = 1GB", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, test.sections)
			c, err := config.Load(path, environment(test.env...))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, sentences(path, c.Wrong)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if strings.Contains(c.Wrong.Error(), "s3cr3t") {
				t.Error("it shows a secret")
			}
		})
	}
}
