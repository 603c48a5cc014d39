package domain_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// A story is what happens to one process, told line by line, and what is decided at each verdict.
type story struct {
	policy string // settings over the drop-in policy, such as "failures=3 start-grace=30s"
	lines  []line
}

// A line happens so long after the beginning. What happens is one of:
//
//	well, ill, unsure    a verdict about the process in RUNNING
//	ill 7/9              the same while 7 of 9 processes fail at once and are held back
//	fatal                an Unhealthy verdict about the process in FATAL
//	restarted            we have restarted it
//	signalled            we have acted without ending its life
//	died                 it has ended by itself and supervisord has started it again
//	replaced             it has a new life, and nobody knows why
//	started by hand      somebody else has started it
type line struct {
	at   string
	what string
	want string // the decision as "kind: reason", with " (said)" when it is to be told; of a death "used up" if it is so
}

// hero is the process that the stories are about. It has been up for an hour when they begin.
type hero struct {
	policy domain.Policy
	record domain.Record
	pid    int
	born   time.Time
}

func TestStories(t *testing.T) {
	for _, chapter := range []map[string]story{streaks(), graces(), limits(), pauses(), masses(), recoveries(), tellings()} {
		for name, s := range chapter {
			t.Run(name, func(t *testing.T) {
				begin := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
				h := &hero{policy: policy(t, s.policy), pid: 100, born: begin.Add(-time.Hour)}
				var got, want []string
				for _, l := range s.lines {
					after, ok := domain.ParseDuration(l.at)
					if !ok {
						t.Fatalf("%q is no duration", l.at)
					}
					want = append(want, l.at+" "+l.what+" -> "+l.want)
					got = append(got, l.at+" "+l.what+" -> "+h.live(t, l.what, begin.Add(after)))
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		}
	}
}

// policy reads settings as they stand in a story.
func policy(t *testing.T, settings string) domain.Policy {
	t.Helper()
	p := domain.DropIn()
	for _, setting := range strings.Fields(settings) {
		name, value, _ := strings.Cut(setting, "=")
		if err := p.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (h *hero) live(t *testing.T, what string, now time.Time) string {
	verb, mass, _ := strings.Cut(what, " ")
	switch verb {
	case "well", "ill", "unsure", "fatal":
		return h.judge(verb, mass, now)
	case "restarted":
		h.record.Budget = h.record.Budget.Spend(h.policy, now)
	case "signalled":
		h.record = h.record.Acted()
		h.record.Budget = h.record.Budget.Spend(h.policy, now)
		return ""
	case "died":
		var over bool
		h.record.Budget, over = h.record.Budget.Died(h.policy, now)
		h.pid, h.born = h.pid+1, now
		if over {
			return "used up"
		}
		return ""
	case "replaced":
	case "started":
		h.record.Budget = h.record.Budget.Rearm()
	default:
		t.Fatalf("a story knows no %q", what)
	}
	h.pid, h.born = h.pid+1, now
	return ""
}

func (h *hero) judge(verb, mass string, now time.Time) string {
	process := domain.Process{ID: domain.ID{Group: "web", Name: "web"}, State: domain.Running, PID: h.pid, Started: h.born, Uptime: now.Sub(h.born)}
	verdict := domain.Unhealthy.Because("pid %d gives no answer", h.pid)
	switch verb {
	case "well":
		verdict = domain.Healthy.Because("it answers")
	case "unsure":
		verdict = domain.Verdict{Reason: fmt.Sprintf("pid %d cannot be read", h.pid), Check: "memory"}
	case "fatal":
		process.State, process.PID, process.Uptime = domain.Fatal, 0, 0
	}
	round := domain.Round{Process: process, Verdict: verdict}
	if _, err := fmt.Sscanf(mass, "%d/%d", &round.Mass.Failing, &round.Mass.Judged); err == nil {
		round.Mass.Holds = true
	}
	var d domain.Decision
	h.record, d = h.record.After(round, h.policy, now)
	text := d.Kind.String() + ": " + d.Reason
	if d.Tell {
		text += " (said)"
	}
	return text
}
