package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"supervisor-healthcheck/adapters/words"
	"supervisor-healthcheck/domain"
)

// Suggestion is a setting that the events speak for.
type Suggestion struct {
	Section string `json:"section"` // the name of the watch: [healthcheck:NAME], or the -n of a single listener
	Setting string `json:"setting"` // a line of the section
	Reason  string `json:"reason"`  // in numbers
}

// How much must have been seen. Less may be chance.
const (
	leastTroubles = 3
	leastObserved = 72 * time.Hour
	leastCovered  = 24 * time.Hour
	mostFailures  = 10 // more rounds than these are better said as a time
)

// judge looks at what is known of one watch, and may have something to suggest.
type judge func(*evidence) (setting, reason string)

// evidence is what the events tell of a watch.
type evidence struct {
	name      string
	mode      mode
	now       time.Time
	troubles  []*trouble
	acts      []*act
	processes []*process
	clusters  []cluster // of its troubles
}

// watches are those that are still looked at, as far as anybody tells, by name.
func (a *all) watches() []watch {
	all := map[watch]bool{}
	for w := range a.modes {
		all[w] = true
	}
	for _, p := range a.processes {
		for _, t := range p.troubles {
			all[t.watch] = true
		}
	}
	maps.DeleteFunc(all, func(w watch, _ bool) bool { return a.modes[w].gone })
	return slices.SortedFunc(maps.Keys(all), func(x, y watch) int { return cmp.Or(cmp.Compare(x.name, y.name), cmp.Compare(x.log, y.log)) })
}

// suggestions are those for each watch.
func (a *all) suggestions() (found []Suggestion) {
	for _, w := range a.watches() {
		e := a.evidence(w)
		for _, judge := range []judge{tooQuick, tooLittleGrace, tooOften, tooMany, fit} {
			if setting, reason := judge(e); setting != "" {
				found = append(found, Suggestion{Section: w.name, Setting: setting, Reason: reason})
			}
		}
	}
	return found
}

func (a *all) evidence(w watch) *evidence {
	e := &evidence{name: w.name, mode: a.modes[w], now: a.logs[w.log].To}
	for _, p := range a.processes {
		for _, t := range p.troubles {
			if t.watch == w && t.counts {
				e.troubles = append(e.troubles, t)
			}
		}
		for _, one := range p.acts {
			if one.watch == w && !one.planned && !one.signal {
				e.acts = append(e.acts, one)
			}
		}
		if p.logs[w.log] {
			e.processes = append(e.processes, p)
		}
	}
	for _, c := range a.clusters() {
		own := slices.DeleteFunc(slices.Clone(c), func(t *trouble) bool { return t.watch != w })
		if len(own) > 0 {
			e.clusters = append(e.clusters, own)
		}
	}
	return e
}

// tooQuick: restarts that were only said would have hit what heals by itself.
func tooQuick(e *evidence) (setting, reason string) {
	var unjust, all int
	var rounds []int
	var lasted []time.Duration
	for _, t := range e.troubles {
		if t.outcome != healed {
			continue
		}
		all++
		rounds, lasted = append(rounds, t.rounds), append(lasted, t.lasted())
		if !t.would.IsZero() {
			unjust++
		}
	}
	if unjust < leastTroubles {
		return "", ""
	}
	slices.Sort(rounds)
	slices.Sort(lasted)
	most, longest := rounds[(9*len(rounds)-1)/10], lasted[(9*len(lasted)-1)/10] // one of ten may be a freak
	if most < e.failures() {
		return "", ""
	}
	within := 0
	for _, n := range rounds {
		if n <= most {
			within++
		}
	}
	healing := fmt.Sprintf("%d of %d troubles healed by themselves", all, len(e.troubles))
	if most < mostFailures {
		return fmt.Sprintf("failures = %d", most+1),
			fmt.Sprintf("%s, %d of them within %s, and %d of them would have been restarted", healing, within, number(most, "unhealthy check"), unjust)
	}
	return "patience = " + domain.ShortDuration(rounded(2*longest)),
		fmt.Sprintf("%s, nine of ten within %s, and %d of them would have been restarted", healing, Lasting(longest), unjust)
}

// failures is the setting, as far as the events tell.
func (e *evidence) failures() int {
	n := 1
	for _, t := range e.troubles {
		n = cmp.Or(t.failures, n) // the last one counts
	}
	return n
}

