package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// planted is a command whose checks are settings that no other file knows.
type planted struct{ depth, colour, shade string }

func (p *planted) settings() []checks.Settings { return nil }

func (p *planted) Table() []domain.Setting {
	row := func(field *string, s domain.Setting) domain.Setting {
		read := func(text string) (string, string) {
			if text == "bad" {
				return "", "write a good one"
			}
			return text, ""
		}
		return domain.Bind(field, read, func(text string) string { return text }, s)
	}
	return []domain.Setting{
		row(&p.depth, domain.Setting{Word: "depth", Value: "METRES", Doc: "how deep it is",
			Flag: domain.Flag{Long: "depth", Alias: "deepness", Short: 'D', Variable: "DEPTH", Need: "say how deep, such as -D 5"}}),
		row(&p.colour, domain.Setting{Word: "colour", Value: "COLOUR", Default: "blue", Secret: true, Doc: "its colour", Flag: domain.Flag{Long: "colour"}}),
		row(&p.shade, domain.Setting{Word: "shade", Value: "COLOUR", Instead: "colour", Source: domain.InVariable, Doc: "the variable that holds it",
			Flag: domain.Flag{Long: "shade"}}),
	}
}

func TestARowIsAllThatASettingNeeds(t *testing.T) {
	read := func(args string, env map[string]string) (planted, string, error) {
		p := &planted{}
		l, err := newLine("x", command{name: "x", title: "X check", summary: "X.", checks: func() checkTable { return p }})
		if err != nil {
			t.Fatal(err)
		}
		args = "-n c -g web --serverurl unix:///s " + args
		_, err = l.options(strings.Fields(args), func(name string) string { return env[name] })
		return *p, l.help(), err
	}
	for args, test := range map[string]struct {
		env  map[string]string
		want planted
		err  string
	}{
		"-D 5":                    {want: planted{depth: "5", colour: "blue"}},
		"-D5 --col red":           {want: planted{depth: "5", colour: "red"}},
		"--deepness=6":            {want: planted{depth: "6", colour: "blue"}},
		"":                        {err: "-D/--depth is missing: say how deep, such as -D 5"},
		"--colour red":            {env: map[string]string{"DEPTH": "7"}, want: planted{depth: "7", colour: "red"}},
		"-D bad":                  {err: `-D/--depth "bad": write a good one`},
		"--shade S":               {env: map[string]string{"DEPTH": "bad", "S": "x"}, err: `DEPTH "bad": write a good one`},
		"-D 1 --shade S":          {env: map[string]string{"S": "grey"}, want: planted{depth: "1", colour: "blue", shade: "grey"}},
		"-D 1 --colour bad":       {err: "--colour: write a good one"},
		"-D 1 --colour=":          {want: planted{depth: "1"}},
		"-D 1 -D 2":               {err: "-D/--depth is given twice: write it once"},
		"--detph 1":               {err: "unknown flag --detph: did you mean --depth?"},
		`-D " --colour "a`:        {want: planted{depth: `"`, colour: `"a`}},
		"-D 1 --colour a --shade": {err: "--shade is missing its value: one that begins with a dash is written --shade=VALUE"},
		"-D 1 --colour a --sha A": {env: map[string]string{"A": "b"}, err: "--colour and --shade cannot be given together: choose one"},
	} {
		got, help, err := read(args, test.env)
		if test.err == "" && (err != nil || got != test.want) || test.err != "" && (err == nil || err.Error() != test.err) {
			t.Errorf("%s: %+v, %v", args, got, err)
		}
		const want = "X check:\n  -D, --depth METRES            how deep it is\n      --colour COLOUR           its colour (default: blue)\n" +
			"      --shade COLOUR            the variable that holds it\n\n"
		if !strings.Contains(help, want) {
			t.Errorf("the help is %s", help)
		}
	}
}

// tables are all rows that there are, by where they belong.
func tables(t *testing.T) map[string][]domain.Setting {
	t.Helper()
	all := map[string][]domain.Setting{}
	for _, c := range commands() {
		for _, g := range lineOf(t, c.name).groups {
			all[g.name] = g.table
		}
	}
	return all
}

func TestNoFactOfASettingStandsTwice(t *testing.T) {
	for name, table := range tables(t) {
		for _, twice := range again(table) {
			t.Errorf("%s: %s", name, twice)
		}
	}
	for _, c := range commands() {
		var whole []domain.Setting
		for _, g := range lineOf(t, c.name).groups {
			whole = append(whole, g.table...)
		}
		for _, twice := range again(flagsAlone(whole)) {
			t.Errorf("%s: %s", c.name, twice)
		}
	}
}

