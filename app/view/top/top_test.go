package top_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/app/view"
	"supervisor-healthcheck/app/view/top"
	"supervisor-healthcheck/domain"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

func noon() time.Time { return time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC) }

func process(name string, c domain.Condition, reason, follows string) web.Process {
	return web.Process{Name: name, State: "RUNNING", PID: 71, Uptime: 3723, Condition: c, Reason: reason, Follows: follows, Since: noon().Add(-time.Minute),
		Verdicts: []web.Verdict{{Watch: "site", Check: "http", Health: string(c), Reason: reason, Follows: follows, At: noon().Add(-3 * time.Second), Took: 0.012}}}
}

// world is some processes of one listener.
func world() view.Status {
	well, ill, full, off := process("web", domain.ConditionHealthy, "status 200", ""), process("api:0", domain.ConditionUnhealthy, "GET 127.0.0.1:8080/ping: status 503, only 200 is healthy", "held: failure 1 of 3"),
		process("db", domain.ConditionGivenUp, "refused", "given up: 2 restarts in 1h did not help"), web.Process{Name: "off", State: "STOPPED", Condition: domain.ConditionStopped}
	well.Verdicts[0].Measures = []web.Measure{{Of: domain.MeasuredMemory, Value: 212 << 20, Limit: 800 << 20}, {Of: domain.MeasuredCPU, Value: 0.12}}
	ill.Verdicts[0].Measures = []web.Measure{{Of: domain.MeasuredMemory, Value: 512 << 20}, {Of: domain.MeasuredCPU, Value: 0.9}}
	ill.Verdicts[0].Warnings = []string{"http: its certificate expires in 6 days"}
	ill.Verdicts = append(ill.Verdicts, web.Verdict{Watch: "resources", Check: "memory", Health: "healthy", Reason: "512 MB", At: noon().Add(-8 * time.Second), Took: 0.001})
	full.Restarts = web.Restarts{Used: 2, Limit: 2, Per: 3600}
	well.Restarts.Count = 1
	return told(ill, well, full, off)
}

func told(all ...web.Process) view.Status {
	return view.Status{Listeners: []web.Status{{Version: web.Version, Listener: web.Listener{Name: "healthcheck", Supervisord: "unix:///s"}, Processes: all}}}
}

// model has been told of the world.
func model(c top.Config, width, height int) *top.Model {
	c.Zone = time.UTC
	m := top.New(c)
	m.Resize(width, height)
	m.Pass(noon())
	m.Tell(world(), nil)
	return m
}

// press presses keys with blanks between them: a word that is no key is written letter by letter.
func press(m *top.Model, keys string) (orders []top.Order) {
	for word := range strings.FieldsSeq(keys) {
		switch k := terminal.Key(strings.ReplaceAll(word, "_", " ")); k {
		case terminal.KeyEnter, terminal.KeyEscape, terminal.KeyBackspace, terminal.KeyUp, terminal.KeyDown, terminal.KeyPageUp, terminal.KeyPageDown, terminal.KeyHome, terminal.KeyEnd,
			terminal.KeyInterrupt, terminal.KeySuspend, terminal.KeyRedraw, terminal.KeyClear, terminal.KeyLeft:
			orders = append(orders, m.Press(k)...)
		default:
			for _, letter := range word {
				orders = append(orders, m.Press(terminal.Key(letter))...)
			}
		}
	}
	return orders
}

// checkSize holds that a frame fits.
func checkSize(t *testing.T, lines []string, width, height int) {
	t.Helper()
	if len(lines) > height {
		t.Errorf("%d lines where there are %d", len(lines), height)
	}
	for _, line := range lines {
		if n := terminal.Columns(line); n > width || strings.ContainsAny(line, "\x1b\n\r\x07\x00") {
			t.Errorf("%d columns where there are %d: %q", n, width, line)
		}
	}
}

