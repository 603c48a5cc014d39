package engine

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// runs is an event that tells that a process is RUNNING.
func runs(id domain.ID, serial, pool int64) Changed {
	return Changed{Numbers: Numbers{Serial: serial, PoolSerial: pool}, Change: domain.StateChange{ID: id, From: domain.Starting, To: domain.Running, PID: 7}}
}

// PROCESS_STATE events tell of every change where the listener has been told of itself, or of a crowd.
func TestWhatShowsThatEventsTellOfEveryChange(t *testing.T) {
	self := domain.ID{Group: "healthcheck", Name: "healthcheck"}
	starting := Changed{Numbers: Numbers{Serial: 1, PoolSerial: 1}, Change: domain.StateChange{ID: self, To: domain.Starting}}
	crowd := func(from, n int) []Input {
		var all []Input
		for i := range n {
			all = append(all, runs(webID(string(rune('a'+i))), int64(from+i), int64(from+i)))
		}
		return all
	}
	tick := Ticked{Numbers: Numbers{Serial: 100, PoolSerial: 100}}
	tests := map[string]struct {
		inputs []Input
		want   bool
	}{
		"nothing":                              {nil, false},
		"our own STARTING and RUNNING":         {[]Input{starting, runs(self, 2, 2)}, true},
		"our own STARTING alone":               {[]Input{starting}, false},
		"our own RUNNING, the first event":     {[]Input{Noted{Numbers{Serial: 1}}, runs(self, 2, 1)}, false},
		"our own RUNNING after a gap":          {[]Input{runs(self, 12, 12)}, true},
		"a crowd after a gap":                  {crowd(10, 5), true},
		"a small crowd":                        {crowd(10, 4), false},
		"a crowd without a gap":                {append([]Input{Noted{Numbers{Serial: 1}}}, crowd(1, 5)...), false},
		"a crowd with a tick in between":       {append(append(crowd(10, 3), Ticked{Numbers: Numbers{Serial: 13, PoolSerial: 13}}), crowd(14, 3)...), false},
		"a tick after the crowd takes nothing": {append(crowd(10, 5), tick), true},
		"one event of another, refused before": {[]Input{runs(webID("a"), 10, 10)}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := New(Config{Self: self})
			for _, in := range tt.inputs {
				e.Handle(in, noon())
			}
			if got := e.Snapshot(noon()).Eventful; got != tt.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

func TestAnEventThatComesAgainIsNoNews(t *testing.T) {
	e := New(Config{})
	tests := []struct {
		numbers Numbers
		news    bool
	}{
		{Numbers{Serial: 5, PoolSerial: 1}, true},
		{Numbers{Serial: 5, PoolSerial: 2}, false}, // the same, subscribed to by two names
		{Numbers{Serial: 3, PoolSerial: 3}, false}, // another listener has refused it
		{Numbers{Serial: 9, PoolSerial: 4}, true},
		{Numbers{}, true}, // of an embedder
	}
	for _, tt := range tests {
		if got := e.received(tt.numbers); got != tt.news {
			t.Errorf("%+v: got %t", tt.numbers, got)
		}
	}
}

func TestAGapInTheEventsMakesAFullListing(t *testing.T) {
	s := newScene(t, "", castOf(40)...)
	s.handle(Noted{Numbers{Serial: 1, PoolSerial: 1}})
	s.tick()
	asked := s.watchRefreshes()
	s.ticks(10 * time.Second)
	s.handle(Noted{Numbers{Serial: 3, PoolSerial: 3}})
	s.ticks(10 * time.Second)
	if diff := gocmp.Diff([]Refresh{{All: true}}, *asked); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWhichTicksAreActedOn(t *testing.T) {
	start := noon()
	tests := map[string]struct {
		ticks []time.Duration // when each came; each is of the moment 5 s after the one before
		want  int
	}{
		"in time":                                {[]time.Duration{0, 5 * time.Second, 10 * time.Second}, 3},
		"a little late":                          {[]time.Duration{2 * time.Second, 7 * time.Second, 11 * time.Second}, 3},
		"a burst after a jam":                    {[]time.Duration{0, time.Minute, time.Minute, time.Minute}, 2},
		"late all the time: a clock that is off": {[]time.Duration{time.Hour, time.Hour + 5*time.Second, time.Hour + 10*time.Second}, 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var f feed
			n := 0
			for i, at := range tt.ticks {
				if !f.ticked(domain.Tick{When: start.Add(time.Duration(i) * 5 * time.Second), Period: 5 * time.Second}, start.Add(at)) {
					n++
				}
			}
			if n != tt.want {
				t.Errorf("%d are acted on", n)
			}
		})
	}
}

func TestATickIsSkippedWhileTheLastOneWaitsForAnAnswer(t *testing.T) {
	s := newScene(t, "", "a")
	s.delay = func(string) time.Duration { return 12 * time.Second }
	s.ticks(12 * time.Second)
	skipped := 0
	for _, r := range s.reports {
		if r.Kind == domain.ReportSkipped {
			skipped++
		}
	}
	if skipped != 1 || s.probed != 0 {
		t.Errorf("skipped %d, probed %d", skipped, s.probed)
	}
	s.pass(10 * time.Second)
	if s.probed != 1 {
		t.Errorf("probed %d", s.probed)
	}
}
