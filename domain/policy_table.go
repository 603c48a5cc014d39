package domain

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Table is the settings of the policy, in the order in which help texts show them. The defaults are those of DropIn.
func (p *Policy) Table() []Setting {
	return []Setting{
		policyRow(&p.Failures, parseCount, strconv.Itoa, "failures", "N", "1",
			"act after so many unhealthy checks in a row"),
		policyRow(&p.Successes, parseCount, strconv.Itoa, "successes", "N", "1",
			"healthy again after so many healthy checks in a row"),
		policyRow(&p.StartGrace, parseSpan, ShortDuration, "start-grace", "DURATION", "0",
			"ignore unhealthy checks for so long after a start, or until it has been healthy often enough"),
		policyRow(&p.Warmup, parseBound, bound, "warmup", "DURATION", "off",
			"learn from the last starts of a program how long it takes until it is healthy, and ignore unhealthy checks for twice that, up to so long; for two minutes while no start is known"),
		policyRow(&p.Patience, parseBound, bound, "patience", "DURATION", "off",
			"learn how long troubles of a program last that heal by themselves, and wait twice that before a restart, up to so long"),
		policyRow(&p.Ladder, parsePause, Pause.String, "ladder", "FROM..TO", "none",
			"restart at once the first time, then after pauses that double for as long as it does not help, such as 1m..1h"),
		policyRow(&p.Limit, parseLimit, Limit.String, "restart-limit", "N/DURATION", "none",
			"give up after so many restarts of a process, such as 5/1h; wait where deaths of its own are among them"),
		policyRow(&p.Rearm, parseRearm, Rearm.String, "rearm", "WHO", "human",
			"what ends a give-up: human (somebody starts it, or it is healthy for the time of the limit) or window (the limit allows another)"),
		policyRow(&p.Backoff, parsePause, Pause.String, "backoff", "FROM..TO", "none",
			"the pause between restarts of a process, doubled each time, such as 10s..10m"),
		policyRow(&p.MaxParallel, parseCount, strconv.Itoa, "max-parallel", "N", "16",
			"restarts at a time within one group, each until the process is healthy or its grace is over"),
		policyRow(&p.MassFailure, parseShare, share, "mass-failure", "PERCENT", "off",
			"when this share of the processes, and at least 3, fail at once, restart only one to see whether it helps, such as 50%"),
		policyRow(&p.Outage, parseBound, bound, "outage", "DURATION", "off",
			"when several processes come into trouble within two minutes, hold them, and restart one after so long to see whether it helps"),
		policyRow(&p.Recover, parseRecover, states, "recover", "STATES", "none",
			"start processes in these states too: fatal,exited,backoff"),
		policyRow(&p.Observe, parseMode, mode, "mode", "MODE", "act",
			"act, or observe: only say in the log what would be done"),
		policyRow(&p.Interval, parseSpan, ShortDuration, "interval", "DURATION", "0",
			"check at most this often; 0 is every tick", "judge-interval"),
		policyRow(&p.Action, parseAction, Action.String, "action", "ACTION", "restart",
			"what is done: restart, none, or a signal such as signal:HUP"),
	}
}

// Basis is the setting that names the policy which has the values of all settings that are not given. It is set before those
// of the Table.
func (p *Policy) Basis() Setting {
	read := func(name string) (Policy, string) {
		basis, err := PolicyNamed(name)
		if err != nil {
			return basis, err.(*SettingError).Why
		}
		return basis, ""
	}
	return policyRow(p, read, Policy.name, "policy", "NAME", "drop-in",
		"the defaults of all settings below: drop-in, or recommended, which restarts only what a restart is likely to help")
}

// name is that of the policy with these very values, empty if there is none.
func (p Policy) name() string {
	for _, name := range []string{"drop-in", "recommended"} {
		named, _ := PolicyNamed(name)
		if slices.Equal(p.values(), named.values()) {
			return name
		}
	}
	return ""
}

func (p Policy) values() []string {
	var all []string
	for _, row := range p.Table() {
		all = append(all, row.Get())
	}
	return all
}

// policyRow is the row of one setting. The flag, if it is not named otherwise, is the word, and the variable is made of it.
func policyRow[T any](field *T, read func(string) (T, string), show func(T) string, word, value, byDefault, doc string, flag ...string) Setting {
	trimmed := func(text string) (T, string) { return read(strings.TrimSpace(text)) }
	return Bind(field, trimmed, show, Setting{
		Word: word, Also: flag, Value: value, Default: byDefault, Doc: doc,
		Flag: Flag{Long: append(flag, word)[0], Added: true,
			Variable: "SUPERVISOR_HEALTHCHECK_" + strings.ToUpper(strings.ReplaceAll(word, "-", "_"))},
	})
}

// PolicySettings are the words that Policy.Set knows, in the order of the Table.
func PolicySettings() []string {
	var words []string
	for _, row := range new(Policy).Table() {
		words = append(words, row.Word)
	}
	return words
}

// Set changes one setting of the policy, given in the words of the operator. Its error is a *SettingError, and leaves
// the policy as it was.
func (p *Policy) Set(setting, value string) error {
	for _, row := range p.Table() {
		if row.Word == setting {
			return row.Set(value)
		}
	}
	return &SettingError{Setting: setting, Value: value,
		Why: "there is no such setting; the policy has " + strings.Join(PolicySettings(), ", ")}
}

func bound(d time.Duration) string {
	if d == 0 {
		return "off"
	}
	return ShortDuration(d)
}

func share(s float64) string {
	if s == 0 {
		return "off"
	}
	return strconv.FormatFloat(100*s, 'g', 12, 64) + "%"
}

func states(all []State) string {
	var names []string
	for _, s := range all {
		names = append(names, strings.ToLower(s.String()))
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, ",")
}

func mode(observe bool) string {
	if observe {
		return "observe"
	}
	return "act"
}
