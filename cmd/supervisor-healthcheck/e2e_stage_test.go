package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// gate is a web server of the test. It answers the checks in place of a program, when and how the test wants.
type gate struct {
	port int

	mu      sync.Mutex
	status  int
	barrier chan struct{} // nil while it is open
	waiting int
}

func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{status: http.StatusOK}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	g.port = server.Listener.Addr().(*net.TCPAddr).Port
	return g
}

// ServeHTTP answers with the status at the time of the request, or with the one that the gate is opened with.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	status, barrier := g.status, g.barrier
	if barrier != nil {
		g.waiting++
	}
	g.mu.Unlock()
	if barrier != nil {
		select {
		case <-barrier:
		case <-r.Context().Done():
		}
		g.mu.Lock()
		g.waiting--
		g.mu.Unlock()
	}
	w.WriteHeader(status)
}

// answer has all further requests answered with this status.
func (g *gate) answer(status int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.status = status
}

// hold keeps further requests waiting, which will get this status.
func (g *gate) hold(status int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.status, g.barrier = status, make(chan struct{})
}

// open answers those that wait, and all others with status 200.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.barrier)
	g.status, g.barrier = http.StatusOK, nil
}

// pass answers further requests at once, with status 200, and keeps those waiting that wait.
func (g *gate) pass() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.status, g.barrier = http.StatusOK, nil
}

func (g *gate) held() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.waiting
}

// relay hands the connections of a listener on to supervisord's socket while it is connected.
type relay struct {
	address string

	mu    sync.Mutex
	door  net.Listener
	conns []net.Conn
}

func (r *relay) connect(t *testing.T, socket string) {
	t.Helper()
	door, err := net.Listen("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	r.door = door
	r.mu.Unlock()
	go func() {
		for {
			c, err := door.Accept()
			if err != nil {
				return
			}
			r.hand(c, socket)
		}
	}()
}

func (r *relay) hand(c net.Conn, socket string) {
	other, err := net.Dial("unix", socket)
	if err != nil {
		c.Close()
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conns = append(r.conns, c, other); r.door == nil {
		c.Close()
		other.Close()
	}
	for _, pair := range [][2]net.Conn{{c, other}, {other, c}} {
		go func() {
			_, _ = io.Copy(pair[0], pair[1])
			_ = pair[0].Close()
		}()
	}
}

// cut ends all connections and lets nobody in.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.door != nil {
		r.door.Close()
	}
	for _, c := range r.conns {
		c.Close()
	}
	r.door, r.conns = nil, nil
}

// play says what is put on a stage.
type play struct {
	command  string   // of the job; {port} is its port; by default it does nothing, and the gate answers for it
	program  []string // more lines of its section
	served   bool     // the job serves its port itself: there is no gate
	flags    string   // more flags of the listener
	listener []string // more lines of its section
	config   string   // more sections; {check} is the command of the listener
	ticks    bool     // supervisord emits ticks of its own, besides those of the test
	before   func(dir string) error
}

// stage is a supervisord with the group crew, of which the listener check looks after both programs: the job, to which
// things happen, and another one, which is always well.
type stage struct {
	*sandbox
	gate       *gate // answers for the job
	job, other string
	port       int  // of the job
	stubborn   bool // the job
}

// newStage raises it, and waits until both programs run.
func newStage(t *testing.T, p play) *stage {
	t.Helper()
	s := raise(t, p)
	s.ready(s.job, s.other)
	return s
}

