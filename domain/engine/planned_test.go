package engine

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

// plannedDone is what is told of a restart that is planned.
const plannedDone = "do planned (said), restarted"

func TestAPlannedRestart(t *testing.T) {
	tellStories(t, map[string]story{
		"is done at once where all is well": {"failures=3", "", []line{
			{"0", "old", plannedDone},
			{"10s", "tick", "keep (said)"},
			{"20s", "tick", "keep"},
		}},
		"is done one at a time, whatever the policy allows": {"max-parallel=16 start-grace=30s", "a b c", []line{
			{"0", "old", "a do planned (said), b keep turn, c keep turn, a restarted"},
			{"1s", "tick", "a keep (said), b do planned (said), c keep turn, b restarted"},
			{"2s", "tick", "a keep, b keep (said), c do planned (said), c restarted"},
			{"3s", "tick", "a keep, b keep, c keep (said)"},
		}},
		"waits while another of its group is not well": {"failures=2", "a b", []line{
			{"0", "ill b", "a keep, b hold failures 1/2 (said)"},
			{"5s", "old a", "a hold unrest (said), b do failing 2 (said), b restarted"},
		}},
		"uses up no limit, and takes no pause": {"restart-limit=1/1h", "", []line{
			{"0", "old", plannedDone},
			{"1m", "old", "do planned (said), restarted"},
			{"2m", "well", "keep (said)"},
			{"3m", "hang", done},
			{"4m", "well", "keep (said)"},
			{"5m", "old", "do planned (said), restarted"},
			{"6m", "hang", "give up spent 1/1 1h (said)"},
			{"7m", "well", "keep (said)"},
			{"8m", "old", "hold unrest (said)"},
		}},
		"is held by no pause, and makes none longer": {"ladder=10m..1h", "", []line{
			{"0", "hang", done},
			{"1m", "old", plannedDone},
			{"2m", "hang", "hold ladder 1 8m (said)"},
		}},
		"is only said where nobody acts": {"mode=observe", "", []line{
			{"0", "old", "do observe (said)"},
			{"1m", "tick", "do observe"},
			{"11m", "tick", "do observe (again)"},
		}},
		"or where the action is a signal": {"action=signal:HUP", "", []line{
			{"0", "old", "do no action (said)"},
			{"1m", "tick", "do no action"},
		}},
		"is not done of what cannot be judged": {"", "", []line{
			{"0", "old", plannedDone},
			{"10s", "unsure", "unknown (said)"},
		}},
		"is none of a process that is ill": {"failures=3", "", []line{
			{"0", "ill", "hold failures 1/3 (said)"},
			{"5s", "old", plannedDone},
		}},
	})
}

// The canary of an outage and what is learnt of boots and troubles know nothing of it.
func TestAPlannedRestartTeachesNoTrouble(t *testing.T) {
	s := newScene(t, "recommended patience=3m", "a", "b", "c", "d")
	s.ticks(time.Minute)
	for _, p := range s.programs {
		p.ages = time.Hour
	}
	s.ticks(90 * time.Minute)
	if len(s.stops) < len(s.programs) {
		t.Fatalf("only these were restarted: %q", s.stops)
	}
	for _, p := range s.engine.table.order {
		if !p.trouble.IsZero() || len(p.Healed) > 0 || len(p.GivenUp) > 0 || p.cut != 0 {
			t.Errorf("%s: trouble %s, healed %v, given up %v, cut %s", p.ID, p.trouble, p.Healed, p.GivenUp, p.cut)
		}
		if n, _ := p.streak(forgiven); n > 0 {
			t.Errorf("%s: %d restarts count for the ladder", p.ID, n)
		}
		if len(p.Acts) == 0 || !p.Acts[0].Planned {
			t.Errorf("%s: the acts are %+v", p.ID, p.Acts)
		}
	}
	for _, watch := range s.engine.watches {
		if len(watch.outage.tried) > 0 || len(s.engine.shared) > 0 {
			t.Error("one of them was taken for a canary")
		}
	}
}

// One that was begun in an earlier life of the listener counts against nothing either.
func TestAPlannedRestartThatAnEarlierLifeHasBegun(t *testing.T) {
	s := newScene(t, "restart-limit=1/1h", "a")
	s.tick()
	s.program("a").old = true
	s.program("a").stopsFor = 10 * time.Second
	s.tick()
	s.pass(5 * time.Second)
	for id := range s.histories {
		delete(s.histories, id) // what was not saved
	}
	s.again()
	s.ticks(time.Minute)
	p := s.engine.table.rows[webID("a")]
	if all, _, _ := p.spent(domain.Limit{Count: 1, Per: time.Hour}, s.now); all != 0 || len(s.stops) != 1 || p.State != domain.Running {
		t.Errorf("%d count, %q were stopped, it is %s; %+v", all, s.stops, p.State, p.Acts)
	}
}

// Whatever happens: a planned restart is begun only while no other is under way and none of its group is in trouble, and in the
// end everything is younger than it may be.
func TestPlannedRestartsInRandomHistories(t *testing.T) {
	begin := rand.Uint64()
	done := 0
	for i := range uint64(lives / 2) {
		random := rand.New(rand.NewPCG(begin+i, 9))
		watches := randomWatches(t, random, true)
		s := sceneOf(t, watches, castOf(4)...)
		s.silent = random.IntN(2) == 0
		var wrong []string
		s.heard = func(c Command) {
			step, is := c.(Step)
			if !is || step.Act != SendStop || !step.Restart.Planned {
				return
			}
			done++
			for id, x := range s.engine.restarts {
				known := s.engine.table.rows[id] != nil // or it was taken away meanwhile
				if known && id != step.Restart.Instance.ID && x.Planned && x.Phase > domain.Planned && !x.stage.up {
					wrong = append(wrong, "two at a time: "+id.String())
				}
			}
		}
		s.begin()
		for _, p := range s.programs {
			p.ages = time.Duration(10+random.IntN(20)) * time.Minute
		}
		for _, f := range fates(random, 100) {
			s.meet(f)
		}
		if len(wrong) > 0 || t.Failed() {
			t.Fatalf("seed %d: %s", begin+i, strings.Join(wrong, ", "))
		}
	}
	if done < lives/4 {
		t.Errorf("only %d were planned in %d histories", done, lives/2)
	}
}
