// Package ports holds the interfaces through which the domain sees the world, one file each. The comment of a
// method is its contract: every adapter and every mock keeps it.
//
// All implementations may be called by several goroutines at once unless the comment says otherwise, and return
// soon after their context is done.
package ports
