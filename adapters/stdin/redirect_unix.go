//go:build unix && !linux

package stdin

import "golang.org/x/sys/unix"

// redirect makes to another name of from, inherited by children.
func redirect(from, to int) error { return unix.Dup2(from, to) }
