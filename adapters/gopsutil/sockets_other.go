//go:build !linux

package gopsutil

func newSights() []sight { return []sight{newLibrarySockets()} }
