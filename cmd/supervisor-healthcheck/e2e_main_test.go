package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// binVariable names the folder with the built binary, its links and the fixture, which is this test binary.
const binVariable = "HEALTHCHECK_TEST_BIN"

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "fixture" {
		os.Exit(fixture(os.Args[1:]))
	}
	flag.Parse()
	os.Exit(runTests(m))
}

// runTests builds the binary first if there is a supervisord to run it under.
func runTests(m *testing.M) int {
	fuzzing := flag.Lookup("test.fuzz").Value.String() != "" // in one process for each core
	if _, err := exec.LookPath("supervisord"); err == nil && !testing.Short() && !fuzzing {
		dir, err := build()
		defer os.RemoveAll(dir)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		os.Setenv(binVariable, dir)
		waitTogether()
	}
	return m.Run()
}

// waitTogether runs more tests at a time than there are cores: most of their time they wait for supervisord.
func waitTogether() {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		flag.Set("test.parallel", "12")
	}
}

// build makes the folder that binVariable names.
func build() (string, error) {
	dir, err := os.MkdirTemp("", "shc")
	if err != nil {
		return dir, err
	}
	binary := filepath.Join(dir, self)
	for _, args := range [][]string{{"go", "build", "-o", binary, "."}, {binary, "links", dir}} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			return dir, fmt.Errorf("%v: %w\n%s", args, err, out)
		}
	}
	me, err := os.Executable()
	if err != nil {
		return dir, err
	}
	return dir, os.Symlink(me, filepath.Join(dir, "fixture"))
}
