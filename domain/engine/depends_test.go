package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

// onAddress is a dependency at an address.
func onAddress(name string) domain.Dependency {
	return domain.Dependency{Name: name, Check: domain.NewCheck(name, nil)}
}

// onWatch is a dependency on another watch.
func onWatch(name string) domain.Dependency { return domain.Dependency{Name: name} }

// chain has a watch for each group, each of which depends on what is given for it.
func chain(t *testing.T, settings string, depends map[string][]domain.Dependency, names ...string) *scene {
	t.Helper()
	var watches []domain.Watch
	for _, name := range names {
		group, _, _ := strings.Cut(name, ":")
		if !slices.ContainsFunc(watches, func(w domain.Watch) bool { return w.Name == group }) {
			watches = append(watches, domain.Watch{Name: group, Select: domain.SelectGroup(group), Policy: policy(t, settings), Depends: depends[group]})
		}
	}
	s := sceneOf(t, watches, names...)
	s.ticks(10 * time.Second)
	s.told()
	return s
}

// blockers are who has held restarts back, as far as it was reported, each with its last words.
func (s *scene) blockers() []string {
	var all []string
	for _, r := range s.reports {
		if b := r.Decision.Blocker; r.Kind == domain.ReportJudged && b != (domain.Blocker{}) {
			text := fmt.Sprintf("%s by %s", r.Process.Name, b.Name)
			switch {
			case b.Back:
				text += ", which is back"
			case b.Reason != "":
				text += ": " + b.Reason
			default:
				text += fmt.Sprintf(": %d/%d stopped=%t", r.Decision.Count, r.Decision.Of, b.Stopped)
			}
			all = append(all, text)
		}
	}
	s.reports = nil
	slices.Sort(all)
	return all
}

func (s *scene) wantBlockers(want ...string) {
	s.t.Helper()
	if got := s.blockers(); !slices.Equal(got, want) {
		s.t.Errorf("blocked were\n%q, want\n%q", got, want)
	}
}

func TestWhatDependsOnSomethingThatIsDownIsHeld(t *testing.T) {
	onRedis := map[string][]domain.Dependency{"web": {onWatch("redis")}}
	for name, test := range map[string]struct {
		depends map[string][]domain.Dependency
		cast    []string
		play    func(*scene)
		blocked []string
		stops   []string // for half a minute
	}{
		"an address": {map[string][]domain.Dependency{"web": {onAddress("tcp db")}}, []string{"web:a"}, func(s *scene) {
			s.down["tcp db"] = "connection refused"
			s.outage(true, "web:a")
		}, []string{"a by tcp db: connection refused"}, nil},
		"an address that answers": {map[string][]domain.Dependency{"web": {onAddress("tcp db")}}, []string{"web:a"}, func(s *scene) {
			s.program("web:a").hung = true
		}, nil, []string{"a 20s"}},
		"a watch of which all are unhealthy": {onRedis, []string{"web:a", "redis:r", "redis:q"}, func(s *scene) {
			s.outage(true, "web:a", "redis:r", "redis:q")
			s.each("redis:r redis:q", func(p *program) { p.stopsFor = time.Minute })
		}, []string{"a by redis: 2/2 stopped=false"}, []string{"redis:q 20s", "redis:r 20s"}},
		"a watch of which one works": {onRedis, []string{"web:a", "redis:r", "redis:q"}, func(s *scene) {
			s.outage(true, "redis:q")
			s.each("redis:q", func(p *program) { p.stopsFor = time.Minute })
			s.program("web:a").hung = true
		}, nil, []string{"a 20s", "redis:q 20s"}},
		"a watch of which nobody can tell": {onRedis, []string{"web:a", "redis:r"}, func(s *scene) {
			s.program("redis:r").unsure, s.program("web:a").hung = true, true
		}, nil, []string{"a 20s"}},
		"a watch that a human has stopped": {onRedis, []string{"web:a", "redis:r"}, func(s *scene) {
			s.human("stops", s.program("redis:r"))
			s.outage(true, "web:a")
		}, []string{"a by redis: 1/1 stopped=true"}, nil},
		"a watch without processes": {onRedis, []string{"web:a", "redis:r"}, func(s *scene) {
			s.remove("redis:r")
			s.handle(Regrouped{})
			s.program("web:a").hung = true
		}, nil, []string{"a 20s"}},
		"a chain is held link by link": {map[string][]domain.Dependency{"web": {onWatch("api")}, "api": {onWatch("redis")}}, []string{"web:a", "api:b", "redis:r"}, func(s *scene) {
			s.human("stops", s.program("redis:r"))
			s.outage(true, "web:a", "api:b")
		}, []string{"a by api: 1/1 stopped=false", "b by redis: 1/1 stopped=true"}, nil},
		"the first of several": {map[string][]domain.Dependency{"web": {onAddress("up"), onAddress("one"), onAddress("two")}}, []string{"web:a"}, func(s *scene) {
			s.down["one"], s.down["two"] = "1", "2"
			s.outage(true, "web:a")
		}, []string{"a by one: 1"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := chain(t, "failures=2", test.depends, test.cast...)
			test.play(s)
			s.ticks(30 * time.Second)
			s.wantBlockers(test.blocked...)
			slices.Sort(s.stops)
			if !slices.Equal(s.stops, test.stops) {
				t.Errorf("stopped were %q, want %q", s.stops, test.stops)
			}
		})
	}
}

