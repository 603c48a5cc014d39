package app_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "supervisor-healthcheck"

// rule is a row of the table in ARCHITECTURE.md.
type rule struct {
	pattern              string
	own, modules, banned []string
}

// pkg is what the go command says of a package.
type pkg struct {
	ImportPath, ForTest                string
	Imports, TestImports, XTestImports []string
}

func TestEveryPackageImportsOnlyWhatTheTableInArchitectureAllows(t *testing.T) {
	rules := readRules(t)
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", module+"/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{"tests": true}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); {
		var p pkg
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		for _, v := range violations(rules, p) {
			t.Error(v)
		}
		seen[ruleFor(rules, local(p.ImportPath)).pattern] = true
	}
	for _, r := range rules {
		if !seen[r.pattern] {
			t.Errorf("the row %s of the table is about no package", r.pattern)
		}
	}
}

func TestAForbiddenImportIsFound(t *testing.T) {
	rules := readRules(t)
	for name, p := range map[string]pkg{
		"the domain reads files":                    {ImportPath: module + "/domain", Imports: []string{"os"}},
		"the domain logs":                           {ImportPath: module + "/domain", Imports: []string{"log/slog"}},
		"the domain knows a port":                   {ImportPath: module + "/domain", Imports: []string{module + "/ports"}},
		"a check opens a connection":                {ImportPath: module + "/domain/checks", Imports: []string{"net"}},
		"a check uses an adapter":                   {ImportPath: module + "/domain/checks", Imports: []string{module + "/adapters/network"}},
		"the watchdog uses a module":                {ImportPath: module + "/domain/watchdog", Imports: []string{"github.com/kolo/xmlrpc"}},
		"a port knows an adapter":                   {ImportPath: module + "/ports", Imports: []string{module + "/adapters/stdin"}},
		"an adapter uses another":                   {ImportPath: module + "/adapters/stdin", Imports: []string{module + "/adapters/clock"}},
		"an adapter that talks to nobody uses wire": {ImportPath: module + "/adapters/stdin", Imports: []string{module + "/adapters/wire"}},
		"an adapter on wire uses another on wire":   {ImportPath: module + "/adapters/network", Imports: []string{module + "/adapters/xmlrpc"}},
		"wire uses an adapter":                      {ImportPath: module + "/adapters/wire", Imports: []string{module + "/adapters/clock"}},
		"wire knows a port":                         {ImportPath: module + "/adapters/wire", Imports: []string{module + "/ports"}},
		"a check uses wire":                         {ImportPath: module + "/domain/checks", Imports: []string{module + "/adapters/wire"}},
		"a test of an adapter uses another":         {ImportPath: module + "/adapters/wire", XTestImports: []string{module + "/adapters/network"}},
		"an adapter uses a module of another":       {ImportPath: module + "/adapters/files", Imports: []string{"github.com/shirou/gopsutil/v3/process"}},
		"an adapter uses fx":                        {ImportPath: module + "/adapters/network", Imports: []string{"go.uber.org/fx"}},
		"the command reaches past app":              {ImportPath: module + "/cmd/supervisor-healthcheck", Imports: []string{module + "/adapters/stdin"}},
		"app uses mocks":                            {ImportPath: module + "/app", Imports: []string{module + "/mocks"}},
		"a test of the domain uses an adapter":      {ImportPath: module + "/domain", TestImports: []string{module + "/adapters/xmlrpc"}},
		"an outside test uses a module not allowed": {ImportPath: module + "/domain", XTestImports: []string{"github.com/stretchr/testify/assert"}},
		"a package that the table does not name":    {ImportPath: module + "/util"},
	} {
		t.Run(name, func(t *testing.T) {
			if len(violations(rules, p)) == 0 {
				t.Errorf("%+v was let through", p)
			}
		})
	}
}

func TestNoRowLetsAnAdapterImportAnotherButWireAndWords(t *testing.T) {
	shared := []string{"adapters/wire", "adapters/words"}
	for _, r := range readRules(t) {
		if !strings.HasPrefix(r.pattern, "adapters/") {
			continue
		}
		for _, own := range r.own {
			if strings.HasPrefix(own, "adapters/") && (!slices.Contains(shared, own) || slices.Contains(shared, r.pattern)) {
				t.Errorf("%s may import %s", r.pattern, own)
			}
		}
	}
}

func TestTheDomainPullsInNothingButTheStandardLibrary(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}",
		module+"/domain/...", module+"/ports").Output()
	if err != nil {
		t.Fatal(err)
	}
	for path := range strings.FieldsSeq(string(out)) {
		if !strings.HasPrefix(path, module+"/domain") && path != module+"/ports" {
			t.Errorf("an embedder of the domain gets %s with it", path)
		}
	}
}

// violations returns a sentence for every import that the rules forbid.
func violations(rules []rule, p pkg) []string {
	path := local(p.ImportPath)
	r := ruleFor(rules, path)
	if r.pattern == "" {
		return []string{path + " has no row in the table of ARCHITECTURE.md"}
	}
	var found []string
	for _, i := range p.Imports {
		if !r.allows(i) {
			found = append(found, path+" must not import "+i)
		}
	}
	tests := ruleFor(rules, "tests")
	for _, i := range append(slices.Clone(p.TestImports), p.XTestImports...) {
		if !r.allows(i) && !tests.allows(i) && i != p.ImportPath && !standard(i) {
			found = append(found, "a test of "+path+" must not import "+i)
		}
	}
	return found
}

func (r rule) allows(path string) bool {
	if strings.HasPrefix(path, module+"/") {
		return slices.ContainsFunc(r.own, func(pattern string) bool { return matches(pattern, local(path)) })
	}
	if standard(path) {
		return !slices.Contains(r.banned, path)
	}
	return slices.ContainsFunc(r.modules, func(m string) bool { return path == m || strings.HasPrefix(path, m+"/") })
}

func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".") && first != module
}

func local(path string) string { return strings.TrimPrefix(path, module+"/") }

func matches(pattern, path string) bool {
	parent, any := strings.CutSuffix(pattern, "/*")
	return pattern == path || any && strings.HasPrefix(path, parent+"/")
}

func ruleFor(rules []rule, path string) rule {
	for _, r := range rules {
		if matches(r.pattern, path) {
			return r
		}
	}
	return rule{}
}

// readRules reads the table, and the sentence about tests as a row of its own.
func readRules(t *testing.T) []rule {
	t.Helper()
	text, err := os.ReadFile("../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## Who may import whom")
	section, _, _ = strings.Cut(section, "\n## ")
	var rules []rule
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 6 || strings.Contains(line, "---") || strings.Contains(cells[1], "package") {
			continue
		}
		rules = append(rules, rule{pattern: strings.TrimSpace(cells[1]), own: words(cells[2]), modules: words(cells[3]), banned: words(cells[4])})
	}
	if len(rules) < 10 {
		t.Fatalf("only %d rows were found in the table of ARCHITECTURE.md", len(rules))
	}
	return append(rules, testRule(section))
}

func testRule(section string) rule {
	_, sentence, _ := strings.Cut(section, "Tests may import")
	sentence, _, _ = strings.Cut(sentence, ". ")
	r := rule{pattern: "tests"}
	for i, word := range strings.Split(sentence, "`") {
		switch {
		case i%2 == 0:
		case strings.Contains(word, "."):
			r.modules = append(r.modules, word)
		default:
			r.own = append(r.own, word)
		}
	}
	return r
}

func words(cell string) []string {
	fields := strings.Fields(cell)
	if len(fields) == 1 && fields[0] == "-" {
		return nil
	}
	return fields
}
