package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// factsOf tells the reports of some kinds by the facts that only they have.
func factsOf(reports []domain.Report, kinds ...domain.ReportKind) []string {
	var told []string
	for _, r := range reports {
		for _, kind := range kinds {
			if r.Kind == kind {
				told = append(told, fact(r))
			}
		}
	}
	return told
}

func fact(r domain.Report) string {
	text := r.Kind.String()
	if r.Process.Name != "" {
		text += " " + r.Process.Name
	}
	switch {
	case r.Decision.Cause == domain.CauseMass || r.Decision.Cause == domain.CauseShared:
		text += fmt.Sprintf(": trial of %q, helpless %t", r.Decision.Trial.Name, r.Decision.Helpless)
	case r.Kind == domain.ReportWaiting:
		text += fmt.Sprintf(": %v ahead", r.Restart.Ahead)
	case r.Kind == domain.ReportStopping || r.Kind == domain.ReportSignalled:
		text += fmt.Sprintf(": said %t", r.Said)
	case r.Kind == domain.ReportRuns:
		text += fmt.Sprintf(": pid %d", r.PID)
	case r.Kind == domain.ReportFlapping:
		text += fmt.Sprintf(": %d in %s", r.Deaths.Count, r.Deaths.Within)
		if r.Deaths.Exit != nil {
			text += fmt.Sprintf(", the last with %d", r.Deaths.Exit.Status)
		}
	case r.Kind == domain.ReportSuspended:
		text += fmt.Sprintf(": %s, %s", r.Decision.Left, r.Text)
	case r.Kind == domain.ReportWarning:
		text += ": " + r.Verdict.Check + " " + r.Verdict.Reason
	case r.Kind == domain.ReportWatching:
		text += fmt.Sprintf(": %d of %q", r.Census.Processes, r.Census.Groups)
	case r.Kind == domain.ReportNoTicks:
		text += fmt.Sprintf(": %d events in %s", r.Events.Count, r.Events.Waited)
	}
	if r.Again {
		text += " (again)"
	}
	return text
}

