package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// fate is what happens in a scene, drawn before anything is decided, so that it is the same whatever the engine does.
type fate struct {
	at   time.Duration // after the one before
	do   string
	whom int // of the programs, modulo their number
	some int
}

func fates(random *rand.Rand, n int) []fate {
	verbs := strings.Fields(strings.Repeat("tick ", 20) + "hang hang break break heal heal heal unsure ails ails dies dies fails human-stops " +
		"human-starts human-starts human-restarts away away back back back refuse lose slow-stop slow-start slow-probe quick outage over over " +
		"add remove kill gap db-down db-up")
	var all []fate
	for range n {
		at := time.Duration(random.IntN(15_000)) * time.Millisecond
		if random.IntN(50) == 0 {
			at = time.Duration(random.IntN(120)) * time.Minute
		}
		all = append(all, fate{at: at, do: verbs[random.IntN(len(verbs))], whom: random.IntN(1000), some: random.IntN(1000)})
	}
	return all
}

// meet has one fate happen.
func (s *scene) meet(f fate) {
	s.pass(f.at)
	var p *program
	if len(s.programs) > 0 {
		p = s.programs[f.whom%len(s.programs)]
	} else {
		p = s.add("last")
	}
	switch f.do {
	case "hang":
		p.hung = true
	case "break":
		p.broken = true
	case "unsure":
		p.unsure = true
	case "ails":
		p.ails = s.names()[f.some%len(s.names())]
	case "heal":
		p.hung, p.broken, p.unsure, p.ails = false, false, false, ""
	case "dies":
		if p.State == domain.Running {
			s.dies(p, f.some%2)
		}
	case "fails":
		if p.State == domain.Running {
			s.fails(p)
		}
	case "human-stops", "human-starts", "human-restarts":
		s.human(strings.TrimPrefix(f.do, "human-"), p)
	case "slow-stop":
		p.stopsFor = time.Duration(f.some) * 20 * time.Millisecond
	case "slow-start":
		p.startsFor = time.Duration(f.some) * 20 * time.Millisecond
		p.boots = time.Duration(f.some) * 100 * time.Millisecond
	case "slow-probe":
		p.probe = time.Duration(f.some) * 50 * time.Millisecond
	case "quick":
		p.stopsFor, p.startsFor, p.probe, p.boots, p.cannot = 0, 0, 0, 0, nil
	case "outage", "over":
		s.outage(f.do == "outage")
	case "add":
		s.add(fmt.Sprintf("added%d", s.lastPID))
		s.handle(Regrouped{})
	case "remove":
		s.programs = slices.DeleteFunc(s.programs, func(other *program) bool { return other == p })
		s.handle(Regrouped{})
	default:
		s.trouble(f, p)
	}
	s.tick()
}

// trouble is a fate of supervisord's API or of the listener.
func (s *scene) trouble(f fate, p *program) {
	s.lost = nil
	switch f.do {
	case "away":
		err := []error{domain.ErrUnreachable, domain.ErrShuttingDown, domain.ErrUnauthorized}[f.some%3]
		s.fault = func(string) error { return err }
	case "back":
		s.fault = nil
	case "refuse":
		p.cannot = domain.ErrCannotStart
	case "lose":
		s.lost = func(string) error { return domain.ErrUnreachable }
	case "kill":
		s.again()
	case "gap":
		s.engine.table.doubt()
	case "db-down":
		s.down["tcp db"] = "connection refused"
	case "db-up":
		delete(s.down, "tcp db")
	}
}

func (s *scene) names() []string {
	var names []string
	for _, w := range s.config.Watches {
		names = append(names, w.Name)
	}
	slices.Sort(names)
	return names
}

