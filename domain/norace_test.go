//go:build !race

package domain_test

const (
	histories  = 100_000 // random restarts
	decisions  = 1000    // random lives of a process
	selections = 6       // of the simulated day: 500 services
)
