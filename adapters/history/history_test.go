package history_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"supervisor-healthcheck/adapters/history"
	"supervisor-healthcheck/domain"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func noon() time.Time { return time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC) }

func id(name string) domain.ID { return domain.ID{Group: "web", Name: name} }

// judged says that a process is unhealthy, so long after noon.
func judged(name string, after time.Duration, reason string) domain.Report {
	v := domain.Unhealthy.Because("%s", reason)
	v.Check = "http"
	return domain.Report{Kind: domain.ReportJudged, At: noon().Add(after), Watch: "site", Process: id(name), PID: 71, Uptime: time.Minute, Verdict: v,
		Decision: domain.Decision{Kind: domain.Hold, Cause: domain.CauseFailures, Count: 1, Of: 3}}
}

func restarted(name string, after time.Duration) domain.Report {
	return domain.Report{Kind: domain.ReportRestarted, At: noon().Add(after), Watch: "site", Process: id(name), PID: 72, Took: 1500 * time.Millisecond, Restart: &domain.Progress{}}
}

func path(t *testing.T) string { return filepath.Join(t.TempDir(), "x-events.jsonl") }

// begin is a life of a listener with a history at that path. Nothing may go wrong in it.
func begin(t *testing.T, path string, bound int64) *history.History {
	t.Helper()
	h := history.New()
	h.Keep(history.Config{Path: path, Bound: bound, Warn: func(err error) { t.Error(err) }})
	return h
}

// told are the events that are wanted, as lines.
func told(t *testing.T, h *history.History, q history.Query) (all []history.Event) {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = history.MostEvents
	}
	err := h.Events(q, func(line []byte) error {
		var e history.Event
		all = append(all, e)
		return json.Unmarshal(line, &all[len(all)-1])
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// processes are those that events are about, in order.
func processes(all []history.Event) string {
	var names []string
	for _, e := range all {
		_, name, _ := strings.Cut(e.Process, ":")
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func eventually(t *testing.T, is func() bool, what string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never came to it: ", what)
		}
	}
}

// The whole document stands in testdata/events.json; -update writes it anew.
func TestTheEventsAreThisDocument(t *testing.T) {
	h := begin(t, path(t), 1<<20)
	defer h.Close()
	h.Report(domain.Report{Kind: domain.ReportProbed, At: noon(), Process: id("a")}) // every probe is no event
	h.Report(domain.Report{Kind: domain.ReportWatching, At: noon(), Watch: "site", Census: &domain.Census{Selection: "web:*", Processes: 2}})
	h.Report(judged("a", time.Minute, "status 503\n<b>&\xff \x1b[31m"))
	h.Report(restarted("a", 2*time.Minute))
	h.Report(domain.Report{Kind: domain.ReportJudged, At: noon().Add(3 * time.Minute), Watch: "site", Process: id("a"), PID: 72, Uptime: 58 * time.Second, Verdict: domain.Healthy.Because("status 200"),
		Spell: domain.Spell{Rounds: 3, Lasted: 2 * time.Minute}})
	h.Report(domain.Report{Kind: domain.ReportSilent, At: noon().Add(4 * time.Minute), Err: errors.New("connection refused")})
	eventually(t, func() bool { return len(told(t, h, history.Query{})) == 5 }, "five events are kept")
	var got bytes.Buffer
	if err := json.Indent(&got, []byte(ask(t, h, "/v1/events", 200)), "", "  "); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "events.json")
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func ask(t *testing.T, h *history.History, target string, status int) string {
	t.Helper()
	mux := http.NewServeMux()
	for pattern, page := range h.Pages() {
		mux.Handle(pattern, page)
	}
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequest("GET", target, nil))
	if answer.Code != status || answer.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%s: %d %s", target, answer.Code, answer.Header())
	}
	return answer.Body.String()
}

