package history

import (
	"log/slog"
	"strings"
	"time"

	"supervisor-healthcheck/adapters/words"
	"supervisor-healthcheck/domain"
)

// Event is something that has happened, with the words of the log. Kind, Decision and Cause are for programs.
type Event struct {
	At       time.Time `json:"at"`
	Level    string    `json:"level"` // INFO, WARN or ERROR
	Kind     string    `json:"kind"`
	Message  string    `json:"message"`
	Process  string    `json:"process,omitempty"` // as supervisorctl has it
	Watch    string    `json:"watch,omitempty"`
	Check    string    `json:"check,omitempty"`
	Health   string    `json:"health,omitempty"` // of a judgement
	Decision string    `json:"decision,omitempty"`
	Cause    string    `json:"cause,omitempty"`      // of the decision
	Count    int       `json:"count,omitempty"`      // of the decision: such as failure 2 ...
	Of       int       `json:"of,omitempty"`         // ... of 3
	Rounds   int       `json:"rounds,omitempty"`     // of a judgement: unhealthy rounds since it was well
	Seconds  float64   `json:"seconds,omitempty"`    // of a restart: how long the process was down; of a judgement: how long it has not been healthy, or was not
	Up       float64   `json:"up_seconds,omitempty"` // of a judgement: how long the process has been running
	Facts    []Fact    `json:"facts"`                // all others, in the order of the log
}

// Fact is a key and its value.
type Fact [2]string

// longestValue is how much of a value is kept.
const longestValue = 2000

func event(r domain.Report, level slog.Level, message string) Event {
	at := r.At
	if at.IsZero() {
		at = time.Now()
	}
	e := Event{At: at.UTC().Truncate(time.Millisecond), Level: level.String(), Kind: r.Kind.String(), Message: message, Watch: r.Watch, Check: r.Verdict.Check, Facts: []Fact{}}
	if r.Process != (domain.ID{}) {
		e.Process = r.Process.String()
	}
	if r.Kind == domain.ReportJudged {
		e.Health, e.Decision, e.Cause = r.Verdict.Health.String(), r.Decision.Kind.String(), r.Decision.Cause.String()
		e.Count, e.Of, e.Rounds, e.Seconds, e.Up = r.Decision.Count, r.Decision.Of, r.Spell.Rounds, seconds(r.Spell.Lasted), seconds(r.Uptime)
	}
	if r.Kind == domain.ReportRestarted {
		e.Seconds = seconds(r.Took)
	}
	for _, fact := range words.Facts(r) {
		switch fact.Key {
		case "process", "watch", "check":
		default:
			e.Facts = append(e.Facts, Fact{fact.Key, shortened(fact.Value.String())})
		}
	}
	return e
}

func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }

// Fact is the value of a fact, empty if there is none.
func (e Event) Fact(key string) string {
	for _, fact := range e.Facts {
		if fact[0] == key {
			return fact[1]
		}
	}
	return ""
}

func shortened(text string) string {
	if len(text) > longestValue {
		text = text[:longestValue] + "..."
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
