//go:build unix

package command

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// process is a command that was started, the leader of a process group of its own.
type process struct {
	cmd            *exec.Cmd
	stdin          *os.File // nil where the command has nothing to read
	stdout, stderr *os.File
	ended          chan struct{} // closed once it was reaped

	mu   sync.Mutex
	gone bool // nobody has its group's number any more, or somebody else has
}

// reap waits for the end of the command, ends what is left of its group, and closes ended.
func (p *process) reap() {
	p.bury()
	if p.stdin != nil {
		_ = p.stdin.Close()
	}
	close(p.ended)
}

// signal sends a signal to the group.
func (p *process) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.gone {
		_ = unix.Kill(-p.cmd.Process.Pid, s) // there may be nobody left
	}
}

func (p *process) kill() { p.signal(unix.SIGKILL) }

// terminate asks the group to end, and kills it if that does not help within a moment.
func (p *process) terminate(ctx context.Context) {
	p.signal(unix.SIGTERM)
	late := time.NewTimer(moment)
	defer late.Stop()
	select {
	case <-p.ended:
	case <-ctx.Done():
	case <-late.C:
	}
	p.kill()
}

// waitFor waits so long for the end of the command, and reports whether it has come. One that hangs in the kernel cannot be killed.
func (p *process) waitFor(d time.Duration) bool {
	select {
	case <-p.ended:
		return true
	default:
	}
	late := time.NewTimer(d)
	defer late.Stop()
	select {
	case <-p.ended:
		return true
	case <-late.C:
		return false
	}
}

// status is the exit status of a command that has ended, or the signal that has ended it.
func (p *process) status() (int, string) {
	state := p.cmd.ProcessState
	if w, ok := state.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return -1, unix.SignalName(w.Signal())
	}
	return state.ExitCode(), ""
}