func TestWhichEventsAreAskedFor(t *testing.T) {
	at := path(t)
	h := begin(t, at, 1<<20)
	defer h.Close()
	for i, name := range strings.Fields("a b a c b a") {
		h.Report(judged(name, time.Duration(i)*time.Hour, "ill"))
	}
	eventually(t, func() bool { return len(told(t, h, history.Query{})) == 6 }, "six events are kept")
	for query, want := range map[string]string{
		"": "a b a c b a", "limit=2": "b a", "limit=100000": "a b a c b a", "process=web:a": "a a a", "process=web:a&limit=2": "a a", "process=web": "", "process=web:x": "", "kind=judged": "a b a c b a", "kind=restarted&kind=judged&limit=1": "a", "kind=restarted": "",
		"since=" + url.QueryEscape(noon().Add(3*time.Hour).Format(time.RFC3339)):               "c b a",
		"since=2030-01-01T16:00:00%2B01:00":                                                    "c b a",
		"process=web:b&since=" + url.QueryEscape(noon().Add(2*time.Hour).Format(time.RFC3339)): "b",
		"since=2031-01-01T00:00:00Z":                                                           "",
	} {
		var document struct{ Events []history.Event }
		if err := json.Unmarshal([]byte(ask(t, h, "/v1/events?"+query, 200)), &document); err != nil {
			t.Fatal(query, err)
		}
		if got := processes(document.Events); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	for query, want := range map[string]string{"limit=0": "whole number", "limit=100001": "whole number", "limit=x": "whole number", "since=yesterday": "a time such as"} {
		if text := ask(t, h, "/v1/events?"+query, 400); !strings.Contains(text, want) {
			t.Errorf("%s: %s", query, text)
		}
	}
	if info, err := os.Stat(at); err != nil || info.Mode() != 0o600 {
		t.Error(info.Mode(), err)
	}
}

func TestTheNextLifeGoesOnWithWhatIsKept(t *testing.T) {
	at := path(t)
	for i, name := range strings.Fields("a b c") {
		h := begin(t, at, 1<<20)
		h.Report(judged(name, time.Duration(i)*time.Minute, "ill"))
		h.Close()
	}
	h := begin(t, at, 1<<20)
	defer h.Close()
	if got := processes(told(t, h, history.Query{})); got != "a b c" {
		t.Error(got)
	}
}

func TestATornEndIsNoHarm(t *testing.T) {
	for name, left := range map[string]string{
		"half a line":         `{"at":"2030-01-01T11:00:00Z","level":"WA`,
		"a line without end":  `{"at":"2030-01-01T11:00:00Z","level":"WARN"}`,
		"zeros after a crash": strings.Repeat("\x00", 5000),
		"no lines at all":     strings.Repeat("x", 300_000),
		"lines of others":     "[]\nnull\n{}\n17\n\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			at := path(t)
			h := begin(t, at, 1<<20)
			h.Report(judged("a", 0, "ill"))
			h.Close()
			file, err := os.OpenFile(at, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			_, err = file.WriteString(left)
			if err := errors.Join(err, file.Close()); err != nil {
				t.Fatal(err)
			}
			h = begin(t, at, 1<<20)
			h.Report(judged("b", 0, "ill"))
			h.Close()
			for limit, want := range map[int]string{1: "b", 9: "a b"} {
				all := told(t, h, history.Query{Limit: limit, Since: noon()})
				if got := processes(all); got != want {
					t.Errorf("%d: %q, want %q", limit, got, want)
				}
			}
		})
	}
}

// However much happens, the bound holds, what is newest is there, and what was lost is counted.
func TestAFloodKeepsToTheBound(t *testing.T) {
	const bound = 1 << 20
	at := path(t)
	h := begin(t, at, bound)
	defer h.Close()
	const flood = 30_000
	for i := range flood {
		h.Report(judged("a", time.Duration(i)*time.Millisecond, strings.Repeat("x", 100+i%2000)))
		if i%1000 == 0 && size(t, at) > bound {
			t.Fatal(size(t, at))
		}
	}
	newest := func() string {
		h.Report(judged("z", flood*time.Millisecond, "last"))
		return processes(told(t, h, history.Query{Limit: 1}))
	}
	eventually(t, func() bool { return newest() == "z" }, "the last event is kept")
	if got := size(t, at); got > bound || got < bound/4 {
		t.Errorf("%d bytes are kept", got)
	}
	if entries, err := os.ReadDir(filepath.Dir(at)); err != nil || len(entries) != 2 {
		t.Error(entries, err)
	}
	if all := told(t, h, history.Query{}); len(all) < 100 || processes(all[len(all)-1:]) != "z" {
		t.Errorf("%d events", len(all))
	}
	unkept := history.New()
	for range 5000 {
		unkept.Report(judged("a", 0, "ill"))
	}
	var lost []history.Event
	unkept.Keep(history.Config{Path: path(t), Bound: bound, Warn: func(err error) { t.Error(err) }})
	eventually(t, func() bool {
		all := told(t, unkept, history.Query{})
		lost = all[:min(1, len(all))]
		return len(all) > 1000
	}, "what had room is kept")
	unkept.Close()
	if lost[0].Kind != "lost" || len(lost[0].Facts) != 1 || lost[0].Facts[0][1] != "3976" {
		t.Errorf("%+v", lost)
	}
}

