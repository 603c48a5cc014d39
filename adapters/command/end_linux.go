package command

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes make the command the leader of a process group, which the kernel ends when the thread ends that has started it.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// bury reaps the command once it has ended, and kills what is left of its group before that: as long as the dead leader was not
// reaped its number is nobody else's.
func (p *process) bury() {
	for unix.Waitid(unix.P_PID, p.cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = unix.Kill(-p.cmd.Process.Pid, unix.SIGKILL)
	_ = p.cmd.Wait() // the status is in the ProcessState
	p.gone = true
}
