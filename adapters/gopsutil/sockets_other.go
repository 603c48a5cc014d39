//go:build !linux

package gopsutil

func socketWays(l library) []socketWay { return []socketWay{newLibrarySockets(l)} }