// randomPolicy draws settings; learning adds those that learn and those that look at other processes.
func randomPolicy(t *testing.T, random *rand.Rand, learning bool) domain.Policy {
	one := func(words ...string) string { return words[random.IntN(len(words))] }
	settings := []string{one("failures=1", "failures=2", "failures=3"), one("successes=1", "successes=2"), one("start-grace=0", "start-grace=30s"),
		one("restart-limit=none", "restart-limit=2/10m", "restart-limit=3/1h", "restart-limit=5/24h"), one("rearm=human", "rearm=window"),
		one("backoff=none", "backoff=10s..5m"), one("ladder=none", "ladder=1m..1h"), one("recover=none", "recover=fatal", "recover=fatal,exited"),
		one("mode=act", "mode=act", "mode=act", "mode=observe"), one("interval=0", "interval=10s")}
	if learning {
		settings = append(settings, one("warmup=off", "warmup=20m"), one("patience=off", "patience=3m"), one("outage=off", "outage=5m"),
			one("mass-failure=off", "mass-failure=50%"), one("max-parallel=1", "max-parallel=16"), one("action=restart", "action=restart", "action=signal:HUP"))
	}
	return policy(t, strings.Join(settings, " "))
}

// randomWatches are a few watches over the group web, and a cast of it.
func randomWatches(t *testing.T, random *rand.Rand, learning bool) []domain.Watch {
	var all []domain.Watch
	for i := range 1 + random.IntN(3) {
		all = append(all, domain.Watch{Name: fmt.Sprintf("w%d", i), Select: domain.SelectGroup("web"), Policy: randomPolicy(t, random, learning)})
		if learning && random.IntN(2) == 0 {
			all[i].Depends = append(all[i].Depends, onAddress("tcp db"))
		}
		if learning && i > 0 && random.IntN(4) == 0 {
			all[i].Depends = append(all[i].Depends, onWatch(all[i-1].Name))
		}
	}
	return all
}

// lived is what was done to processes in a history.
func livedThrough(t *testing.T, watches []domain.Watch, silent bool, all []fate, heard func(Command)) *scene {
	s := sceneOf(t, watches, castOf(4)...)
	s.silent, s.heard = silent, heard
	s.begin()
	for _, f := range all {
		s.meet(f)
	}
	return s
}

// What the engine does depends on what it is told and on nothing else.
func TestTheSameHistoryLeadsToTheSameCommands(t *testing.T) {
	begin := rand.Uint64()
	for i := range uint64(lives) {
		var commands [2][]string
		for run := range commands {
			random := rand.New(rand.NewPCG(begin+i, 3))
			watches := randomWatches(t, random, true)
			livedThrough(t, watches, random.IntN(2) == 0, fates(random, 100), func(c Command) {
				text := fmt.Sprintf("%T %v", c, c)
				if complete, is := c.(Complete); is {
					text = fmt.Sprintf("%T %s %s %v", c, complete.Report.Kind, complete.Report.Process, complete.Report.Decision)
				}
				if r, report := c.(Report); report {
					text = fmt.Sprintf("%s %s %v %v %v", r.Kind, r.Process, r.Verdict, r.Decision, r.Took)
				}
				commands[run] = append(commands[run], text)
			})
		}
		if diff := gocmp.Diff(commands[0], commands[1]); diff != "" || t.Failed() {
			t.Fatalf("seed %d: %.3000s", begin+i, diff)
		}
	}
}

// The budget belongs to the process; whatever watches there are, and in whatever order, the same is done to it.
func TestTheOrderOfWatchesChangesNothing(t *testing.T) {
	begin := rand.Uint64()
	for i := range uint64(lives) {
		random := rand.New(rand.NewPCG(begin+i, 4))
		watches := randomWatches(t, random, false)
		history, silent := fates(random, 150), random.IntN(2) == 0
		history = slices.DeleteFunc(history, func(f fate) bool { return f.do == "kill" }) // what was not saved yet is lost
		one := livedThrough(t, watches, silent, history, nil)
		slices.Reverse(watches)
		other := livedThrough(t, watches, silent, history, nil)
		slices.Sort(one.stops)
		slices.Sort(other.stops)
		if diff := gocmp.Diff(one.stops, other.stops); diff != "" || t.Failed() {
			t.Fatalf("seed %d: -one order +the other:\n%s", begin+i, diff)
		}
	}
}

