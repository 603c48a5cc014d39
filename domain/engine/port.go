package engine

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"supervisor-healthcheck/domain"
)

// findPorts finds the processes of the watch that are probed on one port.
func (w *watch) findPorts() {
	w.ports = nil
	if !slices.ContainsFunc(w.Checks, func(c domain.Check) bool { _, ok := c.(domain.Listening); return ok }) {
		return
	}
	users := map[int][]*record{}
	for _, p := range w.members {
		if port := w.Port(p.Process); port != 0 {
			users[port] = append(users[port], p.record(w))
		}
	}
	for port, records := range users {
		if len(records) < 2 {
			delete(users, port)
			continue
		}
		for _, r := range records {
			r.port = port
		}
	}
	w.ports = users
}

// tellPorts reports ports that several processes share: whoever of them fails, another may be the one that hangs.
func (e *Engine) tellPorts(w *watch, now time.Time) {
	if len(w.ports) == 0 {
		return
	}
	for _, port := range slices.Sorted(maps.Keys(w.ports)) {
		records := w.ports[port]
		running := 0
		for _, r := range records {
			if r.process.State == domain.Running {
				running++
			}
		}
		if running < 2 {
			continue
		}
		first := records[0].process.ID
		about := subject{kind: domain.ReportSharedPort, watch: w.Name, id: domain.ID{Group: first.Group, Name: strconv.Itoa(port)}}
		if worth, again := e.notices.news(about, topic{number: port}, now); worth {
			e.report(domain.Report{Kind: domain.ReportSharedPort, Watch: w.Name, Process: first, Again: again,
				Port: &domain.PortUse{Port: port, Sharing: running}}, now)
		}
	}
}

// sharedPort holds a restart while another process on the same port was restarted and nobody has looked since whether it
// was the one.
func (e *Engine) sharedPort(r *record) (domain.Decision, bool) {
	for _, other := range r.watch.ports[r.port] {
		q := other.process
		switch {
		case r.port == 0 || other == r:
		case q.restarting, q.unseen(other):
			return domain.Decision{Kind: domain.Hold, Cause: domain.CausePort}, true
		}
	}
	return domain.Decision{}, false
}

// unseen reports whether a process was restarted by us and not judged since.
func (p *process) unseen(r *record) bool {
	n := len(p.Acts)
	return n > 0 && !p.Acts[n-1].Death && p.State == domain.Running && (r.outdated() || !r.judged.After(p.Acts[n-1].At))
}

// askHolders asks who holds the ports that the checks expect the process on.
func (e *Engine) askHolders(r *record, p domain.Process) {
	if r == nil {
		return
	}
	if port := r.watch.Port(p); port != 0 && !r.watch.shares(port) {
		e.command(Holders{Watch: r.watch.Name, Process: p, Port: port})
	}
}

// shares reports whether several processes of the watch are probed on the port, so that another may hold it.
func (w *watch) shares(port int) bool { return len(w.ports[port]) > 1 }

// held reports who holds the port of a process in its place, unless that is supervisord or one of its processes.
func (e *Engine) held(in Held, now time.Time) {
	var foreign []domain.Listener
	for _, l := range in.Listeners {
		if !e.supervised(l) {
			foreign = append(foreign, l)
		}
	}
	if in.Err != nil || len(foreign) == 0 {
		return
	}
	e.report(domain.Report{Kind: domain.ReportPortConflict, Watch: in.Holders.Watch, Process: in.Holders.Process.ID,
		PID: in.Holders.Process.PID, Port: &domain.PortUse{Port: in.Holders.Port, Holders: foreign}}, now)
}

// supervised reports whether the holder of a port is supervisord itself, or a process of it or one of its descendants.
func (e *Engine) supervised(l domain.Listener) bool {
	if l.PID == e.daemon.supervisor.PID {
		return true
	}
	for _, p := range e.table.rows {
		if p.PID != 0 && p.State == domain.Running && l.BelongsTo(p.PID) {
			return true
		}
	}
	return false
}
