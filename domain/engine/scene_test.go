package engine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

// scene is an engine with a supervisord of a few programs, on one clock that moves only when the test says so. There is no
// goroutine: what takes time lies in a queue. After every input it holds the engine to what must always be so.
type scene struct {
	t        testing.TB
	config   Config
	engine   *Engine
	now      time.Time
	queue    []future
	ordinal  int // of the last one in the queue
	programs []*program
	lastPID  int
	self     int           // pid of supervisord
	wall     time.Duration // how far supervisord's clock was set
	silent   bool          // no PROCESS_STATE events are sent
	lives    int           // of the listener: answers to an earlier one are lost

	fault  func(call string) error // the error of a call that is not carried out
	lost   func(call string) error // the error of a call that is carried out all the same
	delay  func(call string) time.Duration
	heard  func(Command)     // every command
	listen []domain.Listener // who holds whatever port
	down   map[string]string // what is wrong at addresses
	asked  []string          // the addresses that were asked,
	said   map[string]bool   // and whether the last answer of each was that it is down

	journal   map[domain.ID]domain.Restart
	histories map[domain.ID]domain.History
	saves     int
	storeErr  error
	stuck     bool             // saves are not answered
	others    domain.Others    // what other listeners have done
	debts     []domain.Restart // what they have left behind
	owed      bool             // an intent meets that

	reports  []domain.Report // since they were last told
	acts     []string        // what was done to programs, such as "stop web:a"
	stops    []string        // who was stopped and when, such as "a 10s"
	origin   time.Time       // when the scene began
	probed   int
	refreshs int
	forgets  []map[domain.ID]domain.Instance
	stepping map[domain.ID]bool
}

// future is something that will happen.
type future struct {
	at      time.Time
	ordinal int
	do      func()
}

// program is a process of the scene's supervisord and how it behaves.
type program struct {
	domain.Process
	hung      bool          // it is Unhealthy until it is started anew
	old       bool          // a check has a restart planned until it is started anew
	ages      time.Duration // the same when it has become so old
	broken    bool          // it is Unhealthy whatever is done
	unsure    bool          // nobody can tell
	warns     string        // what the check says besides
	unready   bool          // it has not said that it is ready
	ails      string        // it is Unhealthy under the watch of this name
	boots     time.Duration // it is Unhealthy for so long after each start
	startsFor time.Duration // it is STARTING for so long
	stopsFor  time.Duration
	probe     time.Duration // how long a probe takes
	cannot    error         // what a start is answered
	quits     func()        // called when it is RUNNING or, with startsFor, when it begins to start
	settings  domain.Settings
	untold    bool // supervisord does not tell them
	human     bool // a human has stopped it
	born      time.Time
	turn      int // counts its changes of state, so that one that was put off can be void
}

func webID(name string) domain.ID { return domain.ID{Group: "web", Name: name} }

// newScene has a watch "web" of the group web with these settings over the drop-in policy, and one RUNNING program of that
// group for each name. A name with a colon is one of another group.
func newScene(t testing.TB, settings string, names ...string) *scene {
	t.Helper()
	return sceneOf(t, []domain.Watch{{Name: "web", Select: domain.SelectGroup("web"), Policy: policy(t, settings)}}, names...)
}

func sceneOf(t testing.TB, watches []domain.Watch, names ...string) *scene {
	s := &scene{
		t: t, now: noon(), origin: noon(), self: 1, lastPID: 100, down: map[string]string{}, said: map[string]bool{}, journal: map[domain.ID]domain.Restart{}, histories: map[domain.ID]domain.History{},
		config: Config{Self: domain.ID{Group: "healthcheck", Name: "healthcheck"}, Watches: watches, Restarts: 16},
	}
	for _, name := range names {
		s.add(name)
	}
	s.begin()
	return s
}

