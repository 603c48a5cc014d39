package supervisord

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// child is one life of a process: a real process that leads a process group of its own.
type child struct {
	cmd   *exec.Cmd
	pid   int
	stdin io.WriteCloser
	queue chan []byte // what is to be written to its stdin; nil unless it is a listener
}

// cannotStart is why a command cannot be started, with the fault of startProcess.
type cannotStart struct {
	code int
	why  string
}

// lookup finds the command as supervisord does before each start: the first file of that name on the PATH, which must
// then be executable.
func (p *process) lookup() (string, *cannotStart) {
	if len(p.Command) == 0 {
		return "", &cannotStart{notExecutable, "command is empty"}
	}
	path, info := find(p.Command[0])
	switch {
	case info == nil:
		return "", &cannotStart{noFile, "can't find command " + quoted(path)}
	case info.IsDir():
		return "", &cannotStart{notExecutable, fmt.Sprintf("command at %s is a directory", quoted(path))}
	case info.Mode()&0o111 == 0:
		return "", &cannotStart{notExecutable, fmt.Sprintf("command at %s is not executable", quoted(path))}
	}
	return path, nil
}

func find(program string) (string, os.FileInfo) {
	if strings.Contains(program, "/") {
		info, _ := os.Stat(program)
		return program, info
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		path := filepath.Join(dir, program)
		if info, err := os.Stat(path); err == nil {
			return path, info
		}
	}
	return program, nil
}

// quoted writes a text as Python's repr does.
func quoted(text string) string {
	if strings.Contains(text, "'") && !strings.Contains(text, `"`) {
		return `"` + text + `"`
	}
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}

// launch starts a child. Where the kernel refuses the command or the directory, a real supervisord has already forked,
// and the fork exits with 127; so a shell does that here.
func (s *Server) launch(p *process, path string) (*child, error) {
	c, err := s.start(p, path, p.Command, p.Dir)
	if err == nil {
		return c, nil
	}
	if p.Stderr != nil {
		fmt.Fprintf(p.Stderr, "supervisor: couldn't exec %s: %v\nsupervisor: child process was not spawned\n", p.Command[0], err)
	}
	return s.start(p, "/bin/sh", []string{"sh", "-c", "exit 127"}, "")
}

func (s *Server) start(p *process, path string, args []string, dir string) (*child, error) {
	cmd := &exec.Cmd{Path: path, Args: args, Dir: dir, Env: s.environment(p), Stdout: p.Stdout, Stderr: p.Stderr}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 100 * time.Millisecond // grandchildren may hold the pipes open for longer than the child lives
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, stdin: stdin}
	if p.pool != nil {
		p.pool.reborn()
		cmd.Stdout = ear{server: s, pool: p.pool}
		c.queue = make(chan []byte, 16)
	}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, stdin.Close())
	}
	c.pid = cmd.Process.Pid
	s.children[c] = true
	s.tasks.Go(func() { s.reap(p, c) })
	if queue := c.queue; queue != nil {
		s.tasks.Go(func() { s.write(p, c, queue) })
	}
	return c, nil
}

func (s *Server) environment(p *process) []string {
	return append(append(os.Environ(),
		"SUPERVISOR_ENABLED=1",
		"SUPERVISOR_SERVER_URL="+s.url,
		"SUPERVISOR_PROCESS_NAME="+p.Name,
		"SUPERVISOR_GROUP_NAME="+p.Group), p.Env...)
}

// reap waits for the end of the child and reports it.
func (s *Server) reap(p *process, c *child) {
	_ = c.cmd.Wait() // what it says stands in ProcessState
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.children, c)
	if syscall.Kill(-c.pid, 0) == nil {
		s.orphans[c.pid] = true
	}
	if c.queue != nil {
		close(c.queue)
		c.queue = nil
	}
	s.exits = append(s.exits, end{p, c})
	s.settle()
}

// write feeds the pipe, so that nobody else has to wait for a listener that does not read.
func (s *Server) write(p *process, c *child, queue <-chan []byte) {
	for chunk := range queue {
		if _, err := c.stdin.Write(chunk); err != nil {
			s.deafen(p, c)
		}
	}
}

// deafen takes back the event that could not be written. The listener stays READY and gets nothing more.
func (s *Server) deafen(p *process, c *child) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.child != c || p.pool.deaf {
		return
	}
	p.pool.deaf = true
	if p.pool.state == Busy {
		p.pool.state = Ready
		s.reject(p.pool)
	}
	s.settle()
}

// feed queues bytes for stdin. It is false when the listener has left so much unread that a real supervisord dies of
// it: its write to the full pipe fails with an error that nobody catches.
func (c *child) feed(b []byte) bool {
	if c.queue == nil {
		return true
	}
	select {
	case c.queue <- b:
		return true
	default:
		return false
	}
}

// signal signals the process alone, not its group, as supervisord does by default.
func (c *child) signal(sig os.Signal) {
	_ = c.cmd.Process.Signal(sig) // it can only have ended by now, which reap will tell
}

// signalGroup signals the child and all that it has started and that is still of its group.
func signalGroup(pid int, sig syscall.Signal) {
	_ = syscall.Kill(-pid, sig) // none is left, then
}
