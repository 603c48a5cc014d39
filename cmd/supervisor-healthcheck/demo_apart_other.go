//go:build !linux

package main

import "syscall"

// apart keeps the signals of the terminal from a child, so that we can end it in order.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
