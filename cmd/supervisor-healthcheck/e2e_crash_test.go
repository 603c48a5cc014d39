package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"supervisor-healthcheck/mocks/logline"
)

// long is a flag of this test binary: go test -run Crash -timeout 2h ./cmd/supervisor-healthcheck -long
var long = flag.Bool("long", false, "kill listeners 1000 times in each crash test instead of 10")

// crash is a supervisord whose services are restarted all the time, by listeners that are killed all the time.
type crash struct {
	*stage
	listeners []string
	services  []string
	dice      *rand.Rand
	ward      *ward
	byHand    map[string]bool // stopped by the test in the place of a human; false: it is unsure whose stop it was
	hands     map[int]bool    // the lives of which that was the end
	story     []string        // what the test has done, and when
	mended    int             // kills while a service was down that had to be started again
	stops     int             // by hand
	starts    int             // by hand
	unsure    int             // stops by hand while an intent of a listener to do the same was on the disk
	undone    int             // of these
}

func TestCrash(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		listeners []string
		events    string
	}{
		"one":                  {[]string{"check"}, "events=TICK_5,PROCESS_STATE"},
		"one with ticks alone": {[]string{"check"}, "events=TICK_5"},
		"two that overlap":     {[]string{"check", "again"}, "events=TICK_5,PROCESS_STATE"},
		"two with ticks alone": {[]string{"check", "again"}, "events=TICK_5"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kills := 10
			if *long {
				kills = 1000
			}
			newCrash(t, c.events, c.listeners...).loses(kills)
		})
	}
}

// loses nothing in so many kills.
func (c *crash) loses(kills int) {
	c.t.Helper()
	stopTicking := c.ticking()
	began := time.Now()
	for i := range kills {
		c.actByHand()
		c.ward.spread(c)
		c.kill(i)
	}
	took := time.Since(began)
	c.ward.close()
	c.settles()
	stopTicking()
	c.quiet(3, c.running()...)
	c.settles()
	stops, needless := c.needless()
	c.t.Logf("%d kills in %s, %d of them between the stop and the start of a service; %d stops, %d of them without a reason; "+
		"%d stops and %d starts by hand; %d of %d stops undone of which it is unsure whose they were",
		kills, took.Round(time.Second), c.mended, stops, len(needless), c.stops, c.starts, c.undone, c.unsure)
	if c.mended == 0 {
		c.t.Error("no kill fell between the stop and the start of a service")
	}
	if len(needless) > 0 {
		c.tell(needless)
		c.t.Errorf("who was not ill was stopped: %s", strings.Join(needless, "; "))
	}
}

func newCrash(t *testing.T, events string, listeners ...string) *crash {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	c := &crash{listeners: listeners, dice: rand.New(rand.NewPCG(seed, 0)), ward: &ward{ill: map[string]illness{}, ever: map[int]bool{}},
		byHand: map[string]bool{}, hands: map[int]bool{}}
	config, programs := "", ""
	for _, name := range listeners {
		config += listenerCalled(name, "{bin}/supervisor_http_check -n "+name+" -g crew -u /"+name+` -r 0 -p "[a-z]+([0-9]+)"`, "stopwaitsecs=10", events)
	}
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
		for range kind.count {
			name := c.ward.open(t, kind.name)
			config += service(name, kind.command, kind.more)
			programs += "," + name
			c.services = append(c.services, "crew:"+name)
		}
	}
	c.stage = &stage{sandbox: startSupervisord(t, config+"[group:crew]\nprograms="+programs[1:]+"\n")}
	for _, name := range listeners {
		c.eventually(func() bool { return c.listenerState(name+":"+name) == "READY" }, "%s is READY", name)
	}
	c.ready(c.services...)
	return c
}

// ward answers the checks in the place of the services, by the life that they have.
type ward struct {
	mu   sync.Mutex
	ill  map[string]illness // by service
	ever map[int]bool       // lives that have been ill
}

// illness is that of one life of a service.
type illness struct {
	pid  int
	path string // that shows it; empty: all do
}

// open has a service of a kind answered for, and returns its name, which ends with its port.
func (w *ward) open(t *testing.T, kind string) string {
	t.Helper()
	name := ""
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		if w.shows("crew:"+name, r.URL.Path) {
			answer.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	name = fmt.Sprintf("%s%d", kind, server.Listener.Addr().(*net.TCPAddr).Port)
	server.Start()
	t.Cleanup(server.Close)
	return name
}

// shows reports whether the present life of a service is ill. A life is present while it has a pid.
func (w *ward) shows(name, path string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	i, ill := w.ill[name]
	return ill && (i.path == "" || i.path == path) && syscall.Kill(i.pid, 0) == nil
}

// spread has some of the services fall ill.
func (w *ward) spread(c *crash) {
	c.t.Helper()
	infos := c.infos()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, name := range c.services {
		pid, _ := infos[name]["pid"].(int64)
		if infos[name]["statename"] != "RUNNING" || c.dice.IntN(3) > 0 || w.ill[name].pid == int(pid) {
			continue
		}
		i := illness{pid: int(pid)}
		if c.dice.IntN(2) == 0 {
			i.path = "/" + c.listeners[c.dice.IntN(len(c.listeners))]
		}
		w.ill[name], w.ever[i.pid] = i, true
	}
}

// close has everybody well from now on.
func (w *ward) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.ill)
}

