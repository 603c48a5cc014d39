//go:build race

package engine

// The race detector makes pure computing ten times slower and finds nothing in it: less is played under it.
const (
	histories = 4_000 // random restarts
	lives     = 10    // random scenes of several processes
)
