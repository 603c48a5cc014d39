// Package report is what events come to, for who answers for a service: what was done and whether it helped, what was not done and how that
// ended, and which settings that suggests. It is pure: logs in, a document out. What the events do not tell is said to be unknown.
package report

import (
	"cmp"
	"slices"
	"time"

	"supervisor-healthcheck/adapters/history"
	"supervisor-healthcheck/domain"
)

// Version is that of the document: it changes when a field goes or means something else, not when one is added.
const Version = 1

// Stays is how long a process must be healthy after a restart that has helped.
const Stays = time.Hour

// Log is what one listener has kept.
type Log struct {
	Supervisord string          // tells those of one supervisord from those of others
	Kept        time.Time       // when the oldest event happened that is kept
	Events      []history.Event // also those of Context that happened before the time of the report
}

// Context are the kinds of events that are wanted from before the time of a report, too: they say which watches there are.
func Context() []string { return []string{history.Began, domain.ReportWatching.String()} }

// Report is the document. Durations are seconds.
type Report struct {
	Version     int          `json:"version"`
	Since       time.Time    `json:"since"`
	Until       time.Time    `json:"until"`
	Listeners   []Listener   `json:"listeners"`
	Total       Sums         `json:"total"`
	Processes   []Process    `json:"processes"` // by name; those of which the events tell
	Outages     []Outage     `json:"outages"`
	Suggestions []Suggestion `json:"suggestions"`
	Unsuggested string       `json:"nothing_suggested,omitempty"` // why there are none
	Troubles    []string     `json:"troubles"`                    // a sentence for each listener that does not tell
}

// Listener is of what one log tells.
type Listener struct {
	Name   string    `json:"name,omitempty"`
	From   time.Time `json:"from"`              // since then it tells
	To     time.Time `json:"to"`                // until then
	Events int       `json:"events"`            // that were kept
	Lost   int       `json:"lost"`              // that were not, because too much has happened at once
	Lives  int       `json:"lives"`             // that have begun
	Killed int       `json:"killed"`            // of the lives before: they ended without a word
	Away   float64   `json:"away_seconds"`      // between two lives, as far as that is known
	Watch  []string  `json:"watches"`           // what it looks after
	Mode   []string  `json:"observe,omitempty"` // the watches that only observe
}

// Process is what the events tell of a process.
type Process struct {
	Name        string   `json:"name"`
	Supervisord string   `json:"supervisord,omitempty"` // if there are several
	Watches     []string `json:"watches"`
	Sums
}

// Sums are of one process, or of all.
type Sums struct {
	Troubles   Outcomes  `json:"troubles"` // times without health under one watch, after the grace
	Restarts   Restarts  `json:"restarts"`
	Held       []Held    `json:"held"`     // why restarts waited, by cause
	Observed   Held      `json:"observed"` // troubles for which it was only said that a restart would be done
	GiveUps    GiveUps   `json:"give_ups"`
	CrashLoops int       `json:"crash_loops"`
	LastExit   string    `json:"last_exit,omitempty"` // of a crash loop
	Unjudged   int       `json:"cannot_judge"`        // how often a check could not
	Warnings   []Warning `json:"warnings"`
}

// Outcomes are how troubles have ended.
type Outcomes struct {
	Count     int  `json:"count"`
	Healed    int  `json:"healed"`    // by themselves
	Restarted int  `json:"restarted"` // healthy after a restart, a start or a signal of ours
	Others    int  `json:"others"`    // somebody else has stopped or started the process, or it has died
	Open      int  `json:"open"`      // not ended yet
	Unknown   int  `json:"unknown"`   // nobody has looked
	After     Span `json:"healed_after"`
}

// Held are the troubles that had something in common.
type Held struct {
	Cause string `json:"cause,omitempty"` // a word of domain.Cause
	Outcomes
}

// Restarts are what was done.
type Restarts struct {
	Done       int     `json:"done"`
	Planned    int     `json:"planned"` // of these; nothing was wrong
	ByCheck    []Count `json:"by_check"`
	Down       Span    `json:"down"`       // from the stop until it ran again
	Helped     int     `json:"helped"`     // healthy after it, and for Stays from then on
	Relapsed   int     `json:"relapsed"`   // healthy after it, and not for so long
	Useless    int     `json:"not_helped"` // not healthy after it
	Unknown    int     `json:"unknown"`    // it is too early to say, or nobody has looked
	Refused    int     `json:"refused"`    // not begun, though decided
	Dropped    int     `json:"dropped"`    // begun, and left to others
	Unfinished int     `json:"unfinished"` // begun, and nothing tells of its end
	DownAfter  int     `json:"down_after"` // after which the service did not start at once
	Signals    int     `json:"signals"`    // that were sent in place of a restart
}

// Count is how often something was so.
type Count struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// Span are the median and the longest of some durations, in seconds.
type Span struct {
	Median  float64 `json:"median_seconds"`
	Longest float64 `json:"longest_seconds"`
}

// GiveUps are how often nothing more was done.
type GiveUps struct {
	Count int `json:"count"`
	Open  int `json:"open"` // given up still
}

// Warning is the last that a check has warned of.
type Warning struct {
	Process string `json:"process"`
	Check   string `json:"check"`
	Text    string `json:"text"`
	Count   int    `json:"count"` // how often it has begun or changed
	Over    bool   `json:"over"`
}

// Outage are troubles of several processes that began together.
type Outage struct {
	From      time.Time `json:"from"`
	Seconds   float64   `json:"seconds"` // until the last of them was over, or until now
	Open      bool      `json:"open"`
	Processes []string  `json:"processes"`
	Causes    []string  `json:"causes"` // of shared, mass and blocked: why restarts were held
	Restarts  int       `json:"restarts"`
}

// Make puts together what has happened since then, until now. What happened before is not counted.
func Make(logs []Log, since, now time.Time) Report {
	r := Report{Version: Version, Since: since, Until: now, Listeners: []Listener{}, Processes: []Process{}, Outages: []Outage{}, Suggestions: []Suggestion{}, Troubles: []string{}}
	all := follow(logs, since, now)
	for _, l := range all.logs {
		r.Listeners = append(r.Listeners, l.Listener)
	}
	several := len(all.supervisords()) > 1
	for _, p := range all.processes {
		one := Process{Name: p.name, Watches: p.watches(), Sums: sums(now, p)}
		if several {
			one.Supervisord = p.supervisord
		}
		r.Processes = append(r.Processes, one)
	}
	r.Total = sums(now, all.processes...)
	r.Outages = append(r.Outages, all.outages()...)
	r.Suggestions = append(r.Suggestions, all.suggestions()...)
	if len(r.Suggestions) == 0 {
		r.Unsuggested = all.unsuggested(r.Total.Troubles.Count)
	}
	return r
}

// span is that of some durations in seconds.
func span(all []float64) Span {
	if len(all) == 0 {
		return Span{}
	}
	slices.Sort(all)
	return Span{Median: all[(len(all)-1)/2], Longest: all[len(all)-1]}
}

// counts are words with how often each stands there, the most frequent first.
func counts(words []string) []Count {
	all := []Count{}
	for _, word := range words {
		i := slices.IndexFunc(all, func(c Count) bool { return c.Name == word })
		if i < 0 {
			i, all = len(all), append(all, Count{Name: word})
		}
		all[i].Count++
	}
	slices.SortStableFunc(all, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name)) })
	return all
}