func size(t *testing.T, path string) (all int64) {
	t.Helper()
	for _, name := range []string{path, path + ".1"} {
		if info, err := os.Stat(name); err == nil {
			all += info.Size()
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	return all
}

func TestWhatStandsInTheWayStays(t *testing.T) {
	for name, tt := range map[string]struct {
		make func(at string) error
		want string
	}{
		"a directory":  {func(at string) error { return os.Mkdir(at, 0o700) }, "is a directory"},
		"a pipe":       {func(at string) error { return syscall.Mkfifo(at, 0o600) }, "something else has this name"},
		"a link":       {func(at string) error { return os.Symlink(os.DevNull, at) }, "too many levels of symbolic links"},
		"no directory": {func(at string) error { return os.Remove(filepath.Dir(at)) }, "no such file or directory"},
		"another of us": {func(at string) error {
			other := begin(t, at, 1<<20)
			other.Report(judged("other", 0, "ill"))
			eventually(t, func() bool { return len(told(t, other, history.Query{})) == 1 }, "the other has the file")
			t.Cleanup(other.Close)
			return nil
		}, "another listener has it"},
	} {
		t.Run(name, func(t *testing.T) {
			at := path(t)
			if err := tt.make(at); err != nil {
				t.Fatal(err)
			}
			warned := make(chan error, 100)
			h := history.New()
			h.Keep(history.Config{Path: at, Bound: 1 << 20, Warn: func(err error) { warned <- err }})
			for range 5 {
				h.Report(judged("a", 0, "ill"))
			}
			h.Close()
			err := <-warned
			if text := err.Error(); !strings.HasPrefix(text, "history "+at+": ") || !strings.Contains(text, tt.want) || len(warned) > 0 {
				t.Errorf("%s, and %d more", text, len(warned))
			}
			if text := ask(t, h, "/v1/events", 200); name != "another of us" && !strings.Contains(text, `"events":[]`) {
				t.Error(text)
			}
		})
	}
}

func TestEventsAreReadWhileTheyAreWritten(t *testing.T) {
	h := begin(t, path(t), 1<<20)
	defer h.Close()
	stop, done := make(chan bool), make(chan int)
	go func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				done <- i
				return
			default:
				h.Report(judged(fmt.Sprint(i), time.Duration(i)*time.Millisecond, "ill"))
			}
		}
	}()
	for range 50 {
		all := told(t, h, history.Query{Limit: 500})
		for i := 1; i < len(all); i++ {
			if all[i].At.Before(all[i-1].At) {
				t.Fatalf("%s stands behind %s", all[i].At, all[i-1].At)
			}
		}
	}
	close(stop)
	<-done
}

// What a listener leaves behind can be read without it, with when it began and ended.
func TestWhatWasKeptOutlivesWhoKeptIt(t *testing.T) {
	path := path(t)
	if at := history.Oldest(path); !at.IsZero() {
		t.Errorf("nothing is kept, and the oldest is of %s", at)
	}
	before := time.Now().Add(-time.Millisecond)
	for _, name := range []string{"a", "b"} {
		h := history.New()
		h.Keep(history.Config{Path: path, Bound: 1 << 20, Lives: true, Name: "healthcheck", Warn: func(err error) { t.Error(err) }})
		h.Report(restarted(name, time.Minute))
		h.Close()
	}
	var kinds []string
	err := history.Left(path, history.Query{Limit: history.MostEvents}, func(line []byte) error {
		var e history.Event
		err := json.Unmarshal(line, &e)
		kinds = append(kinds, e.Kind)
		if lived := e.Kind == history.Began || e.Kind == history.Ended; lived && e.Fact("listener") != "healthcheck" {
			t.Errorf("%+v", e)
		}
		return err
	})
	if got := strings.Join(kinds, " "); err != nil || got != "began restarted ended began restarted ended" {
		t.Error(got, err)
	}
	dir, name := filepath.Split(path)
	if got := history.Beginnings(dir, "x"); len(got) != 1 || history.PathOf(got[0]) != path || len(history.Beginnings(dir, "y")) > 0 {
		t.Errorf("%s is not found: %q", name, got)
	}
	if at := history.Oldest(path); at.Before(before) || at.After(time.Now()) {
		t.Errorf("the oldest is of %s", at)
	}
}

func TestTheValueOfAFact(t *testing.T) {
	e := history.Event{Facts: []history.Fact{{"pid", "71"}, {"why", ""}}}
	for key, want := range map[string]string{"pid": "71", "why": "", "none": ""} {
		if got := e.Fact(key); got != want {
			t.Errorf("%s is %q", key, got)
		}
	}
}
