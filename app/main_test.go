package app_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// ordersVariable makes the test binary a listener instead of a test. Its value is the JSON of orders.
const ordersVariable = "HEALTHCHECK_TEST_ORDERS"

// orders say what a listener is to do.
type orders struct {
	Dir      string // where the verdicts and the journal are
	Select   []string
	LogLevel string
	Reason   int      // bytes of padding in the reason of each verdict
	Doom     uint64   // judge by age, see doom; 0: by the verdicts
	Policy   []string // settings, as word=value
}

func TestMain(m *testing.M) {
	if text := os.Getenv(ordersVariable); text != "" {
		os.Exit(listen(text))
	}
	if os.Getenv(witnessVariable) != "" {
		os.Exit(witness())
	}
	if port := os.Getenv(benchVariable); port != "" {
		os.Exit(sevenGroups(port))
	}
	flag.Parse()
	waitTogether()
	os.Exit(m.Run())
}

// waitTogether runs more tests at a time than there are cores: most of their time they wait.
func waitTogether() {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", "40")
	}
}

// listen is the whole program, with one check.
func listen(text string) int {
	var o orders
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	selection, err := domain.Select(o.Select...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	policy := domain.DropIn()
	for _, setting := range o.Policy {
		word, value, _ := strings.Cut(setting, "=")
		if err := policy.Set(word, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 3
		}
	}
	return app.Main(app.Options{
		Watches: []app.Watch{{
			Name: "look", Select: selection, Policy: policy,
			Checks: []checks.Settings{checks.Custom{Check: domain.NewCheck("told", o.judge)}},
		}},
		StateDir: filepath.Join(o.Dir, "state"),
		LogLevel: o.LogLevel,
	})
}

// judge says what the test has written about this life of the process, see stage.ail. All others are healthy, and tell
// how many goroutines the listener has.
func (o orders) judge(ctx context.Context, p domain.Process) domain.Verdict {
	if o.Doom != 0 {
		return o.judgeDoomed(p)
	}
	text, _ := os.ReadFile(filepath.Join(o.Dir, p.Name+".ails")) // mostly there is none
	pid, ailment, _ := strings.Cut(string(text), " ")
	switch {
	case pid != strconv.Itoa(p.PID):
		return domain.Healthy.Because("goroutines=%d %s", runtime.NumGoroutine(), strings.Repeat("x", o.Reason))
	case ailment == "hang":
		<-ctx.Done()
		return domain.Verdict{}
	case ailment == "shout":
		fmt.Println("a check that prints") // on descriptor 1, which is the protocol's no more
	}
	return domain.Unhealthy.Because("it is told to be %s", ailment)
}
