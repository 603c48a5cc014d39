package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

const minute = time.Minute

// optionsRow is a command line in supervisord's words, without quotes: "␣" stands for a space in a word.
type optionsRow struct {
	line string
	want app.Options
}

func TestEveryFlagOfEveryCommand(t *testing.T) {
	exercised := map[string]map[string]bool{}
	for name, test := range optionsRows() {
		t.Run(name, func(t *testing.T) {
			argv := spaced(test.line)
			got := call(t, nil, argv...)
			if d := diff(outcome{Status: 7, Ran: []app.Options{test.want}}, got); d != "" {
				t.Error(d)
			}
			note(t, exercised, argv)
		})
	}
	for _, c := range commands() {
		for _, w := range wordsOf(t, c.name)[1:] {
			if !exercised[c.name][w.long] {
				t.Errorf("no row has %s of %s", w.label(), c.name)
			}
		}
	}
}

// note records the flags of a command line.
func note(t *testing.T, exercised map[string]map[string]bool, argv []string) {
	t.Helper()
	c, _, _ := calledAs(argv)
	args, err := expand(wordsOf(t, c.name), argv[1:])
	if err != nil {
		t.Fatal(err)
	}
	if exercised[c.name] == nil {
		exercised[c.name] = map[string]bool{}
	}
	for _, arg := range args {
		long, _, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		exercised[c.name][long] = true
	}
}

func optionsRows() map[string]optionsRow {
	web, all := domain.SelectGroup("web"), allPolicy()
	const common = " --policy drop-in --failures 3 --successes=2 --start-grace 30 --warmup 20m --patience 3m --ladder 1m..1h" +
		" --restart-limit 5/1h --rearm window --backoff 10s..10m --max-parallel 2 --mass-failure 50% --outage 5m --recover fatal,exited" +
		" --mode observe --judge-interval 15s --action signal:HUP"
	const ours = " --serverurl http://localhost:9001 --supervisor-username boss --supervisor-password-file testdata/secret --state-dir /var/lib/x" +
		" --stopwaitsecs 20 --max-restarts 4 --log-level debug --log-format json" +
		" --status-socket /run/h.sock --status-socket-mode 0660 --status-socket-group adm --listen localhost:9117 --metrics-file /m/h.prom"
	rows := map[string]optionsRow{}
	full := map[string]checks.Settings{
		"http -u /x?y=1 -m post -j {\"a\":1} -H {\"X-A\":\"b␣c\"} -U me -P s␣3 -p 80 -t 30.5 -r 0": checks.HTTP{
			URL: "/x?y=1", Port: checks.FixedPort(80), Method: "post", JSON: `{"a":1}`, Headers: map[string]string{"X-A": "b c"},
			Username: "me", Password: "s 3", Timeout: 30500 * time.Millisecond, Retries: new(0)},
		"http --url /x --body a␣b --password-file testdata/secret --port 80 --timeout 5m --num-retries 9": checks.HTTP{
			URL: "/x", Port: checks.FixedPort(80), Method: "GET", Body: "a b", Password: "pa ss", Timeout: 5 * minute, Retries: new(9)},
		"http -u /x --password-env HOME -p 80": checks.HTTP{
			URL: "/x", Port: checks.FixedPort(80), Method: "GET", Password: "/home/x", Timeout: 15 * time.Second, Retries: new(2)},
		"tcp -p 80 -t 30s -r 3": checks.TCP{Port: checks.FixedPort(80), Timeout: 30 * time.Second, Retries: new(3)},
		"xmlrpc -u /RPC2 -p 80 -m get -U me -P s3 -r 3 -t 4": checks.XMLRPC{URL: "/RPC2", Port: checks.FixedPort(80), Method: "get",
			Username: "me", Password: "s3", Timeout: 4 * time.Second, Retries: new(3)},
		"xmlrpc --socket-path /run/a.sock --password-file testdata/secret": checks.XMLRPC{SocketPath: "/run/a.sock", Method: "status",
			Password: "pa ss", Timeout: 15 * time.Second, Retries: new(2)},
		"xmlrpc --socket-dir /run --password-env HOME": checks.XMLRPC{SocketDir: "/run", Method: "status",
			Password: "/home/x", Timeout: 15 * time.Second, Retries: new(2)},
		"memory -m 100 -c":                            checks.Memory{MaxRSS: 100, Cumulative: true},
		"memory --msx-rss 100":                        checks.Memory{MaxRSS: 100},
		"cpu -p 99.5 -i 30m":                          checks.CPU{MaxPercent: 99.5, Interval: 30 * minute},
		"cpu -p 99.5 -i 30m -c":                       checks.CPU{MaxPercent: 99.5, Interval: 30 * minute, Cumulative: true},
		"file -t 60 -x -f /run/beat":                  checks.File{Timeout: minute, FailOnError: true, Path: "/run/beat"},
		"file -t 1m -d /run":                          checks.File{Timeout: minute, RootDir: "/run"},
		`complex -c {"memory":{"max_rss":␣100}}`:      checks.Memory{MaxRSS: 100},
		`complex --check-config={"tcp":{"port":"8"}}`: checks.TCP{Port: checks.FixedPort(8), Retries: new(2)},
	}
	for line, settings := range full {
		name, _, _ := strings.Cut(line, " ")
		line = "supervisor_" + name + "_check" + strings.TrimPrefix(line, name)
		rows[line] = optionsRow{line + " -n c -g web", app.Options{ServerURL: "unix:///run/s.sock",
			Watches: []app.Watch{{Name: "c", Select: web, Checks: []checks.Settings{settings}, Policy: domain.DropIn()}}}}
		rows[line+", and all that is common"] = optionsRow{line + " -n c -g web -N web:web_00" + common + ours,
			app.Options{ServerURL: "http://localhost:9001", Username: "boss", Password: "pa ss", StateDir: "/var/lib/x",
				StopWait: 20 * time.Second, Restarts: 4, LogLevel: "debug", LogFormat: "json",
				Socket: "/run/h.sock", SocketMode: 0o660, SocketGroup: "adm", Listen: app.Listen{Address: "127.0.0.1:9117"}, MetricsFile: "/m/h.prom",
				Watches: []app.Watch{{Name: "c", Select: domain.SelectID(domain.ID{Group: "web", Name: "web_00"}),
					Checks: []checks.Settings{settings}, Policy: all}}}}
	}
	return rows
}

