package engine

import (
	"errors"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// listenerPriority is that of an event listener's group unless it is configured otherwise; programs have 999. There is
// no other sign of event listeners in supervisord's API.
const listenerPriority = -1

// daemon is what is known of supervisord itself.
type daemon struct {
	supervisor  domain.Supervisor // zero until it has said who it is
	settings    map[domain.ID]domain.Settings
	untold      map[domain.ID]bool // whose settings supervisord does not tell
	silent      error              // why its API cannot be used
	asking      bool               // for the settings
	identifying bool
}

func (e *Engine) askSettings() {
	if !e.daemon.asking {
		e.daemon.asking = true
		e.command(Refresh{Settings: true})
	}
}

func (e *Engine) askIdentity() {
	if !e.daemon.identifying {
		e.daemon.identifying = true
		e.command(Refresh{Identity: true})
	}
}

// wantsSettings reports whether a policy needs the settings of a process that has EXITED to tell whether that was
// expected, and they were not asked for yet.
func (e *Engine) wantsSettings() bool {
	for _, w := range e.watches {
		if !w.Policy.Recovers(domain.Exited) {
			continue
		}
		for _, p := range w.members {
			if p.State == domain.Exited && !e.configurationKnown(p.ID) {
				return true
			}
		}
	}
	return false
}

// configurationKnown reports whether the settings of a process are known, or cannot be.
func (e *Engine) configurationKnown(id domain.ID) bool {
	_, known := e.daemon.settings[id]
	return known || e.daemon.untold[id]
}

// configured takes the settings.
func (e *Engine) configured(in Configured, now time.Time) {
	d := &e.daemon
	d.asking = false
	if in.Err == nil {
		d.settings, d.untold = in.Settings, map[domain.ID]bool{}
		for _, p := range e.table.order {
			if _, told := d.settings[p.ID]; !told {
				d.untold[p.ID] = true
			}
		}
	}
	for _, x := range e.underWay() {
		x.stage.configured = true
		e.prepare(x, now)
	}
	if e.table.settings {
		e.table.settings = false
		e.table.waiting--
		if !errors.Is(in.Err, ErrVoid) {
			e.round(now)
		}
	}
}

// identified takes who supervisord is.
func (e *Engine) identified(in Identified, now time.Time) {
	d := &e.daemon
	d.identifying = false
	if in.Err == nil {
		d.supervisor = in.Supervisor
	}
	for _, x := range e.underWay() {
		if in.Err != nil {
			x.stage.nameless++
		}
		e.prepare(x, now)
	}
	e.tellStopped(in.Err, now)
}

// expected reports whether the process ended as its configuration says it may. Without the configuration only status 0 is
// expected.
func (e *Engine) expected(p *process) bool {
	settings, known := e.daemon.settings[p.ID]
	if !known {
		return p.ExitStatus == 0
	}
	return slices.Contains(settings.ExitCodes, p.ExitStatus)
}

// supervisorSaid reports trouble with supervisord's API, and its end.
func (e *Engine) supervisorSaid(err error, now time.Time) {
	if errors.Is(err, ErrVoid) {
		return
	}
	e.daemon.silent = err
	about := subject{kind: domain.ReportSilent}
	switch {
	case err == nil:
		if worth, _ := e.notices.news(about, topic{}, now); worth {
			e.report(domain.Report{Kind: domain.ReportAnswers}, now)
		}
	case errors.Is(err, domain.ErrShuttingDown):
		if worth, again := e.notices.news(about, topic{number: 1}, now); worth {
			e.report(domain.Report{Kind: domain.ReportShutdown, Again: again, Err: err}, now)
		}
	default:
		if worth, again := e.notices.news(about, topic{text: err.Error()}, now); worth {
			e.report(domain.Report{Kind: domain.ReportSilent, Again: again, Err: err}, now)
		}
	}
}
