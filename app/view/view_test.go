package view_test

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/app/view"
	"supervisor-healthcheck/domain"
)

func noon() time.Time { return time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC) }

func process(name string, c domain.Condition, reason, follows string) web.Process {
	return web.Process{Name: name, State: "RUNNING", PID: 71, Uptime: 3723, Condition: c, Reason: reason, Follows: follows, Since: noon().Add(-time.Minute),
		Restarts: web.Restarts{Count: 2}, Verdicts: []web.Verdict{{Watch: "site", Check: "http", At: noon().Add(-3 * time.Second), Took: 0.012}}}
}

func told(name string, all ...web.Process) web.Status {
	return web.Status{Version: web.Version, Listener: web.Listener{Name: name, Supervisord: "unix:///s"}, Processes: all}
}

func TestTheTable(t *testing.T) {
	well, ill := process("web", domain.ConditionHealthy, "status 200", ""), process("api:0", domain.ConditionUnhealthy, "status 503", "held: failure 1 of 3")
	well.Verdicts[0].Warnings = []string{"http: its certificate expires in 6 days"}
	ill.Restarts = web.Restarts{Used: 1, Limit: 5, Per: 3600}
	off := web.Process{Name: "off", State: "STOPPED", Condition: domain.ConditionStopped}
	s := view.Status{Listeners: []web.Status{told("one", well, ill, off)}, Troubles: []string{"two: no tick for 5m"}}
	all, _ := s.Processes(nil)
	var wide, narrow, coloured bytes.Buffer
	for out, screen := range map[*bytes.Buffer]terminal.Screen{&wide: {}, &narrow: {Width: 100}, &coloured: {Colours: true}} {
		if err := view.Write(out, screen, s, all, noon()); err != nil {
			t.Fatal(err)
		}
	}
	want := `PROCESS  STATE                            HEALTH     SINCE  RESTARTS  CHECKED       REASON                                                      WHAT FOLLOWS
web      RUNNING pid 71, uptime 1:02:03   healthy    1m     2 in 1h   3s ago, 12ms  status 200; warning: http: its certificate expires in 6 days  -
api:0    RUNNING pid 71, uptime 1:02:03   unhealthy  1m     1/5 1h    3s ago, 12ms  status 503                                                  held: failure 1 of 3
off      STOPPED                          stopped    -      0         -             -                                                           -
two: no tick for 5m
`
	if diff := cmp.Diff(strings.Fields(want), strings.Fields(wide.String())); diff != "" {
		t.Errorf("%s\n%s", diff, wide.String())
	}
	for line := range strings.Lines(narrow.String()) {
		if len(strings.TrimRight(line, "\n")) > 100 {
			t.Errorf("too wide: %s", line)
		}
	}
	if !strings.Contains(narrow.String(), "\n    status 503\n    -> held: failure 1 of 3\n") {
		t.Error(narrow.String())
	}
	if !strings.Contains(coloured.String(), "\x1b[31munhealthy\x1b[0m") || strings.Contains(wide.String(), "\x1b") {
		t.Errorf("%q", coloured.String())
	}
}

func TestWhatIsAskedForByName(t *testing.T) {
	s := view.Status{Listeners: []web.Status{
		told("one", process("api:0", domain.ConditionHealthy, "", ""), process("api:1", domain.ConditionHealthy, "", ""), process("web", domain.ConditionHealthy, "", "")),
		told("two", process("api:0", domain.ConditionUnhealthy, "too much memory", "")),
	}}
	for names, want := range map[string]string{
		"": "api:0 api:1 web", "api": "api:0 api:1", "api:*": "api:0 api:1", "api:1": "api:1", "web": "web", "site": "api:0 api:1 web", "all": "api:0 api:1 web",
		"nobody": "", "web nobody": "web",
	} {
		all, missing := s.Processes(strings.Fields(names))
		var got []string
		for _, p := range all {
			got = append(got, p.Name)
		}
		if strings.Join(got, " ") != want || (len(missing) > 0) != strings.Contains(names, "nobody") {
			t.Errorf("%q: %q, missing %q", names, got, missing)
		}
	}
	all, _ := s.Processes(nil)
	if all[0].Condition != domain.ConditionUnhealthy || len(all[0].Others) != 1 {
		t.Errorf("two listeners look after api:0, and the worse news are %+v", all[0])
	}
	if left := view.Without(all, []string{"api"}); len(left) != 1 || left[0].Name != "web" {
		t.Errorf("%+v", left)
	}
}

func TestExitStatuses(t *testing.T) {
	for c, want := range map[domain.Condition]struct {
		docker, nagios int
	}{
		domain.ConditionHealthy: {0, 0}, domain.ConditionStarting: {0, 0}, domain.ConditionEnded: {0, 0}, domain.ConditionStopped: {0, 0},
		domain.ConditionUnknown: {0, 3}, domain.ConditionRestarting: {0, 1}, domain.ConditionUnhealthy: {1, 2}, domain.ConditionGivenUp: {1, 2}, domain.ConditionDown: {1, 2},
	} {
		t.Run(string(c), func(t *testing.T) {
			s := view.Status{Listeners: []web.Status{told("one", process("web", c, "a|b", ""))}}
			all, _ := s.Processes(nil)
			var out bytes.Buffer
			nagios, err := view.WriteNagios(&out, s, all)
			if got := view.Health(s, all); got != want.docker || nagios != want.nagios || err != nil {
				t.Errorf("%d and %d, want %+v (%v)", got, nagios, want, err)
			}
			if text := out.String(); strings.Count(text, "|") != 1 || strings.Count(text, "\n") != 1 || !strings.Contains(text, "'"+string(c)+"'=1") {
				t.Error(text)
			}
		})
	}
	s := view.Status{Listeners: []web.Status{told("one")}, Troubles: []string{"one: no tick for 5m"}}
	if got := view.Health(s, nil); got != 1 {
		t.Errorf("a listener that does not tick is fine: %d", got)
	}
	if got, err := view.WriteNagios(&bytes.Buffer{}, view.Status{}, nil); got != 3 || err != nil {
		t.Errorf("nobody to ask: %d %v", got, err)
	}
}

func TestListenersAreFoundAndAsked(t *testing.T) {
	dir, err := os.MkdirTemp("", "view")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if _, err := view.Ask(t.Context(), view.Where{StateDir: dir}); err != view.ErrNobody {
		t.Error(err)
	}
	serve(t, web.SocketIn(dir, "supervisord-a", "b"), told("b", process("web", domain.ConditionHealthy, "", "")))
	late := told("a")
	late.Listener.Trouble = "no tick for 2m"
	serve(t, web.SocketIn(dir, "supervisord-a", "a"), late)
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: web.SocketIn(dir, "supervisord-a", "dead"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	left.Close()
	s, err := view.Ask(t.Context(), view.Where{StateDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Listeners) != 2 || s.Listeners[0].Listener.Name != "a" || cmp.Diff([]string{"a: no tick for 2m"}, s.Troubles) != "" {
		t.Errorf("%+v", s)
	}
	s, err = view.Ask(t.Context(), view.Where{Socket: filepath.Join(dir, "none.sock")})
	if err != nil || len(s.Troubles) != 1 {
		t.Errorf("a listener that was named and is not there is a trouble: %+v %v", s, err)
	}
}

// serve answers as a listener does.
func serve(t *testing.T, socket string, status web.Status) {
	t.Helper()
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(status) })}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Close() })
}
