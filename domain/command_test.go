package domain_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func TestACommandIsSplitAsSupervisordDoes(t *testing.T) {
	for text, want := range map[string][]string{
		`check`:                           {"check"},
		"  check\t-a \n b ":               {"check", "-a", "b"},
		`check "a b" 'c "d"' e\ f`:        {"check", "a b", `c "d"`, "e f"},
		`check "" ''`:                     {"check", "", ""},
		`a"b c"d`:                         {"ab cd"},
		`check "a\"b\\c\d" 'a\b'`:         {"check", `a"b\c\d`, `a\b`},
		`check # no comment; $HOME | & *`: {"check", "#", "no", "comment;", "$HOME", "|", "&", "*"},
		`check é`:                         {"check", "é"},
	} {
		got, cure := domain.SplitCommand(text)
		if diff := cmp.Diff(want, got); diff != "" || cure != "" {
			t.Errorf("%s: %s%s", text, diff, cure)
		}
	}
	for text, want := range map[string]string{
		``:         "write the program and its arguments",
		` `:        "write the program and its arguments",
		`check 'a`: `a quotation mark has no end; write \" or \' for one that is meant`,
		`check "\`: `a quotation mark has no end; write \" or \' for one that is meant`,
		`check \`:  `the last character is a backslash; write \\ for one that is meant`,
	} {
		if got, cure := domain.SplitCommand(text); cure != want || got != nil {
			t.Errorf("%s: got %q, %q", text, got, cure)
		}
	}
}

// shlex has Python split texts, as supervisord would.
func shlex(t testing.TB, texts []string) [][]string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	given, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", `
import json, shlex, sys
def split(text):
    try:
        return shlex.split(text)
    except ValueError:
        return None
print(json.dumps([split(text) for text in json.load(sys.stdin)]))`)
	cmd.Stdin = strings.NewReader(string(given))
	out, err := cmd.Output()
	var all [][]string
	if err == nil {
		err = json.Unmarshal(out, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEverySmallCommandIsSplitAsByPython(t *testing.T) {
	t.Parallel()
	var texts []string
	letters := []rune("a \"'\\\n#")
	var extend func(text string, left int)
	extend = func(text string, left int) {
		texts = append(texts, text)
		for _, r := range letters {
			if left > 0 {
				extend(text+string(r), left-1)
			}
		}
	}
	extend("", 5)
	for i, want := range shlex(t, texts) {
		got, cure := domain.SplitCommand(texts[i])
		if cure != "" && len(want) > 0 || cure == "" && !slices.Equal(got, want) {
			t.Errorf("%q: got %q, %s; Python has %q", texts[i], got, cure, want)
		}
	}
}

func TestVariablesAreReadAsSupervisordsEnvironment(t *testing.T) {
	for text, want := range map[string]map[string]string{
		``:                            {},
		`A=1,B="x y"`:                 {"A": "1", "B": "x y"},
		"A=1\nB='a,b' , _C3=":         {"A": "1", "B": "a,b", "_C3": ""},
		`A="say \"no\"",PATH=/a:/b=c`: {"A": `say "no"`, "PATH": "/a:/b=c"},
	} {
		got, cure := domain.SplitVariables(text)
		if diff := cmp.Diff(want, got); diff != "" || cure != "" {
			t.Errorf("%s: %s%s", text, diff, cure)
		}
	}
	for _, text := range []string{"A", "=1", "A=1,A=2", "1A=1", "A-B=1", `A="`, "A=\x00"} {
		if _, cure := domain.SplitVariables(text); cure == "" {
			t.Errorf("%q is taken", text)
		}
	}
}

func FuzzSplitCommand(f *testing.F) {
	f.Add(`check "a b" 'c'\ d`)
	f.Fuzz(func(t *testing.T, text string) {
		words, cure := domain.SplitCommand(text)
		if (cure == "") != (len(words) > 0) {
			t.Errorf("%q, %q", words, cure)
		}
		if total := len(strings.Join(words, "")); total > len(text) {
			t.Errorf("%d characters of %d", total, len(text))
		}
	})
}