// policy reads settings over the drop-in policy, such as "failures=3 start-grace=30s"; "recommended" begins with that one.
func policy(t testing.TB, settings string) domain.Policy {
	t.Helper()
	p := domain.DropIn()
	for setting := range strings.FieldsSeq(settings) {
		name, value, _ := strings.Cut(setting, "=")
		if name == "recommended" {
			p = domain.Recommended()
			continue
		}
		if err := p.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// begin begins a life of the listener, which is subscribed to PROCESS_STATE unless the scene is silent.
func (s *scene) begin() {
	s.lives++
	s.engine, s.stepping = New(s.config), map[domain.ID]bool{}
	s.tell(domain.StateChange{ID: s.config.Self, From: domain.Stopped, To: domain.Starting})
	s.tell(domain.StateChange{ID: s.config.Self, From: domain.Starting, To: domain.Running, PID: 99})
	s.pass(0)
}

// again begins another life of the listener after a kill -9, with what the journal has kept.
func (s *scene) again() {
	s.begin()
	s.handle(Loading{})
	s.load(nil)
}

// load has the listener read what was kept.
func (s *scene) load(err error) {
	loaded := Loaded{Err: err}
	if err == nil {
		loaded.Histories = maps.Clone(s.histories)
		for _, id := range slices.SortedFunc(maps.Keys(s.journal), func(a, b domain.ID) int { return cmp.Compare(a.String(), b.String()) }) {
			loaded.Unfinished = append(loaded.Unfinished, s.journal[id])
		}
	}
	s.handle(loaded)
	s.pass(0)
}

func (s *scene) add(name string) *program {
	id := webID(name)
	if group, rest, other := strings.Cut(name, ":"); other {
		id = domain.ID{Group: group, Name: rest}
	}
	s.lastPID++
	p := &program{settings: domain.Settings{StopWait: 10 * time.Second, ExitCodes: []int{0}, Priority: 999}}
	p.Process = domain.Process{ID: id, State: domain.Running, PID: s.lastPID, Started: s.now.Add(-time.Hour).Truncate(time.Second)}
	s.programs = append(s.programs, p)
	return p
}

func (s *scene) remove(name string) {
	p := s.program(name)
	p.turn++
	s.programs = slices.DeleteFunc(s.programs, func(other *program) bool { return other == p })
}

// program finds one by its name, alone for one of the group web.
func (s *scene) program(name string) *program {
	for _, p := range s.programs {
		if p.ID == webID(name) || p.Group+":"+p.Name == name {
			return p
		}
	}
	s.t.Fatalf("there is no program %q", name)
	return nil
}

// each does something to all programs of these names.
func (s *scene) each(names string, do func(*program)) {
	for name := range strings.FieldsSeq(names) {
		do(s.program(name))
	}
}

func (s *scene) later(after time.Duration, do func()) {
	s.ordinal++
	s.queue = append(s.queue, future{at: s.now.Add(after), ordinal: s.ordinal, do: do})
}

// pass lets time pass, without ticks.
func (s *scene) pass(d time.Duration) {
	s.t.Helper()
	end := s.now.Add(d)
	for idle := 0; ; idle++ {
		if idle > 10_000 {
			s.t.Fatalf("at %s nothing comes to rest", s.now.Format(time.TimeOnly))
		}
		i := s.soonest()
		if next, wants := s.engine.Next(); wants && !next.After(end) && (i < 0 || next.Before(s.queue[i].at)) {
			if next.After(s.now) {
				s.now, idle = next, 0
			}
			s.handle(Woke{At: s.now})
			continue
		}
		if i < 0 || s.queue[i].at.After(end) {
			break
		}
		f := s.queue[i]
		s.queue = slices.Delete(s.queue, i, i+1)
		if f.at.After(s.now) {
			s.now, idle = f.at, 0
		}
		f.do()
	}
	s.now = end
}

func (s *scene) soonest() int {
	best := -1
	for i, f := range s.queue {
		if best < 0 || f.at.Before(s.queue[best].at) || f.at.Equal(s.queue[best].at) && f.ordinal < s.queue[best].ordinal {
			best = i
		}
	}
	return best
}

// tick is one tick, and what follows from it at once.
func (s *scene) tick() {
	s.t.Helper()
	s.handle(Ticked{})
	s.pass(0)
}

// ticks has a tick every five seconds for so long, the first one five seconds from now.
func (s *scene) ticks(d time.Duration) {
	s.t.Helper()
	for end := s.now.Add(d); !s.now.Add(5 * time.Second).After(end); {
		s.pass(5 * time.Second)
		s.tick()
	}
}

// handle hands an input in and has the commands carried out.
func (s *scene) handle(in Input) {
	s.t.Helper()
	for _, c := range slices.Clone(s.engine.Handle(in, s.now)) {
		if s.heard != nil {
			s.heard(c)
		}
		s.carryOut(c)
	}
	if next, wants := s.engine.Next(); wants && !next.After(s.now) {
		s.t.Errorf("after %T at %s the engine wants to be woken %s ago", in, s.now.Format(time.TimeOnly), s.now.Sub(next))
	}
}

// answer hands an input in after a while, unless the listener was killed meanwhile.
func (s *scene) answer(after time.Duration, in func() Input) {
	life := s.lives
	s.later(after, func() {
		if life == s.lives {
			s.handle(in())
		}
	})
}

func (s *scene) delayed(call string) time.Duration {
	if s.delay == nil {
		return 0
	}
	return s.delay(call)
}

func (s *scene) failing(call string) error {
	if s.fault == nil {
		return nil
	}
	return s.fault(call)
}

func (s *scene) carryOut(c Command) {
	switch c := c.(type) {
	case Refresh:
		s.refreshs++
		s.refresh(c)
	case Probe:
		for _, job := range c.Jobs {
			s.probe(job)
		}
	case Step:
		s.step(c)
	case Ask:
		s.asked = append(s.asked, c.Dependency.Name)
		s.answer(s.delayed("ask"), func() Input { return s.answerOf(c) })
	case Signal:
		err := s.failing("signal")
		if err == nil {
			s.acts = append(s.acts, "signal "+c.Name+" "+c.Process.ID.String())
		}
		s.answer(s.delayed("signal"), func() Input { return Signalled{Signal: c, Err: err} })
	case Holders:
		s.answer(0, func() Input { return Held{Holders: c, Listeners: s.listen} })
	case Save:
		s.save(c)
	case Consult:
		s.answer(s.delayed("consult"), func() Input { return s.consulted(c) })
	case Forget:
		s.forgets = append(s.forgets, c.Alive)
	case Complete:
		s.answer(s.delayed("log"), func() Input { return Completed{s.completed(c.Report)} })
	case Report:
		s.reports = append(s.reports, *c.Report)
	}
}

// answerOf is what comes of asking at an address.
func (s *scene) answerOf(c Ask) Input {
	v := domain.Healthy.Because("connected")
	reason, down := s.down[c.Dependency.Name]
	s.said[c.Dependency.Name] = down
	if down {
		v = domain.Unhealthy.Because("%s", reason)
	}
	return Asked{Name: c.Dependency.Name, Verdict: v}
}

func (s *scene) consulted(c Consult) Input {
	in := Consulted{Others: domain.Others{Histories: maps.Clone(s.others.Histories), Restarts: maps.Clone(s.others.Restarts)}, Err: s.storeErr}
	if c.Debts && in.Err == nil {
		in.Unfinished, s.debts = s.debts, nil
	}
	return in
}

// completed adds what the logs tell: every process ends with status 139.
func (s *scene) completed(r domain.Report) domain.Report {
	if r.Deaths != nil {
		deaths := *r.Deaths
		deaths.Exit, r.Deaths = &domain.Exit{Status: 139}, &deaths
	}
	if r.Kind == domain.ReportOutput {
		r.Output = []string{"panic"}
	}
	return r
}

func (s *scene) refresh(c Refresh) {
	switch {
	case c.Settings:
		s.answer(s.delayed("settings"), func() Input {
			return Configured{Settings: s.settings(), Err: s.failing("settings")}
		})
	case c.Identity:
		s.answer(s.delayed("identity"), func() Input {
			if err := s.failing("identity"); err != nil {
				return Identified{Err: err}
			}
			return Identified{Supervisor: domain.Supervisor{PID: s.self}}
		})
	case c.All:
		s.answer(s.delayed("list"), func() Input {
			listed := Listed{Err: s.failing("list")}
			for _, p := range s.programs {
				listed.Processes = append(listed.Processes, s.look(p))
			}
			return listed
		})
	default:
		s.answer(s.delayed("list"), func() Input { return Seen{Answers: s.answers(c.IDs)} })
	}
}

func (s *scene) settings() map[domain.ID]domain.Settings {
	settings := map[domain.ID]domain.Settings{}
	for _, p := range s.programs {
		if !p.untold {
			told := p.settings
			told.StartWait = cmp.Or(told.StartWait, p.startsFor)
			settings[p.ID] = told
		}
	}
	return settings
}

func (s *scene) answers(ids []domain.ID) []Answer {
	var all []Answer
	for _, id := range ids {
		p, err := s.find(id)
		if failed := s.failing("list"); failed != nil {
			return append(all, Answer{ID: id, Err: failed})
		}
		all = append(all, Answer{ID: id, Process: s.look(p), Err: err})
	}
	return all
}

func (s *scene) find(id domain.ID) (*program, error) {
	for _, p := range s.programs {
		if p.ID == id {
			return p, nil
		}
	}
	return nil, domain.ErrNoSuchProcess
}

// look is the process as supervisord tells of it.
func (s *scene) look(p *program) domain.Process {
	if p == nil {
		return domain.Process{}
	}
	seen := p.Process
	if seen.PID != 0 {
		seen.Uptime = s.now.Add(s.wall).Sub(seen.Started)
	}
	return seen
}

func (s *scene) probe(j Job) {
	s.probed++
	takes := time.Duration(0)
	if p, err := s.find(j.Process.ID); err == nil {
		takes = p.probe
	}
	s.answer(takes, func() Input {
		p, err := s.find(j.Process.ID)
		if err != nil {
			return j.Answer(domain.Unknown.Because("it is gone"), takes)
		}
		return j.Answer(s.verdict(p, s.engine.watches[j.Watch].Name), takes)
	})
}

func (s *scene) verdict(p *program, watch string) domain.Verdict {
	v := s.health(p, watch)
	v.Booting = p.unready && v.Health == domain.Healthy
	if p.warns != "" {
		v.Warnings = []domain.Warning{{Check: "http", Text: p.warns}}
	}
	return v
}

func (s *scene) health(p *program, watch string) domain.Verdict {
	switch {
	case p.unsure:
		return domain.Verdict{Reason: fmt.Sprintf("pid %d cannot be read", p.PID), Check: "memory"}
	case p.hung, p.broken, p.ails == watch && watch != "", s.now.Sub(p.born) < p.boots:
		return domain.Verdict{Health: domain.Unhealthy, Reason: fmt.Sprintf("pid %d gives no answer", p.PID), Check: "http"}
	}
	if p.old || p.ages > 0 && s.now.Sub(p.born) >= p.ages {
		return domain.Verdict{Health: domain.Healthy, Reason: "planned: it is old", Check: "uptime", Planned: true}
	}
	return domain.Verdict{Health: domain.Healthy, Reason: "status 200", Check: "http"}
}

// step does the next step of a restart. The journal is written before the act.
func (s *scene) step(c Step) {
	id := c.Restart.Instance.ID
	if s.stepping[id] {
		s.t.Errorf("two steps of %s overlap", id)
	}
	s.stepping[id] = true
	if c.Keep && s.storeErr == nil {
		s.journal[id] = c.Restart
	}
	if c.Act == Finish && s.storeErr == nil {
		delete(s.journal, id)
	}
	answer := Stepped{Step: c, Store: s.storeErr}
	if c.Intent() && s.owed {
		s.owed, answer.Store = false, domain.ErrOwed
		delete(s.journal, id)
	}
	if c.Intent() && s.storeErr == nil {
		answer.Others = &domain.Others{Histories: maps.Clone(s.others.Histories), Restarts: maps.Clone(s.others.Restarts)}
	}
	life := s.lives
	done := func() {
		if life == s.lives {
			s.stepping[id] = false
			s.handle(answer)
		}
	}
	word := map[Act]string{Look: "look", SendStop: "stop", SendStart: "start", Survey: "list", Reread: "settings"}[c.Act]
	if word == "" {
		s.later(0, done)
		return
	}
	s.later(s.delayed(word), func() {
		if life != s.lives {
			return
		}
		call := word + " " + id.String()
		answer.Err = s.failing(call)
		switch {
		case answer.Err != nil:
		case c.Act == Survey:
			for _, p := range s.programs {
				answer.Processes = append(answer.Processes, s.look(p))
			}
		case c.Act == Reread:
			answer.Settings = s.settings()
		default:
			answer.Process, answer.Err = s.call(c.Act, id)
		}
		if s.lost != nil && answer.Err == nil {
			answer.Err = s.lost(call)
		}
		done()
	})
}

func (s *scene) call(act Act, id domain.ID) (domain.Process, error) {
	p, err := s.find(id)
	switch {
	case err != nil:
	case act == Look:
		return s.look(p), nil
	case act == SendStop:
		s.acts = append(s.acts, "stop "+id.String())
		s.stops = append(s.stops, strings.TrimPrefix(id.String(), "web:")+" "+short(s.now.Sub(s.origin)))
		err = s.stop(p)
	case act == SendStart:
		s.acts = append(s.acts, "start "+id.String())
		if p.human {
			s.t.Errorf("at %s %s was started, which a human had stopped", s.now.Format(time.TimeOnly), id)
		}
		err = s.start(p)
	}
	return domain.Process{}, err
}

// stop is supervisord's stopProcess.
func (s *scene) stop(p *program) error {
	switch p.State {
	case domain.Running, domain.Starting:
		s.turn(p, domain.Stopping, false)
		s.turnLater(p, p.stopsFor, func() {
			p.Ended = s.now.Truncate(time.Second)
			s.turn(p, domain.Stopped, false)
			p.PID = 0
		})
	case domain.Backoff:
		s.turn(p, domain.Stopped, false)
	default:
		return domain.ErrNotRunning
	}
	return nil
}

// start is supervisord's startProcess.
func (s *scene) start(p *program) error {
	switch p.State {
	case domain.Running, domain.Starting, domain.Backoff:
		return domain.ErrAlreadyStarted
	case domain.Stopping:
		return nil
	}
	if p.cannot != nil {
		return p.cannot
	}
	s.spawn(p)
	return nil
}

func (s *scene) spawn(p *program) {
	p.human, p.hung, p.old = false, false, false
	s.turn(p, domain.Starting, false)
	s.lastPID++
	p.PID, p.Started, p.ExitStatus, p.born = s.lastPID, s.now.Add(s.wall).Truncate(time.Second), 0, s.now
	s.turnLater(p, p.startsFor, func() {
		s.turn(p, domain.Running, false)
		if p.quits != nil && p.startsFor == 0 {
			p.quits()
		}
	})
	if p.quits != nil && p.startsFor > 0 {
		p.quits()
	}
}

// dies has a process end by itself; supervisord starts it again with its next look.
func (s *scene) dies(p *program, status int) {
	p.ExitStatus, p.Ended = status, s.now.Truncate(time.Second)
	s.turn(p, domain.Exited, slices.Contains(p.settings.ExitCodes, status))
	p.PID = 0
	s.turnLater(p, 0, func() { s.spawn(p) })
}

// fails has a process end that supervisord cannot start again.
func (s *scene) fails(p *program) {
	p.SpawnError, p.Ended = "exited too quickly", s.now.Truncate(time.Second)
	s.turn(p, domain.Exited, false)
	p.PID = 0
	s.turn(p, domain.Starting, false)
	s.turn(p, domain.Backoff, false)
	s.turn(p, domain.Fatal, false)
}

// human has somebody use supervisorctl.
func (s *scene) human(verb string, p *program) {
	if verb == "stops" || verb == "restarts" {
		if s.stop(p) == nil {
			p.human = true
		}
		s.pass(p.stopsFor)
	}
	if verb == "starts" || verb == "restarts" {
		_ = s.start(p)
		s.pass(0)
	}
}

// turn moves a process into a state, and tells of it.
func (s *scene) turn(p *program, to domain.State, expected bool) {
	c := domain.StateChange{ID: p.ID, From: p.State, To: to, PID: p.PID, Expected: expected}
	if to == domain.Starting || to == domain.Backoff || to == domain.Fatal {
		c.PID = 0
	}
	p.State = to
	p.turn++
	s.tell(c)
}

// turnLater changes a process after a while, unless it has changed before.
func (s *scene) turnLater(p *program, after time.Duration, do func()) {
	turn := p.turn
	s.later(after, func() {
		if p.turn == turn {
			do()
		}
	})
}

func (s *scene) tell(c domain.StateChange) {
	if !s.silent {
		s.answer(0, func() Input { return Changed{Change: c} })
	}
}

func (s *scene) save(c Save) {
	s.saves++
	if s.storeErr == nil {
		for id, h := range c.Histories {
			s.histories[id] = h
			if h.Empty() {
				delete(s.histories, id)
			}
		}
	}
	if !s.stuck {
		err := s.storeErr
		s.answer(0, func() Input { return Saved{Save: c, Err: err} })
	}
}

// sortBy sorts what comes in no certain order.
func sortBy[T any, K cmp.Ordered](all []T, key func(T) K) {
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
}
