package ini_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/ini"
)

// reader is supervisor's own reader: it is given files, and says what it has read of each, or null.
const reader = `
import json, os, sys
from supervisor.options import UnhosedConfigParser, expand
import glob
def read(path):
    p = UnhosedConfigParser()
    p.expansions = {}
    with open(path, encoding='utf-8') as f: p.read_file(f)
    here = os.path.dirname(path)
    if p.has_section('include'):
        p.expand_here(here)
        if not p.has_option('include', 'files'): raise ValueError('no files')
        files = expand(p.get('include', 'files'), {'here': here}, 'include.files').split()
        for pattern in files:
            for name in sorted(glob.glob(os.path.join(here, pattern))):
                p.read(name)
                p.expand_here(os.path.abspath(os.path.dirname(name)))
    else:
        p.expand_here(here)
    return {s: dict(p.items(s)) for s in p.sections()}
out = []
for path in json.load(sys.stdin):
    try: out.append(read(path))
    except Exception as e: out.append(None)
json.dump(out, sys.stdout)
`

const expander = `
import json, sys
from supervisor.options import expand
names = {'program_name': 'web', 'process_num': 7, 'here': '/etc', 'ENV_X': 'x', 'a(b)': 'c'}
out = []
for text in json.load(sys.stdin):
    try: out.append(expand(text, names, 'x'))
    except Exception: out.append(None)
json.dump(out, sys.stdout)
`

// python runs a script of supervisor's Python with all inputs at once.
func python(t *testing.T, script string, inputs []string, outputs any) {
	t.Helper()
	interpreter := "/usr/bin/python3" // supervisor is a package of the system
	if exec.Command(interpreter, "-c", "import supervisor.options").Run() != nil {
		if os.Getenv("SUPERVISOR_HEALTHCHECK_E2E") == "required" {
			t.Fatal("supervisor's Python package is not installed")
		}
		t.Skip("supervisor's Python package is not installed")
	}
	in, err := json.Marshal(inputs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(interpreter, "-c", script)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, outputs); err != nil {
		t.Fatal(err)
	}
}

// ours is what this package reads, in the form of the Python script; nil for an error.
func ours(path string) map[string]map[string]string {
	c, err := ini.Read(path, nil)
	if err != nil {
		return nil
	}
	all := map[string]map[string]string{}
	for _, s := range c.Sections {
		all[s.Name] = map[string]string{}
		for _, k := range c.Keys(s) {
			all[s.Name][k.Name] = k.Value
		}
	}
	return all
}

// scraps are what random files are made of.
func scraps() []string {
	return strings.Split(`[a]|[b]|[program:x]|[DEFAULT]|[include]|[a] x|[a]b]|[]|[|]| [a]|key = value|key: value|KEY=v ; c|key = v;c|key = a # b ; c|k = ;`+
		`|k=#x|= x|: x|k|k =|  more|	tab|   ; comment|; comment|# comment|#|;||   |  key = deep|k = %(here)s/x|files = c*.conf|files = %(here)s/[!d]*.conf extra.conf`+
		`|files = %(nobody)s|ключ = значение|k = a  b|x y = z|k = "a;b" ;c #d|	# tab|k = a ;b # c;d|k = a;b #c| k2 = v|k = v `+"\u00a0"+`; x|k`+"\u2003"+`= v|k = %%(x)s|a=b=c|a:b=c`, "|")
}

