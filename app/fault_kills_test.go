package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks/supervisord"
)

// long is a flag of this test binary: go test -run Killed -timeout 1h ./app -long
var long = flag.Bool("long", false, "kill listeners 1000 times in each test of kills instead of 25")

// witnessVariable makes the test binary a listener that accepts all events and does nothing else.
const witnessVariable = "SUPERVISOR_HEALTHCHECK_TEST_WITNESS"

func witness() int {
	events := bufio.NewReader(os.Stdin)
	for fmt.Print("READY\n"); ; fmt.Print("RESULT 2\nOKREADY\n") {
		header, err := events.ReadString('\n')
		_, length, _ := strings.Cut(header, "len:")
		var n int64
		if _, bad := fmt.Sscan(length, &n); bad != nil || err != nil {
			return 0
		}
		if _, err := io.CopyN(io.Discard, events, n); err != nil {
			return 0
		}
	}
}

const (
	// tellable is the least age at which most lives fall ill. Who is stopped much younger was stopped for what an earlier life had.
	tellable = 2500 * time.Millisecond
	// roughly is how well a listener knows the age of a life, of which supervisord tells whole seconds.
	roughly = 1200 * time.Millisecond
)

// doom is the age from which a life of a process is ill in the eyes of a listener. Most lives fall ill late, some early;
// either listener overlooks a part of that for a while.
func doom(seed uint64, pid int, listener string) time.Duration {
	dice := rand.New(rand.NewPCG(seed, uint64(pid)))
	age := tellable + time.Duration(dice.Int64N(int64(time.Second)))
	if dice.IntN(4) == 0 {
		age = time.Duration(dice.Int64N(int64(time.Second)))
	}
	if eyes := dice.IntN(3); eyes == 0 && listener == "first" || eyes == 1 && listener == "second" {
		age += 5 * time.Second
	}
	return age
}

// judgeDoomed is the check of the tests of kills.
func (o orders) judgeDoomed(p domain.Process) domain.Verdict {
	if _, err := os.Stat(filepath.Join(o.Dir, "lucky")); err == nil || p.Uptime < doom(o.Doom, p.PID, os.Getenv("SUPERVISOR_PROCESS_NAME")) {
		return domain.Healthy.Because("it is young enough")
	}
	return domain.Unhealthy.Because("it is too old")
}

// kills is a stand-in with services that fall ill all the time, and with listeners that are killed all the time.
type kills struct {
	*stage
	seed      uint64
	dice      *rand.Rand
	listeners []string
	services  []string
	byHand    map[string]time.Time // when the test has stopped them in the place of a human
	unsure    map[string]bool      // of those the ones of which an intent to stop lay in the journal
	hands     map[int]bool         // lives that were stopped by hand
	starting  map[string]time.Time // when the present lives began
	stopped   map[string]time.Time // when those that are STOPPED were
	seen      int                  // the serial of the last event that was reckoned
	stopping  map[string]int       // how often services were stopped
	story     []string
	tally     tally
}

// tally is what is counted.
type tally struct {
	Kills, Stops                 int // stops of all services
	HumanStops, HumanStarts      int
	Undone, UndoneUnsure, Double int
}

func TestKilledListenersLoseNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		listeners []string
		events    []string
	}{
		"one":                  {[]string{"first"}, []string{"TICK_5", "PROCESS_STATE"}},
		"one with ticks alone": {[]string{"first"}, []string{"TICK_5"}},
		"two that overlap":     {[]string{"first", "second"}, []string{"TICK_5", "PROCESS_STATE"}},
		"two with ticks alone": {[]string{"first", "second"}, []string{"TICK_5"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKills(t, orders{}, c.events, c.listeners...)
			for k.tally.Kills < number() {
				k.human()
				k.kill()
				k.reckon()
			}
			k.recovers()
			t.Logf("%+v", k.tally)
			if k.tally.Undone > 0 || k.tally.Double > 0 {
				k.fails("not everything is as it should be")
			}
		})
	}
}

// number is that of the kills in a test.
func number() int {
	if *long {
		return 1000
	}
	return 25
}