// What we have stopped is started, unless it is said that it is left stopped with its group; what a human has stopped is not (see
// scene.call); and in the end everything is at rest.
func TestWhatWeStopIsStarted(t *testing.T) {
	begin := rand.Uint64()
	stops := 0
	for i := range uint64(lives) {
		random := rand.New(rand.NewPCG(begin+i, 5))
		watches := randomWatches(t, random, true)
		s := livedThrough(t, watches, random.IntN(2) == 0, fates(random, 150), nil)
		stops += len(s.stops)
		s.fault, s.lost = nil, nil
		for _, p := range s.programs {
			p.cannot, p.broken, p.hung, p.unsure, p.ails, p.probe, p.boots = nil, false, false, false, "", 0, 0
		}
		s.ticks(5 * time.Minute)
		s.pass(25 * time.Hour) // the longest limit, and
		for range 90 {         // the longest pause is over by then
			s.pass(time.Minute)
			s.tick()
		}
		left := map[domain.ID]bool{}
		for _, r := range s.reports {
			if r.Restart != nil && r.Restart.Trouble.Kind == domain.TroubleLeftStopped {
				left[r.Process] = true
			}
		}
		for _, p := range s.programs {
			if p.State != domain.Running && p.State != domain.Fatal && !p.human && !left[p.ID] {
				t.Errorf("%s is %s", p.ID, p.State)
			}
		}
		if n := s.engine.Restarts() + len(s.engine.slots.taken) + len(s.engine.slots.queue) + len(s.journal); n > 0 || t.Failed() {
			t.Fatalf("seed %d: %d restarts, slots and entries of the journal are left", begin+i, n)
		}
	}
	if stops < lives/4 {
		t.Errorf("only %d stops in %d histories", stops, lives)
	}
}

// What is held back says so, again and again.
func TestWhatIsHeldIsReportedAndRepeated(t *testing.T) {
	begin := rand.Uint64()
	for i := range uint64(lives / 2) {
		random := rand.New(rand.NewPCG(begin+i, 6))
		watches := randomWatches(t, random, true)
		silentSince, probed := map[subject]time.Time{}, map[subject]time.Time{}
		var wrong []string
		s := sceneOf(t, watches, castOf(4)...)
		s.heard = func(c Command) {
			r, report := c.(Report)
			if !report {
				return
			}
			about := subject{watch: r.Watch, id: r.Process}
			switch {
			case r.Decision.Cause == domain.CauseUndecided:
			case r.Kind == domain.ReportJudged:
				silentSince[about] = r.At
			case r.Kind == domain.ReportProbed:
				if r.Decision.Kind == domain.Keep || r.At.Sub(probed[about]) > time.Hour {
					silentSince[about] = r.At // what is held from now on is told of at once
				}
				probed[about] = r.At
				if r.At.Sub(silentSince[about]) > longestReminder+time.Hour {
					wrong = append(wrong, fmt.Sprintf("%s at %s, told of at %s", s.phrase(*r.Report), r.At, silentSince[about]))
				}
			case r.Restart != nil:
				for _, w := range watches {
					silentSince[subject{watch: w.Name, id: r.Process}] = r.At
				}
			}
		}
		s.begin()
		for n := range 40 {
			s.meet(fates(random, 1)[0])
			if n%8 == 0 {
				for range 60 {
					s.pass(10 * time.Minute)
					s.tick()
				}
			}
		}
		if len(wrong) > 0 || t.Failed() {
			t.Fatalf("seed %d: %s", begin+i, wrong[0])
		}
	}
}

