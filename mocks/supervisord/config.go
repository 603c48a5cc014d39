package supervisord

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Config says what a Server is made of. The zero Config is a supervisord without programs and without a listener.
type Config struct {
	Dir        string        // where the socket lies; a temporary directory, removed by Close, if empty
	TCP        bool          // serve a port of 127.0.0.1 that the kernel chooses, instead of a unix socket
	Username   string        // basic authentication is wanted if it is not empty
	Password   string        // as it is, or "{SHA}" and the hexadecimal SHA-1 of it
	Identifier string        // [supervisord] identifier=; "supervisor" if empty
	Programs   []Program     // started in the order of their groups and names
	Listener   *Listener     // the event listener, if any
	Others     []Listener    // more of them
	TickEvery  time.Duration // how often the smallest tick that a listener wants is sent; 0: only when told
	Second     time.Duration // how long a second of back-off takes, and the second before an automatic restart; one second if 0
}

// AutoRestart is what becomes of a process that has EXITED.
type AutoRestart int

const (
	// RestartUnexpected restarts it unless the exit code is one of ExitCodes. It is supervisord's default.
	RestartUnexpected AutoRestart = iota
	// RestartNever leaves it alone.
	RestartNever
	// RestartAlways restarts it.
	RestartAlways
)

// Program is one process, as [program:x] describes it.
type Program struct {
	Group, Name    string // Group is Name if empty
	Command        []string
	Env            []string  // KEY=value; wins over supervisord's own variables
	Dir            string    // the working directory; that of this process if empty
	Stdout, Stderr io.Writer // nil discards; one that several processes share must allow concurrent use
	AutoStart      bool
	AutoRestart    AutoRestart
	Startup        time.Duration // startsecs; with 0 it is RUNNING at once and never in BACKOFF
	StopWait       time.Duration // stopwaitsecs; 10 s if 0
	StartRetries   int           // startretries; 3 if 0, none if negative
	ExitCodes      []int         // the expected ones; 0 alone if nil
	StopSignal     os.Signal     // SIGTERM if nil
}

// Listener is the event listener, as [eventlistener:x] describes it. It is a process in a group of its own name, is
// started automatically before all others and stopped last.
type Listener struct {
	Name         string
	Command      []string
	Env          []string
	Dir          string
	Stderr       io.Writer
	Events       []string // event types such as TICK_5 or PROCESS_STATE, in any case; at least one
	BufferSize   int      // how many events may wait; 10 if 0
	AutoRestart  AutoRestart
	Startup      time.Duration // no event is sent before it is RUNNING
	StopWait     time.Duration
	StartRetries int
}

func (l Listener) program() Program {
	return Program{Name: l.Name, Command: l.Command, Env: l.Env, Dir: l.Dir, Stderr: l.Stderr, AutoStart: true,
		AutoRestart: l.AutoRestart, Startup: l.Startup, StopWait: l.StopWait, StartRetries: l.StartRetries}
}

func (c Config) checked() (Config, error) {
	if c.Identifier == "" {
		c.Identifier = "supervisor"
	}
	if c.Second == 0 {
		c.Second = time.Second
	}
	programs := make([]Program, len(c.Programs))
	for i, p := range c.Programs {
		if err := checkNames(p.Group, p.Name); err != nil {
			return c, err
		}
		programs[i] = p.filled()
	}
	c.Programs = programs
	listeners := make([]Listener, 0, len(c.Others)+1)
	for _, l := range c.listeners() {
		l, err := l.checked()
		if err != nil {
			return c, err
		}
		listeners = append(listeners, l)
	}
	if c.Listener != nil {
		c.Listener, listeners = &listeners[0], listeners[1:]
	}
	c.Others = listeners
	return c, nil
}

func (c Config) listeners() []Listener {
	if c.Listener == nil {
		return c.Others
	}
	return append([]Listener{*c.Listener}, c.Others...)
}

// listener is the one of this name, nil if there is none.
func (c Config) listener(name string) *Listener {
	for _, l := range c.listeners() {
		if l.Name == name {
			return &l
		}
	}
	return nil
}

func (l Listener) checked() (Listener, error) {
	if l.BufferSize == 0 {
		l.BufferSize = 10
	}
	if len(l.Events) == 0 {
		return l, fmt.Errorf("listener %q wants no events", l.Name)
	}
	l.Events = slices.Clone(l.Events)
	for i, name := range l.Events {
		l.Events[i] = strings.ToUpper(strings.TrimSpace(name))
		if !slices.Contains(eventTypes(), l.Events[i]) {
			return l, fmt.Errorf("listener %q wants the unknown event %q", l.Name, name)
		}
	}
	return l, checkNames("", l.Name)
}

func (p Program) filled() Program {
	if p.Group == "" {
		p.Group = p.Name
	}
	if p.StopWait == 0 {
		p.StopWait = 10 * time.Second
	}
	if p.StartRetries == 0 {
		p.StartRetries = 3
	}
	p.StartRetries = max(p.StartRetries, 0)
	if p.ExitCodes == nil {
		p.ExitCodes = []int{0}
	}
	if p.StopSignal == nil {
		p.StopSignal = syscall.SIGTERM
	}
	return p
}

// checkNames refuses what supervisord refuses in a configuration file.
func checkNames(group, name string) error {
	if name == "" || strings.ContainsAny(group+name, " :/") {
		return fmt.Errorf("process %q in group %q: a name is not empty and has no blank, colon or slash", name, group)
	}
	return nil
}