// newKills makes the stage. Whatever the listeners select is the same.
func newKills(t *testing.T, o orders, events []string, listeners ...string) *kills {
	t.Helper()
	k := &kills{seed: uint64(time.Now().UnixNano()), listeners: listeners, byHand: map[string]time.Time{}, unsure: map[string]bool{},
		hands: map[int]bool{}, starting: map[string]time.Time{}, stopped: map[string]time.Time{}, stopping: map[string]int{}, seen: -1}
	k.dice = rand.New(rand.NewPCG(k.seed, 0))
	k.stage = &stage{t: t, dir: t.TempDir(), log: &transcript{}}
	o.Dir, o.Doom = k.dir, k.seed
	k.config = supervisord.Config{TickEvery: 150 * time.Millisecond, Second: 20 * time.Millisecond}
	for kind, c := range map[string]struct {
		count   int
		script  string
		startup time.Duration
	}{
		"quick":    {6, "exec sleep 1000", 0},
		"slow":     {3, "trap 'kill $!; sleep 0.4; exit 0' TERM; sleep 1000 & wait", 50 * time.Millisecond},
		"stubborn": {2, "trap '' TERM; exec sleep 1000", 50 * time.Millisecond},
		"late":     {3, "exec sleep 1000", time.Second},
	} {
		for i := range c.count {
			name := fmt.Sprint(kind, i)
			k.services = append(k.services, name)
			k.config.Programs = append(k.config.Programs, supervisord.Program{Name: name, AutoStart: true, Startup: c.startup,
				AutoRestart: supervisord.RestartUnexpected, StopWait: 600 * time.Millisecond, Command: []string{"sh", "-c", c.script}})
		}
	}
	slices.Sort(k.services)
	o.Select = k.services
	for _, name := range listeners {
		k.config.Others = append(k.config.Others, supervisord.Listener{Name: name, Command: []string{self(t)}, Env: []string{encoded(t, o)},
			Events: events, BufferSize: 1000, AutoRestart: supervisord.RestartAlways, Stderr: named{name, k.log}})
	}
	k.config.Others = append(k.config.Others, supervisord.Listener{Name: "witness", Command: []string{self(t)}, Env: []string{witnessVariable + "=1"},
		Events: []string{"PROCESS_STATE"}, BufferSize: 1000})
	k.raise()
	for _, name := range append(listeners, "witness") {
		k.until(name+" accepts events", func() bool { return k.ListenerStateOf(name).Accepts() })
	}
	return k
}

// named puts the name of a listener before what it writes.
type named struct {
	name string
	log  *transcript
}

// Write takes what are whole lines.
func (n named) Write(p []byte) (int, error) {
	var lines []byte
	for line := range bytes.Lines(p) {
		lines = append(append(append(lines, n.name...), ' '), line...)
	}
	_, err := n.log.Write(lines)
	return len(p), err
}

// await waits for something for a while only.
func (k *kills) await(something func() bool) {
	ctx, cancel := context.WithTimeout(k.t.Context(), 2*time.Second)
	defer cancel()
	_ = k.Await(ctx, something) // in vain is a moment too
}

// pause waits for some milliseconds, up to so many: a kill may come at any moment.
func (k *kills) pause(most int) { time.Sleep(time.Duration(k.dice.IntN(most)) * time.Millisecond) }

// kill kills a listener, or both, at some moment, and waits for the next life.
func (k *kills) kill() {
	k.t.Helper()
	k.ResetCalls()
	called := func(method string) func() bool {
		return func() bool {
			return slices.ContainsFunc(k.Calls(), func(c supervisord.Call) bool { return c.Method == method })
		}
	}
	switch k.dice.IntN(8) {
	case 0: // about when the intent is kept
		k.await(called(look))
	case 1: // just when a stop is sent
		k.await(called(stop))
	case 2: // while it stops
		k.await(called(stop))
		k.pause(100)
	case 3: // between the stop and the start
		k.await(func() bool {
			return slices.ContainsFunc(k.Processes(), func(p domain.Process) bool {
				_, byHand := k.byHand[p.Name]
				return p.State == domain.Stopped && !byHand
			})
		})
	case 4: // just when a start is sent
		k.await(called(start))
	case 5: // while it starts
		k.await(called(start))
		k.pause(50)
	case 6: // while it finishes what the last one has left
		k.pause(50)
	default:
		k.pause(700)
	}
	whom := []string{k.listeners[k.dice.IntN(len(k.listeners))]}
	if k.dice.IntN(6) == 0 {
		whom = k.listeners
	}
	before := map[string]int{}
	for _, name := range whom {
		before[name] = k.ListenerStateOf(name).PID
		if k.Kill(name) == nil {
			k.tally.Kills++
			k.note("kill of %s %d", name, before[name])
		}
	}
	k.doubt()
	ready := k.dice.IntN(3) > 0
	for _, name := range whom {
		k.until("the next life of "+name, func() bool {
			now := k.ListenerStateOf(name)
			return now.PID != 0 && now.PID != before[name] && (now.Accepts() || !ready)
		})
	}
}

