package domain

import (
	"strings"
	"time"
)

// ID is the name of a process: supervisord knows each of its processes by a group and a name.
type ID struct {
	Group, Name string
}

// String writes the ID as supervisorctl does: "group:name", or the name alone where both are equal.
func (id ID) String() string {
	if id.Group == id.Name {
		return id.Name
	}
	return id.Group + ":" + id.Name
}

// IDOf reads what ID.String writes.
func IDOf(text string) ID {
	group, name, both := strings.Cut(text, ":")
	if !both {
		name = group
	}
	return ID{Group: group, Name: name}
}

// Called reports whether somebody who writes this name means the process: its own as String has it, that of its group with or without
// :*, or all.
func (id ID) Called(name string) bool {
	return name == "all" || name == "*" || name == id.String() || strings.TrimSuffix(name, ":*") == id.Group
}

// Instance is one life of a process, from its spawn to its end. Two lives differ in their pid or in their start.
type Instance struct {
	ID
	PID     int
	Started time.Time // by supervisord's clock, to the second
}

// Same reports whether both are the same life of the same process.
func (i Instance) Same(other Instance) bool {
	return i.ID == other.ID && i.PID == other.PID && i.Started.Equal(other.Started)
}

// Process is what supervisord says of one of its processes at one moment.
type Process struct {
	ID
	State      State
	PID        int           // 0 when it has none
	Started    time.Time     // its last spawn by supervisord's clock, to the second; zero when never spawned
	Ended      time.Time     // its last end by the same clock; zero when it never ended
	Uptime     time.Duration // supervisord's now minus Started, from one answer; 0 when it has no pid
	ExitStatus int           // of its last end; -1 after a death by signal; 0 while it runs
	SpawnError string        // why supervisord could not start it; stays after a later stop
	StdoutLog  string        // the file to which supervisord writes its stdout; empty if there is none
	StderrLog  string        // the same for its stderr
}

// Instance returns the life of the process that was seen.
func (p Process) Instance() Instance {
	return Instance{ID: p.ID, PID: p.PID, Started: p.Started}
}

// Settings are the parts of a process's configuration that matter to a restart, as supervisord last read them.
type Settings struct {
	StopWait    time.Duration // stopwaitsecs: how long it may take to end before it is killed
	StartWait   time.Duration // startsecs: how long it must live to be RUNNING
	ExitCodes   []int         // exitcodes: the expected ones
	Priority    int           // of its group; event listeners have -1 unless configured otherwise
	Fingerprint uint64        // of all that supervisord tells of its settings: another one says that they were changed
}

// Supervisor identifies one life of a supervisord.
type Supervisor struct {
	PID int
}
