package main

import "supervisor-healthcheck/domain"

const policyGroup = "Policy"

const policyIntro = "When an unhealthy process is restarted. The defaults are those of the Python commands, at once and always; --policy recommended has others. " +
	"An environment variable can set each of them too: SUPERVISOR_HEALTHCHECK_POLICY for --policy, and so on; " +
	"for --judge-interval it is SUPERVISOR_HEALTHCHECK_INTERVAL."

// policyFlags are the words of domain.PolicySettings. The default-mask is what DropIn does.
type policyFlags struct {
	Policy       string `long:"policy" variable:"SUPERVISOR_HEALTHCHECK_POLICY" default-mask:"drop-in" value-name:"NAME" unquote:"false" added:"yes" description:"the defaults of all settings below: drop-in, or recommended, which restarts only what a restart is likely to help"`
	Failures     string `long:"failures" variable:"SUPERVISOR_HEALTHCHECK_FAILURES" default-mask:"1" value-name:"N" unquote:"false" added:"yes" description:"act after so many unhealthy checks in a row"`
	Successes    string `long:"successes" variable:"SUPERVISOR_HEALTHCHECK_SUCCESSES" default-mask:"1" value-name:"N" unquote:"false" added:"yes" description:"healthy again after so many healthy checks in a row"`
	StartGrace   string `long:"start-grace" variable:"SUPERVISOR_HEALTHCHECK_START_GRACE" default-mask:"0" value-name:"DURATION" unquote:"false" added:"yes" description:"ignore unhealthy checks for so long after a start, or until it has been healthy often enough"`
	Warmup       string `long:"warmup" variable:"SUPERVISOR_HEALTHCHECK_WARMUP" default-mask:"off" value-name:"DURATION" unquote:"false" added:"yes" description:"learn from the last starts of a program how long it takes until it is healthy, and ignore unhealthy checks for twice that, up to so long; for two minutes while no start is known"`
	Patience     string `long:"patience" variable:"SUPERVISOR_HEALTHCHECK_PATIENCE" default-mask:"off" value-name:"DURATION" unquote:"false" added:"yes" description:"learn how long troubles of a program last that heal by themselves, and wait twice that before a restart, up to so long"`
	Ladder       string `long:"ladder" variable:"SUPERVISOR_HEALTHCHECK_LADDER" default-mask:"none" value-name:"FROM..TO" unquote:"false" added:"yes" description:"restart at once the first time, then after pauses that double for as long as it does not help, such as 1m..1h"`
	RestartLimit string `long:"restart-limit" variable:"SUPERVISOR_HEALTHCHECK_RESTART_LIMIT" default-mask:"none" value-name:"N/DURATION" unquote:"false" added:"yes" description:"give up after so many restarts of a process, such as 5/1h; wait where deaths of its own are among them"`
	Rearm        string `long:"rearm" variable:"SUPERVISOR_HEALTHCHECK_REARM" default-mask:"human" value-name:"WHO" unquote:"false" added:"yes" description:"what ends a give-up: human (somebody starts it, or it is healthy for the time of the limit) or window (the limit allows another)"`
	Backoff      string `long:"backoff" variable:"SUPERVISOR_HEALTHCHECK_BACKOFF" default-mask:"none" value-name:"FROM..TO" unquote:"false" added:"yes" description:"the pause between restarts of a process, doubled each time, such as 10s..10m"`
	MaxParallel  string `long:"max-parallel" variable:"SUPERVISOR_HEALTHCHECK_MAX_PARALLEL" default-mask:"16" value-name:"N" unquote:"false" added:"yes" description:"restarts at a time within one group, each until the process is healthy or its grace is over"`
	MassFailure  string `long:"mass-failure" variable:"SUPERVISOR_HEALTHCHECK_MASS_FAILURE" default-mask:"off" value-name:"PERCENT" unquote:"false" added:"yes" description:"when this share of the processes, and at least 3, fail at once, restart only one to see whether it helps, such as 50%"`
	Outage       string `long:"outage" variable:"SUPERVISOR_HEALTHCHECK_OUTAGE" default-mask:"off" value-name:"DURATION" unquote:"false" added:"yes" description:"when several processes come into trouble within two minutes, hold them, and restart one after so long to see whether it helps"`
	Recover      string `long:"recover" variable:"SUPERVISOR_HEALTHCHECK_RECOVER" default-mask:"none" value-name:"STATES" unquote:"false" added:"yes" description:"start processes in these states too: fatal,exited,backoff"`
	Mode         string `long:"mode" variable:"SUPERVISOR_HEALTHCHECK_MODE" default-mask:"act" value-name:"MODE" unquote:"false" added:"yes" description:"act, or observe: only say in the log what would be done"`
	Interval     string `long:"judge-interval" setting:"interval" variable:"SUPERVISOR_HEALTHCHECK_INTERVAL" default-mask:"0" value-name:"DURATION" unquote:"false" added:"yes" description:"check at most this often; 0 is every tick"`
	Action       string `long:"action" variable:"SUPERVISOR_HEALTHCHECK_ACTION" default-mask:"restart" value-name:"ACTION" unquote:"false" added:"yes" description:"what is done: restart, none, or a signal such as signal:HUP"`
}

// policy is the one that was chosen, or that of the Python commands, with what was given.
func (r *reader) policy() domain.Policy {
	policy := domain.DropIn()
	for _, w := range r.words {
		if w.group != policyGroup || !r.given(w) {
			continue
		}
		if w.long == "policy" { // it stands before the others
			policy = r.basis(w)
			continue
		}
		r.refuseError(w.long, policy.Set(w.setting, w.text()))
	}
	return policy
}

// basis is the policy that has the defaults of all settings that are not given.
func (r *reader) basis(w word) domain.Policy {
	policy, err := domain.PolicyNamed(w.text())
	if err != nil {
		r.refuseError(w.long, err)
	}
	return policy
}
