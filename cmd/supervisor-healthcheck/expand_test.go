package main

import (
	"strings"
	"testing"
)

func TestExpand(t *testing.T) {
	for name, test := range map[string]struct{ command, args, want string }{
		"a value apart":                     {"http", "-p 8080 --timeout 3", "--port=8080 --timeout=3"},
		"a value glued":                     {"http", "-p8080 -t=3 --num-retries=5", "--port=8080 --timeout=3 --num-retries=5"},
		"a glued value with an equals sign": {"http", "-Pa=b -U==a --body=a=b", "--password=a=b --username==a --body=a=b"},
		"a bundle":                          {"memory", "-cm 100", "--cumulative --max-rss=100"},
		"a bundle with a glued value":       {"memory", "-cm100 -cn=a", "--cumulative --max-rss=100 --cumulative --check-name=a"},
		"negative numbers":                  {"http", "-p -5 -r -1.5 -t -.5", "--port=-5 --num-retries=-1.5 --timeout=-.5"},
		"a single dash is a value":          {"http", "-u -", "--url=-"},
		"a prefix":                          {"http", "--check-n x --ti 3 --process-n y", "--check-name=x --timeout=3 --process-name=y"},
		"a prefix of one letter":            {"http", "--t 3 --n 4", "--timeout=3 --num-retries=4"},
		"a prefix that a new flag has too: --m of http": {"http", "--m GET", "--method=GET"},
		"a prefix that a new flag has too: --pas":       {"http", "--pas x", "--password=x"},
		"a prefix that a new flag has too: --us":        {"http", "--us x --b y", "--username=x --body=y"},
		"a prefix that a new flag has too: --max":       {"memory", "--max 1", "--max-rss=1"},
		"a prefix that a new flag has too: --m of cpu":  {"cpu", "--m 1 --i 2", "--max-cpu-percent=1 --interval=2"},
		"a prefix that a new flag has too: --f":         {"file", "--fail --r x", "--fail-on-error --root-dir=x"},
		"a prefix that a new flag has too: --c":         {"memory", "--cu", "--cumulative"},
		"a prefix of a new flag":                        {"memory", "--fai 3 --log-l debug --sta x", ""},
		"a prefix of one new flag":                      {"memory", "--fai 3 --log-l debug --state x", "--failures=3 --log-level=debug --state-dir=x"},
		"a whole new name that begins another":          {"http", "--password-file f --password p", "--password-file=f --password=p"},
		"the old misspelling":                           {"memory", "--msx 6", "--max-rss=6"},
		"underscores":                                   {"memory", "--max_rss 5 --check_name=a_b", "--max-rss=5 --check-name=a_b"},
		"help ends it":                                  {"http", "-p 1 -h --nonsense", "--port=1 --help"},
		"help in a bundle":                              {"memory", "-chm", "--cumulative --help"},
		"a flag that may be given several times":        {"http", "-g a -g b --process-g=c -Nx", "--process-group=a --process-group=b --process-group=c --process-name=x"},
		"a switch that is on anyway":                    {"memory", "-c --cumulative", "--cumulative --cumulative"},
		"the same twice":                                {"http", "-p 8080 -p 8080", ""},
		"a flag and its prefix":                         {"http", "-t 3 --time=4", ""},
		"a flag and its old misspelling":                {"memory", "--max-rss 5 --msx-rss 6", ""},
		"a flag and its letter in a bundle":             {"memory", "-m 5 -cm6", ""},
		"a flag of ours twice":                          {"memory", "--failures 3 --fai=4", ""},
		"two dashes end it":                             {"http", "-p 1 -- -p 2", "--port=1 -- -p 2"},
	} {
		t.Run(name, func(t *testing.T) {
			got, wrong := expand(wordsOf(t, test.command), strings.Fields(test.args))
			if text := strings.Join(got, " "); test.want != "" && text != test.want || (len(wrong) > 0) != (test.want == "") {
				t.Errorf("%q, %v; want %q", text, wrong, test.want)
			}
		})
	}
}

func TestAValueWithASpaceMayBeginWithADash(t *testing.T) {
	got, err := expand(wordsOf(t, "http"), []string{"-b", "-a b", "-U", ""})
	if d := diff([]string{"--body=-a b", "--username="}, got); d != "" || err != nil {
		t.Error(d, err)
	}
}

// What has a space in it and begins with a flag is that flag with its value, quoted together, as argparse reads it.
func TestAFlagThatIsQuotedTogetherWithItsValue(t *testing.T) {
	got, err := expand(wordsOf(t, "http"), []string{"-Ps3cr3t extra word", "-U me too", "--body=a b", "-b a"})
	if err == nil || strings.Contains(err.Error(), "a b") {
		t.Errorf("%q, %v", got, err) // the body is given twice
	}
	got, err = expand(wordsOf(t, "http"), []string{"-Ps3cr3t extra word", "-U me too", "--body=a b"})
	if d := diff([]string{"--password=s3cr3t extra word", "--username= me too", "--body=a b"}, got); d != "" || err != nil {
		t.Error(d, err)
	}
}

// Every prefix that the Python command takes must mean the same here.
func TestPrefixesOfThePythonCommandsStayWhatTheyWere(t *testing.T) {
	for command, names := range pythonFlags() {
		all := wordsOf(t, command)
		for _, name := range names {
			for end := 1; end <= len(name); end++ {
				checkPrefix(t, all, command, names, name[:end])
			}
		}
	}
}

func checkPrefix(t *testing.T, all []word, command string, names []string, prefix string) {
	t.Helper()
	meant := map[string]bool{}
	for _, name := range names {
		if name == prefix {
			meant = map[string]bool{name: true}
			break
		}
		if strings.HasPrefix(name, prefix) {
			meant[strings.Replace(name, "msx-rss", "max-rss", 1)] = true
		}
	}
	got, err := find(all, prefix)
	if len(meant) == 1 && (err != nil || !meant[got.long] && !meant[got.alias]) {
		t.Errorf("%s --%s is %q, %v; want %v", command, prefix, got.long, err, meant)
	}
	if len(meant) > 1 && err == nil {
		t.Errorf("%s --%s is %q, but was ambiguous: %v", command, prefix, got.long, meant)
	}
}

// pythonFlags are the long names that argparse knows in the Python commands.
func pythonFlags() map[string][]string {
	common := "help check-name process-group process-name "
	all := map[string][]string{}
	for command, names := range map[string]string{
		"http":    "url method json body headers username password port timeout num-retries",
		"tcp":     "port timeout num-retries",
		"xmlrpc":  "url socket-path socket-dir method username password port num-retries",
		"memory":  "msx-rss cumulative",
		"cpu":     "max-cpu-percent interval",
		"file":    "timeout fail-on-error filepath root-dir",
		"complex": "check-config",
	} {
		all[command] = strings.Fields(common + names)
	}
	return all
}

func wordsOf(t *testing.T, name string) []word {
	t.Helper()
	return lineOf(t, name).words
}

func lineOf(t *testing.T, name string) *line {
	t.Helper()
	c, ok := findCommand(name)
	l, err := newLine(c.link(), c)
	if !ok || err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return l
}
