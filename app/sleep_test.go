package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// maySleep says why some functions of tests may sleep in real time. Each is named behind the folder of its package.
func maySleep() map[string]string {
	const asks = "it asks until it is so"
	return map[string]string{
		"adapters/gopsutil eventually":     asks,
		"adapters/history eventually":      asks,
		"adapters/journal until":           asks,
		"adapters/notify eventually":       asks,
		"adapters/xmlrpc eventually":       asks,
		"adapters/terminal eventually":     asks,
		"app eventually":                   asks,
		"app/view eventually":              asks,
		"cmd/supervisor-healthcheck poll":  asks,
		"mocks/supervisord eventually":     asks,
		"adapters/network drip":            "it is a slow server",
		"cmd/supervisor-healthcheck rest":  "it is called by services that are checked, and no test waits for them",
		"app pause":                        "it chooses the moment of a kill at random",
		"cmd/supervisor-healthcheck pause": "it chooses the moment of a kill at random",
		"app BenchmarkSupervisord":         "it measures what a span of time costs",
		"adapters/history life":            "it is called in a bubble of testing/synctest",
		"domain/watchdog *":                "its stage is a bubble of testing/synctest, in which the helpers sleep too",
	}
}

// TestNoTestSleeps holds all tests to this: outside of a bubble of testing/synctest they wait for something that can be seen.
func TestNoTestSleeps(t *testing.T) {
	allowed, used := maySleep(), map[string]bool{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		naps, err := napsIn(path, nil)
		dir, _ := filepath.Rel("..", filepath.Dir(path))
		for _, n := range naps {
			name := filepath.ToSlash(dir) + " " + n.function
			if all := filepath.ToSlash(dir) + " *"; allowed[all] != "" {
				name = all
			}
			if used[name] = true; allowed[name] == "" {
				t.Errorf("%s: %s sleeps; let it ask until what it waits for is there", n.at, n.function)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range allowed {
		if !used[name] {
			t.Errorf("%s does not sleep and need not be allowed to", name)
		}
	}
}

func TestASleepIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		code string
		want []string
	}{
		"a call":                   {`func TestX(t *testing.T) { time.Sleep(1) }`, []string{"TestX"}},
		"between two questions":    {`func until() { for ; !so(); time.Sleep(1) {} }`, []string{"until"}},
		"in a function in it":      {`func (s *stage) wait() { go func() { time.Sleep(1) }() }`, []string{"wait"}},
		"handed on":                {`func x() { do(time.Sleep) }`, []string{"x"}},
		"a timer that is waited":   {`func x() { <-time.After(1) }`, []string{"x"}},
		"in a bubble":              {`func x() { synctest.Test(t, func(t *testing.T) { time.Sleep(1); <-time.After(1) }) }`, nil},
		"before a bubble":          {`func x() { time.Sleep(1); synctest.Test(t, func(t *testing.T) { time.Sleep(1) }) }`, []string{"x"}},
		"a limit to another wait":  {`func x() { select { case <-done: case <-time.After(1): } }`, nil},
		"a select of one case":     {`func x() { select { case <-time.After(1): } }`, []string{"x"}},
		"a sleep of another clock": {`func x() { clock.Sleep(1) }`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			naps, err := napsIn("x_test.go", "package x\n"+c.code)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, n := range naps {
				got = append(got, n.function)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// nap is a place where a function sleeps.
type nap struct {
	function string
	at       token.Position
}

// napsIn finds those in a file outside of bubbles. Without a source the file is read.
func napsIn(path string, source any) (naps []nap, err error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, declaration := range file.Decls {
		function := "a variable"
		if f, ok := declaration.(*ast.FuncDecl); ok {
			function = f.Name.Name
		}
		limits := map[ast.Node]bool{}
		ast.Inspect(declaration, func(n ast.Node) bool {
			if choice, ok := n.(*ast.SelectStmt); ok && len(choice.Body.List) > 1 {
				for _, c := range choice.Body.List {
					limits[received(c)] = true
				}
			}
			if sleeps(n) && !limits[n] {
				naps = append(naps, nap{function, files.Position(n.Pos())})
			}
			return !bubble(n)
		})
	}
	return naps, nil
}

// sleeps reports whether a piece of code does nothing but let time pass.
func sleeps(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.SelectorExpr:
		return is(n, "time", "Sleep")
	case *ast.UnaryExpr:
		return n.Op == token.ARROW && calls(n.X, "time", "After")
	}
	return false
}

// bubble reports whether time passes by itself there.
func bubble(n ast.Node) bool {
	call, ok := n.(ast.Expr)
	return ok && calls(call, "synctest", "Test")
}

// received is what a case of a select waits for, if it throws away what comes.
func received(c ast.Stmt) ast.Node {
	if s, ok := c.(*ast.CommClause).Comm.(*ast.ExprStmt); ok {
		return s.X
	}
	return nil
}

func calls(e ast.Expr, pkg, name string) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	return ok && is(f, pkg, name)
}

func is(s *ast.SelectorExpr, pkg, name string) bool {
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == pkg && s.Sel.Name == name
}