func TestTheFactsOfReports(t *testing.T) {
	for sentence, tt := range map[string]struct {
		policy string
		cast   string
		kinds  []domain.ReportKind
		play   func(*scene)
		want   []string
	}{
		"whose trial restart did not help": {"mass-failure=50%", "a b c", []domain.ReportKind{domain.ReportJudged}, func(s *scene) {
			s.outage(true)
			s.ticks(20 * time.Second)
		}, []string{
			`judged c`, `judged a: trial of "c", helpless false`, `judged b: trial of "c", helpless false`, `judged c: trial of "c", helpless true`,
		}},
		"of troubles that begin together too": {"outage=10s", "a b", []domain.ReportKind{domain.ReportJudged}, func(s *scene) {
			s.outage(true)
			s.ticks(20 * time.Second)
		}, []string{
			`judged a`, `judged b: trial of "", helpless false`, `judged a: trial of "", helpless false`, `judged a`, `judged a: trial of "a", helpless true`,
		}},
		"who is ahead in the queue, in its group": {"max-parallel=1", "c a b cache:d", []domain.ReportKind{domain.ReportWaiting}, func(s *scene) {
			s.program("c").stopsFor = 7 * time.Second
			s.happen("hang")
		}, []string{"waiting a: [web:c] ahead", "waiting b: [web:c web:a] ahead"}},
		"a stop follows from what was said": {"", "a", []domain.ReportKind{domain.ReportStopping}, func(s *scene) {
			s.outage(true)
			s.tick()
		}, []string{"stopping a: said true"}},
		"a stop after a while in the queue does not": {"max-parallel=1", "a b", []domain.ReportKind{domain.ReportStopping}, func(s *scene) {
			s.program("a").stopsFor = 7 * time.Second
			s.program("a").hung, s.program("b").hung = true, true
			s.ticks(30 * time.Second)
		}, []string{"stopping a: said true", "stopping b: said false"}},
		"a signal follows from what was said": {"action=signal:HUP", "a", []domain.ReportKind{domain.ReportSignalled}, func(s *scene) {
			s.outage(true)
			s.tick()
		}, []string{"signalled a: said true"}},
		"what was stopped by hand runs again": {"", "a", []domain.ReportKind{domain.ReportStopped, domain.ReportRuns}, func(s *scene) {
			for range 2 {
				s.ticks(10 * time.Second)
				s.happen("human stops a")
				s.ticks(10 * time.Second)
				s.happen("human starts a")
			}
		}, []string{"stopped a", "runs a: pid 102", "stopped a", "runs a: pid 103"}},
		"also where no event tells": {"", "a", []domain.ReportKind{domain.ReportStopped, domain.ReportRuns}, func(s *scene) {
			s.silent = true
			s.begin()
			s.ticks(10 * time.Second)
			s.happen("human stops a")
			s.ticks(10 * time.Second)
			s.happen("human starts a")
			s.ticks(10 * time.Second)
		}, []string{"stopped a", "runs a: pid 102"}},
		"a process that nobody has ever started was not stopped": {"", "a", []domain.ReportKind{domain.ReportStopped, domain.ReportRuns}, func(s *scene) {
			s.happen("human stops a")
			s.silent = true
			s.begin()
			s.ticks(30 * time.Second)
		}, nil},
		"a suspension holds a restart, is said, and ends by itself": {"", "a b", []domain.ReportKind{domain.ReportSuspended, domain.ReportResumed, domain.ReportStopping}, func(s *scene) {
			s.tick()
			s.handle(Suspend{IDs: s.engine.Named("web:a"), Suspension: domain.Suspension{Until: s.now.Add(time.Minute), Reason: "repair"}})
			s.program("a").hung = true
			s.ticks(55 * time.Second)
			s.ticks(15 * time.Second)
		}, []string{"suspended a: 1m0s, repair", "resumed a", "stopping a: said true"}},
		"a suspension outlives the listener": {"", "a", []domain.ReportKind{domain.ReportResumed, domain.ReportStopping}, func(s *scene) {
			s.tick()
			s.handle(Suspend{IDs: s.engine.Named("web"), Suspension: domain.Suspension{Until: s.now.Add(time.Minute)}})
			s.pass(5 * time.Second)
			s.again()
			s.program("a").hung = true
			s.ticks(40 * time.Second)
			s.reports = append(s.reports, domain.Report{Kind: domain.ReportResumed, Process: domain.ID{Name: "no restart until here"}})
			s.ticks(30 * time.Second)
		}, []string{"resumed no restart until here", "resumed a", "stopping a: said true"}},
		"an order through supervisord is for whom it concerns, and comes once": {"", "a b", []domain.ReportKind{domain.ReportSuspended, domain.ReportResumed}, func(s *scene) {
			s.tick()
			pause := Ordered{Numbers{Serial: 90, PoolSerial: 90}, domain.Order{Names: []string{"api", "web:a", "all"}, Seconds: 3600, Reason: "repair"}}
			s.handle(pause)
			s.handle(Ordered{Numbers{Serial: 91, PoolSerial: 91}, domain.Order{Names: []string{"web:b", "db"}}})
			s.handle(pause) // as supervisord delivers it again where a listener has refused it
		}, []string{"suspended a: 1h0m0s, repair", "suspended b: 1h0m0s, repair", "resumed b"}},
		"a suspension is taken back": {"", "a b", []domain.ReportKind{domain.ReportSuspended, domain.ReportResumed, domain.ReportStopping}, func(s *scene) {
			s.tick()
			s.handle(Suspend{IDs: s.engine.Named("all"), Suspension: domain.Suspension{Until: s.now.Add(time.Hour)}})
			s.program("a").hung = true
			s.ticks(20 * time.Second)
			s.handle(Suspend{IDs: s.engine.Named("web:*")})
			s.handle(Suspend{IDs: s.engine.Named("web:*")})
			s.ticks(10 * time.Second)
		}, []string{"suspended a: 1h0m0s, ", "suspended b: 1h0m0s, ", "resumed a", "resumed b", "stopping a: said true"}},
		"what was stopped is started though it is suspended meanwhile": {"", "a", []domain.ReportKind{domain.ReportSuspended, domain.ReportRestarted}, func(s *scene) {
			s.tick()
			s.program("a").stopsFor, s.program("a").hung = 10*time.Second, true
			s.ticks(5 * time.Second)
			s.handle(Suspend{IDs: s.engine.Named("web:a"), Suspension: domain.Suspension{Until: s.now.Add(time.Hour)}})
			s.ticks(20 * time.Second)
		}, []string{"suspended a: 1h0m0s, ", "restarted a"}},
		"a warning is said once, again ever more rarely, and when it is over": {"", "a", []domain.ReportKind{domain.ReportWarning}, func(s *scene) {
			s.program("a").warns = "the certificate expires in 6 days"
			s.ticks(5 * time.Minute)
			s.program("a").warns = "the certificate expires in 5 days"
			s.ticks(26 * time.Minute)
			s.program("a").warns = "the certificate has expired"
			s.ticks(time.Minute)
			s.program("a").warns = ""
			s.ticks(time.Minute)
		}, []string{"warning a: http the certificate expires in 6 days", "warning a: http the certificate expires in 5 days (again)",
			"warning a: http the certificate expires in 5 days (again)", "warning a: http the certificate has expired", "warning a: http "}},
		"a warning is not over because nothing could be judged": {"", "a", []domain.ReportKind{domain.ReportWarning}, func(s *scene) {
			s.program("a").warns = "it leaks"
			s.ticks(10 * time.Second)
			s.program("a").warns, s.program("a").unsure = "", true
			s.ticks(10 * time.Second)
			s.program("a").warns, s.program("a").unsure = "it leaks", false
			s.ticks(10 * time.Second)
		}, []string{"warning a: http it leaks"}},
		"a warning restarts nothing": {"", "a", []domain.ReportKind{domain.ReportWarning, domain.ReportStopping}, func(s *scene) {
			s.program("a").warns = "it leaks"
			s.ticks(time.Hour / 10)
		}, []string{"warning a: http it leaks"}},
		"a crash loop without a limit, repeated": {"", "a", []domain.ReportKind{domain.ReportFlapping}, func(s *scene) {
			for range 8 {
				s.happen("dies a")
				s.ticks(5 * time.Second)
			}
			for range 12 {
				s.happen("dies a")
				s.ticks(time.Minute)
			}
		}, []string{"flapping a: 5 in 20s, the last with 139", "flapping a: 10 in 9m0s, the last with 139 (again)"}},
		"a crash loop that comes back is news": {"", "a", []domain.ReportKind{domain.ReportFlapping}, func(s *scene) {
			for range 2 {
				for range 5 {
					s.happen("dies a")
					s.ticks(5 * time.Second)
				}
				s.ticks(time.Hour)
			}
		}, []string{"flapping a: 5 in 20s, the last with 139", "flapping a: 5 in 20s, the last with 139"}},
		"of two processes of one name the log does not tell how they end": {"", "a cache:a", []domain.ReportKind{domain.ReportFlapping}, func(s *scene) {
			for range 5 {
				s.dies(s.program("a"), 1)
				s.ticks(5 * time.Second)
			}
		}, []string{"flapping a: 5 in 20s"}},
		"where no event tells a new life is no death": {"", "a", []domain.ReportKind{domain.ReportFlapping}, func(s *scene) {
			s.silent = true
			s.begin()
			for range 6 {
				s.tick()
				s.happen("dies a")
				s.ticks(5 * time.Second)
			}
		}, nil},
		"what was written before a stop is not asked for": {"", "a", []domain.ReportKind{domain.ReportOutput}, func(s *scene) { s.happen("hang") }, nil},
		"four deaths are none": {"", "a", []domain.ReportKind{domain.ReportFlapping}, func(s *scene) {
			for range 4 {
				s.happen("dies a")
				s.ticks(5 * time.Second)
			}
		}, nil},
		"a selection without processes knows the groups": {"", "cache:b cache:c api:d healthcheck:x", []domain.ReportKind{domain.ReportWatching}, func(s *scene) {
			s.tick()
		}, []string{`watching: 0 of ["api" "cache"]`}},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := newScene(t, tt.policy, strings.Fields(tt.cast)...)
			s.handle(Noted{})
			if len(tt.kinds) > 0 && tt.kinds[0] != domain.ReportWatching {
				s.tick()
			}
			s.reports = nil
			tt.play(s)
			if diff := cmp.Diff(tt.want, factsOf(s.reports, tt.kinds...)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A section that is subscribed to the wrong events, or is no listener at all, leaves a trace only in what does not come.
func TestWhatTheEventsDoNotTell(t *testing.T) {
	self := domain.ID{Group: "healthcheck", Name: "healthcheck"}
	own := domain.StateChange{ID: self, From: domain.Starting, To: domain.Running, PID: 99}
	for sentence, tt := range map[string]struct {
		play func(handle func(Input), pass func(time.Duration))
		want []string
	}{
		"no event at all": {func(handle func(Input), pass func(time.Duration)) { pass(30 * time.Minute) },
			[]string{"no ticks: 0 events in 1m30s", "no ticks: 0 events in 11m30s (again)"}},
		"no ticks": {func(handle func(Input), pass func(time.Duration)) {
			handle(Changed{Numbers: Numbers{1, 0}, Change: own})
			pass(2 * time.Minute)
		}, []string{"no ticks: 1 events in 1m30s"}},
		"a tick in time": {func(handle func(Input), pass func(time.Duration)) {
			pass(time.Minute)
			handle(Changed{Numbers: Numbers{1, 0}, Change: own})
			handle(Ticked{Numbers: Numbers{2, 1}})
			pass(time.Hour)
		}, nil},
		"nothing but ticks": {func(handle func(Input), pass func(time.Duration)) {
			for n := range int64(20) {
				pass(5 * time.Second)
				handle(Ticked{Numbers: Numbers{n, n}})
				handle(Listed{})
			}
		}, []string{"no changes"}},
		"ticks after our own start": {func(handle func(Input), pass func(time.Duration)) {
			handle(Changed{Numbers: Numbers{1, 0}, Change: own})
			for n := range int64(20) {
				pass(5 * time.Second)
				handle(Ticked{Numbers: Numbers{n + 2, n + 1}})
				handle(Listed{})
			}
		}, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			now := noon()
			e := New(Config{Self: self, Watches: []domain.Watch{{Name: "web", Select: domain.SelectGroup("web"), Policy: domain.DropIn()}}, Restarts: 1})
			var reports []domain.Report
			handle := func(in Input) {
				for _, c := range e.Handle(in, now) {
					if r, is := c.(Report); is {
						reports = append(reports, *r.Report)
					}
				}
			}
			pass := func(d time.Duration) {
				end := now.Add(d)
				for at, wants := e.Next(); wants && !at.After(end); at, wants = e.Next() {
					now = at
					handle(Woke{At: at})
				}
				now = end
			}
			handle(Loading{})
			handle(Loaded{})
			tt.play(handle, pass)
			if diff := cmp.Diff(tt.want, factsOf(reports, domain.ReportNoTicks, domain.ReportNoChanges)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestWhatAProcessHasWrittenIsAskedForAtItsStopAndWhenItDoesNotStart(t *testing.T) {
	s := newScene(t, "", "a")
	s.config.Output = true
	s.begin()
	s.tick()
	s.program("a").cannot = domain.ErrCannotStart
	s.reports = nil
	s.happen("hang")
	s.pass(20 * time.Second)
	var got []domain.ReportKind
	for _, r := range s.reports {
		switch r.Kind {
		case domain.ReportStopping, domain.ReportOutput, domain.ReportLate:
			got = append(got, r.Kind)
		}
	}
	want := []domain.ReportKind{domain.ReportStopping, domain.ReportOutput, domain.ReportLate, domain.ReportOutput, domain.ReportLate, domain.ReportLate, domain.ReportLate}
	if diff := cmp.Diff(want, got[:min(len(want), len(got))]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