// Each frame stands in a file in testdata; -update writes them anew.
func TestFrames(t *testing.T) {
	for name, tt := range map[string]struct {
		width, height int
		keys          string
		config        top.Config
		then          func(*top.Model)
	}{
		"list":     {80, 24, "", top.Config{}, nil},
		"narrow":   {40, 12, "", top.Config{}, nil},
		"wide":     {160, 12, "H down", top.Config{Readonly: true}, nil},
		"filter":   {80, 12, "/ap", top.Config{}, nil},
		"filtered": {80, 12, "/ap enter", top.Config{}, nil},
		"pause":    {80, 12, "p", top.Config{}, nil},
		"wrong":    {80, 12, "p ctrl-u soon enter", top.Config{}, nil},
		"paused":   {80, 12, "", top.Config{}, func(m *top.Model) { m.Done("api:0: paused for 15m", nil) }},
		"help":     {80, 24, "?", top.Config{}, nil},
		"detail": {80, 30, "enter", top.Config{}, func(m *top.Model) {
			for i, message := range []string{"unhealthy", "restarted"} {
				m.Happened(view.Event{At: noon().Add(time.Duration(i-9) * time.Second), Level: "WARN", Kind: "judged", Message: message, Process: "api:0", Watch: "site", Facts: []view.Fact{{"pid", "71"}}})
			}
			m.Happened(view.Event{At: noon(), Process: "web", Message: "of another"})
			m.Pass(noon().Add(5 * time.Second))
			next := world()
			next.Listeners[0].Processes[0].Verdicts[0].At, next.Listeners[0].Processes[0].Verdicts[0].Health = noon().Add(2*time.Second), "healthy"
			m.Tell(next, nil)
		}},
		"detail-narrow": {40, 14, "enter down down down", top.Config{}, nil},
		"lost": {80, 12, "", top.Config{Names: []string{"web", "nobody"}}, func(m *top.Model) {
			m.Pass(noon().Add(20 * time.Second))
			m.Tell(view.Status{Troubles: []string{"a listener does not tell: /run/x.sock: it did not answer within 3s"}}, nil)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			m := model(tt.config, tt.width, tt.height)
			press(m, tt.keys)
			if tt.then != nil {
				tt.then(m)
			}
			lines := m.Frame()
			checkSize(t, lines, tt.width, tt.height)
			golden(t, name+".txt", strings.Join(lines, "\n")+"\n")
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// listed are the processes in the order in which they stand, the one under the cursor in brackets.
func listed(t *testing.T, m *top.Model) string {
	t.Helper()
	var names []string
	lines := m.Frame()
	at := ""
	for _, line := range lines {
		for _, name := range []string{"api:0", "db", "off", "web"} {
			if strings.HasPrefix(line, name+" ") {
				names = append(names, name)
			}
			if strings.HasPrefix(line, name+": ") {
				at = name
			}
		}
	}
	return strings.Replace(strings.Join(names, " "), at, "["+at+"]", 1)
}

func TestKeysSortFilterAndMove(t *testing.T) {
	for keys, want := range map[string]string{
		"":                            "[api:0] db off web",
		"N":                           "web off db [api:0]",
		"N N":                         "[api:0] db off web",
		"H":                           "db [api:0] off web",
		"H H":                         "web off [api:0] db",
		"R":                           "db web [api:0] off",
		"M":                           "[api:0] web db off",
		"C":                           "[api:0] web db off",
		"T":                           "off [api:0] db web",
		"down":                        "api:0 [db] off web",
		"down down up":                "api:0 [db] off web",
		"j j j j j":                   "api:0 db off [web]",
		"end k":                       "api:0 db [off] web",
		"end home":                    "[api:0] db off web",
		"page_down":                   "api:0 db off [web]",
		"page_down page_up":           "[api:0] db off web",
		"/we enter":                   "[web]",
		"/stopped enter":              "[off]",
		"/we escape":                  "api:0 db off [web]",
		"/wex backspace enter":        "[web]",
		"/we enter / ctrl-u db enter": "[db]",
		"down H":                      "[db] api:0 off web",
		"down enter down left":        "api:0 [db] off web",
		"? x down":                    "api:0 [db] off web",
	} {
		m := model(top.Config{}, 100, 24)
		if orders := press(m, keys); len(orders) > 0 {
			t.Errorf("%s: %v", keys, orders)
		}
		if got := listed(t, m); got != want {
			t.Errorf("%s: %s, want %s", keys, got, want)
		}
	}
}

func TestKeysGiveOrders(t *testing.T) {
	quit := []top.Order{{Kind: top.Quit}}
	for keys, want := range map[string][]top.Order{
		"q":            quit,
		"escape":       quit,
		"ctrl-c":       quit,
		"ctrl-z":       {{Kind: top.Suspend}},
		"ctrl-l":       {{Kind: top.Redraw}},
		"enter escape": nil, "enter q": quit, "? q": quit, "? escape": nil, "/ q": nil, "/ escape": nil, "p escape": nil, "/ ctrl-c": quit, "p ctrl-c": quit,
		"p enter":                   {{Kind: top.Pause, Name: "api:0", For: 15 * time.Minute}},
		"down p ctrl-u 2h enter":    {{Kind: top.Pause, Name: "db", For: 2 * time.Hour}},
		"enter p backspace s enter": {{Kind: top.Pause, Name: "api:0", For: 15 * time.Second}},
		"p ctrl-u 31d enter":        nil,
		"p ctrl-u enter":            nil,
		"p ctrl-u enter 1h enter":   {{Kind: top.Pause, Name: "api:0", For: time.Hour}},
		"r":                         {{Kind: top.Resume, Name: "api:0"}},
		"enter r":                   {{Kind: top.Resume, Name: "api:0"}},
		"/nothing enter p":          nil,
		"/web enter p enter":        {{Kind: top.Pause, Name: "web", For: 15 * time.Minute}},
	} {
		if got := press(model(top.Config{}, 80, 24), keys); cmp.Diff(want, got) != "" {
			t.Errorf("%s: %+v", keys, got)
		}
	}
	for _, keys := range []string{"p", "p enter", "r", "enter p enter", "enter r"} {
		m := model(top.Config{Readonly: true}, 80, 24)
		if got := press(m, keys); len(got) > 0 {
			t.Errorf("--readonly, and %s gives %v", keys, got)
		}
	}
	m := model(top.Config{Readonly: true}, 80, 24)
	press(m, "p")
	if text := strings.Join(m.Frame(), "\n"); !strings.Contains(text, "--readonly") {
		t.Error(text)
	}
	nobody := top.New(top.Config{Zone: time.UTC})
	if got := press(nobody, "p enter r down end enter"); len(got) > 0 {
		t.Errorf("there is nobody, and %v", got)
	}
}

// Names and reasons are what others say. Nothing of them comes to the terminal but letters.
func TestNothingThatIsShownDoesAnything(t *testing.T) {
	const hostile = "\x1b[2J\x1b]0;x\x07\u009b31m\n\r\t\x00\u202e\xff"
	ill := process("web:"+hostile, domain.ConditionUnhealthy, hostile, hostile)
	ill.Verdicts[0].Watch, ill.Verdicts[0].Check, ill.Verdicts[0].Warnings, ill.State = hostile, hostile, []string{hostile}, hostile
	ill.Paused = &web.Paused{Until: noon(), Reason: hostile}
	for _, keys := range []string{"", "/" + hostile, "p", "enter", "enter p", "?"} {
		m := top.New(top.Config{Zone: time.UTC, Names: []string{hostile, "web"}})
		m.Resize(80, 40)
		m.Pass(noon())
		s := told(ill)
		s.Troubles = []string{hostile}
		m.Tell(s, nil)
		m.Happened(view.Event{At: noon(), Level: hostile, Message: hostile, Process: "web:" + hostile, Facts: []view.Fact{{hostile, hostile}}})
		press(m, keys)
		checkSize(t, m.Frame(), 80, 40)
		m.Done(hostile, nil)
		m.Tell(view.Status{}, errors.New(hostile))
		checkSize(t, m.Frame(), 80, 40)
	}
}

// Whatever the size, the frame fits, and the process under the cursor is in it.
func TestAFrameFitsIntoEachTerminal(t *testing.T) {
	var all []web.Process
	for i := range 100 {
		all = append(all, process(fmt.Sprintf("größe:%02d-日本語の名前-with-a-long-end", i), domain.ConditionHealthy, "状態 200 "+strings.Repeat("ü", i), ""))
	}
	for _, keys := range []string{"", "end", "page_down down", "enter end", "?", "/0 enter end up", "p"} {
		m := top.New(top.Config{Zone: time.UTC})
		m.Pass(noon())
		m.Tell(told(all...), nil)
		m.Resize(80, 24)
		press(m, keys)
		for width := 1; width < 130; width += 7 {
			for height := 1; height < 40; height += 3 {
				m.Resize(width, height)
				checkSize(t, m.Frame(), width, height)
			}
		}
	}
	m := top.New(top.Config{Zone: time.UTC, Colours: true})
	m.Pass(noon())
	m.Tell(told(all...), nil)
	m.Resize(80, 10)
	for range 100 {
		cursors := 0
		for _, line := range m.Frame() {
			cursors += strings.Count(line, "\x1b[7m")
		}
		if cursors != 1 {
			t.Fatalf("%d lines have the cursor", cursors)
		}
		press(m, "down")
	}
}

func TestWhatIsGoneIsNotSelected(t *testing.T) {
	m := model(top.Config{}, 100, 24)
	press(m, "down enter")
	m.Tell(told(process("web", domain.ConditionHealthy, "", "")), nil)
	if text := strings.Join(m.Frame(), "\n"); !strings.Contains(text, "db is not looked after any more") {
		t.Error(text)
	}
	if orders := press(m, "p r"); len(orders) > 0 {
		t.Error(orders)
	}
	press(m, "escape")
	if got := listed(t, m); got != "[web]" {
		t.Error(got)
	}
}