func allPolicy() domain.Policy {
	return domain.Policy{Failures: 3, Successes: 2, StartGrace: 30 * time.Second, Warmup: 20 * minute, Patience: 3 * minute,
		Ladder: domain.Pause{Min: minute, Max: time.Hour}, Limit: domain.Limit{Count: 5, Per: time.Hour},
		Rearm: domain.RearmByWindow, Backoff: domain.Pause{Min: 10 * time.Second, Max: 10 * minute}, MaxParallel: 2, MassFailure: 0.5,
		Outage: 5 * minute, Recover: []domain.State{domain.Fatal, domain.Exited}, Observe: true, Interval: 15 * time.Second,
		Action: domain.Action{Kind: domain.SendSignal, Signal: "HUP"}}
}

func spaced(line string) []string {
	words := strings.Fields(line)
	for i := range words {
		words[i] = strings.ReplaceAll(words[i], "␣", " ")
	}
	return words
}

func TestTheEnvironment(t *testing.T) {
	env := map[string]string{
		"SUPERVISOR_SERVER_URL": "http://h:1", "SUPERVISOR_USERNAME": "u", "SUPERVISOR_PASSWORD": "p w",
		"SUPERVISOR_GROUP_NAME": "checks", "SUPERVISOR_PROCESS_NAME": "web_check",
	}
	for word, text := range map[string]string{
		"POLICY": "recommended", "FAILURES": "3", "SUCCESSES": "2", "START_GRACE": "30", "WARMUP": "20m", "PATIENCE": "3m",
		"LADDER": "1m..1h", "RESTART_LIMIT": "5/1h", "REARM": "window", "BACKOFF": "10s..10m",
		"MAX_PARALLEL": "2", "MASS_FAILURE": "50%", "OUTAGE": "5m", "RECOVER": "fatal,exited", "MODE": "observe", "INTERVAL": "15", "ACTION": "signal:HUP",
		"STATE_DIR": "/var/lib/x", "STOPWAITSECS": "20", "MAX_RESTARTS": "4", "LOG_LEVEL": "warn", "LOG_FORMAT": "json",
	} {
		env["SUPERVISOR_HEALTHCHECK_"+word] = text
	}
	want := app.Options{ServerURL: "http://h:1", Username: "u", Password: "p w", Self: domain.ID{Group: "checks", Name: "web_check"},
		StateDir: "/var/lib/x", StopWait: 20 * time.Second, Restarts: 4, LogLevel: "warn", LogFormat: "json",
		Watches: []app.Watch{{Name: "c", Select: domain.SelectGroup("web"), Policy: allPolicy(),
			Checks: []checks.Settings{checks.CPU{MaxPercent: 90, Interval: minute}}}}}
	line := "supervisor_cpu_check -n c -g web -p 90 -i 60"
	got := call(t, env, strings.Fields(line)...)
	if d := diff(outcome{Status: 7, Ran: []app.Options{want}}, got); d != "" {
		t.Error(d)
	}

	want.Watches[0].Policy.Failures, want.LogLevel, want.ServerURL, want.Password = 9, "error", "unix:///s", "pa ss"
	want.Watches[0].Policy.Interval = 0
	line += " --failures 9 --judge-interval 0 --log-level error --serverurl unix:///s --supervisor-password-file testdata/secret"
	got = call(t, env, strings.Fields(line)...)
	if d := diff(outcome{Status: 7, Ran: []app.Options{want}}, got); d != "" {
		t.Error("flags win:", d)
	}
}

