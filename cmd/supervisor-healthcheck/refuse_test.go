package main

import (
	"bytes"
	"strings"
	"testing"

	"supervisor-healthcheck/app"
)

func TestEveryBadSettingIsRefusedInOneSentence(t *testing.T) {
	const (
		portCure     = `write a number from 1 to 65535, or a pattern for the process name with exactly one group around the port, such as web_(\d+)`
		durationCure = "write a duration of more than nothing such as 30, 30.5, 30s or 5m"
		noServer     = "SUPERVISOR_SERVER_URL is missing: run this command as an [eventlistener:x] of a supervisord that has a [unix_http_server] section, or give --serverurl"
		stray        = "this command takes flags alone; put quotes around a value with spaces"
		inURL        = " holds a user name or a password: give them by SUPERVISOR_USERNAME and SUPERVISOR_PASSWORD, or by --supervisor-username and --supervisor-password-file"
		passwords    = " cannot be given together: choose one"
	)
	for _, test := range []struct{ name, line, env, want string }{
		{"a missing name", "http -g web -u /x -p 80", "", "-n/--check-name is missing: give the check a name for the log, such as -n web_check"},
		{"an empty name", "http -g web -u /x -p 80 -n=", "", "-n/--check-name is missing: give the check a name for the log, such as -n web_check"},
		{"no target", "http -n c -u /x -p 80", "", "-g/--process-group or -N/--process-name is missing: say which processes are looked after, such as -g web or -N web:web_00"},
		{"a process for a group", "tcp -n c -g web:web_00 -p 80", "", `-g/--process-group "web:web_00": write the name of a group; a single process is named by -N group:name`},
		{"a group for a process", "tcp -n c -N web:* -p 80", "", `-N/--process-name "web:*": write group:name; a whole group is named by -g group`},
		{"half a process", "tcp -n c -N web: -p 80", "", `-N/--process-name "web:": write group:name, or name where both are equal`},
		{"the other half", "tcp -n c -N :web -p 80", "", `-N/--process-name ":web": write group:name, or name where both are equal`},

		{"no URL", "http -n c -g web -p 80", "", "-u/--url is missing: give the path that is asked for, such as -u /ping"},
		{"a URL with its host", "http -n c -g web -p 80 -u http://h/x", "", `-u/--url "http://h/x": write what follows host and port in the URL, beginning with a slash, such as /ping; the host is always 127.0.0.1`},
		{"a URL with a password", "http -n c -g web -p 80 -u http://me:s3@h/x", "", `-u/--url "***@h/x": write what follows host and port in the URL, beginning with a slash, such as /ping; the host is always 127.0.0.1`},
		{"no port", "http -n c -g web -u /x", "", "-p/--port is missing: give a port, or a regular expression that finds it in the name of the process"},
		{"no port of tcp", "tcp -n c -g web", "", "-p/--port is missing: give a port, or a regular expression that finds it in the name of the process"},
		{"a port that is too large", "tcp -n c -g web -p 65536", "", `-p/--port "65536": ` + portCure},
		{"a word for a port", "tcp -n c -g web -p x", "", `-p/--port "x": ` + portCure},
		{"a negative port", "tcp -n c -g web -p -5", "", `-p/--port "-5": ` + portCure},
		{"a method that is none", "http -n c -g web -u /x -p 80 -m G␣T", "", `-m/--method "G T": write an HTTP method such as GET, HEAD or POST`},
		{"a body twice", "http -n c -g web -u /x -p 80 -j {} -b s3", "", "-j/--json and -b/--body" + passwords},
		{"JSON that is none", "http -n c -g web -u /x -p 80 -j {s3", "", `-j/--json: write a JSON document such as {"deep": true}`},
		{"headers that are no JSON", "http -n c -g web -u /x -p 80 -H Authorization:s3", "", `-H/--headers: write a JSON object of strings such as {"Accept": "text/plain"}`},
		{"headers that are null", "http -n c -g web -u /x -p 80 -H null", "", `-H/--headers: write a JSON object of strings such as {"Accept": "text/plain"}`},
		{"headers that are empty", "http -n c -g web -u /x -p 80 -H=", "", `-H/--headers is missing its value: write a JSON object of strings such as {"Accept": "text/plain"}`},
		{"a header's bad name", `http -n c -g web -u /x -p 80 -H {"a␣b":"s3"}`, "", `-H/--headers: write a header name of letters, digits and dashes, such as X-Probe`},
		{"a bad timeout", "http -n c -g web -u /x -p 80 -t soon", "", `-t/--timeout "soon": ` + durationCure},
		{"no timeout", "http -n c -g web -u /x -p 80 -t 0", "", `-t/--timeout "0": ` + durationCure},
		{"an empty timeout", "http -n c -g web -u /x -p 80 -t=", "", "-t/--timeout is missing its value: " + durationCure},
		{"a negative timeout", "http -n c -g web -u /x -p 80 -t -5", "", `-t/--timeout "-5": ` + durationCure},
		{"bad retries", "http -n c -g web -u /x -p 80 -r few", "", `-r/--num-retries "few": write a whole number from 0 to 100`},
		{"negative retries", "http -n c -g web -u /x -p 80 -r -1", "", `-r/--num-retries "-1": write a whole number from 0 to 100`},
		{"too many retries", "tcp -n c -g web -p 80 -r 101", "", `-r/--num-retries "101": write a whole number from 0 to 100`},

		{"a password twice", "http -n c -g web -u /x -p 80 -P s3 --password-file f", "", "-P/--password and --password-file" + passwords},
		{"a password thrice", "xmlrpc -n c -g web -s /x -P s3 --password-file f --password-env E", "", "-P/--password and --password-file and --password-env" + passwords},
		{"a password of no file", "http -n c -g web -u /x -p 80 --password-file testdata/none", "", `--password-file "testdata/none": the file cannot be read: no such file or directory`},
		{"a password for its file", "http -n c -g web -u /x -p 80 --password-file s3", "", `--password-file: the file cannot be read: no such file or directory`},
		{"a password of a folder", "http -n c -g web -u /x -p 80 --password-file testdata", "", `--password-file "testdata": the file cannot be read: is a directory`},
		{"a password of an empty file", "http -n c -g web -u /x -p 80 --password-file /dev/null", "", `--password-file "/dev/null": the file is empty; write the password into it`},
		{"a password of no variable", "http -n c -g web -u /x -p 80 --password-env NONE", "", `--password-env "NONE": this environment variable is not set; set it with environment= in supervisord.conf`},

		{"no server", "xmlrpc -n c -g web", "", "-u/--url, -s/--socket-path or -S/--socket-dir is missing: say where the server listens"},
		{"two servers", "xmlrpc -n c -g web -s /x -S /y", "", "-s/--socket-path and -S/--socket-dir" + passwords},
		{"a path without a port", "xmlrpc -n c -g web -u /RPC2", "", "-p/--port is missing: " + portCure},
		{"a socket with a port", "xmlrpc -n c -g web -s /x -p 80", "", `-p/--port "80": write a port with url only; a unix socket has none`},

		{"no limit", "memory -n c -g web", "", "-m/--max-rss is missing: give the limit in kilobytes, such as -m 102400"},
		{"a limit with a unit", "memory -n c -g web -m 200MB", "", `-m/--max-rss "200MB": write the limit in kilobytes without a unit, such as 204800 for 200 MB`},
		{"a limit of nothing", "memory -n c -g web -m 0", "", `-m/--max-rss "0": write the limit in kilobytes without a unit, such as 204800 for 200 MB`},
		{"a limit beyond all", "memory -n c -g web -m 99999999999999999", "", `-m/--max-rss "99999999999999999": write the limit in kilobytes without a unit, such as 204800 for 200 MB`},
		{"the value that the Python package documents", "memory -n c -g web -m 1 -c true", "", `-c/--cumulative "true": this flag takes no value; leave the value out, or leave the flag out to switch it off`},
		{"the same, glued", "memory -n c -g web -m 1 --cum=false", "", `-c/--cumulative "false": this flag takes no value; leave the value out, or leave the flag out to switch it off`},
		{"the same, in a bundle", "file -n c -g web -t 1 -x=1", "", `-x/--fail-on-error "1": this flag takes no value; leave the value out, or leave the flag out to switch it off`},

		{"no share", "cpu -n c -g web -i 1", "", "-p/--max-cpu-percent is missing: give the limit in percent of one CPU, such as -p 100"},
		{"a share with a sign", "cpu -n c -g web -i 1 -p 90%", "", `-p/--max-cpu-percent "90%": write a percentage above 0 without a sign, such as 90; 100 is one core`},
		{"a share that is none", "cpu -n c -g web -i 1 -p nan", "", `-p/--max-cpu-percent "nan": write a percentage above 0 without a sign, such as 90; 100 is one core`},
		{"no interval", "cpu -n c -g web -p 1", "", "-i/--interval is missing: say how long the CPU use may stay above the limit, such as -i 1800"},
		{"a bad interval", "cpu -n c -g web -p 1 -i x", "", `-i/--interval "x": ` + durationCure},
		{"no age", "file -n c -g web", "", "-t/--timeout is missing: say how old the file may be, such as -t 60"},

		{"no config", "complex -n c -g web", "", "-c/--check-config is missing: give the settings of the checks as a JSON object"},
		{"a config without its quotes", "complex -n c -g web -c {memory:{max_rss:1}}", "", `-c/--check-config: line 1 column 2 "m": invalid character 'm' looking for beginning of object key string; put the whole in single quotes, as supervisord takes bare double quotes away`},
		{"a config without its quotes, with spaces", "complex -n c -g web -c {http: {password:s3}}", "", "unexpected argument after the value of -c/--check-config: put quotes around a value with spaces"},
		{"a setting of a config", `complex -n c -g web -c {"tcp":{"port":0}}`, "", `-c/--check-config: tcp.port "0": ` + portCure},
		{"a misspelt setting of a config", `complex -n c -g web -c {"tcp":{"prot":80}}`, "", `-c/--check-config: tcp.prot "prot": there is no such setting; did you mean port?`},

		{"a flag that there is not", "tcp -n c -g web -p 80 --nonsense=s3", "", "unknown flag --nonsense: -h shows the flags of this command"},
		{"a letter that there is not", "tcp -n c -g web -p 80 -zs3", "", "unknown flag -z: -h shows the flags of this command"},
		{"a letter that there is not, in a bundle", "memory -n c -g web -m 1 -cz", "", "unknown flag -z: -h shows the flags of this command"},
		{"a flag without a name", "tcp -n c -g web -p 80 --=x", "", "unknown flag --: -h shows the flags of this command"},
		{"a prefix of two flags", "tcp -n c -p 80 --process x", "", "ambiguous flag --process: it could be --process-group, --process-name"},
		{"a prefix of two new flags", "tcp -n c -g web -p 80 --log x", "", "ambiguous flag --log: it could be --log-level, --log-format"},
		{"a value that is missing", "tcp -n c -g web -p", "", "-p/--port is missing its value: one that begins with a dash is written --port=VALUE"},
		{"a flag for a value", "http -n c -g web -u /x -p 80 -P -s3", "", "-P/--password is missing its value: one that begins with a dash is written --password=VALUE"},
		{"a leftover", "tcp web -n c -g web -p 80", "", `unexpected argument "web": ` + stray},
		{"a leftover after a value", "tcp -g web -p 80 -n my check", "", `unexpected argument "check": ` + stray},
		{"a flag twice", "tcp -n c -g web -p 80 -p 81", "", "-p/--port is given twice: write it once"},
		{"a secret twice", "http -n c -g web -u /x -p 80 -Ps3 --password s4", "", "-P/--password is given twice: write it once"},
		{"a header twice", `http -n c -g web -u /x -p 80 -H {"X-A":"s3","X-A":"s4"}`, "", "-H/--headers: write each header once"},
		{"a header twice, in other capitals", `http -n c -g web -u /x -p 80 -H {"X-A":"s3","x-a":"s4"}`, "", `-H/--headers "x-a": write each header once; capitals make no difference`},
		{"a header that is null", `http -n c -g web -u /x -p 80 -H {"X-A":null}`, "", `-H/--headers: write a JSON object of strings such as {"Accept": "text/plain"}`},
		{"a leftover after two dashes", "tcp -n c -g web -p 80 -- web", "", `unexpected argument "web": ` + stray},
		{"a password with a space", "http -n c -g web -u /x -p 80 -P my s3", "", "unexpected argument after the value of -P/--password: put quotes around a value with spaces"},

		{"no supervisord", "tcp -n c -g web -p 80", "SUPERVISOR_SERVER_URL=", noServer},
		{"a server URL that is none", "tcp -n c -g web -p 80 --serverurl localhost:9001", "", `--serverurl "localhost:9001": write unix:///path or http://host:port`},
		{"a server URL without a path", "tcp -n c -g web -p 80", "SUPERVISOR_SERVER_URL=unix:///", `SUPERVISOR_SERVER_URL "unix:///": write unix:///path or http://host:port`},
		{"a server URL with a password", "tcp -n c -g web -p 80 --serverurl http://me:s3@h", "", "--serverurl" + inURL},
		{"a server URL with a password in the environment", "tcp -n c -g web -p 80", "SUPERVISOR_SERVER_URL=http://me:s3@h", "SUPERVISOR_SERVER_URL" + inURL},
		{"a missing file for supervisord's password", "tcp -n c -g web -p 80 --supervisor-password-file testdata/none", "", `--supervisor-password-file "testdata/none": the file cannot be read: no such file or directory`},
		{"a bad wait", "tcp -n c -g web -p 80 --stopwaitsecs x", "", `--stopwaitsecs "x": ` + durationCure},
		{"a bad wait in the environment", "tcp -n c -g web -p 80", "SUPERVISOR_HEALTHCHECK_STOPWAITSECS=x", `SUPERVISOR_HEALTHCHECK_STOPWAITSECS "x": ` + durationCure},
		{"no restarts", "tcp -n c -g web -p 80 --max-restarts 0", "", `--max-restarts "0": write a whole number from 1 to 1000`},
		{"a bad level", "tcp -n c -g web -p 80 --log-level loud", "", `--log-level "loud": write debug, info, warn or error`},
		{"a bad level in the environment", "tcp -n c -g web -p 80", "SUPERVISOR_HEALTHCHECK_LOG_LEVEL=loud", `SUPERVISOR_HEALTHCHECK_LOG_LEVEL "loud": write debug, info, warn or error`},
		{"a bad format", "tcp -n c -g web -p 80 --log-format xml", "", `--log-format "xml": write text or json`},
		{"an empty format", "tcp -n c -g web -p 80 --log-format=", "", "--log-format is missing its value: write text or json"},

		{"a bad policy", "tcp -n c -g web -p 80 --policy best", "", `--policy "best": write "drop-in" or "recommended"`},
		{"a bad policy in the environment", "tcp -n c -g web -p 80", "SUPERVISOR_HEALTHCHECK_POLICY=best", `SUPERVISOR_HEALTHCHECK_POLICY "best": write "drop-in" or "recommended"`},
		{"a bad warmup", "tcp -n c -g web -p 80 --warmup x", "", `--warmup "x": write a duration such as 30s, 5m or 1h, or "off"`},
		{"a bad patience", "tcp -n c -g web -p 80 --patience x", "", `--patience "x": write a duration such as 30s, 5m or 1h, or "off"`},
		{"a bad ladder", "tcp -n c -g web -p 80 --ladder 1h..1m", "", `--ladder "1h..1m": write the first and the longest pause such as 1m..1h, one pause such as 30s, or "none"`},
		{"a bad outage", "tcp -n c -g web -p 80 --outage x", "", `--outage "x": write a duration such as 30s, 5m or 1h, or "off"`},
		{"bad failures", "tcp -n c -g web -p 80 --failures 0", "", `--failures "0": write a whole number of 1 or more`},
		{"bad failures in the environment", "tcp -n c -g web -p 80", "SUPERVISOR_HEALTHCHECK_FAILURES=x", `SUPERVISOR_HEALTHCHECK_FAILURES "x": write a whole number of 1 or more`},
		{"bad successes", "tcp -n c -g web -p 80 --successes x", "", `--successes "x": write a whole number of 1 or more`},
		{"a bad grace", "tcp -n c -g web -p 80 --start-grace x", "", `--start-grace "x": write a duration such as 30, 30s, 5m or 1h`},
		{"a bad restart limit", "tcp -n c -g web -p 80 --restart-limit 5", "", `--restart-limit "5": write a number of restarts per duration such as 5/1h, or "none"`},
		{"a bad rearm", "tcp -n c -g web -p 80 --rearm me", "", `--rearm "me": write "human" or "window"`},
		{"a bad pause", "tcp -n c -g web -p 80 --backoff x", "", `--backoff "x": write the first and the longest pause such as 1m..1h, one pause such as 30s, or "none"`},
		{"too few at a time", "tcp -n c -g web -p 80 --max-parallel 0", "", `--max-parallel "0": write a whole number of 1 or more`},
		{"a bad share", "tcp -n c -g web -p 80 --mass-failure half", "", `--mass-failure "half": write a share from 1% to 100% such as 50%, 50 or 0.5, or "off"`},
		{"a state that is not recovered", "tcp -n c -g web -p 80 --recover running", "", `--recover "running": write one or more of fatal, exited, backoff with commas between, or "none"`},
		{"a bad mode", "tcp -n c -g web -p 80 --mode x", "", `--mode "x": write "act" or "observe"`},
		{"a bad interval of judging", "tcp -n c -g web -p 80 --judge-interval x", "", `--judge-interval "x": write a duration such as 30, 30s, 5m or 1h`},
		{"the same in the environment", "tcp -n c -g web -p 80", "SUPERVISOR_HEALTHCHECK_INTERVAL=x", `SUPERVISOR_HEALTHCHECK_INTERVAL "x": write a duration such as 30, 30s, 5m or 1h`},
		{"a bad action", "tcp -n c -g web -p 80 --action x", "", `--action "x": write "restart", "none", or "signal:" and a name such as signal:HUP`},
		{"an empty action", "tcp -n c -g web -p 80 --action=", "", `--action is missing its value: write "restart", "none", or "signal:" and a name such as signal:HUP`},
	} {
		t.Run(test.name, func(t *testing.T) {
			variable, text, _ := strings.Cut(test.env, "=")
			name, flags, _ := strings.Cut(test.line, " ")
			link := "supervisor_" + name + "_check"
			got := call(t, map[string]string{variable: text}, append([]string{link}, spaced(flags)...)...)
			if d := diff(outcome{Status: exitUsage, Stderr: link + ": " + test.want + "\n"}, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestACallThatIsNoCommandIsRefused(t *testing.T) {
	const names = "http, tcp, xmlrpc, memory, cpu, file, complex, run, init, try, check-config, status, top, events, report, pause, resume, metrics, help, migrate, links, python, demo or version; -h tells more"
	for line, want := range map[string]string{
		"x":           "supervisor-healthcheck: name a command: " + names,
		"x htpt -n c": `supervisor-healthcheck: unknown command "htpt": did you mean http?`,
		"x -n c":      `supervisor-healthcheck: unknown command "-n": the commands are ` + names,
		"x tcp": "supervisor-healthcheck tcp: -n/--check-name is missing: give the check a name for the log, such as -n web_check\n" +
			"supervisor-healthcheck tcp: -p/--port is missing: give a port, or a regular expression that finds it in the name of the process\n" +
			"supervisor-healthcheck tcp: -g/--process-group or -N/--process-name is missing: say which processes are looked after, such as -g web or -N web:web_00",
		"supervisor_tcp_check tcp -n c -g web -p 80": `supervisor_tcp_check: unexpected argument "tcp": this command takes flags alone; put quotes around a value with spaces`,
		"x links":       "supervisor-healthcheck links: 0 arguments where 1 belong: write supervisor-healthcheck links DIR",
		"x links a b":   "supervisor-healthcheck links: 2 arguments where 1 belong: write supervisor-healthcheck links DIR",
		"x version 1":   "supervisor-healthcheck version: 1 arguments where 0 belong: write supervisor-healthcheck version",
		"x demo --fast": "supervisor-healthcheck demo: unknown flag `fast'",
	} {
		got := call(t, nil, strings.Fields(line)...)
		if d := diff(outcome{Status: exitUsage, Stderr: want + "\n"}, got); d != "" {
			t.Errorf("%s: %s", line, d)
		}
	}
}

// A password may stand where it does not belong, because a quote, a blank or an equals sign was forgotten, or a brace or a colon is in
// the wrong place. What is said of that shows no part of it.
func TestNoRefusalShowsASecret(t *testing.T) {
	for _, args := range [][]string{
		{"http", "-P", "s3cr3t", "word"},
		{"http", "-P", "s3cr3t", "word", "-n", "c", "w0rd"},
		{"http", "-Ps3cr3t extra word"},
		{"http", "-P s3cr3t extra word"},
		{"tcp", "-Ps3cr3t extra word"},
		{"tcp", "--passwords3cr3t word"},
		{"tcp", "-p", "80", "--", "-Ps3cr3t"},
		{"http", "-n", "c", "-P", "a", "s3cr3t"},
		{"http", "--password s3cr3t"},
		{"http", "--password: s3cr3t"},
		{"http", "--passwords3cr3t"},
		{"http", "--password_s3cr3t"},
		{"http", "--headers{s3cr3t: 1}"},
		{"http", "-P", "-s3cr3t"},
		{"http", "-P", "x", "-P", "s3cr3t"},
		{"http", "-b", "s3cr3t", "-P", "x", "-b", "s3cr3t"},
		{"http", "--password-file", "s3cr3t"},
		{"http", "--password-env", "s3cr3t"},
		{"http", "-u", "/x?token=s3cr3t", "-p", "80", "-m", "a b"},
		{"http", "-u", "x?token=s3cr3t", "-p", "80"},
		{"http", "-u", "http://u:s3cr3t@h/", "-p", "80"},
		{"http", "-u", "/", "-p", "80", "-H", `{"s3cr3t word": "x"}`},
		{"http", "-u", "/", "-p", "80", "-H", `{"Authorization": "s3cr3t", "Authorization": "s3cr3t"}`},
		{"http", "-u", "/", "-p", "80", "-H", `{"Authorization": ["s3cr3t"]}`},
		{"http", "-u", "/", "-p", "80", "-H", `{"Authorization": "s3cr3t\n"}`},
		{"http", "-u", "/", "-p", "80", "-H", `Authorization: s3cr3t`},
		{"http", "-u", "/", "-p", "80", "-j", `{s3cr3t}`},
		{"http", "--supervisor-password-file", "s3cr3t", "-u", "/", "-p", "80"},
		{"http", "--serverurl", "http://me:s3cr3t@h", "-u", "/", "-p", "80"},
		{"http", "--serverurl", "http://me:s3cr/3t@h/x", "-u", "/", "-p", "80"},
		{"http", "--serverurl", "me:s3cr3t@h", "-u", "/", "-p", "80"},
		{"http", "--serverurl", "https://me:s3cr3t", "-u", "/", "-p", "80"},
		{"http", "--serverurl", "ftp://h/?token=s3cr3t", "-u", "/", "-p", "80"},
		{"complex", "-c", "{http: {password:", "s3cr3t}}"},
		{"complex", "-c", `{"s3cr3t": {}}`},
		{"complex", "-c", `{"http": {"s3cr3t": 1}}`},
		{"complex", "-c", `{"http": {"s3cr3t word": 1}}`},
		{"complex", "-c", `{"http": {"url": "/", "port": {"password": "s3cr3t"}}}`},
		{"complex", "-c", `{"http": {"url": "/", "port": 80, "timeout": ["s3cr3t"]}}`},
		{"complex", "-c", `{"http": {"url": "/", "port": 80, "headers": {"s3cr3t word": "x"}}}`},
		{"complex", "-c", `{"http": {"url": "/", "port": 80, "password": ["s3cr3t"]}}`},
		{"complex", "-c", `{"http": {"password": "s3cr3t"}, "http": {"password": "s3cr3t"}}`},
		{"complex", "-c", `{"http": "s3cr3t"}`},
		{"complex", "-c", `{"http": {"password" "s3cr3t"}}`},
		{"complex", "-c", `{"http": {"password": s3cr3t}}`},
		{"complex", "-c", `["s3cr3t"]`},
		{"complex", "-c", `"s3cr3t"`},
	} {
		got := call(t, map[string]string{}, append([]string{"supervisor_" + args[0] + "_check", "-g", "web", "-n=c"}[:3-strings.Count(strings.Join(args, " "), " -n ")], args[1:]...)...)
		for _, part := range []string{"s3cr", "cr3t", "r/3t", "w0rd", "word"} {
			if strings.Contains(strings.ReplaceAll(got.Stderr, "password", ""), part) {
				t.Errorf("%q: %s", args, got.Stderr)
			}
		}
		if got.Status != exitUsage {
			t.Errorf("%q: status %d, %s", args, got.Status, got.Stderr)
		}
	}
}

func TestAllMistakesOfACommandLineAreSaidAtOnce(t *testing.T) {
	for line, want := range map[string][]string{
		"tcp -n c --faliures 3 -p 99999 -t soon --log-level loud": {
			"unknown flag --faliures: did you mean --failures?",
			"-g/--process-group or -N/--process-name is missing: say which processes are looked after, such as -g web or -N web:web_00",
			`-p/--port "99999": write a number from 1 to 65535, or a pattern for the process name with exactly one group around the port, such as web_(\d+)`,
			`-t/--timeout "soon": write a duration of more than nothing such as 30, 30.5, 30s or 5m`,
			`--log-level "loud": write debug, info, warn or error`,
		},
		"tcp -n c -g web -p 80 --retires 3":    {"unknown flag --retires: did you mean --num-retries?"},
		"tcp -n c -g web --prot 80":            {"unknown flag --prot: did you mean --port?"},
		"tcp -n c --proces-grup web -p 80":     {"unknown flag --proces-grup: did you mean --process-group?"},
		"tcp -n c -g web -p 80 --polciy=wise":  {"unknown flag --polciy: did you mean --policy?"},
		"tcp -n c -g web -p 80 --xyzzy 3":      {"unknown flag --xyzzy: -h shows the flags of this command"},
		"tcp -n c -g web -p web_(\\d+)_(\\d+)": {`-p/--port "web_(\d+)_(\d+)": write a number from 1 to 65535, or a pattern for the process name with exactly one group around the port, such as web_(\d+)`},
		"memory -n c": {
			"-m/--max-rss is missing: give the limit in kilobytes, such as -m 102400",
			"-g/--process-group or -N/--process-name is missing: say which processes are looked after, such as -g web or -N web:web_00",
		},
		"xmlrpc -n c -g web -s /x --pasword s3 -r x": {
			"unknown flag --pasword: did you mean --password?",
			`-r/--num-retries "x": write a whole number from 0 to 100`,
		},
	} {
		name, flags, _ := strings.Cut(line, " ")
		link := "supervisor_" + name + "_check"
		text := ""
		for _, sentence := range want {
			text += link + ": " + sentence + "\n"
		}
		got := call(t, nil, append([]string{link}, spaced(flags)...)...)
		if d := diff(outcome{Status: exitUsage, Stderr: text}, got); d != "" {
			t.Errorf("%s: %s", line, d)
		}
	}
}

func TestAMisspeltVariableIsSaid(t *testing.T) {
	got := call(t, map[string]string{
		"SUPERVISOR_HEALTHCHECK_FALIURES": "3", "SUPERVISOR_HEALTHCHECK_POLICY": "recommended", "SUPERVISOR_HEALTHCHECK_COLOUR_OF_IT": "red", "SUPERVISOR_ENABLED": "1",
	}, strings.Fields("supervisor_tcp_check -n c -g web -p 80")...)
	const front = "time=2030-01-01T12:00:00.000Z level=WARN supervisor_tcp_check: the environment variable "
	want := front + "SUPERVISOR_HEALTHCHECK_COLOUR_OF_IT is none of ours and does nothing\n" +
		front + "SUPERVISOR_HEALTHCHECK_FALIURES is none of ours and does nothing: did you mean SUPERVISOR_HEALTHCHECK_FAILURES?\n"
	if d := diff(want, got.Stderr); d != "" || got.Status != 7 {
		t.Errorf("status %d, %s", got.Status, d)
	}
}

func TestAtATerminalItSaysWhatItWaitsFor(t *testing.T) {
	for line, want := range map[string]string{
		"x tcp -n c -g web -p 80": "x tcp waits for events of supervisord on stdin, and this is a terminal. This command is for command= in an [eventlistener:x] " +
			"section of supervisord.conf; supervisord runs it. To see it at work now: supervisor-healthcheck demo. Ctrl-C ends it.",
		"x tcp -n c -g web -p x -t 5 --serverurl=": "x tcp: SUPERVISOR_SERVER_URL is missing: run this command as",
		"x tcp -n c -g web -p x":                   "To see it at work now: supervisor-healthcheck demo.",
	} {
		var stderr bytes.Buffer
		p := program{
			run: func(app.Options) int { return 7 }, stderr: &stderr, terminal: true, environ: func() []string { return nil },
			getenv: func(name string) string {
				return map[string]string{"SUPERVISOR_SERVER_URL": "unix:///run/s.sock"}[name]
			},
		}
		p.main(strings.Fields(line))
		got := strings.Join(strings.Fields(stderr.String()), " ")
		if !strings.Contains(strings.ReplaceAll(got, self+" tcp", "x tcp"), want) || strings.Contains(got, "time=") {
			t.Errorf("%s: %s", line, got)
		}
	}
}

func TestTheNearestWord(t *testing.T) {
	candidates := []string{"failures", "successes", "policy", "port"}
	for word, want := range map[string]string{
		"faliures": "failures", "failure": "failures", "fialurse": "failures", "sucesses": "successes", "prot": "port", "pot": "port", "polic": "policy",
		"": "", "x": "", "zz": "", "nonsense": "", "portable": "",
	} {
		if got := nearest(word, candidates); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}
