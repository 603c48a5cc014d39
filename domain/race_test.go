//go:build race

package domain_test

// The race detector makes pure computing ten times slower and finds nothing in it: less is played under it.
const (
	histories  = 10_000 // random restarts
	decisions  = 300    // random lives of a process
	selections = 1      // of the simulated day: 90 services
)