func TestItReadsWhatSupervisordReads(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1))
	text := func() string {
		var lines []string
		for range dice.IntN(14) {
			lines = append(lines, scraps()[dice.IntN(len(scraps()))])
		}
		end := []string{"\n", "\r\n", "\r"}[dice.IntN(20)/18*(1+dice.IntN(2))]
		return strings.Join(lines, end) + end[:dice.IntN(2)*len(end)]
	}
	dir := t.TempDir()
	var paths []string
	for i := range 1500 {
		own := filepath.Join(dir, fmt.Sprint(i))
		if err := os.Mkdir(own, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"main.conf", "c1.conf", ".c2.conf", "extra.conf", "cx.conf"}[:1+dice.IntN(5)] {
			content := text()
			if name == "main.conf" && dice.IntN(2) == 0 {
				content = "[x]\n" + content + "\n[include]\nfiles = c*.conf\n"
			}
			if err := os.WriteFile(filepath.Join(own, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		paths = append(paths, filepath.Join(own, "main.conf"))
	}
	var theirs []map[string]map[string]string
	python(t, reader, paths, &theirs)
	read := 0
	for i, path := range paths {
		if theirs[i] != nil {
			read++
		}
		if diff := cmp.Diff(theirs[i], ours(path)); diff != "" {
			content, _ := os.ReadFile(path)
			t.Fatalf("%q: -supervisor +ours:\n%s", content, diff)
		}
	}
	t.Logf("%d of %d files can be read", read, len(paths))
	if read < 50 {
		t.Error("too few to mean anything")
	}
}

func TestItExpandsWhatSupervisordExpands(t *testing.T) {
	dice := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 2))
	parts := strings.Split("a|80|%|%%|%(|(|)|%(process_num)|%(program_name)|%(here)|%(ENV_X)|%(ENV_Y)|%(a(b))|s|d|i|u|x|X|o|02|2|-|+| |0|#|.3|.|*|q|l|%(process_num)02d|%(program_name)s|é", "|")
	texts := []string{"", "80%(process_num)02d", "%(program_name)-5s|", "100%"}
	for range 20_000 {
		text := ""
		for range 1 + dice.IntN(6) {
			text += parts[dice.IntN(len(parts))]
		}
		texts = append(texts, text)
	}
	var theirs []*string
	python(t, expander, texts, &theirs)
	names := ini.Names{Here: "/etc", Texts: map[string]string{"program_name": "web", "a(b)": "c"}, Numbers: map[string]int{"process_num": 7},
		Lookup: func(name string) (string, bool) { return "x", name == "X" }}
	same := 0
	for i, text := range texts {
		got, err := ini.Expand(text, names)
		switch {
		case err != nil && theirs[i] == nil:
		case err != nil:
			if !odd(text) && !strings.Contains(err.Error(), "has the width") {
				t.Errorf("%q is %q to supervisord, and here: %v", text, *theirs[i], err)
			}
		case theirs[i] == nil || *theirs[i] != got:
			t.Errorf("%q is %q here, and %s to supervisord", text, got, shown(theirs[i]))
		default:
			same++
		}
	}
	t.Logf("%d of %d were expanded alike", same, len(texts))
}

// odd reports whether a text has something of Python's that no configuration means, and that is refused here: the whole
// dictionary, a width from elsewhere, and the notations of Python.
func odd(text string) bool {
	return regexp.MustCompile(`%[-#0 +\d.l]*[*as]|%\(.*\)[-#0 +\d.l]*[#*a]|%\(.*\)[-#0 +\dl]*\.\d*l?[diuxXo]`).MatchString(text)
}

func shown(text *string) string {
	if text == nil {
		return "an error"
	}
	return fmt.Sprintf("%q", *text)
}

const environment = `
import json, sys
from supervisor.datatypes import dict_of_key_value_pairs
out = []
for text in json.load(sys.stdin):
    try: out.append(dict_of_key_value_pairs(text))
    except Exception: out.append(None)
json.dump(out, sys.stdout)
`

func TestItReadsTheEnvironmentThatSupervisordReads(t *testing.T) {
	dice := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 3))
	parts := strings.Split(`A|B_1|=|=|=|,|,|"|'|"x y"|'a,b'|/usr/bin:/bin|x-y.z|#|\n| |%|é|"a"b|a"b|a"b c"`, "|")
	var texts []string
	for range 20_000 {
		text := ""
		for range 1 + dice.IntN(9) {
			text += strings.ReplaceAll(parts[dice.IntN(len(parts))], `\n`, "\n")
		}
		texts = append(texts, text)
	}
	var theirs []map[string]string
	python(t, environment, texts, &theirs)
	for i, text := range texts {
		got, err := ini.Pairs(text)
		if (err != nil) != (theirs[i] == nil) || err == nil && !maps.Equal(got, theirs[i]) {
			t.Errorf("%q is %q (%v) here, and %q to supervisord", text, got, err, theirs[i])
		}
	}
}

const splitter = `
import json, shlex, sys
out = []
for text in json.load(sys.stdin):
    try: out.append(shlex.split(text))
    except Exception: out.append(None)
json.dump(out, sys.stdout)
`

