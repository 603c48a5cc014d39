package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/app/config"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// programsToSelect are what the drawn lines look after.
const programsToSelect = "[unix_http_server]\nfile=/s\n[supervisord]\n[program:web]\ncommand=x\nnumprocs=2\nprocess_name=web_90%(process_num)02d\n" +
	"[program:api]\ncommand=x\n[program:50%]\ncommand=x\n[eventlistener:ear]\ncommand=x\nevents=TICK_5\n"

// meaning is what a watch says, with the defaults of its checks.
func meaning(t *testing.T, w app.Watch) string {
	t.Helper()
	text := fmt.Sprintf("%q looks after %q\n%+v\n", w.Name, w.Select.Called(""), w.Policy)
	for _, s := range w.Checks {
		if named, ok := s.(interface{ Parts() []checks.Settings }); ok { // heartbeat for file
			s = named.Parts()[0]
		}
		kind, bound, ok := checks.Of(s)
		if !ok {
			t.Fatalf("%T", s)
		}
		for _, row := range bound.Table() {
			text += fmt.Sprintf("%s.%s=%q\n", kind.Name, row.Word, row.Get())
		}
		if _, err := s.Build(checks.World{}); err != nil {
			t.Error(err)
		}
	}
	return text
}

// loaded is the only watch of a file.
func loaded(t *testing.T, path, text string, lookup config.Lookup) app.Watch {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, lookup)
	if err != nil || c.Err() != nil || len(c.Watches) != 1 || len(c.Unmatched) > 0 {
		t.Fatalf("%s\n%v %+v", text, err, c)
	}
	return c.Watches[0].Watch
}