// doubt notes of whom it is unsure whose stop it was: the intent of a listener to stop what a human has stopped is on the disk.
func (k *kills) doubt() {
	for name, phase := range k.journal() {
		if _, byHand := k.byHand[name]; byHand && phase == domain.StopSent.String() && !k.unsure[name] {
			k.unsure[name] = true
			k.note("unsure: %s", name)
		}
	}
}

// journal is how far the restarts are that the journal has.
func (k *kills) journal() map[string]string {
	k.t.Helper()
	files, _ := filepath.Glob(filepath.Join(k.dir, "state", "*.json"))
	aside, _ := filepath.Glob(filepath.Join(k.dir, "state", "*.aside", "*"))
	phases := map[string]string{}
	for _, file := range append(files, aside...) {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		var content struct {
			Restarts []struct {
				Process struct{ Name string }
				Phase   string
			} `json:"unfinished_restarts"`
		}
		if err := json.Unmarshal(text, &content); err != nil {
			k.t.Fatalf("%v: %s", err, text)
		}
		for _, r := range content.Restarts {
			phases[r.Process.Name] = r.Phase
		}
	}
	return phases
}

// human now and then stops a service, or starts one that it has stopped before.
func (k *kills) human() {
	name := k.services[k.dice.IntN(len(k.services))]
	_, stopped := k.byHand[name]
	switch {
	case k.dice.IntN(2) == 0:
	case stopped:
		if k.process(name).State == domain.Stopped && k.StartProcess(name, false) == nil {
			delete(k.byHand, name)
			delete(k.unsure, name)
			k.tally.HumanStarts++
			k.note("by hand: start of %s", name)
		}
	case len(k.byHand) < len(k.services)/3:
		before, unsure := k.process(name).PID, k.journal()[name] == domain.StopSent.String()
		if before == 0 || k.StopProcess(name, false) != nil {
			return // we are restarting it already
		}
		k.hands[before], k.hands[k.process(name).PID] = true, true
		k.byHand[name], k.unsure[name] = time.Now(), unsure
		k.tally.HumanStops++
		k.note("by hand: stop of %s %d, unsure: %t", name, before, unsure)
		k.doubt()
	}
}

// reckon takes what has happened to the services.
func (k *kills) reckon() {
	k.t.Helper()
	for _, d := range k.DeliveriesTo("witness") {
		if d.Serial <= k.seen {
			continue
		}
		k.seen = d.Serial
		var name, group, from string
		var pid int
		_, _ = fmt.Sscanf(d.Payload, "processname:%s groupname:%s from_state:%s pid:%d", &name, &group, &from, &pid)
		if !slices.Contains(k.services, name) {
			continue
		}
		k.story = append(k.story, fmt.Sprintf("%s %s %s\n", d.Raised.UTC().Format("15:04:05.000"), d.Name, d.Payload))
		delete(k.stopped, name)
		switch d.Name {
		case "PROCESS_STATE_STARTING":
			k.starting[name] = d.Raised
		case "PROCESS_STATE_STOPPING":
			k.tally.Stops++
			k.stopping[name]++
			k.judgeStop(name, pid, d.Raised.Sub(k.starting[name]))
		case "PROCESS_STATE_STOPPED":
			k.stopped[name] = d.Raised
		}
	}
	for name, at := range k.byHand {
		if p := k.process(name); p.State != domain.Running && p.State != domain.Starting {
			continue
		}
		if k.unsure[name] {
			k.tally.UndoneUnsure++
		} else {
			k.tally.Undone++
		}
		k.note("UNDONE (unsure: %t): the stop of %s at %s", k.unsure[name], name, at.UTC().Format("15:04:05.000"))
		delete(k.byHand, name)
		delete(k.unsure, name)
	}
	for name, at := range k.stopped {
		if _, byHand := k.byHand[name]; !byHand && time.Since(at) > patient/2 && k.process(name).State == domain.Stopped {
			k.fails("%s is lost", name)
		}
	}
}

// judgeStop asks whether there was a reason for the stop of a life.
func (k *kills) judgeStop(name string, pid int, age time.Duration) {
	least := time.Hour
	for _, listener := range k.listeners {
		least = min(least, doom(k.seed, pid, listener))
	}
	if !k.hands[pid] && age < least-roughly {
		k.tally.Double++
		k.note("DOUBLE: stop of %s %d at the age of %s, %s before its time", name, pid, age, least-age)
	}
}