func TestItPartsTheCommandThatSupervisordParts(t *testing.T) {
	dice := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 5))
	parts := strings.Split(`a|-p|web_(\\d+)|"|"|'|'|\|\\|\"|\'| | |\t|\n|""|''|#|;|é|"a b"|'{"a":"\n"}'|$x|=`, "|")
	var texts []string
	for range 20_000 {
		text := ""
		for range 1 + dice.IntN(9) {
			text += strings.NewReplacer(`\t`, "\t", `\n`, "\n").Replace(parts[dice.IntN(len(parts))])
		}
		texts = append(texts, text)
	}
	var theirs [][]string
	python(t, splitter, texts, &theirs)
	for i, text := range texts {
		got, err := ini.Words(text)
		if (err != nil) != (theirs[i] == nil) || err == nil && !slices.Equal(got, theirs[i]) {
			t.Errorf("%q is %q (%v) here, and %q to supervisord", text, got, err, theirs[i])
		}
	}
	for _, text := range texts {
		if back, err := ini.Words(ini.Argument(text)); err != nil || len(back) != 1 || back[0] != ini.Escaped(text) {
			t.Errorf("%q is written %s, which is %q, %v", text, ini.Argument(text), back, err)
		}
	}
}

const grouper = `
import json, sys
from supervisor.options import ServerOptions, UnhosedConfigParser
import os
out = []
for path in json.load(sys.stdin):
    try:
        o = ServerOptions(); o.configfile = path; o.here = os.path.dirname(path); o.environ_expansions = {'ENV_X': 'x'}
        o.configroot = o.configroot if hasattr(o, 'configroot') else None
        o.read_config(path)
        out.append(sorted([g.name, p.name] for g in o.configroot.supervisord.process_group_configs for p in g.process_configs))
    except Exception as e:
        out.append(None)
json.dump(out, sys.stdout)
`

func TestItMakesTheProcessesThatSupervisordMakes(t *testing.T) {
	dice := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 4))
	pick := func(choices ...string) string { return choices[dice.IntN(len(choices))] }
	dir := t.TempDir()
	var paths []string
	for i := range 300 {
		text := "[supervisord]\nenvironment=Y=y\n"
		for _, name := range []string{"a", "b", " c", "d-d"}[:1+dice.IntN(4)] {
			text += "[" + pick("program", "program", "program", "fcgi-program") + ":" + name + "]\ncommand=/bin/cat\nsocket=tcp://127.0.0.1:1\n" +
				pick("", "", "numprocs=3\nprocess_name=%(program_name)s_%(process_num)02d\n", "numprocs=2\nprocess_name=%(group_name)s-%(process_num)d\nnumprocs_start=9\n",
					"process_name=%(ENV_X)s%(ENV_Y)s\n", "environment=Z=z\nprocess_name=%(ENV_Z)s\n", "numprocs=%(ENV_Q)s\n", "numprocs=0\n", "numprocs=x\n", "process_name=%(numprocs)s\n",
					"process_name=%(process_name)s\n", "process_name=%(host_node_name)s\n")
		}
		text += pick("", "[group:g]\nprograms=a\n", "[group:g]\nprograms=a, b\n", "[group:h]\nprograms=a\n[group:g]\nprograms=a\n", "[group:g]\nprograms=no\n", "[group:g]\n",
			"[eventlistener:l]\ncommand=/bin/cat\nevents=TICK_5\n")
		path := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	var theirs [][][]string
	python(t, grouper, paths, &theirs)
	read := 0
	for i, path := range paths {
		lookup := func(name string) (string, bool) { return "x", name == "X" }
		c, err := ini.Read(path, lookup)
		if err != nil {
			t.Fatal(err)
		}
		programs, wrong := c.Programs(lookup)
		content, _ := os.ReadFile(path)
		if theirs[i] == nil {
			if len(wrong) == 0 {
				t.Errorf("%s\nis an error to supervisord, and here %v", content, programs)
			}
			continue
		}
		read++
		got := [][]string{}
		for _, p := range programs {
			for _, process := range p.Processes {
				got = append(got, []string{process.Group, process.Name})
			}
		}
		slices.SortFunc(got, slices.Compare)
		if diff := cmp.Diff(theirs[i], got); diff != "" || len(wrong) > 0 {
			t.Errorf("%s\n%v: -supervisor +ours:\n%s", content, wrong, diff)
		}
	}
	t.Logf("%d of %d configurations are good", read, len(paths))
}
