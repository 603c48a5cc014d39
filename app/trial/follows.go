package trial

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
)

// streak is how often in a row a life of a process was unhealthy, as the engine counts it, which knows more: it takes no failure into
// account that falls into the grace.
type streak struct {
	failing, passing int
	well             bool // it was healthy for long enough to end its grace
}

func (s *streak) count(health domain.Health, policy domain.Policy) {
	switch health {
	case domain.Healthy:
		s.passing++
		if s.passing >= policy.Successes {
			s.failing, s.well = 0, true
		}
	case domain.Unhealthy:
		s.passing = 0
		s.failing++
	}
}

const unjudged = "nothing, for it was not judged"

// conclude counts what was found, and says what follows from it.
func (r *round) conclude() {
	for _, j := range r.judged {
		if r.streaks[j.subject] == nil {
			r.streaks[j.subject] = new(streak)
		}
		s, policy, rows := r.streaks[j.subject], r.watches[j.watch].Policy, r.rows[j.first:j.last]
		if slices.ContainsFunc(rows, func(row Row) bool { return row.Judged }) {
			s.count(Result{Rows: rows}.Health(), policy)
		}
		for i := range rows {
			switch row := &rows[i]; {
			case !row.Judged || row.Follows != "":
			case row.Health == domain.Unhealthy && r.away != nil:
				row.Follows = "nothing, for supervisord cannot be asked"
			case row.Health == domain.Unhealthy:
				row.Follows = unless(s.follows(policy, j.uptime, j.done), r.watches[j.watch])
			case row.Health == domain.Unknown:
				row.Follows = unjudged
			}
		}
	}
}

// follows says what a listener does after the last verdict about a process that runs for so long; 0: it does not run.
func (s *streak) follows(policy domain.Policy, uptime time.Duration, done string) string {
	what := "would be " + done
	switch action := policy.Action; {
	case policy.Observe:
		return "nothing, for mode is observe"
	case action.Kind == domain.OnlySay:
		return "nothing, for action is none"
	case action.Kind == domain.SendSignal && done == "restarted":
		what = "would get SIG" + action.Signal
	}
	switch more := policy.Failures - s.failing; {
	case more == 1:
		what += " after 1 more failure"
	case more > 1:
		what += fmt.Sprintf(" after %d more failures", more)
	default:
		what += " at once"
	}
	if all := grace(policy); uptime > 0 && uptime < all && !s.well {
		what += fmt.Sprintf(", not in its first %s unless it was healthy before", domain.ShortDuration(all))
	}
	return what
}

// planned says what a listener does about a restart that is planned.
func planned(policy domain.Policy) string {
	switch {
	case policy.Observe:
		return "nothing, for mode is observe"
	case policy.Action.Kind != domain.RestartProcess:
		return "nothing, for action is " + policy.Action.String()
	}
	return "would be restarted as planned, one at a time and when all of its group are well"
}

// unless adds what would hold that back.
func unless(follows string, watch domain.Watch) string {
	if len(watch.Depends) == 0 || strings.HasPrefix(follows, "nothing") {
		return follows
	}
	var names []string
	for _, d := range watch.Depends {
		names = append(names, d.Name)
	}
	return follows + ", unless " + strings.Join(names, " or ") + " is down"
}

// grace is the one of a program of which nothing is learnt yet.
func grace(policy domain.Policy) time.Duration {
	const unknownBoot = 2 * time.Minute
	return max(policy.StartGrace, min(policy.Warmup, unknownBoot))
}
