package metrics

import (
	"time"

	dto "github.com/prometheus/client_model/go"

	"supervisor-healthcheck/domain"
)

// family is a metric: its name behind the prefix, what it says, and what it is of something. False: of that there is none.
type family[T any] struct {
	name, help string
	value      func(T) (float64, bool)
}

// kind is that of the metric: what only grows has a name that says so.
func (f family[T]) kind() dto.MetricType {
	const suffix = "_total"
	if n := len(f.name) - len(suffix); n > 0 && f.name[n:] == suffix {
		return dto.MetricType_COUNTER
	}
	return dto.MetricType_GAUGE
}

// Of the listener.
var ofListener = []family[domain.Snapshot]{
	{"last_tick_timestamp_seconds", "When the last tick of supervisord came.",
		func(s domain.Snapshot) (float64, bool) { return timestamp(s.LastTick) }},
	{"tick_period_seconds", "The shortest time between two ticks of supervisord.",
		func(s domain.Snapshot) (float64, bool) { return s.Period.Seconds(), s.Period > 0 }},
	{"last_round_timestamp_seconds", "When the last round of checks began.",
		func(s domain.Snapshot) (float64, bool) { return timestamp(lastRound(s)) }},
	{"supervisord_reachable", "Whether supervisord's API can be used.",
		func(s domain.Snapshot) (float64, bool) { return one(s.Silent == nil), true }},
}

func lastRound(s domain.Snapshot) (last time.Time) {
	for _, w := range s.Watches {
		if w.Round.After(last) {
			last = w.Round
		}
	}
	return last
}

// subject is a process, and what was done to it.
type subject struct {
	*domain.ProcessStatus
	counts
	now time.Time
}

// Of a process.
var ofProcess = []family[*subject]{
	{"process_running", "Whether supervisord says RUNNING.",
		func(p *subject) (float64, bool) { return one(p.Process.State == domain.Running), true }},
	{"process_down", "Whether it does not run, and should: it is FATAL, in BACKOFF, or has ended as it should not.",
		func(p *subject) (float64, bool) {
			return one(p.Process.State != domain.Running && p.Condition() == domain.ConditionDown), true
		}},
	{"process_uptime_seconds", "For how long the process has been running.",
		func(p *subject) (float64, bool) { return p.Process.Uptime.Seconds(), true }},
	{"restarting", "Whether a restart of ours is under way.",
		func(p *subject) (float64, bool) { return one(p.Restart != nil), true }},
	{"paused_until_timestamp_seconds", "Until when somebody wants nothing to be done about it; absent if nobody does.",
		func(p *subject) (float64, bool) {
			until, set := timestamp(p.History.Suspension.Until)
			return until, set && p.History.Suspension.Left(p.now) > 0
		}},
	{"restarts_total", "Restarts of ours that came to their end.",
		func(p *subject) (float64, bool) { return p.restarts, true }},
	{"restart_seconds_total", "For how long the process was down in these.",
		func(p *subject) (float64, bool) { return p.down.Seconds(), true }},
	{"failed_starts_total", "Starts of ours after which it did not run.",
		func(p *subject) (float64, bool) { return p.failed, true }},
	{"signals_total", "Signals of ours, where the action is one.",
		func(p *subject) (float64, bool) { return p.signals, true }},
}

// ofCause is of a process and a cause.
var ofCause = family[float64]{"held_total", "Checks after which nothing was done about what is unhealthy, by the cause.",
	func(n float64) (float64, bool) { return n, n > 0 }}

// Of a process under one check.
var ofVerdict = []family[*domain.VerdictStatus]{
	{"given_up", "Whether nothing is done about it any more.",
		func(v *domain.VerdictStatus) (float64, bool) { return one(v.Decision.Kind == domain.GiveUp), true }},
	{"unhealthy", "Whether the last verdict is unhealthy.",
		func(v *domain.VerdictStatus) (float64, bool) {
			return one(v.Verdict.Health == domain.Unhealthy), !v.At.IsZero()
		}},
	{"unknown", "Whether it could not be judged last.",
		func(v *domain.VerdictStatus) (float64, bool) {
			return one(v.Verdict.Health == domain.Unknown), !v.At.IsZero()
		}},
	{"failures_in_a_row", "Unhealthy checks in a row that count.",
		func(v *domain.VerdictStatus) (float64, bool) { return float64(v.Failing), !v.At.IsZero() }},
	{"warnings", "How many things the checks warn of.",
		func(v *domain.VerdictStatus) (float64, bool) { return float64(len(v.Verdict.Warnings)), !v.At.IsZero() }},
	{"last_probe_duration_seconds", "How long the checks took last.",
		func(v *domain.VerdictStatus) (float64, bool) { return v.Took.Seconds(), !v.At.IsZero() }},
}

// ofMeasured are those of a measure, by what it is of.
var ofMeasured = []struct {
	of domain.Measured
	family[*domain.Measure]
}{
	{domain.MeasuredMemory, valued("memory_bytes", "Its memory, as the check counts it.")},
	{domain.MeasuredMemory, limited("memory_limit_bytes", "The most memory that is healthy.")},
	{domain.MeasuredMemory, foretold("memory_forecast_seconds", "In how long its memory will reach the limit; absent if nothing says that it will.")},
	{domain.MeasuredCPU, valued("cpu_cores", "How many processors it used since the check before.")},
	{domain.MeasuredCPU, limited("cpu_limit_cores", "The most that is healthy.")},
	{domain.MeasuredFiles, valued("fds", "Its open file descriptors.")},
	{domain.MeasuredFiles, limited("fds_limit", "The most that are healthy.")},
	{domain.MeasuredFiles, foretold("fds_forecast_seconds", "In how long they will reach the limit; absent if nothing says that they will.")},
	{domain.MeasuredThreads, valued("threads", "Its threads.")},
	{domain.MeasuredThreads, limited("threads_limit", "The most that are healthy.")},
	{domain.MeasuredAnswer, valued("answer_seconds", "How long its last answer took.")},
	{domain.MeasuredAnswer, limited("answer_limit_seconds", "The longest time that is healthy.")},
	{domain.MeasuredBeat, valued("beat_age_seconds", "How long ago its last heartbeat was when the check looked.")},
	{domain.MeasuredBeat, limited("beat_limit_seconds", "The longest time that is healthy.")},
	{domain.MeasuredCertificate, valued("certificate_expiry_seconds", "For how long its certificate lasted yet when the check looked; below 0: it has ended.")},
}

func valued(name, help string) family[*domain.Measure] {
	return family[*domain.Measure]{name, help, func(m *domain.Measure) (float64, bool) { return m.Value, true }}
}

func limited(name, help string) family[*domain.Measure] {
	return family[*domain.Measure]{name, help, func(m *domain.Measure) (float64, bool) { return m.Limit, m.Limit > 0 }}
}

func foretold(name, help string) family[*domain.Measure] {
	return family[*domain.Measure]{name, help, func(m *domain.Measure) (float64, bool) { return m.Forecast, m.Forecast > 0 }}
}

// timestamp leaves out a time that has not been yet: its metric would say 1970.
func timestamp(t time.Time) (float64, bool) { return float64(t.UnixMilli()) / 1000, !t.IsZero() }

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
