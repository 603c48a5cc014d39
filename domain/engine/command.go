package engine

import (
	"time"

	"supervisor-healthcheck/domain"
)

// Command is something that the owner of the engine does for it. It is one of the types of this file. What is answered by
// an input may take as long as it likes: the engine goes on meanwhile.
type Command interface{ command() }

// Refresh asks supervisord: for all processes (answered by one Listed), or for some (one Seen), for the settings
// (Configured), for who it is (Identified).
type Refresh struct {
	All      bool
	IDs      []domain.ID
	Settings bool
	Identity bool
}

// Probe has the checks run on processes; each job is answered by one Probed.
type Probe struct{ Jobs []Job }

// Job is one process under one watch.
type Job struct {
	Watch   int // its place in Config.Watches
	Era     int // counts the configurations
	Process domain.Process
	Number  uint64 // tells the probes apart
}

// Answer is the input that says what came of the job.
func (j Job) Answer(v domain.Verdict, took time.Duration) Probed {
	return Probed{Watch: j.Watch, Era: j.Era, ID: j.Process.ID, Number: j.Number, Verdict: v, Took: took}
}

// Ask has it found out whether a dependency at an address is down; answered by one Asked.
type Ask struct{ Dependency domain.Dependency }

// Act is what a step does.
type Act int

const (
	// Keep keeps the restart in the journal, and does nothing else.
	Keep Act = iota
	// Look asks supervisord for the process.
	Look
	// SendStop asks supervisord to stop the process.
	SendStop
	// SendStart asks supervisord to start the process.
	SendStart
	// Finish forgets the restart in the journal.
	Finish
	// Survey asks supervisord for all processes, to see what others do with them.
	Survey
	// Reread asks supervisord for the settings of all processes, to see whether they were changed.
	Reread
)

// Step is the next step of a restart. It is answered by one Stepped. Steps of one process never overlap.
type Step struct {
	Act     Act
	Restart domain.Restart // as it is to be kept; its Instance says who is meant
	Keep    bool           // keep it in the journal first; an error of that does not hinder the act
	Owed    bool           // the process may be down because of us: the step is done even when the listener is ending

	// Histories are kept before a restart leaves the journal, because it is over or because the next one of the process takes its
	// place: as long as another listener finds it there it knows of the act, and from then on by the history.
	Histories map[domain.ID]domain.History
}

// Intent reports whether the step keeps that a stop is going to be sent. No other listener begins a restart of the process
// after that, so what these have done until then is all that counts.
func (s Step) Intent() bool { return s.Act == Keep && s.Restart.Phase == domain.StopSent }

// Signal sends a signal to the very life that was judged; answered by one Signalled.
type Signal struct {
	Watch   int
	Era     int
	By      string // the name of the watch
	Process domain.Process
	Name    string
	Verdict domain.Verdict
}

// Holders asks who holds a TCP port in place of the process; answered by one Held.
type Holders struct {
	Watch   string // its name
	Process domain.Process
	Port    int
}

// Save keeps what is known of processes over the lives of the listener, all at once; answered by one Saved. An empty
// History is to be forgotten.
type Save struct{ Histories map[domain.ID]domain.History }

// Consult asks what other listeners have done; answered by one Consulted.
type Consult struct {
	Debts bool // and takes over what they have left behind
}

// Forget says which lives are the last ones that are known: what checks remember of others can be dropped.
type Forget struct{ Alive map[domain.ID]domain.Instance }

// Complete asks supervisord's logs for what a report lacks: how a process has ended (ReportFlapping), or what it has written
// last (ReportOutput). It is answered by one Completed, whether that was found or not.
type Complete struct{ Report domain.Report }

// Report tells what has happened. It has no answer. Of thousand processes there are as many in each round, so the engine uses
// their place again: what it points to is good until the next Handle.
type Report struct{ *domain.Report }

func (Refresh) command()  {}
func (Probe) command()    {}
func (Ask) command()      {}
func (Step) command()     {}
func (Signal) command()   {}
func (Holders) command()  {}
func (Save) command()     {}
func (Consult) command()  {}
func (Forget) command()   {}
func (Report) command()   {}
func (Complete) command() {}