// tooLittleGrace: restarted processes were healthy only after their grace, without anything else being done.
func tooLittleGrace(e *evidence) (setting, reason string) {
	var late int
	var longest float64
	for _, t := range e.troubles {
		if t.tardy && t.outcome == restarted && t.acts == 1 && t.up > 0 {
			late++
			longest = max(longest, t.up)
		}
	}
	if late < leastTroubles || 2*late < len(e.acts) {
		return "", ""
	}
	return "start_grace = " + domain.ShortDuration(rounded(seconds(1.25*longest))),
		fmt.Sprintf("after %d of %s the process was unhealthy beyond its grace and then healthy by itself, at an age of %s at most", late, number(len(e.acts), "restart"), Lasting(seconds(longest)))
}

// tooOften: many restarts of one process within an hour, none of which has helped.
func tooOften(e *evidence) (setting, reason string) {
	const most, within, allowed = 5, time.Hour, 3
	worst, who := 0, ""
	for _, p := range e.processes {
		if p.sums.GiveUps.Count > 0 {
			return "", "" // there is a limit
		}
		var vain []time.Time
		for _, one := range p.acts {
			if slices.Contains(e.acts, one) && p.helped(one, e.now) == useless {
				vain = append(vain, one.at)
			}
		}
		for i := range vain {
			n := 0
			for n < len(vain)-i && vain[i+n].Sub(vain[i]) <= within {
				n++
			}
			if n > worst {
				worst, who = n, p.name
			}
		}
	}
	if worst < most {
		return "", ""
	}
	return fmt.Sprintf("restart_limit = %d/1h", allowed), fmt.Sprintf("%s was restarted %d times within an hour, and none of these restarts helped", who, worst)
}

// tooMany: processes that came into trouble together were restarted all at once.
func tooMany(e *evidence) (setting, reason string) {
	times, most := 0, 0
	for _, c := range e.clusters {
		o := c.outage()
		if len(o.Causes) > 0 {
			return "", "" // it is held already
		}
		hit := map[*process]bool{}
		for _, t := range c {
			if t.acts > 0 {
				hit[t.process] = true
			}
		}
		if len(hit) >= several {
			times, most = times+1, max(most, len(hit))
		}
	}
	if times < 2 {
		return "", ""
	}
	return "outage = 5m", fmt.Sprintf("%d times %d processes or more came into trouble within two minutes, and all of them were restarted, up to %d", times, several, most)
}

// fit: what was observed for long enough would have hit nothing that heals by itself.
func fit(e *evidence) (setting, reason string) {
	observed := e.now.Sub(e.mode.since)
	if !e.mode.observes || observed < leastObserved {
		return "", ""
	}
	would := 0
	for _, t := range e.troubles {
		switch {
		case t.would.IsZero():
		case t.outcome == healed:
			return "", ""
		default:
			would++
		}
	}
	if would == 0 {
		return "mode = act", fmt.Sprintf("in %s of observation no restart would have been done", Lasting(observed))
	}
	return "mode = act", fmt.Sprintf("in %s of observation %s would have been done, and none to a process that became healthy by itself", Lasting(observed), number(would, "restart"))
}

// unsuggested says why nothing is suggested.
func (a *all) unsuggested(troubles int) string {
	var covered time.Duration
	for _, l := range a.logs {
		covered = max(covered, l.To.Sub(l.From))
	}
	switch {
	case len(a.logs) == 0:
		return "there are no events"
	case covered < leastCovered:
		return fmt.Sprintf("%s are too little to judge by", Lasting(covered))
	case troubles < leastTroubles:
		return fmt.Sprintf("%s in %s are too few to judge by", number(troubles, "trouble"), Lasting(covered))
	}
	return "the events speak for no other setting"
}

func number(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}

// rounded is a duration as people choose them, not below this one.
func rounded(d time.Duration) time.Duration {
	for _, nice := range []time.Duration{5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1200, 1800} {
		if d <= nice*time.Second {
			return nice * time.Second
		}
	}
	return time.Duration(math.Ceil(d.Hours())) * time.Hour
}

// Lasting is a duration as people say it, with two units at most.
func Lasting(d time.Duration) string {
	switch {
	case d < time.Hour:
		return words.Fine(d)
	case d < 48*time.Hour:
		return words.Whole(d)
	}
	text := fmt.Sprintf("%dd", d/(24*time.Hour))
	if hours := d % (24 * time.Hour) / time.Hour; hours > 0 {
		text += fmt.Sprintf("%dh", hours)
	}
	return text
}
