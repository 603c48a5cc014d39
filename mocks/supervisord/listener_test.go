package supervisord_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks/supervisord"
)

func TestWhatAListenerWritesDecidesItsState(t *testing.T) {
	const tick = 5 * time.Second
	cases := map[string]struct {
		write   []string // in the state ACKNOWLEDGED, with one event waiting
		want    supervisord.Readiness
		results []string // of the deliveries
	}{
		"READY in two pieces":                   {[]string{"REA", "DY\n"}, supervisord.Busy, []string{""}},
		"READY with a carriage return":          {[]string{"READY\r\n"}, supervisord.Unknown, nil},
		"lower case":                            {[]string{"ready\n"}, supervisord.Unknown, nil},
		"a line before READY":                   {[]string{"hi\nREADY\n"}, supervisord.Unknown, nil},
		"a result before READY":                 {[]string{"RESULT 2\nOK"}, supervisord.Unknown, nil},
		"accepted":                              {[]string{"READY\n", "RESULT 2\nOK"}, supervisord.Acknowledged, []string{"OK"}},
		"accepted in pieces":                    {[]string{"READY\n", "RES", "ULT 2", "\nO", "K"}, supervisord.Acknowledged, []string{"OK"}},
		"accepted and READY again":              {[]string{"READY\n", "RESULT 2\nOKREADY\n"}, supervisord.Ready, []string{"OK"}},
		"accepted and noise":                    {[]string{"READY\n", "RESULT 2\nOKREADY\n", "x"}, supervisord.Unknown, []string{"OK"}},
		"accepted with println":                 {[]string{"READY\n", "RESULT 2\nOK\nREADY\n"}, supervisord.Unknown, []string{"OK"}},
		"other seven bytes":                     {[]string{"READY\n", "XXXXXXX 2\r\nOK"}, supervisord.Acknowledged, []string{"OK"}},
		"rejected":                              {[]string{"READY\n", "RESULT 4\nFAIL"}, supervisord.Acknowledged, []string{"FAIL"}},
		"rejected and delivered again":          {[]string{"READY\n", "RESULT 4\nFAILREADY\n"}, supervisord.Busy, []string{"FAIL", ""}},
		"an empty result is not decided":        {[]string{"READY\n", "RESULT 0\n"}, supervisord.Busy, []string{""}},
		"an empty result, seen with more bytes": {[]string{"READY\n", "RESULT 0\nREADY\n"}, supervisord.Busy, []string{"", ""}},
		"a negative length":                     {[]string{"READY\n", "RESULT -1\nOK"}, supervisord.Busy, []string{""}},
		"a bad result line":                     {[]string{"READY\n", "log: RESULT 2\n"}, supervisord.Unknown, []string{"log: RESULT 2"}},
		"READY instead of a result":             {[]string{"READY\n", "READY\n"}, supervisord.Unknown, []string{"READY"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener, strings := puppet(t, "TICK_5")
			s := supervisord.New(t, supervisord.Config{Listener: listener})
			s.Tick(tick)
			for _, text := range c.write {
				write(t, strings, text)
				if len(s.Deliveries()) == 0 && text == "READY\n" {
					awaitReadiness(t, s, supervisord.Busy)
				}
			}
			await(t, s, "the state and the results", func() bool {
				return s.ListenerState().State == c.want && cmp.Equal(results(s), c.results)
			})
		})
	}
}

func results(s *supervisord.Server) []string {
	var all []string
	for _, d := range s.Deliveries() {
		all = append(all, d.Result)
	}
	return all
}

