//go:build !linux

package gopsutil

func newStats() *Stats {
	return &Stats{
		ways:    []way{library{proc: "/proc"}},
		lookups: func(int) *lookup { return nil },
		rooms:   newRooms("/proc", nil),
	}
}
