package simulation

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/engine"
)

// The two legs of a call to supervisord.
const (
	wayThere = time.Millisecond
	wayBack  = 4 * time.Millisecond
)

// carry does what the engine wants.
func (k *healthcheck) carry(c engine.Command) {
	switch c := c.(type) {
	case engine.Probe:
		k.sort(c.Jobs)
		for _, job := range c.Jobs {
			k.probe(job)
		}
	case engine.Refresh:
		k.later(wayThere+wayBack, func() { k.refresh(c) })
	case engine.Step:
		k.step(c)
	case engine.Save:
		k.disk.save(c)
		k.later(wayBack, func() { k.tell(engine.Saved{Save: c}) })
	case engine.Consult:
		k.later(wayBack, func() { k.tell(engine.Consulted{}) })
	case engine.Signal:
		k.later(wayBack, func() { k.tell(engine.Signalled{Signal: c}) })
	case engine.Holders:
		k.later(wayBack, func() { k.tell(engine.Held{Holders: c}) })
	case engine.Complete:
		k.later(wayBack, func() { k.tell(engine.Completed(c)) })
	case engine.Report:
		k.report(*c.Report)
	}
}

// sort brings jobs into an order that does not depend on that of the watches, because who answers first may matter.
func (k *healthcheck) sort(jobs []engine.Job) {
	if len(k.setup.Watches) > 1 {
		slices.SortFunc(jobs, func(a, b engine.Job) int {
			return cmp.Or(k.numbers[a.Process.ID]-k.numbers[b.Process.ID], strings.Compare(k.watches[a.Watch], k.watches[b.Watch]))
		})
	}
}

// probe answers at once if the process is well.
func (k *healthcheck) probe(job engine.Job) {
	n := k.numbers[job.Process.ID]
	fails, ours := k.host.Fails(n)
	verdict := domain.Verdict{Health: domain.Healthy, Reason: "status 200", Check: "http"}
	switch {
	case ours:
		verdict.Health, verdict.Reason = domain.Unknown, "too many open files"
	case fails:
		verdict.Health, verdict.Reason = domain.Unhealthy, "no answer"
	}
	k.audit.probed(n)
	answer := job.Answer(verdict, time.Millisecond)
	if verdict.Health == domain.Healthy || k.setup.Slow == 0 {
		k.audit.judged(n, job.Watch, verdict.Health)
		k.tell(answer)
		return
	}
	answer.Took = k.setup.Slow
	k.later(k.setup.Slow, func() {
		k.audit.judged(n, job.Watch, verdict.Health)
		k.tell(answer)
	})
}

func (k *healthcheck) refresh(r engine.Refresh) {
	err := k.host.call(func() error { return nil })
	if r.Identity {
		k.tell(engine.Identified{Supervisor: domain.Supervisor{PID: 1}, Err: err})
	}
	if r.Settings {
		k.tell(engine.Configured{Settings: k.settings(), Err: err})
	}
	switch {
	case r.All && err != nil:
		k.tell(engine.Listed{Err: err})
	case r.All:
		k.tell(engine.Listed{Processes: append(k.host.List(), k.own())})
	case len(r.IDs) > 0:
		k.tell(k.seen(r.IDs, err))
	}
}

func (k *healthcheck) own() domain.Process {
	return domain.Process{ID: self(), State: domain.Running, PID: 100_000 + k.turn, Started: epoch()}
}

func (k *healthcheck) settings() map[domain.ID]domain.Settings {
	all := map[domain.ID]domain.Settings{self(): {StopWait: 10 * time.Second, ExitCodes: []int{0}, Priority: -1}}
	for id := range k.numbers {
		all[id] = domain.Settings{StopWait: 10 * time.Second, ExitCodes: []int{0}, Priority: 999}
	}
	return all
}

func (k *healthcheck) seen(ids []domain.ID, err error) engine.Seen {
	var s engine.Seen
	for _, id := range ids {
		a := engine.Answer{ID: id, Err: err}
		if err == nil {
			a.Process = k.host.See(k.numbers[id])
		}
		s.Answers = append(s.Answers, a)
		if err != nil {
			break
		}
	}
	return s
}

// step takes a step of a restart: the disk, the call, the answer, and maybe a kill -9 somewhere between them.
func (k *healthcheck) step(s engine.Step) {
	n := k.numbers[s.Restart.Instance.ID]
	k.audit.stepping(n, s)
	if s.Keep {
		k.disk.unfinished[s.Restart.Instance.ID] = s.Restart
	}
	if s.Act == engine.Finish {
		delete(k.disk.unfinished, s.Restart.Instance.ID)
	}
	k.later(wayThere, func() {
		answer := k.act(n, s)
		k.later(wayBack, func() {
			k.audit.stepped(n)
			k.tell(answer)
		})
	})
	if k.setup.Crashes > 0 && k.luck.is(k.setup.Crashes) {
		k.later(k.luck.between(0, 2*(wayThere+wayBack)), func() { k.Killed(false) })
	}
}

func (k *healthcheck) act(n int, s engine.Step) engine.Stepped {
	answer := engine.Stepped{Step: s}
	switch s.Act {
	case engine.Look:
		answer.Err = k.host.call(func() error {
			answer.Process = k.host.See(n)
			return nil
		})
	case engine.Survey:
		answer.Err = k.host.call(func() error {
			answer.Processes = append(k.host.List(), k.own())
			return nil
		})
	case engine.Reread:
		answer.Err = k.host.call(func() error {
			answer.Settings = k.settings()
			return nil
		})
	case engine.SendStop:
		k.audit.stops(n)
		answer.Err = k.host.stopProcess(n)
	case engine.SendStart:
		k.audit.starts(n)
		answer.Err = k.host.startProcess(n)
	}
	if answer.Err != nil {
		answer.Process = domain.Process{}
	}
	return answer
}

// report reads what the engine tells.
func (k *healthcheck) report(r domain.Report) {
	n, known := k.numbers[r.Process]
	if known && r.Kind == domain.ReportProbed {
		k.audit.decided(n, r.Watch, r.Decision)
	}
	if r.Kind == domain.ReportProbed || r.Kind == domain.ReportSkipped {
		return
	}
	if known {
		k.audit.told(n, r)
		k.host.Report(n, 1)
	}
}