// raise does not wait for the programs.
func raise(t *testing.T, p play) *stage {
	t.Helper()
	s := &stage{}
	if s.port = freePort(t); !p.served {
		s.gate = newGate(t)
		s.port = s.gate.port
	}
	well := newGate(t).port
	job, other := fmt.Sprintf("job%d", s.port), fmt.Sprintf("other%d", well)
	s.job, s.other = "crew:"+job, "crew:"+other
	if p.command == "" {
		p.command = "{bin}/fixture idle"
	}
	s.stubborn = strings.Contains(p.command, "stubborn")
	check := `{bin}/supervisor_http_check -n c -g crew -u /ping -p "[a-z]+([0-9]+)" -t 20 -r 0 ` + p.flags
	base := baseConfig()
	if !p.ticks {
		base = withoutOwnTicks(base)
	}
	config := base + listener(check, p.listener...) + service(job, p.command, p.program...) +
		service(other, "{bin}/fixture idle") + "[group:crew]\nprograms=" + job + "," + other + "\n" + p.config
	s.sandbox = newSandbox(t, strings.NewReplacer("{check}", check, "{port}", fmt.Sprint(s.port)).Replace(config))
	if p.before != nil {
		if err := p.before(s.dir); err != nil {
			t.Fatal(err)
		}
	}
	s.start()
	return s
}

// withoutOwnTicks leaves a supervisord only the ticks that the test has it emit: its own come every five seconds of the
// clock on the wall, whatever the test is at.
func withoutOwnTicks(config string) string {
	const plugin = "supervisor.rpcinterface_factory=ticker:make\n"
	return strings.Replace(config, plugin, plugin+"own_ticks=no\n", 1)
}

// ready waits until the listener check has said READY and the programs run, and a stubborn one has become so.
func (s *stage) ready(programs ...string) {
	s.t.Helper()
	s.sandbox.ready(programs...)
	if s.stubborn && slices.Contains(programs, s.job) {
		s.until(strings.TrimPrefix(s.job, "crew:")+".stdout", deaf, 1)
	}
}

// becomes waits for a state of the job.
func (s *stage) becomes(state string) {
	s.t.Helper()
	s.eventually(func() bool { return s.state(s.job) == state }, "%s is %s", s.job, state)
}

// fails has the job found unwell in one check, and well from then on.
func (s *stage) fails() {
	s.t.Helper()
	s.gate.hold(http.StatusServiceUnavailable)
	s.tick(5)
	s.eventually(func() bool { return s.gate.held() > 0 }, "%s is being checked", s.job)
	s.gate.open()
}

// rests ticks a few times and fails if anything but the other program is restarted, or the job changes its state.
func (s *stage) rests() {
	s.t.Helper()
	pid, state, stops := s.pid(s.job), s.state(s.job), len(s.lines(msgStop))
	for range 3 {
		s.round(s.other)
	}
	if state == "RUNNING" {
		s.round(s.job)
	}
	if s.pid(s.job) != pid || s.state(s.job) != state || len(s.lines(msgStop)) != stops {
		s.t.Errorf("%s was %s with pid %d and is %s with %d", s.job, state, pid, s.state(s.job), s.pid(s.job))
	}
}

// forgotten waits until the journal has no entry.
func (s *stage) forgotten() {
	s.t.Helper()
	s.eventually(func() bool { return !s.kept("unfinished_restarts") }, "the journal is empty")
}

// kept reports whether the journal has this text.
func (s *stage) kept(text string) bool {
	return strings.Contains(s.journal(), text)
}

// journal is the content of the journal, empty if there is none.
func (s *stage) journal() string {
	files, _ := filepath.Glob(s.path("state/*.json"))
	if len(files) == 0 {
		return ""
	}
	content, _ := os.ReadFile(files[0])
	return string(content)
}

// phase is that of the restart of a process that the journal has, empty if there is none.
func (s *stage) phase(process string) string {
	s.t.Helper()
	text := s.journal()
	if text == "" {
		return ""
	}
	var content struct {
		Restarts []struct {
			Process struct{ Group, Name string }
			Phase   string
		} `json:"unfinished_restarts"`
	}
	if err := json.Unmarshal([]byte(text), &content); err != nil {
		s.t.Fatalf("the journal: %v: %s", err, text)
	}
	for _, r := range content.Restarts {
		if r.Process.Group+":"+r.Process.Name == process {
			return r.Phase
		}
	}
	return ""
}
