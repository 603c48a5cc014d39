//go:build unix && !linux

package command

import (
	"syscall"

	"golang.org/x/sys/unix"
)

func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// bury reaps the command once it has ended, and kills what is left of its group: for an instant its number might be another's, if the
// group is empty.
func (p *process) bury() {
	_ = p.cmd.Wait() // the status is in the ProcessState
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = unix.Kill(-p.cmd.Process.Pid, unix.SIGKILL)
	p.gone = true
}
