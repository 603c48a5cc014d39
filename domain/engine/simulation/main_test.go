package simulation_test

import (
	"flag"
	"os"
	"runtime/debug"
	"testing"
)

func TestMain(m *testing.M) {
	flag.Int("service-days", 0, "how many service-days TestTable plays; 0 skips it")
	flag.Uint64("seed", 20261126, "of the worlds of TestTable")
	flag.String("policy", "", "TestTable plays only policies whose names match this regular expression")
	flag.Bool("variants", false, "TestTable plays the other worlds too")
	flag.Bool("kinds", false, "TestTable writes a table of the archetypes for each policy")
	flag.String("set", "", "TestTable tries the recommended policy with these changes too, such as \"failures=3 interval=5s\"")
	flag.Parse()
	debug.SetGCPercent(800) // little is alive at a time
	os.Exit(m.Run())
}

// setting is the value of a flag of TestMain.
func setting[T any](name string) T {
	return flag.Lookup(name).Value.(flag.Getter).Get().(T)
}