// flagsAlone are the rows without what may be the same in different tables.
func flagsAlone(table []domain.Setting) []domain.Setting {
	var rows []domain.Setting
	for i, row := range table {
		rows = append(rows, domain.Setting{Word: strconv.Itoa(i), Flag: row.Flag})
	}
	return rows
}

// again returns what several rows of a table have in common and should not.
func again(table []domain.Setting) []string {
	seen, twice := map[string]bool{}, []string{}
	for _, row := range table {
		facts := []string{"variable " + row.Flag.Variable, "key " + row.JSON, "letter " + strings.Trim(string(row.Flag.Short), "\x00")}
		for _, word := range append([]string{row.Word}, row.Also...) {
			facts = append(facts, "word "+strings.ReplaceAll(word, "_", "-"))
		}
		facts = append(facts, "flag "+row.Flag.Long)
		if row.Flag.Alias != "" {
			facts = append(facts, "flag "+row.Flag.Alias)
		}
		for _, fact := range facts {
			if seen[fact] && !strings.HasSuffix(fact, " ") {
				twice = append(twice, fact)
			}
			seen[fact] = true
		}
	}
	return twice
}

func TestAFactThatStandsTwiceIsFound(t *testing.T) {
	first := domain.Setting{Word: "port", Also: []string{"tcp-port"}, JSON: "port", Flag: domain.Flag{Long: "port", Alias: "prot", Short: 'p', Variable: "PORT"}}
	for want, row := range map[string]domain.Setting{
		"word port":     {Word: "port"},
		"word tcp-port": {Word: "x", Also: []string{"tcp_port"}},
		"key port":      {Word: "x", JSON: "port"},
		"flag prot":     {Word: "x", Flag: domain.Flag{Long: "prot"}},
		"flag port":     {Word: "x", Flag: domain.Flag{Long: "y", Alias: "port"}},
		"letter p":      {Word: "x", Flag: domain.Flag{Long: "y", Short: 'p'}},
		"variable PORT": {Word: "x", Flag: domain.Flag{Long: "y", Variable: "PORT"}},
	} {
		if got := again([]domain.Setting{first, row}); !slices.Equal(got, []string{want}) {
			t.Errorf("got %q, want %s", got, want)
		}
	}
}

// A sentence, or a variable, of a row is written in one place of the program, and no tag of a field describes its flag.
func TestWhatARowSaysIsWrittenInOneFile(t *testing.T) {
	written := literals(t)
	for name, table := range tables(t) {
		for _, row := range table {
			for _, fact := range []string{row.Doc, row.Flag.Doc, row.Flag.Need, row.Flag.Alias} {
				if places := written[fact]; fact != "" && len(places) > 1 {
					t.Errorf("%s: %q of %s stands in %s", name, fact, row.Word, strings.Join(places, ", "))
				}
			}
			if places := written[row.Flag.Variable]; strings.HasPrefix(row.Flag.Variable, "SUPERVISOR_HEALTHCHECK_") && len(places) > 1 {
				t.Errorf("%s: %s stands in %s", name, row.Flag.Variable, strings.Join(places, ", "))
			}
		}
	}
	all := tables(t)
	for text, places := range written {
		for name, table := range all {
			for _, row := range table {
				if row.Flag.Long != "" && strings.Contains(text, `long:"`+row.Flag.Long+`"`) {
					t.Errorf("%s: a tag describes a flag that is in the table %s: %s", places[0], name, text)
				}
			}
		}
	}
}

// literals are the texts in the program, but for its tests, and where they stand.
func literals(t *testing.T) map[string][]string {
	t.Helper()
	all, files := map[string][]string{}, token.NewFileSet()
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				text, _ := strconv.Unquote(literal.Value)
				all[text] = append(all[text], fmt.Sprint(files.Position(literal.Pos())))
			}
			return true
		})
		return nil
	})
	if err != nil || len(all["msx-rss"]) == 0 {
		t.Fatalf("the program has %d texts: %v", len(all), err)
	}
	return all
}

// The JSON of complex knows every key of the tables.
func TestEveryKeyOfATableIsReadFromJSON(t *testing.T) {
	for _, kind := range checks.Commands() {
		for _, row := range kind.New().Table() {
			if row.JSON == "" {
				continue
			}
			_, err := checks.ParseComplex(fmt.Sprintf(`{%q: {%q: null}}`, kind.Name, row.JSON))
			if err == nil || !strings.HasPrefix(err.Error(), kind.Name+"."+row.JSON+" ") || strings.Contains(err.Error(), "no such setting") {
				t.Errorf("%s.%s: %v", kind.Name, row.JSON, err)
			}
		}
	}
}
