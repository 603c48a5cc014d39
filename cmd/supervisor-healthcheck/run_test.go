package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/app/config"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

func sections(t *testing.T, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "x.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheCommandRun(t *testing.T) {
	const programs = "[unix_http_server]\nfile=/run/own.sock\nusername=me\npassword=x\n[program:web]\ncommand=/bin/web\n[program:api]\ncommand=/bin/api\n"
	good := sections(t, programs+"[healthcheck]\nlog_level=debug\n[healthcheck:web]\nmemory=1GB\n[healthcheck:api]\nmemory=1GB\n[healthcheck:no]\nmemory=1GB\n")
	bad := sections(t, programs+"[healthcheck:web]\nmemory=1\nfailurs=3\n[healthcheck:api]\n")
	got := call(t, map[string]string{"SUPERVISOR_SERVER_URL": "unix:///run/s.sock", "SUPERVISOR_HEALTHCHECK_LOG_FORMAT": "json", "SUPERVISOR_HEALTHCHECK_POLCY": "x"}, "x", "run", "-c", good)
	if got.Status != 7 || len(got.Ran) != 1 {
		t.Fatalf("%+v", got)
	}
	if want := "supervisor-healthcheck run: the environment variable SUPERVISOR_HEALTHCHECK_POLCY is none of ours and does nothing: did you mean SUPERVISOR_HEALTHCHECK_POLICY?\n"; !strings.HasSuffix(got.Stderr, want) {
		t.Error(got.Stderr)
	}
	o := got.Ran[0]
	if o.ServerURL != "unix:///run/s.sock" || o.Username != "me" || o.Password != "x" || o.LogLevel != "debug" || o.LogFormat != "json" || o.Config != good ||
		len(o.Watches) != 3 || len(o.Warnings) != 1 || o.Reload == nil || o.Changed == nil {
		t.Errorf("%+v", o)
	}
	for line, want := range map[string]string{
		"x run -c " + bad: "supervisor-healthcheck run: " + bad + `:10: [healthcheck:web] memory "1": write a size with its unit, such as 800MB or 1.5GB, or a percentage of the machine or the container, such as 90%` + "\n" +
			"supervisor-healthcheck run: " + bad + ":11: [healthcheck:web] failurs: there is no such setting; did you mean failures?\n" +
			"supervisor-healthcheck run: " + bad + ":12: [healthcheck:api]: it has no check; write one such as http = http://127.0.0.1:8080/ping\n",
		"x run -c /none.conf": "supervisor-healthcheck run: /none.conf: it cannot be read: no such file or directory\n",
		"x run --fast":        "supervisor-healthcheck run: unknown flag `fast': write supervisor-healthcheck run [-c FILE]; settings such as log_level stand in [healthcheck]\n",
		"x run -c":            "supervisor-healthcheck run: expected argument for flag `-c, --configuration'\n",
		"x run web":           "supervisor-healthcheck run: unexpected argument \"web\": which processes are looked after stands in the sections; write supervisor-healthcheck run [-c FILE]\n",
	} {
		if d := diff(outcome{Status: exitUsage, Stderr: want}, call(t, nil, strings.Fields(line)...)); d != "" {
			t.Errorf("%s: %s", line, d)
		}
	}
}

// samples are values of settings as the command line and as a section has them.
func samples() map[string][][2]string {
	same := func(values ...string) (all [][2]string) {
		for _, v := range values {
			all = append(all, [2]string{v, v})
		}
		return all
	}
	return map[string][][2]string{
		"path": same("/ping", "/a?b=%20c", "/x%25y"), "port": append(same("8080", "1"), [2]string{`web_(\d+)`, `web_(\d+)`}), "timeout": same("5", "1.5", "30s", "5m"),
		"retries": same("0", "3"), "method": same("POST", "get_status"), "username": same("me", "a;b"), "password": same("x", "a=b:c", "100%"),
		"json": same(`{"a":1}`), "headers": {{`{"Accept":"text/plain"}`, "Accept: text/plain"}, {`{"A":"b","C":"d"}`, "A: b\n  C: d"}}, "body": same("text", "a b"),
		"socket-path": same("/run/x.sock"), "socket-dir": same("/run/x"), "limit": {{"204800", "200MB"}, {"1000", "1000KB"}}, "cumulative": {{"", "true"}},
		"for": same("30m", "60"), "required": {{"", "yes"}}, "root-dir": same("/run/beats"),
		"failures": same("3"), "successes": same("2"), "start-grace": same("1m", "90"), "warmup": same("10m", "off"), "patience": same("3m"), "ladder": same("1m..1h", "none"),
		"restart-limit": same("5/1h", "none"), "rearm": same("human", "window"), "backoff": same("10s..10m"), "max-parallel": same("2"), "mass-failure": same("50%", "0.5", "off"),
		"outage": same("5m"), "recover": same("fatal,exited", "none"), "mode": same("observe"), "interval": same("10s"), "action": same("signal:HUP", "none"),
	}
}