// Between the decision and the stop the intent is kept, which takes as long as a disk does.
func TestWhatGoesDownWhileTheIntentIsBeingKeptHoldsToo(t *testing.T) {
	s := chain(t, "", map[string][]domain.Dependency{"web": {onWatch("redis")}}, "web:a", "redis:r")
	s.heard = func(c Command) {
		if step, is := c.(Step); is && step.Intent() && s.program("redis:r").State == domain.Running {
			s.human("stops", s.program("redis:r"))
		}
	}
	s.program("web:a").hung = true
	s.ticks(30 * time.Second)
	s.wantStops()
	s.wantBlockers("a by redis: 1/1 stopped=true")
}

// The verdict that comes with the news may be older than they are.
func TestWhatIsStillUnhealthyAfterItsDependencyIsBackIsRestarted(t *testing.T) {
	s := chain(t, "failures=3", map[string][]domain.Dependency{"web": {onAddress("tcp db")}}, "web:a")
	s.down["tcp db"] = "connection refused"
	s.program("web:a").hung = true
	s.ticks(10 * time.Minute)
	s.wantBlockers("a by tcp db: connection refused")
	delete(s.down, "tcp db")
	s.ticks(5 * time.Second)
	s.wantBlockers("a by tcp db, which is back")
	s.wantStops()
	s.ticks(5 * time.Second)
	s.wantStops("a 10m20s")
}

// Redis is what is ill, and need not wait for the others that came into trouble with it.
func TestWhatOthersDependOnIsNotHeldBecauseOfThem(t *testing.T) {
	for name, test := range map[string]struct {
		depends map[string][]domain.Dependency
		want    []string
	}{
		"they depend on it":             {map[string][]domain.Dependency{"web": {onWatch("redis")}}, []string{"redis:r 20s"}},
		"they depend on it by a detour": {map[string][]domain.Dependency{"web": {onWatch("api")}, "api": {onWatch("redis")}}, []string{"redis:r 20s"}},
		"they do not":                   {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := chain(t, "outage=5m failures=2", test.depends, "web:a", "web:b", "api:c", "redis:r")
			s.outage(true, "web:a", "web:b")
			s.program("redis:r").hung, s.program("redis:r").stopsFor = true, time.Hour
			s.ticks(time.Minute)
			s.wantStops(test.want...)
		})
	}
}

func TestAnAddressIsAskedOnceARoundAndOnlyIfARestartDependsOnIt(t *testing.T) {
	s := chain(t, "failures=2", map[string][]domain.Dependency{"web": {onAddress("tcp db")}, "api": {onAddress("tcp db")}}, "web:a", "web:b", "api:c")
	s.ticks(time.Minute)
	if len(s.asked) > 0 {
		t.Errorf("it was asked %d times although all is well", len(s.asked))
	}
	s.down["tcp db"] = "connection refused"
	s.outage(true)
	s.program("web:b").probe = 2 * time.Second
	s.ticks(5 * time.Second)
	if len(s.asked) > 0 {
		t.Errorf("it was asked %d times before a restart was due", len(s.asked))
	}
	s.ticks(50 * time.Second)
	if len(s.asked) != 10 {
		t.Errorf("it was asked %d times in 10 rounds", len(s.asked))
	}
	s.wantStops()
}

// The trouble of a dependency says nothing of how long those of the process itself last.
func TestATroubleOfADependencyTeachesNoPatience(t *testing.T) {
	for name, down := range map[string]bool{"the dependency was down": true, "it was not": false} {
		t.Run(name, func(t *testing.T) {
			s := chain(t, "failures=9 patience=3m", map[string][]domain.Dependency{"web": {onAddress("tcp db")}}, "web:a")
			if down {
				s.down["tcp db"] = "connection refused"
			}
			s.outage(true)
			s.ticks(40 * time.Second)
			if down {
				s.ticks(time.Minute)
			}
			s.outage(false)
			s.ticks(10 * time.Second)
			if got := s.engine.table.rows[domain.ID{Group: "web", Name: "a"}].Healed; (len(got) == 0) != down {
				t.Errorf("it has learnt %v", got)
			}
		})
	}
}

// Redis is probed in the same round, and its verdict comes later.
func TestTheVerdictsOfADependencyAreWaitedFor(t *testing.T) {
	for name, test := range map[string]struct {
		broken bool
		want   []string
	}{"it is unhealthy": {true, []string{"redis:r 18s"}}, "it is healthy": {false, []string{"web:a 18s"}}} {
		t.Run(name, func(t *testing.T) {
			s := chain(t, "", map[string][]domain.Dependency{"web": {onWatch("redis")}}, "redis:r", "web:a")
			r := s.program("redis:r")
			r.probe, r.stopsFor, r.broken = 3*time.Second, time.Hour, test.broken
			s.program("web:a").hung = true
			s.ticks(5 * time.Second)
			s.pass(4 * time.Second)
			for i := range s.stops {
				if !strings.Contains(s.stops[i], ":") {
					s.stops[i] = "web:" + s.stops[i]
				}
			}
			s.wantStops(test.want...)
		})
	}
}