// All that is named is looked after, but of a group only those of which one is named too.
func TestEveryTargetCounts(t *testing.T) {
	for flags, want := range map[string][]string{
		"-g a -g b":                          {"a:*", "b:*"},
		"-N a -N b:c":                        {"a", "b:c"},
		"-g a -N b":                          {"a:*", "b"},
		"-N b -g a --process-name=c:d -ge":   {"a:*", "e:*", "b", "c:d"},
		"-g a -g a -N b -N b":                {"a:*", "b"},
		"-g web -N web:web_00":               {"web:web_00"},
		"-g web -g db -N web:0 -N web:1":     {"db:*", "web:0", "web:1"},
		"-g web -N= -g=":                     {"web:*"},
		"--process-g a --process-name web:b": {"a:*", "web:b"},
	} {
		got := call(t, nil, append([]string{"supervisor_tcp_check", "-n", "c", "-p", "80"}, strings.Fields(flags)...)...)
		selection, err := domain.Select(want...)
		if err != nil || got.Status != 7 || diff(selection, got.Ran[0].Watches[0].Select) != "" {
			t.Errorf("%s: %+v, %v", flags, got, err)
		}
	}
}

func TestAnEmptyVariableIsNone(t *testing.T) {
	env := map[string]string{"SUPERVISOR_HEALTHCHECK_FAILURES": "", "SUPERVISOR_HEALTHCHECK_STOPWAITSECS": ""}
	got := call(t, env, strings.Fields("supervisor_tcp_check -n c -g web -p 80")...)
	if got.Status != 7 || got.Ran[0].Watches[0].Policy.Failures != 1 {
		t.Errorf("%+v", got)
	}
}

func TestANameAloneIsThatOfItsGroupToo(t *testing.T) {
	for text, want := range map[string]domain.ID{
		"web": {Group: "web", Name: "web"}, "all": {Group: "all", Name: "all"}, "a:b": {Group: "a", Name: "b"}, "a:b:c": {Group: "a", Name: "b:c"},
	} {
		got := call(t, nil, "supervisor_tcp_check", "-n", "c", "-p", "80", "-N", text)
		if got.Status != 7 || diff(domain.SelectID(want), got.Ran[0].Watches[0].Select) != "" {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

func TestThePasswordOfAFileEndsBeforeItsLastNewline(t *testing.T) {
	for content, want := range map[string]string{"s3": "s3", "s3\n": "s3", "s3\r\n": "s3", "s3\n\n": "s3\n", " s3 \n": " s3 "} {
		path := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		got := call(t, nil, "supervisor_http_check", "-n", "c", "-p", "80", "-g", "web", "-u", "/", "--password-file", path)
		if got.Status != 7 || got.Ran[0].Watches[0].Checks[0].(checks.HTTP).Password != want {
			t.Errorf("%q: %+v", content, got)
		}
	}
}

func TestThePolicyIsTheOneThatIsNamedWithWhatIsGiven(t *testing.T) {
	limited := domain.Recommended()
	limited.Limit, limited.Failures = domain.Limit{Count: 5, Per: time.Hour}, 7
	for sentence, test := range map[string]struct {
		flags string
		env   map[string]string
		want  domain.Policy
	}{
		"none is named":                          {want: domain.DropIn()},
		"it is named by a flag":                  {flags: "--policy recommended", want: domain.Recommended()},
		"it is named by a variable":              {env: map[string]string{"POLICY": "recommended"}, want: domain.Recommended()},
		"the flag wins":                          {flags: "--policy drop-in", env: map[string]string{"POLICY": "recommended"}, want: domain.DropIn()},
		"single settings win, wherever they are": {flags: "--failures 7 --policy recommended", env: map[string]string{"RESTART_LIMIT": "5/1h"}, want: limited},
	} {
		t.Run(sentence, func(t *testing.T) {
			env := map[string]string{}
			for word, text := range test.env {
				env["SUPERVISOR_HEALTHCHECK_"+word] = text
			}
			got := call(t, env, strings.Fields("supervisor_tcp_check -n c -g web -p 80 "+test.flags)...)
			if got.Status != 7 || diff(test.want, got.Ran[0].Watches[0].Policy) != "" {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestThePolicyFlagsAreTheWordsOfThePolicy(t *testing.T) {
	l := lineOf(t, "tcp")
	var settings []string
	for _, w := range l.words {
		if w.group != policyGroup || w.long == "policy" {
			continue
		}
		settings = append(settings, w.setting)
		policy := domain.DropIn()
		if err := policy.Set(w.setting, w.option.DefaultMask); err != nil {
			t.Error(err)
		}
		if d := diff(domain.DropIn(), policy); d != "" {
			t.Errorf("the help says that %s is %s without the flag: %s", w.label(), w.option.DefaultMask, d)
		}
		if want := "SUPERVISOR_HEALTHCHECK_" + strings.ToUpper(strings.ReplaceAll(w.setting, "-", "_")); w.variable != want {
			t.Errorf("%s has the variable %s, want %s", w.label(), w.variable, want)
		}
	}
	if d := diff(domain.PolicySettings(), settings); d != "" {
		t.Error(d)
	}
}