// drawn is a command line and a section with the same meaning.
type drawn struct {
	flags   []string
	section string
}

func (d *drawn) add(row domain.Setting, prefix string, value [2]string) {
	if row.Source != domain.Written || row.Flag.Long == "" {
		return
	}
	if row.Flag.Switch {
		d.flags = append(d.flags, "--"+row.Flag.Long)
	} else {
		d.flags = append(d.flags, "--"+row.Flag.Long+"="+value[0])
	}
	d.section += prefix + strings.ReplaceAll(row.Word, "-", "_") + " = " + value[1] + "\n"
}

// draw makes them of the rows that are needed, and of some that are not.
func draw(t *testing.T, dice *rand.Rand, kind checks.Kind) drawn {
	d := drawn{flags: []string{"-n", "c", "-g", "web"}, section: "[healthcheck:c]\nselect = web:*\n"}
	if dice.IntN(2) == 0 {
		d.flags = append(d.flags, "--policy=recommended")
	} else {
		d.section += "policy = drop-in\n"
	}
	pick := func(row domain.Setting) [2]string {
		values := samples()[row.Word]
		if kind.Name == "cpu" && row.Word == "limit" {
			values = [][2]string{{"90", "90%"}, {"12.5", "12.5%"}}
		}
		if len(values) == 0 {
			t.Fatalf("there is no sample of %s", row.Word)
		}
		return values[dice.IntN(len(values))]
	}
	var avoid map[string]bool
	switch {
	case kind.Name == "xmlrpc" && dice.IntN(2) == 0:
		avoid = map[string]bool{"path": true, "port": true, []string{"socket-path", "socket-dir"}[dice.IntN(2)]: true}
	case kind.Name == "xmlrpc":
		avoid = map[string]bool{"socket-path": true, "socket-dir": true}
	case dice.IntN(2) == 0:
		avoid = map[string]bool{"json": true}
	default:
		avoid = map[string]bool{"body": true}
	}
	for _, row := range kind.New().Table() {
		needed := row.Flag.Need != "" && kind.Name != "xmlrpc" || kind.Name == "xmlrpc" && row.Word == "path" || kind.Name == "xmlrpc" && slices.Contains([]string{"port", "socket-path", "socket-dir"}, row.Word)
		if row.Flag.Long != "" && row.Source == domain.Written && !avoid[row.Word] && (needed || dice.IntN(3) == 0) {
			d.add(row, kind.Word+".", pick(row))
		} else if row.Flag.Default != "" {
			d.section += kind.Word + "." + row.Word + " = " + row.Flag.Default + "\n"
		}
	}
	for _, row := range new(domain.Policy).Table() {
		if dice.IntN(4) == 0 {
			d.add(row, "", pick(row))
		}
	}
	return d
}

// meaning is what settings say, with their defaults.
func meaning(t *testing.T, s checks.Settings) string {
	var table []domain.Setting
	switch s := s.(type) {
	case checks.HTTP:
		table = s.Table()
	case checks.TCP:
		table = s.Table()
	case checks.XMLRPC:
		table = s.Table()
	case checks.Memory:
		table = s.Table()
	case checks.CPU:
		table = s.Table()
	case checks.File:
		table = s.Table()
	default:
		t.Fatalf("%T", s)
	}
	text := fmt.Sprintf("%T\n", s)
	for _, row := range table {
		value := row.Get()
		if d, ok := domain.ParseDuration(value); ok && row.Value == "DURATION" {
			value = d.String()
		}
		text += row.Word + "=" + value + "\n"
	}
	return text
}

func TestForEveryDropInCommandLineThereIsASectionWithTheSameMeaning(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1))
	path := filepath.Join(t.TempDir(), "x.conf")
	for range 400 {
		kind := checks.Commands()[dice.IntN(len(checks.Commands()))]
		d := draw(t, dice, kind)
		line := call(t, nil, append([]string{"x", kind.Name}, d.flags...)...)
		if len(line.Ran) != 1 {
			t.Fatalf("%q: %s", d.flags, line.Stderr)
		}
		if err := os.WriteFile(path, []byte("[unix_http_server]\nfile=/s\n[program:web]\ncommand=x\n"+d.section), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(path, nil)
		if err != nil || c.Err() != nil {
			t.Fatalf("%s: %v %v", d.section, err, c.Err())
		}
		want, got := line.Ran[0].Watches[0], c.Watches[0].Watch
		got.Select = got.Select.Called("")
		if named, ok := got.Checks[0].(interface{ Parts() []checks.Settings }); ok { // heartbeat for file
			got.Checks = named.Parts()
		}
		if diff := diff(meaning(t, want.Checks[0]), meaning(t, got.Checks[0])); diff != "" {
			t.Errorf("%q\n%s-line +section:\n%s", d.flags, d.section, diff)
		}
		want.Checks, got.Checks = nil, nil
		if diff := diff(want, got); diff != "" {
			t.Errorf("%q\n%s-line +section:\n%s", d.flags, d.section, diff)
		}
	}
}
