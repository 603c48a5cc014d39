package reference_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"supervisor-healthcheck/app/reference"
)

// The listener's own messages, which are about no process, are all explained, and no others.
func TestTheListenersOwnMessagesAreExplained(t *testing.T) {
	said := messages(t, "..", "../../adapters/stderr", "../../adapters/stdin")
	if len(said) < 10 {
		t.Fatalf("only %q are found", said)
	}
	topic, _ := reference.Find(reference.Topics(reference.Source{Commands: []reference.Command{{Listener: true}}}), "log")
	text, err := topic.Text()
	if err != nil {
		t.Fatal(err)
	}
	_, own, _ := strings.Cut(text, "# Messages of the listener itself\n\n")
	own, _, _ = strings.Cut(own, "\n\n")
	explained := map[string]bool{}
	for line := range strings.SplitSeq(own, "\n") {
		term, _, _ := strings.Cut(line, " :: ")
		begin, open := strings.CutSuffix(term, "...")
		i := slices.IndexFunc(said, func(text string) bool { return text == begin || open && strings.HasPrefix(text, begin) })
		if i < 0 {
			t.Errorf("%q is explained, and nothing says it", term)
			continue
		}
		explained[said[i]] = true
	}
	for _, text := range said {
		if !explained[text] {
			t.Errorf("%q is not explained", text)
		}
	}
}

// messages are the texts that the packages in these folders give to a logger, each with its level in front.
func messages(t *testing.T, folders ...string) []string {
	t.Helper()
	levels := map[string]string{"Debug": "DEBUG", "Info": "INFO", "Warn": "WARN", "Error": "ERROR"}
	all, files := map[string]bool{}, token.NewFileSet()
	for _, folder := range folders {
		paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(files, path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok || len(call.Args) == 0 {
					return true
				}
				method, ok := call.Fun.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				level, text := levels[method.Sel.Name], call.Args[0]
				if method.Sel.Name == "NewRecord" {
					level, text = strings.ToUpper(strings.TrimPrefix(call.Args[1].(*ast.SelectorExpr).Sel.Name, "Level")), call.Args[2]
				}
				if literal, ok := text.(*ast.BasicLit); ok && level != "" {
					message, _ := strconv.Unquote(literal.Value)
					all[level+" "+message] = true
				}
				return true
			})
		}
	}
	return slices.Sorted(maps.Keys(all))
}
