package main

import "syscall"

// apart keeps the signals of the terminal from a child, so that we can end it in order, and ends it if we are killed.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