// recovers waits until what should run runs, the others are stopped, and nothing is left to be done; and that it stays so.
func (k *kills) recovers() {
	k.t.Helper()
	if err := os.WriteFile(filepath.Join(k.dir, "lucky"), nil, 0o600); err != nil {
		k.t.Fatal(err)
	}
	var wrong []string
	fine := func() bool {
		wrong = nil
		for _, name := range k.services {
			want := domain.Running
			if _, byHand := k.byHand[name]; byHand {
				want = domain.Stopped
			}
			if p := k.process(name); p.State != want && !k.unsure[name] {
				wrong = append(wrong, fmt.Sprintf("%s is %s, want %s", name, p.State, want))
			}
		}
		if left := k.journal(); len(left) > 0 {
			wrong = append(wrong, fmt.Sprintf("the journal has %v", left))
		}
		return len(wrong) == 0
	}
	if !eventually(fine) {
		k.reckon()
		k.fails("%s", strings.Join(wrong, "; "))
	}
	heard := func() bool { w := k.ListenerStateOf("witness"); return w.Buffered == 0 && w.State == supervisord.Ready }
	k.until("the witness has heard of all", heard)
	k.reckon()
	stops := k.tally.Stops
	k.until("some ticks are answered", k.ticks(5))
	k.until("the witness has heard of all", heard)
	k.reckon()
	if !fine() || k.tally.Stops != stops {
		k.fails("it does not stay so: %s; %d stops", strings.Join(wrong, "; "), k.tally.Stops-stops)
	}
}

// ticks reports whether each listener has answered so many more.
func (k *kills) ticks(n int) func() bool {
	answered := func() map[string]int {
		count := map[string]int{}
		for _, name := range k.listeners {
			for _, d := range k.DeliveriesTo(name) {
				if d.Result == "OK" && d.Name == "TICK_5" {
					count[name] = max(count[name], d.Serial)
				}
			}
		}
		return count
	}
	last := answered()
	return func() bool {
		now := answered()
		if maps.EqualFunc(last, now, func(a, b int) bool { return b > a }) {
			last = now
			n--
		}
		return n <= 0
	}
}

func (k *kills) note(what string, args ...any) {
	k.story = append(k.story, time.Now().UTC().Format("15:04:05.000")+" "+fmt.Sprintf(what, args...)+"\n")
}

// fails ends the test and shows what has happened last.
func (k *kills) fails(what string, args ...any) {
	k.t.Helper()
	k.note(what, args...)
	k.tell()
	k.t.Fatalf("seed %d, %+v: "+what, append([]any{k.seed, k.tally}, args...)...)
}

// tell shows what has happened last, and the whole of it in the folder that KILLS_LOG names.
func (k *kills) tell() {
	k.t.Helper()
	if dir := os.Getenv("KILLS_LOG"); dir != "" {
		name := filepath.Join(dir, strings.ReplaceAll(k.t.Name(), "/", "_"))
		_ = os.WriteFile(name+".story", []byte(strings.Join(k.story, "")), 0o600)
		_ = os.WriteFile(name+".log", []byte(k.log.String()), 0o600)
	}
	k.t.Logf("the test:\n%s", strings.Join(k.story[max(0, len(k.story)-200):], ""))
}

// What was done to a process is counted once, whoever has done it and whoever has died meanwhile.
func TestKilledListenersKeepTheLimitTogether(t *testing.T) {
	t.Parallel()
	for name, events := range map[string][]string{
		"with events": {"TICK_5", "PROCESS_STATE"},
		"ticks alone": {"TICK_5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit := 3
			if *long {
				limit = 60
			}
			k := newKills(t, orders{Policy: []string{fmt.Sprintf("restart-limit=%d/1h", limit)}}, events, "first", "second")
			for k.tally.Kills < number() {
				k.kill()
				k.reckon()
			}
			k.recovers()
			t.Logf("%+v, %v", k.tally, k.stopping)
			if most := slices.Max(slices.Collect(maps.Values(k.stopping))); most > limit {
				k.fails("one was stopped %d times", most)
			}
			if k.tally.Stops < len(k.services)/3 { // a slow machine gets less done between two kills
				t.Errorf("there were %d restarts of %d services", k.tally.Stops, len(k.services))
			}
		})
	}
}
