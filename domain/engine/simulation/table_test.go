package simulation_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"supervisor-healthcheck/domain/engine/simulation"
)

// TestTable is the long form, such as
//
//	go test ./domain/engine/simulation -run Table -service-days 10000 -seed 1 -v
func TestTable(t *testing.T) {
	if setting[int]("service-days") == 0 {
		t.Skip("only with -service-days")
	}
	worlds := simulation.NewWorld(setting[uint64]("seed"), setting[int]("service-days")).Variants()
	if !setting[bool]("variants") {
		worlds = worlds[:1]
	}
	for _, w := range worlds {
		fmt.Printf("\n%s, seed %d, %d hosts, %v\n", w.Name, w.Seed, w.Hosts, w.Length)
		write(t, play(w, wanted(t)))
	}
}

// wanted are the policies that the flags ask for.
func wanted(t *testing.T) []simulation.Policy {
	t.Helper()
	names, err := regexp.Compile(setting[string]("policy"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(append(simulation.Rivals(), ours(t)...), func(p simulation.Policy) bool {
		return !names.MatchString(p.Name)
	})
}

func play(w simulation.World, policies []simulation.Policy) []simulation.Result {
	var results []simulation.Result
	for _, p := range policies {
		start := time.Now()
		score := simulation.Run(w, p)
		results = append(results, simulation.Result{Policy: p.Name, Score: score, Took: time.Since(start)})
	}
	return results
}

func write(t *testing.T, results []simulation.Result) {
	t.Helper()
	if err := simulation.WriteTable(os.Stdout, results); err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		for _, b := range r.Score.Broken {
			t.Errorf("%s: %s", r.Policy, b)
		}
	}
	if !setting[bool]("kinds") {
		return
	}
	for _, r := range results {
		fmt.Println()
		if err := simulation.WriteKinds(os.Stdout, r); err != nil {
			t.Fatal(err)
		}
	}
}