func TestTheOldestWaitingEventIsDroppedFirst(t *testing.T) {
	listener, strings := puppet(t, "TICK_60")
	listener.BufferSize = 2
	s := supervisord.New(t, supervisord.Config{Listener: listener})
	write(t, strings, "READY\n")
	awaitReadiness(t, s, supervisord.Ready)
	for i := range 5 {
		s.Send(supervisord.Event{Name: "TICK_5", Payload: fmt.Sprint(i)})
	}
	pid := s.ListenerState().PID
	want := supervisord.ListenerState{State: supervisord.Busy, PID: pid, Buffered: 2, Overflowed: 2}
	if got := s.ListenerState(); got != want || pid == 0 {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	write(t, strings, "RESULT 4\nFAILREADY\n")
	await(t, s, "the second delivery", func() bool { return len(s.Deliveries()) == 2 })
	write(t, strings, "RESULT 2\nOKREADY\n")
	await(t, s, "the third delivery", func() bool { return len(s.Deliveries()) == 3 })
	type seen struct {
		Payload            string
		Serial, PoolSerial int
	}
	var got []seen
	for _, d := range s.Deliveries() {
		got = append(got, seen{d.Payload, d.Serial, d.PoolSerial})
	}
	if diff := cmp.Diff([]seen{{"0", 0, 0}, {"0", 0, 0}, {"4", 4, 4}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAKilledListenerComesBackAndGetsItsEventAgain(t *testing.T) {
	listener, strings := puppet(t, "TICK_5")
	s := supervisord.New(t, supervisord.Config{Listener: listener, Second: 10 * time.Millisecond})
	write(t, strings, "READY\n")
	awaitReadiness(t, s, supervisord.Ready)
	s.Tick(5 * time.Second)
	before := s.ListenerState().PID
	if err := s.KillListener(); err != nil {
		t.Fatal(err)
	}
	await(t, s, "a new life", func() bool { pid := s.ListenerState().PID; return pid != 0 && pid != before })
	if got := s.ListenerState(); got.State != supervisord.Acknowledged || got.Buffered != 1 {
		t.Fatalf("got %+v", got)
	}
	write(t, strings, "READY\n")
	await(t, s, "the same event", func() bool { return len(s.Deliveries()) == 2 })
	if d := s.Deliveries(); d[0].Serial != d[1].Serial || d[0].Payload != d[1].Payload || !d[0].Answered.IsZero() {
		t.Errorf("got %+v", d)
	}
}

func TestAListenerThatEndsWellStaysDown(t *testing.T) {
	listener := &supervisord.Listener{Name: "l", Command: []string{"true"}, Events: []string{"event"}}
	s := supervisord.New(t, supervisord.Config{Listener: listener, Second: time.Millisecond})
	awaitState(t, s, "l", domain.Exited)
	if err := s.KillListener(); err == nil {
		t.Error("killed what does not run")
	}
	if err := s.Noise([]byte("x")); err == nil {
		t.Error("made noise where nobody listens")
	}
}

func TestEventsReachAListenerThatWantsThem(t *testing.T) {
	listener, path := recorder(t, "TICK_60", "TICK", "PROCESS_GROUP_REMOVED")
	s := supervisord.New(t, supervisord.Config{Identifier: "my id", Listener: listener, Programs: []supervisord.Program{shell("once", "exit 0")}})
	awaitState(t, s, "once", domain.Exited)
	if err := s.RemoveGroup("once"); err != nil {
		t.Fatal(err)
	}
	s.Tick(time.Minute)
	if err := s.Noise([]byte("noise ")); err != nil {
		t.Fatal(err)
	}
	s.Send(supervisord.Event{Name: "ÖDD", Payload: "☃\n"})
	want := []string{
		`"ver:3.0 server:my id serial:0 pool:rec poolserial:0 eventname:PROCESS_GROUP_REMOVED len:15\ngroupname:once\n"`,
		`"ver:3.0 server:my id serial:1 pool:rec poolserial:1 eventname:TICK_60 len:15\nwhen:MINUTE"`,
		`"ver:3.0 server:my id serial:1 pool:rec poolserial:1 eventname:TICK_60 len:15\nwhen:MINUTE"`,
		`"ver:3.0 server:my id serial:2 pool:rec poolserial:2 eventname:ÖDD len:2\n☃\n"`,
	}
	await(t, s, "all events", func() bool {
		return len(results(s)) == len(want) && s.ListenerState().State == supervisord.Ready
	})
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	minute := strings.TrimPrefix(s.Deliveries()[1].Payload, "when:")
	text := strings.Replace(strings.ReplaceAll(string(content), minute, "MINUTE"), "noise ", "", 1)
	if diff := cmp.Diff(want, strings.Split(strings.TrimSpace(text), "\n")); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(string(content), "noise ver:3.0") {
		t.Error("the noise did not arrive")
	}
}

func TestTicksComeByThemselvesWhenAskedFor(t *testing.T) {
	listener, _ := recorder(t, "TICK_60", "TICK_3600")
	s := supervisord.New(t, supervisord.Config{Listener: listener, TickEvery: 10 * time.Millisecond})
	await(t, s, "three ticks", func() bool { return len(s.Deliveries()) >= 3 })
	if d := s.Deliveries()[2]; d.Name != "TICK_60" {
		t.Errorf("got %+v", d)
	}
}

func TestAListenerThatIsNotRunningGetsNothing(t *testing.T) {
	listener, strings := puppet(t, "TICK_5")
	listener.Startup = 300 * time.Millisecond
	s := supervisord.New(t, supervisord.Config{Listener: listener})
	write(t, strings, "READY\n")
	s.Tick(5 * time.Second)
	awaitReadiness(t, s, supervisord.Ready)
	if p, err := s.Process("pup"); err != nil || p.State != domain.Starting || s.ListenerState().Buffered != 1 {
		t.Fatalf("%+v, %v, %+v", p, err, s.ListenerState())
	}
	awaitReadiness(t, s, supervisord.Busy)
	if p, err := s.Process("pup"); err != nil || p.State != domain.Running {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestAListenerThatDoesNotReadKillsSupervisord(t *testing.T) {
	listener, answers := puppet(t, "TICK_5")
	s := supervisord.New(t, supervisord.Config{Listener: listener, Programs: []supervisord.Program{sleeper("s")}})
	for n := range 100 {
		write(t, answers, "READY\n")
		awaitReadiness(t, s, supervisord.Ready)
		s.Send(supervisord.Event{Name: "BIG", Payload: strings.Repeat("x", 20_000)})
		if ended(s) {
			break
		}
		if n == 99 {
			t.Fatal("it lives on")
		}
		write(t, answers, "RESULT 2\nOK")
		awaitReadiness(t, s, supervisord.Acknowledged)
	}
	if _, err := os.Stat(strings.TrimPrefix(s.URL(), "unix://")); err == nil {
		t.Error("the socket is still there")
	}
}

func ended(s *supervisord.Server) bool {
	select {
	case <-s.Done():
		return true
	default:
		return false
	}
}

func TestAListenerWithoutStdinIsNotWrittenToAgain(t *testing.T) {
	done := filepath.Join(t.TempDir(), "done")
	listener := &supervisord.Listener{Name: "l", Command: []string{"sh", "-c", `exec <&-; echo READY; touch "$1"; exec sleep 1000`, "sh", done},
		Events: []string{"TICK_5"}}
	s := supervisord.New(t, supervisord.Config{Listener: listener})
	awaitReadiness(t, s, supervisord.Ready)
	s.Tick(5 * time.Second)
	await(t, s, "the event back in the buffer", func() bool {
		return s.ListenerState().State == supervisord.Ready && s.ListenerState().Buffered == 1 && len(s.Deliveries()) == 1
	})
}

func TestEachOfSeveralListenersGetsWhatItWants(t *testing.T) {
	first, firstStrings := puppet(t, "TICK_5", "TICK_60")
	second, secondStrings := puppet(t, "TICK_60")
	second.Name = "another"
	s := supervisord.New(t, supervisord.Config{Listener: first, Others: []supervisord.Listener{*second}})
	if got := s.Processes()[0].ID.Group; got != "another" {
		t.Errorf("%s is started first", got)
	}
	s.Tick(5 * time.Second)
	s.Tick(time.Minute)
	write(t, firstStrings, "READY\n")
	awaitReadiness(t, s, supervisord.Busy)
	write(t, firstStrings, "RESULT 2\nOKREADY\n")
	write(t, secondStrings, "READY\n")
	await(t, s, "all that they want", func() bool { return len(s.Deliveries()) == 2 && len(s.DeliveriesTo("another")) == 1 })
	mine, other := s.Deliveries()[1], s.DeliveriesTo("another")[0]
	if other.Name != "TICK_60" || other.Serial != mine.Serial || mine.PoolSerial != 1 || other.PoolSerial != 0 {
		t.Errorf("%+v, and the other %+v", mine, other)
	}
	if err := s.Kill("another"); err != nil {
		t.Fatal(err)
	}
	await(t, s, "an event that was not accepted is for all", func() bool {
		return s.ListenerStateOf("another").Buffered == 1 && s.ListenerState().Buffered == 1
	})
	write(t, firstStrings, "RESULT 2\nOKREADY\n")
	await(t, s, "a copy with the same numbers", func() bool { return len(s.Deliveries()) == 3 })
	if again := s.Deliveries()[2]; again.Serial != mine.Serial || again.PoolSerial != mine.PoolSerial {
		t.Errorf("%+v again as %+v", mine, again)
	}
}