// A shared outage restarts one process of the watch, and another one only after the pause.
func TestASharedOutageRestartsOneAtATime(t *testing.T) {
	begin := rand.Uint64()
	tried := 0
	for i := range uint64(lives) {
		random := rand.New(rand.NewPCG(begin+i, 7))
		settings := []string{"mass-failure=50%", "outage=5m"}[random.IntN(2)]
		settings += []string{" failures=1", " failures=2", " failures=3"}[random.IntN(3)] + []string{" interval=0", " interval=10s"}[random.IntN(2)]
		s := newScene(t, settings, castOf(3+random.IntN(6))...)
		s.silent = random.IntN(2) == 0
		s.begin()
		s.ticks(time.Minute)
		for _, p := range s.programs { // they drift apart by slow probes and restarts that were needed
			p.probe = time.Duration(random.IntN(4000)) * time.Millisecond
			if random.IntN(4) == 0 {
				p.hung = true
				s.tick()
				s.ticks(time.Duration(1+random.IntN(6)) * 30 * time.Second)
			}
		}
		s.ticks(10 * time.Minute)
		s.stops = nil
		s.outage(true)
		s.ticks(29 * time.Minute)
		if tried += len(s.stops); len(s.stops) > 4 || t.Failed() {
			t.Fatalf("seed %d, %s: in half an hour of outage of %d processes these were stopped: %q", begin+i, settings, len(s.programs), s.stops)
		}
	}
	if tried < lives {
		t.Errorf("only %d were tried in %d outages", tried, lives)
	}
}

// Nothing grows with what comes and goes.
func TestTheEngineDoesNotGrow(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 8))
	watches := randomWatches(t, random, true)
	ports := listening{}
	for i := range watches {
		watches[i].Checks = []domain.Check{ports}
		watches[i].Policy.Warmup, watches[i].Policy.Limit = 20*time.Minute, domain.Limit{Count: 3, Per: time.Hour}
	}
	s := sceneOf(t, watches, castOf(4)...)
	for n := range 2500 { // some four inputs each
		f := fates(random, 1)[0]
		if f.do == "kill" {
			f.do = "outage"
		}
		if f.do == "add" {
			ports[fmt.Sprintf("added%d", s.lastPID)] = 8000 + random.IntN(3)
		}
		s.meet(f)
		if n%3 == 0 && len(s.programs) > 3 {
			s.meet(fate{do: "remove", whom: random.IntN(1000)})
		}
		if n%3 == 1 && len(s.programs) < 6 {
			s.meet(fate{do: "add"})
		}
		s.reports, s.acts, s.stops, s.forgets = nil, nil, nil, nil
	}
	s.fault, s.lost = nil, nil
	s.ticks(10 * time.Minute)
	if wrong := s.sizes(); wrong != "" {
		t.Errorf("seed %d: %s", seed, wrong)
	}
}

// sizes says what has grown beyond what the processes that there are account for.
func (s *scene) sizes() string {
	e, known := s.engine, len(s.programs)
	sizes := map[string]int{"rows": len(e.table.rows) - known, "order": len(e.table.order) - known, "restarts": len(e.restarts) - known,
		"slots": len(e.slots.taken) - known, "groups": len(e.slots.groups) - 2, "queue": len(e.slots.queue) - known, "shared": len(e.shared) - 2,
		"kept": len(e.ledger.kept) - known, "unsaved": len(e.ledger.unsaved) - known, "histories": len(s.histories) - known,
		"addresses": len(e.addresses) - 1, "notices": len(e.notices) - 4*known*len(e.watches) - 8}
	for _, w := range e.watches {
		sizes["members"] = len(w.members) - known
		sizes["waiting"] = len(w.waiting) - known
		sizes["tried"] = len(w.outage.tried) - known
	}
	var grown []string
	for what, beyond := range sizes {
		if beyond > 0 {
			grown = append(grown, fmt.Sprintf("%s: %d too many", what, beyond))
		}
	}
	slices.Sort(grown)
	return strings.Join(grown, ", ")
}