// For every drop-in command line there is a section with the same meaning, as somebody would write it, and as migrate finds it.
func TestForEveryDropInCommandLineThereIsASectionWithTheSameMeaning(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	l := lottery{t: t, Rand: rand.New(rand.NewPCG(seed, 1)), secret: filepath.Join(t.TempDir(), "secret")}
	if err := os.WriteFile(l.secret, []byte("\"from ;a file\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	old, file := filepath.Join(dir, "old.conf"), filepath.Join(dir, "new.conf")
	for range 200 {
		d := l.line()
		env := map[string]string{"OUTER": "from the ;environment "}
		lookup := func(name string) (string, bool) { value, ok := env[name]; return value, ok }
		line := call(t, d.environment(env), append([]string{"supervisor_" + d.command + "_check"}, d.words...)...)
		if len(line.Ran) != 1 {
			t.Fatalf("%q: %s", d.words, line.Stderr)
		}
		want := line.Ran[0].Watches[0]
		if every := d.every(); every > 0 {
			want.Policy.Interval = max(1, (want.Policy.Interval+every-1)/every) * every
		}
		called := want.Name // in the section that migrate makes
		if !d.writable() {
			want.Name, called = "c", "old"
		}
		by := loaded(t, file, programsToSelect+d.section(), lookup)
		if diff := diff(meaning(t, want), meaning(t, by)); diff != "" {
			t.Fatalf("%q\n%s\n-line +section:\n%s", d.words, d.section(), diff)
		}
		if err := os.WriteFile(old, []byte(programsToSelect+d.listener()), 0o600); err != nil {
			t.Fatal(err)
		}
		migrated := call(t, env, "x", "migrate", "-c", old)
		if migrated.Status != exitOK || migrated.Stderr != "" {
			t.Fatalf("%q\n%s\n%+v", d.words, d.listener(), migrated)
		}
		found := loaded(t, file, programsToSelect+migrated.Stdout, lookup)
		want.Name = called
		if diff := diff(meaning(t, want), meaning(t, found)); diff != "" {
			t.Fatalf("%q\n%s\n%s\n-line +migrated:\n%s", d.words, d.listener(), migrated.Stdout, diff)
		}
	}
}

// lottery draws command lines.
type lottery struct {
	*rand.Rand
	t      *testing.T
	secret string // a file with a password
}

func (l *lottery) one(of ...string) string { return of[l.IntN(len(of))] }

// drawn is a command line with the section that means the same.
type drawn struct {
	command, name string
	words         []string
	env           map[string]string // environment= of its section
	events        string
	body          []string // lines of the section
}

// line draws a command, what it looks after, its check and its policy.
func (l *lottery) line() *drawn {
	d := &drawn{env: map[string]string{}, events: l.one("TICK_5", "TICK_60", "TICK_60,TICK_5", "TICK_3600,PROCESS_STATE")}
	d.name = l.one("c", "web check", "50%", "a;b", "x]y", " around ", "a ;b", "one\ntwo", `q"u'o`)
	d.words = []string{"-n", d.name}
	var selects []string
	for len(selects) == 0 {
		for _, choice := range [][3]string{{"-g", "web", "web:*"}, {"-g", "50%", "50%:*"}, {"-N", "api", "api:api"}, {"-N", "ear:ear", "ear:ear"}} {
			if l.IntN(3) == 0 {
				d.words, selects = append(d.words, choice[0], choice[1]), append(selects, choice[2])
			}
		}
	}
	d.add("select", strings.Join(selects, ", "))
	kinds := checks.Commands()
	if n := l.IntN(len(kinds) + 2); n < len(kinds) {
		d.command = kinds[n].Name
		l.check(d, kinds[n])
	} else {
		d.command = "complex"
		l.complex(d, kinds)
	}
	l.policy(d)
	return d
}

// chosen are rows of a check with their texts: those that are needed, and some others.
func (l *lottery) chosen(kind checks.Kind) (rows []domain.Setting, texts [][2]string) {
	avoid := []string{l.one("send-json", "body")}
	if kind.Name == "xmlrpc" {
		avoid = [][]string{{"path", "port", "socket-dir"}, {"path", "port", "socket-path"}, {"socket-path", "socket-dir"}}[l.IntN(3)]
	}
	password := l.one("password", "password-file", "password-env", "")
	for _, row := range kind.New().Table() {
		needed := row.Flag.Need != "" || kind.Name == "xmlrpc" && slices.Contains([]string{"port", "socket-path", "socket-dir"}, row.Word)
		switch {
		case row.Flag.Long == "" || slices.Contains(avoid, row.Word):
		case (row.Word == "password" || row.Instead == "password") && row.Word != password:
		case needed, l.IntN(3) == 0:
			rows, texts = append(rows, row), append(texts, l.text(kind, row))
			continue
		}
	}
	return rows, texts
}

// check draws the flags of a check.
func (l *lottery) check(d *drawn, kind checks.Kind) {
	rows, texts := l.chosen(kind)
	for i, row := range rows {
		switch flag := "--" + row.Flag.Long; {
		case row.Flag.Switch:
			d.words = append(d.words, flag)
		case l.IntN(2) == 0 && row.Flag.Short != 0:
			d.words = append(d.words, fmt.Sprintf("-%c%s", row.Flag.Short, texts[i][0]))
		default:
			d.words = append(d.words, flag+"="+texts[i][0])
		}
		if row.Source == domain.InVariable && texts[i][0] == "INNER" {
			d.env["INNER"] = "x=1,y z%"
			row.Word, texts[i][1] = "password", d.env["INNER"]
		}
		d.add(kind.Word+"."+row.Word, texts[i][1])
	}
	l.defaults(d, kind, rows)
}

// defaults are the settings that are otherwise in a section where nothing is said.
func (l *lottery) defaults(d *drawn, kind checks.Kind, given []domain.Setting) {
	for _, row := range kind.New().Table() {
		if row.Flag.Default != "" && !slices.ContainsFunc(given, func(g domain.Setting) bool { return g.Word == row.Word }) {
			d.add(kind.Word+"."+row.Word, row.Flag.Default)
		}
	}
}

// policy draws settings of the policy, by flags or variables.
func (l *lottery) policy(d *drawn) {
	var p domain.Policy
	set := func(row domain.Setting, text string) {
		if l.IntN(3) == 0 {
			d.env[row.Flag.Variable] = text
		} else {
			d.words = append(d.words, "--"+row.Flag.Long+"="+text)
		}
	}
	if l.IntN(2) == 0 {
		set(p.Basis(), "recommended")
	} else {
		d.add("policy", "drop-in")
	}
	interval := map[bool]string{true: "10s"}[len(d.body) > 0 && !slices.Contains(d.body, "policy = drop-in\n")]
	for _, row := range p.Table() {
		if l.IntN(4) > 0 {
			continue
		}
		text := l.one(policySamples()[row.Word]...)
		set(row, text)
		if row.Word == "interval" {
			interval = text
		} else {
			d.add(row.Word, text)
		}
	}
	span, _ := domain.ParseDuration(cmp.Or(interval, "0"))
	if every := d.every(); every > 0 {
		span = max(1, (span+every-1)/every) * every
	}
	d.add("interval", span.String())
}

// every is the time between two ticks, where that is longer than those of the new listener.
func (d *drawn) every() time.Duration {
	return map[string]time.Duration{"TICK_60": time.Minute, "TICK_3600,PROCESS_STATE": time.Hour}[d.events]
}

// add adds a line to the section.
func (d *drawn) add(word, text string) {
	value, ok := config.Written(text)
	if !ok {
		panic(text)
	}
	d.body = append(d.body, strings.ReplaceAll(word, "-", "_")+" = "+value+"\n")
}

// section is the section with the same meaning.
func (d *drawn) section() string {
	name := d.name
	if !d.writable() {
		name = "c"
	}
	return "[healthcheck:" + name + "]\n" + strings.Join(d.body, "")
}

// writable reports whether the name can be that of a section.
func (d *drawn) writable() bool {
	return !slices.Contains([]string{" around ", "a ;b", "one\ntwo"}, d.name)
}

// environment is the one of its listener.
func (d *drawn) environment(outer map[string]string) map[string]string {
	all := map[string]string{}
	for _, env := range []map[string]string{outer, d.env} {
		for name, value := range env {
			all[name] = value
		}
	}
	return all
}

// listener is the section of the listener.
func (d *drawn) listener() string {
	text := "[eventlistener:old]\ncommand=/usr/bin/supervisor_" + d.command + "_check"
	for _, word := range d.words {
		text += " " + quoted(word)
	}
	text += "\nevents=" + d.events + "\n"
	if len(d.env) > 0 {
		var all []string
		for name, value := range d.env {
			all = append(all, name+`="`+strings.ReplaceAll(value, "%", "%%")+`"`)
		}
		text += "environment=" + strings.Join(all, ",") + "\n"
	}
	return text
}

// quoted is a word of command=, with each character that a file or a shell knows in quotes of its own.
func quoted(word string) string {
	var b strings.Builder
	b.WriteString("''")
	for _, r := range word {
		switch {
		case r == '\'':
			b.WriteString(`"'"`)
		case r == '%':
			b.WriteString("%%")
		case r == '\n':
			b.WriteString("'\n  '")
		case strings.ContainsRune(" ;#(\\\"\t", r):
			b.WriteString("'" + string(r) + "'")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
