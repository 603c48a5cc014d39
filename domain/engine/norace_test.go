//go:build !race

package engine

const (
	histories = 30_000 // random restarts
	lives     = 60     // random scenes of several processes
)
