package watchdog

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// localCheck is a check that says whether it is local.
type localCheck struct {
	domain.Check
	local bool
}

func (l localCheck) Local() bool { return l.local }

// paced makes a pace of so many exams of each kind.
func paced(interval time.Duration, local, others int) ([][]exam, pace) {
	well := domain.NewCheck("well", func(context.Context, domain.Process) domain.Verdict { return domain.Verdict{} })
	w := &Watchdog{config: Config{Watches: []domain.Watch{
		{Checks: []domain.Check{localCheck{well, true}, localCheck{well, true}}},
		{Checks: []domain.Check{localCheck{well, true}, well}},
	}}}
	var lanes [][]exam
	for i := range max(local, others) {
		if i < others {
			lanes = append(lanes, []exam{{watch: 1, process: domain.Process{PID: i, State: domain.Running}}})
		}
		if i < local {
			lanes = append(lanes, []exam{{watch: 0, process: domain.Process{PID: i, State: domain.Running}}})
		}
	}
	return w.newPace(lanes, interval)
}

func TestProbesAreSpreadOverTheIntervalWhereThereAreMany(t *testing.T) {
	const ms = time.Millisecond
	tests := map[string]struct {
		interval      time.Duration
		local, others int
		at            map[time.Duration]int // how many may have begun by then
	}{
		"none":                                  {5 * time.Second, 0, 0, map[time.Duration]int{0: 0, time.Second: 0}},
		"few begin at once":                     {5 * time.Second, 0, 8, map[time.Duration]int{0: 8}},
		"local ones begin at once":              {5 * time.Second, 1000, 0, map[time.Duration]int{0: 1000}},
		"more than eight: one in a millisecond": {5 * time.Second, 0, 10, map[time.Duration]int{0: 8, 1 * ms: 9, 2 * ms: 10, time.Hour: 10}},
		"both: the local ones first":            {5 * time.Second, 3, 2, map[time.Duration]int{0: 5, 2 * ms: 5}},
		"many: all within a sixteenth":          {5 * time.Second, 0, 1000, map[time.Duration]int{0: 8, 156 * ms: 507, 309 * ms: 996, 310 * ms: 1000}},
		"many, and an interval that is long":    {time.Minute, 0, 1000, map[time.Duration]int{0: 8, 500 * ms: 508, 991 * ms: 999, 992 * ms: 1000}},
		"more than that":                        {time.Minute, 0, 7500, map[time.Duration]int{0: 8, 1875 * ms: 3758, 3750 * ms: 7500}},
		"an interval that is not known":         {0, 0, 1000, map[time.Duration]int{0: 1000}},
		"an interval too short to be divided":   {10, 0, 1000, map[time.Duration]int{0: 1000}},
		"a clock that went back":                {5 * time.Second, 2, 10, map[time.Duration]int{-time.Hour: 10}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			lanes, p := paced(test.interval, test.local, test.others)
			if len(lanes) != test.local+test.others {
				t.Errorf("%d lanes", len(lanes))
			}
			for i, lane := range lanes {
				if isLocal := lane[0].watch == 0; isLocal != (i < test.local) {
					t.Errorf("local %v at place %d", isLocal, i)
				}
			}
			for at, want := range test.at {
				if got := p.ready(at); got != want {
					t.Errorf("after %s %d may have begun, want %d", at, got, want)
				}
			}
		})
	}
}

func TestTheIntervalIsThatOfTheProcessThatIsJudgedMostOften(t *testing.T) {
	tests := map[string]struct {
		period   time.Duration
		policies []time.Duration
		want     time.Duration
	}{
		"at every tick":                    {5 * time.Second, []time.Duration{0}, 5 * time.Second},
		"less often than ticks come":       {5 * time.Second, []time.Duration{15 * time.Second}, 15 * time.Second},
		"one of them at every tick":        {5 * time.Second, []time.Duration{15 * time.Second, 0}, 5 * time.Second},
		"ticks come less often":            {time.Minute, []time.Duration{15 * time.Second}, time.Minute},
		"a caller of Round":                {0, []time.Duration{15 * time.Second, time.Minute}, 15 * time.Second},
		"a caller of Round, at each round": {0, []time.Duration{0}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := &Watchdog{}
			for _, interval := range test.policies {
				w.config.Watches = append(w.config.Watches, domain.Watch{Policy: domain.Policy{Interval: interval}})
			}
			if got := w.interval(test.period); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

func TestWhoDoesNotRunIsProbedByNobody(t *testing.T) {
	well := domain.NewCheck("well", func(context.Context, domain.Process) domain.Verdict { return domain.Verdict{} })
	w := &Watchdog{config: Config{Watches: []domain.Watch{{Checks: []domain.Check{well}}}}}
	got := map[domain.State]bool{}
	for _, state := range []domain.State{domain.Running, domain.Fatal, domain.Exited} {
		got[state] = w.local(exam{process: domain.Process{State: state}})
	}
	want := map[domain.State]bool{domain.Running: false, domain.Fatal: true, domain.Exited: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