// needless are the stops of lives that were not ill and that no human has stopped, among all stops.
func (c *crash) needless() (stops int, needless []string) {
	lives, line := map[string]int{}, regexp.MustCompile(`(?:INFO|WARN) (spawned|stopped): '?(\w+)'?(?: with pid (\d+))?`)
	for _, m := range line.FindAllStringSubmatch(c.log(), -1) {
		name := "crew:" + m[2]
		switch {
		case !slices.Contains(c.services, name):
		case m[1] == "spawned":
			lives[name], _ = strconv.Atoi(m[3])
		default:
			stops++
			if pid := lives[name]; !c.ward.ever[pid] && !c.hands[pid] {
				needless = append(needless, fmt.Sprintf("%s with pid %d", name, pid))
			}
		}
	}
	return stops, needless
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

// kill ends a listener with SIGKILL at some moment, and notes what it leaves behind.
func (c *crash) kill(i int) {
	c.t.Helper()
	name := c.listeners[c.dice.IntN(len(c.listeners))]
	pid := 0
	c.eventually(func() bool { pid = c.pid(name + ":" + name); return pid != 0 }, "the listener lives")
	switch i % 4 {
	case 0: // just when a program has stopped
		c.await("supervisord.log", func(news string) bool { return strings.Contains(news, "stopped: ") })
	case 1: // about when the stop is sent
		c.await(name+".err", tellsOfAStop)
	case 2: // a little later
		c.await(name+".err", tellsOfAStop)
		c.pause(50)
	default: // whenever, also while it finishes what the last one has left
		c.pause(1000)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		c.t.Fatal(err)
	}
	c.note("kill of " + name)
	for service, state := range c.states() {
		if _, byHand := c.byHand[service]; !byHand && (state == "STOPPING" || state == "STOPPED") {
			c.mended++
			break
		}
	}
	for service := range c.byHand {
		c.doubt(service)
	}
	c.eventually(func() bool { now := c.pid(name + ":" + name); return now != 0 && now != pid }, "the listener is started again")
}

// doubt notes whether the intent of a listener to stop what a human has stopped is on the disk: nobody can tell whose stop
// it was if that listener is dead.
func (c *crash) doubt(service string) {
	if c.byHand[service] && c.phase(service) == "stop sent" {
		c.byHand[service] = false
		c.unsure++
		c.note("unsure: " + service)
	}
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
	for name, sure := range c.byHand {
		if !sure && c.state(name) == "RUNNING" {
			c.undone++
			delete(c.byHand, name)
		}
	}
	name := c.services[c.dice.IntN(len(c.services))]
	_, byHand := c.byHand[name]
	switch {
	case c.dice.IntN(2) == 0:
	case byHand:
		if c.state(name) == "STOPPED" && c.call(nil, "supervisor.startProcess", name, false) == nil {
			delete(c.byHand, name)
			c.note("by hand: start of " + name)
			c.starts++
		}
	case len(c.byHand) < len(c.services)/2:
		before, intent := c.pid(name), c.phase(name) == "stop sent"
		if before == 0 || c.call(nil, "supervisor.stopProcess", name, false) != nil {
			return // we are restarting it already
		}
		c.hands[before], c.hands[c.pid(name)], c.byHand[name] = true, true, true
		c.note(fmt.Sprintf("by hand: stop of %s with pid %d", name, before))
		c.stops++
		if c.doubt(name); intent && c.byHand[name] {
			c.byHand[name] = false
			c.unsure++
		}
	}
}

// infos are what supervisord says of the services.
func (c *crash) infos() map[string]map[string]any {
	c.t.Helper()
	infos := map[string]map[string]any{}
	for _, entry := range c.rpc("supervisor.getAllProcessInfo").([]any) {
		info := entry.(map[string]any)
		if name := fmt.Sprintf("%s:%s", info["group"], info["name"]); slices.Contains(c.services, name) {
			infos[name] = info
		}
	}
	return infos
}

// states are those of the services.
func (c *crash) states() map[string]string {
	c.t.Helper()
	states := map[string]string{}
	for name, info := range c.infos() {
		states[name], _ = info["statename"].(string)
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
			sure, byHand := c.byHand[name]
			want := "RUNNING"
			if byHand {
				want = "STOPPED"
			}
			if state != want && sure == byHand {
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
			if e, ok := logline.Parse(line); strings.Contains(line, name) && !(ok && e.Has(aDetail())) {
				lines = append(lines, line)
			}
		}
		c.t.Logf("%s:\n%s", text, strings.Join(lines, ""))
	}
	c.t.Logf("the test:\n%s", strings.Join(c.story, ""))
}

// running are the services that should run.
func (c *crash) running() []string {
	return slices.DeleteFunc(slices.Clone(c.services), func(name string) bool { _, byHand := c.byHand[name]; return byHand })
}