func TestAReloadKnowsTheDependenciesOfNow(t *testing.T) {
	s := chain(t, "", map[string][]domain.Dependency{"web": {onAddress("tcp db")}}, "web:a", "redis:r")
	s.down["tcp db"] = "connection refused"
	s.human("stops", s.program("redis:r"))
	s.outage(true, "web:a")
	s.ticks(10 * time.Second)
	watches := slices.Clone(s.config.Watches)
	watches[0].Depends = []domain.Dependency{onWatch("redis")}
	s.reports = nil
	s.reconfigure(watches, -1, 1)
	s.ticks(10 * time.Second)
	s.wantBlockers("a by redis: 1/1 stopped=true")
	if len(s.engine.addresses) > 0 {
		t.Errorf("%d addresses are remembered", len(s.engine.addresses))
	}
	watches[0].Depends = nil
	s.reconfigure(watches, -1, 1)
	s.ticks(5 * time.Second)
	s.wantStops("a 35s")
}

// A question that was cancelled, or never comes back, is no answer.
func TestAQuestionWithoutAnAnswer(t *testing.T) {
	s := chain(t, "", map[string][]domain.Dependency{"web": {onAddress("tcp db")}}, "web:a")
	s.delay = func(call string) time.Duration {
		if call == "ask" {
			return time.Hour
		}
		return 0
	}
	s.program("web:a").hung = true
	s.ticks(30 * time.Second)
	s.wantStops()
	s.handle(Asked{Name: "tcp db", Void: true})
	s.handle(Asked{Name: "what nobody depends on any more"})
	s.wantStops()
	s.ticks(75 * time.Second)
	s.wantStops("a 1m45s")
}

// Whatever happens, nothing is restarted while all that is known says that it would not help.
func TestNothingIsRestartedThatIsBlocked(t *testing.T) {
	begin := rand.Uint64()
	blocked, restarted := 0, 0
	for i := range uint64(lives) {
		random := rand.New(rand.NewPCG(begin+i, 9))
		watches := dependent(t, random)
		s := sceneOf(t, watches, append(castOf(3), "db:d0", "db:d1")...)
		ill := map[domain.ID]int{} // the lives that were last found unhealthy, by their pids
		var wrong []string
		s.heard = func(c Command) {
			r, report := c.(Report)
			switch {
			case !report:
			case r.Kind == domain.ReportProbed:
				ill[r.Process] = 0
				if r.Verdict.Health == domain.Unhealthy {
					ill[r.Process] = r.PID
				}
				if r.Decision.Cause == domain.CauseBlocked {
					blocked++
				}
			case r.Kind == domain.ReportJudged && r.Decision.Cause == domain.CauseFailing && r.Watch == "web":
				restarted++
				bad := s.said["tcp a"]
				none := true
				s.each("db:d0 db:d1", func(p *program) {
					none = none && (s.engine.table.rows[p.ID].State != domain.Running || ill[p.ID] == p.PID)
				})
				if bad || none {
					wrong = append(wrong, fmt.Sprintf("%s at %s: address down %t, all of db down %t", r.Process, r.At, bad, none))
				}
			}
		}
		s.begin()
		s.ticks(10 * time.Second)
		for _, f := range fates(random, 150) {
			if random.IntN(6) == 0 {
				delete(s.down, "tcp a")
				if random.IntN(2) == 0 {
					s.down["tcp a"] = "connection refused"
				}
			}
			if f.do == "kill" || f.do == "add" || f.do == "remove" {
				f.do = "hang"
			}
			s.meet(f)
		}
		if len(wrong) > 0 || t.Failed() {
			t.Fatalf("seed %d: %s", begin+i, wrong[0])
		}
	}
	if blocked < lives || restarted < lives/4 {
		t.Errorf("only %d were held and %d restarted in %d histories", blocked, restarted, lives)
	}
}

// dependent are a watch of the group web that depends on an address and on a watch of the group db.
func dependent(t *testing.T, random *rand.Rand) []domain.Watch {
	depends := []domain.Dependency{onAddress("tcp a"), onWatch("db")}
	random.Shuffle(2, func(i, j int) { depends[i], depends[j] = depends[j], depends[i] })
	watches := []domain.Watch{
		{Name: "web", Select: domain.SelectGroup("web"), Policy: randomPolicy(t, random, true), Depends: depends},
		{Name: "db", Select: domain.SelectGroup("db"), Policy: randomPolicy(t, random, true)},
	}
	random.Shuffle(2, func(i, j int) { watches[i], watches[j] = watches[j], watches[i] })
	return watches
}
