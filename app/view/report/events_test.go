package report_test

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/history"
	"supervisor-healthcheck/app/view/report"
	"supervisor-healthcheck/domain"
)

func noon() time.Time { return time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC) }

// story are events, one in a line: how long after noon, what, and its facts. The process is web:a under the watch site, and the check is
// http, unless process=, watch= or check= say otherwise. What happens is one of these:
//
//	held CAUSE           unhealthy, and held; of= is how many failures are needed
//	due, would, given    unhealthy, and restarted, only said to be restarted, given up
//	well, unsure         healthy again, cannot judge
//	plan                 healthy, and a restart that was planned is done
//	and the words of domain.ReportKind and of the history
//
// rounds= and for= are those of the trouble, up= is the age of the process, down= that of a restart, and again, observe are facts.
func story(t *testing.T, lines string) (all []history.Event) {
	t.Helper()
	for line := range strings.Lines(lines) {
		if fields := strings.Fields(line); len(fields) > 1 {
			all = append(all, event(t, fields[0], fields[1], fields[2:]))
		}
	}
	return all
}

func event(t *testing.T, at, what string, more []string) history.Event {
	t.Helper()
	e := history.Event{At: noon().Add(duration(t, at)), Level: "INFO", Kind: what, Process: "web:a", Watch: "site", Check: "http"}
	judged := func(health, decision, cause string) {
		e.Kind, e.Health, e.Decision, e.Cause = "judged", health, decision, cause
	}
	switch what {
	case "held":
		judged("unhealthy", "hold", more[0])
		more = more[1:]
	case "due":
		judged("unhealthy", "do", "failing")
	case "would":
		judged("unhealthy", "do", "observe")
	case "given":
		judged("unhealthy", "give up", "spent")
	case "well":
		judged("healthy", "keep", "none")
	case "unsure":
		judged("unknown", "keep", "none")
	case "plan":
		judged("healthy", "do", "planned")
	case "began", "ended", "lost":
		e.Process, e.Watch = "", ""
	case "watching":
		e.Process = ""
	case "down-after":
		e.Kind, e.Level, e.Message = "late", "ERROR", "service is down after our restart"
	case "by-other":
		e.Kind = domain.ReportRestartedByOther.String()
	}
	for _, fact := range more {
		key, value, _ := strings.Cut(fact, "=")
		set(t, &e, key, strings.ReplaceAll(value, "_", " "))
	}
	return e
}

func set(t *testing.T, e *history.Event, key, value string) {
	t.Helper()
	switch key {
	case "process":
		e.Process = value
	case "watch":
		e.Watch = value
	case "check":
		e.Check = value
	case "of":
		e.Of = whole(t, value)
	case "rounds":
		e.Rounds = whole(t, value)
	case "for", "down":
		e.Seconds = duration(t, value).Seconds()
	case "up":
		e.Up = duration(t, value).Seconds()
	case "again":
		e.Facts = append(e.Facts, history.Fact{"again", "true"})
	case "observe":
		e.Facts = append(e.Facts, history.Fact{"mode", "observe"})
	case "everybody":
		e.Watch = ""
	default:
		e.Facts = append(e.Facts, history.Fact{key, value})
	}
}

func whole(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	d, ok := domain.ParseDuration(text)
	if !ok {
		t.Fatalf("%q is no duration", text)
	}
	return d
}

// summary has all numbers of the sums that are not 0, such as troubles.count=1.
func summary(s report.Sums) string {
	var words []string
	flatten(reflect.ValueOf(s), "", &words)
	return strings.Join(words, " ")
}

func flatten(v reflect.Value, path string, words *[]string) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if name != "" {
				name = path + name + "."
			} else {
				name = path
			}
			flatten(v.Field(i), name, words)
		}
	case reflect.Slice:
		for i := range v.Len() {
			one := v.Index(i)
			flatten(one, path+name(one)+".", words)
		}
	default:
		if !v.IsZero() && !strings.HasSuffix(path, "cause.") && !strings.HasSuffix(path, "name.") {
			*words = append(*words, fmt.Sprintf("%s=%v", strings.TrimSuffix(path, "."), v))
		}
	}
}

// name is that of an element of a list.
func name(v reflect.Value) string {
	for _, field := range []string{"Cause", "Name", "Check"} {
		if f := v.FieldByName(field); f.IsValid() {
			return f.String()
		}
	}
	return ""
}
