package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// long is a flag of this test binary: go test -run Crash ./cmd/supervisor-healthcheck -long
var long = flag.Bool("long", false, "kill the listener 200 times in the crash test instead of 15")

// crash is a supervisord whose services are restarted all the time, by a listener that is killed all the time.
type crash struct {
	*stage
	services []string
	dice     *rand.Rand
	lucky    *atomic.Bool    // all checks succeed from now on
	byHand   map[string]bool // stopped by the test in the place of a human
	story    []string        // what the test has done, and when
	mended   int             // kills while a service was down that had to be started again
	stops    int             // by hand
	starts   int             // by hand
}

func TestCrash(t *testing.T) {
	t.Parallel()
	kills := 15
	if *long {
		kills = 200
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	c := newCrash(t, seed)
	stopTicking := c.ticking()
	began := time.Now()
	for i := range kills {
		c.actByHand()
		c.kill(i)
	}
	took := time.Since(began)
	c.lucky.Store(true)
	c.settles()
	stopTicking()
	c.quiet(3, c.running()...)
	c.settles()
	t.Logf("%d kills in %s, %d of them between the stop and the start of a service; %d restarts; %d stops and %d starts by hand",
		kills, took.Round(time.Second), c.mended, c.told(msgRestarted), c.stops, c.starts)
	if c.mended == 0 {
		t.Error("no kill fell between the stop and the start of a service")
	}
}

func newCrash(t *testing.T, seed uint64) *crash {
	t.Helper()
	c := &crash{dice: rand.New(rand.NewPCG(seed, 0)), lucky: &atomic.Bool{}, byHand: map[string]bool{}}
	config := listener(fmt.Sprintf("{bin}/supervisor_http_check -n c -g crew -u / -r 0 -p %d", unreliable(t, seed, c.lucky)), "stopwaitsecs=10")
	for _, kind := range []struct {
		name    string
		count   int
		command string
		more    string
	}{
		{"quick", 3, "{bin}/fixture idle", ""},
		{"slow", 2, `sh -c "trap 'sleep 0.4; exit 0' TERM; while :; do sleep 0.1; done"`, ""},
		{"stubborn", 2, "{bin}/fixture stubborn", "stopwaitsecs=1"},
		{"late", 1, "{bin}/fixture idle", "startsecs=1"},
	} {
		numbered := fmt.Sprintf("numprocs=%d\nprocess_name=%s_%%(process_num)d", kind.count, kind.name)
		config += service(kind.name, kind.command, numbered, kind.more)
		for i := range kind.count {
			c.services = append(c.services, fmt.Sprintf("crew:%s_%d", kind.name, i))
		}
	}
	c.stage = &stage{sandbox: startSupervisord(t, config+"[group:crew]\nprograms=quick,slow,stubborn,late\n")}
	c.ready(c.services...)
	return c
}

// unreliable is a web server, on the port that is returned, that fails at random until it is lucky.
func unreliable(t *testing.T, seed uint64, lucky *atomic.Bool) int {
	t.Helper()
	var mu sync.Mutex
	dice := rand.New(rand.NewPCG(seed, 1))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if !lucky.Load() && dice.IntN(100) < 15 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().(*net.TCPAddr).Port
}

// ticking has supervisord tick several times a second, until the function that is returned is called.
func (c *crash) ticking() (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	stop = sync.OnceFunc(func() { close(done); <-ended })
	c.t.Cleanup(stop)
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-time.After(150 * time.Millisecond):
				_ = c.call(nil, "test.tick", 5, time.Now().Unix())
			}
		}
	}()
	return stop
}

// kill ends the listener with SIGKILL at some moment, and notes what it leaves behind.
func (c *crash) kill(i int) {
	c.t.Helper()
	pid := 0
	c.eventually(func() bool { pid = c.pid("check:check"); return pid != 0 }, "the listener lives")
	switch i % 4 {
	case 0: // just when a program has stopped
		c.await("supervisord.log", func(news string) bool { return strings.Contains(news, "stopped: ") })
	case 1: // about when the stop is sent
		c.await("check.err", tellsOfAStop)
	case 2: // a little later
		c.await("check.err", tellsOfAStop)
		c.pause(50)
	default: // whenever, also while it finishes what the last one has left
		c.pause(1000)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		c.t.Fatal(err)
	}
	c.note("kill")
	for name, state := range c.states() {
		if !c.byHand[name] && (state == "STOPPING" || state == "STOPPED") {
			c.mended++
			break
		}
	}
	c.eventually(func() bool { now := c.pid("check:check"); return now != 0 && now != pid }, "the listener is started again")
}

