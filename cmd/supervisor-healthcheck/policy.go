package main

import "supervisor-healthcheck/domain"

const policyGroup = "Policy"

const policyIntro = "When an unhealthy process is restarted. The defaults are those of the Python commands: at once and always. " +
	"An environment variable can set each of them too: SUPERVISOR_HEALTHCHECK_START_GRACE for --start-grace, and so on; " +
	"for --judge-interval it is SUPERVISOR_HEALTHCHECK_INTERVAL."

// policyFlags are the words of domain.PolicySettings. The default-mask is what DropIn does.
type policyFlags struct {
	Failures     string `long:"failures" variable:"SUPERVISOR_HEALTHCHECK_FAILURES" default-mask:"1" value-name:"N" unquote:"false" added:"yes" description:"act after so many unhealthy checks in a row"`
	Successes    string `long:"successes" variable:"SUPERVISOR_HEALTHCHECK_SUCCESSES" default-mask:"1" value-name:"N" unquote:"false" added:"yes" description:"healthy again after so many healthy checks in a row"`
	StartGrace   string `long:"start-grace" variable:"SUPERVISOR_HEALTHCHECK_START_GRACE" default-mask:"0" value-name:"DURATION" unquote:"false" added:"yes" description:"ignore unhealthy checks for so long after a start, or until the first healthy one"`
	RestartLimit string `long:"restart-limit" variable:"SUPERVISOR_HEALTHCHECK_RESTART_LIMIT" default-mask:"none" value-name:"N/DURATION" unquote:"false" added:"yes" description:"give up after so many restarts of a process, such as 5/1h"`
	Rearm        string `long:"rearm" variable:"SUPERVISOR_HEALTHCHECK_REARM" default-mask:"human" value-name:"WHO" unquote:"false" added:"yes" description:"what ends a give-up: human (a start by somebody else) or window (time too)"`
	Backoff      string `long:"backoff" variable:"SUPERVISOR_HEALTHCHECK_BACKOFF" default-mask:"none" value-name:"FROM..TO" unquote:"false" added:"yes" description:"the pause between restarts of a process, doubled each time, such as 10s..10m"`
	MaxParallel  string `long:"max-parallel" variable:"SUPERVISOR_HEALTHCHECK_MAX_PARALLEL" default-mask:"16" value-name:"N" unquote:"false" added:"yes" description:"restarts at a time within one group"`
	MassFailure  string `long:"mass-failure" variable:"SUPERVISOR_HEALTHCHECK_MASS_FAILURE" default-mask:"off" value-name:"PERCENT" unquote:"false" added:"yes" description:"restart nothing while this share of the processes is unhealthy, such as 50%"`
	Recover      string `long:"recover" variable:"SUPERVISOR_HEALTHCHECK_RECOVER" default-mask:"none" value-name:"STATES" unquote:"false" added:"yes" description:"start processes in these states too: fatal,exited,backoff"`
	Mode         string `long:"mode" variable:"SUPERVISOR_HEALTHCHECK_MODE" default-mask:"act" value-name:"MODE" unquote:"false" added:"yes" description:"act, or observe: only say in the log what would be done"`
	Interval     string `long:"judge-interval" setting:"interval" variable:"SUPERVISOR_HEALTHCHECK_INTERVAL" default-mask:"0" value-name:"DURATION" unquote:"false" added:"yes" description:"check at most this often; 0 is every tick"`
	Action       string `long:"action" variable:"SUPERVISOR_HEALTHCHECK_ACTION" default-mask:"restart" value-name:"ACTION" unquote:"false" added:"yes" description:"what is done: restart, none, or a signal such as signal:HUP"`
}

// policy is that of the Python commands with what was given.
func (r *reader) policy() domain.Policy {
	policy := domain.DropIn()
	for _, w := range r.words {
		if w.group != policyGroup || !r.given(w) {
			continue
		}
		r.refuseError(w.long, policy.Set(w.setting, w.text()))
	}
	return policy
}