// pause waits for some milliseconds, up to so many: a kill may come at any moment.
func (c *crash) pause(most int) { time.Sleep(time.Duration(c.dice.IntN(most)) * time.Millisecond) }

func tellsOfAStop(news string) bool { return len(with(parseEntries(news), msgStop)) > 0 }

// await waits for news in a file, for some seconds.
func (c *crash) await(file string, wanted func(news string) bool) {
	c.t.Helper()
	f, err := os.Open(c.path(file))
	if err != nil {
		c.t.Fatal(err)
	}
	defer f.Close()
	at, _ := f.Seek(0, 2)
	news := make([]byte, 64<<10)
	poll(3*time.Second, time.Millisecond, func() bool {
		n, _ := f.ReadAt(news, at)
		return wanted(string(news[:n]))
	})
}

// actByHand now and then stops a service, or starts one that it has stopped before.
func (c *crash) actByHand() {
	c.t.Helper()
	name := c.services[c.dice.IntN(len(c.services))]
	switch {
	case c.dice.IntN(2) == 0:
	case c.byHand[name]:
		if c.state(name) == "STOPPED" && c.call(nil, "supervisor.startProcess", name, false) == nil {
			delete(c.byHand, name)
			c.note("by hand: start of " + name)
			c.starts++
		}
	case c.phase(name) == "stop sent": // nobody can tell whose stop it was if the listener dies now
	case len(c.byHand) < len(c.services)/2:
		if c.call(nil, "supervisor.stopProcess", name, false) == nil { // a fault says that we are stopping it already
			c.byHand[name] = true
			c.note("by hand: stop of " + name)
			c.stops++
		}
	}
}

// states are those of the services.
func (c *crash) states() map[string]string {
	c.t.Helper()
	states := map[string]string{}
	for _, entry := range c.rpc("supervisor.getAllProcessInfo").([]any) {
		info := entry.(map[string]any)
		if name := fmt.Sprintf("%s:%s", info["group"], info["name"]); slices.Contains(c.services, name) {
			states[name], _ = info["statename"].(string)
		}
	}
	return states
}

// settles waits until what should run runs, the others are stopped, and nothing is left to be done.
func (c *crash) settles() {
	c.t.Helper()
	var wrong []string
	fine := func() bool {
		wrong = nil
		for name, state := range c.states() {
			if want := map[bool]string{true: "STOPPED", false: "RUNNING"}[c.byHand[name]]; state != want {
				wrong = append(wrong, fmt.Sprintf("%s is %s, want %s", name, state, want))
			}
		}
		return len(wrong) == 0 && !c.kept("unfinished_restarts")
	}
	if !poll(30*time.Second, 100*time.Millisecond, fine) {
		c.tell(wrong)
		c.t.Fatalf("the journal has unfinished restarts: %t; %s", c.kept("unfinished_restarts"), strings.Join(wrong, "; "))
	}
}

// note adds to the story.
func (c *crash) note(what string) {
	c.story = append(c.story, time.Now().UTC().Format("15:04:05.000")+" "+what+"\n")
}

// tell shows what supervisord's log, which has that of the listener in it, says of the services that are not as
// they should be, and what the test has done to them.
func (c *crash) tell(wrong []string) {
	for _, text := range wrong {
		full, _, _ := strings.Cut(text, " ")
		_, name, _ := strings.Cut(full, ":")
		var lines []string
		for line := range strings.Lines(c.log()) {
			if e, ok := parseEntry(line); strings.Contains(line, name) && !(ok && e.has(aDetail())) {
				lines = append(lines, line)
			}
		}
		c.t.Logf("%s:\n%s", text, strings.Join(lines, ""))
	}
	c.t.Logf("the test:\n%s", strings.Join(c.story, ""))
}

// running are the services that should run.
func (c *crash) running() []string {
	return slices.DeleteFunc(slices.Clone(c.services), func(name string) bool { return c.byHand[name] })
}
