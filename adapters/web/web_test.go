package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang/mock/gomock"
	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

func noon() time.Time { return time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC) }

// world has one process of each condition.
func world() domain.Snapshot {
	at := noon().Add(-2 * time.Second)
	process := func(name string, state domain.State, pid int) domain.Process {
		return domain.Process{ID: domain.ID{Group: "web", Name: name}, State: state, PID: pid, Uptime: 90 * time.Second}
	}
	verdict := func(v domain.Verdict, d domain.Decision, failing int) []domain.VerdictStatus {
		v.Check = "http"
		for i := range v.Warnings {
			v.Warnings[i].Check = "http"
		}
		return []domain.VerdictStatus{{Watch: "web", Verdict: v, Decision: d, Failing: failing, At: at, Took: 12 * time.Millisecond,
			Limit: domain.Limit{Count: 5, Per: time.Hour}, Used: 1}}
	}
	ill := domain.Unhealthy.Because("status 503, only 200 is healthy")
	return domain.Snapshot{
		At: noon(), LastTick: noon().Add(-3 * time.Second), Period: 5 * time.Second, Supervisor: domain.Supervisor{PID: 1},
		Watches: []domain.WatchStatus{{Name: "web", Processes: 9, Failing: 3, Round: at}},
		Processes: []domain.ProcessStatus{
			{Process: process("well", domain.Running, 10), Well: at, Verdicts: verdict(measured(domain.Healthy.Because("status 200").Warn("expires in 6 days")), domain.Decision{}, 0),
				History: domain.History{Acts: []domain.Act{{At: noon().Add(-2 * time.Hour)}, {At: noon().Add(-10 * time.Minute)}, {At: noon(), Death: true}}}},
			{Process: process("ill", domain.Running, 11), Trouble: at, Verdicts: verdict(ill, domain.Decision{Kind: domain.Hold, Cause: domain.CauseFailures, Count: 1, Of: 3}, 1)},
			{Process: process("spent", domain.Running, 12), Trouble: at, Verdicts: verdict(ill, domain.Decision{Kind: domain.GiveUp, Cause: domain.CauseSpent, Count: 5, Left: time.Hour}, 9)},
			{Process: process("boots", domain.Running, 13), Trouble: at, Verdicts: verdict(ill, domain.Decision{Kind: domain.Hold, Cause: domain.CauseGrace, Left: 12 * time.Second}, 0)},
			{Process: process("odd", domain.Running, 14), Verdicts: verdict(domain.Unknown.Because("no permission"), domain.Decision{}, 0)},
			{Process: process("new", domain.Running, 15), Verdicts: []domain.VerdictStatus{{Watch: "web"}}},
			{Process: process("turns", domain.Stopping, 16), Restart: &domain.Progress{Phase: domain.StopAccepted}, Verdicts: verdict(ill, domain.Decision{Kind: domain.Do}, 3)},
			{Process: process("off", domain.Stopped, 0)},
			{Process: process("done", domain.Exited, 0), Expected: true},
			{Process: process("dead", domain.Exited, 0)},
		},
	}
}

// measured has a measure of each kind.
func measured(v domain.Verdict) domain.Verdict {
	for _, m := range []domain.Measure{
		{Check: "memory", Of: domain.MeasuredMemory, Value: 212 << 20, Limit: 800 << 20, Forecast: 5400},
		{Check: "cpu", Of: domain.MeasuredCPU, Value: 0.031, Limit: 0.9},
		{Check: "fds", Of: domain.MeasuredFiles, Value: 120, Limit: 1024},
		{Check: "threads", Of: domain.MeasuredThreads, Value: 7, Limit: 500},
		{Check: "heartbeat", Of: domain.MeasuredBeat, Value: 0, Limit: 60},
		{Check: "http", Of: domain.MeasuredAnswer, Value: 0.0115},
		{Check: "http", Of: domain.MeasuredCertificate, Value: 518400},
	} {
		v = v.Measuring(m)
	}
	return v
}

func about() web.Listener {
	return web.Listener{Name: "healthcheck", Program: "1.2.3", PID: 7, Started: noon().Add(-time.Hour), Supervisord: "unix:///run/s.sock", Config: "/etc/s.conf"}
}

// listening is a listener of mocks.
type listening struct {
	*mocks.MockViewer
	*mocks.MockSuspender
}

func newListening(t *testing.T) listening {
	control := gomock.NewController(t)
	return listening{mocks.NewMockViewer(control), mocks.NewMockSuspender(control)}
}

// open serves snapshots on a socket of its own.
func open(t *testing.T, snapshot func() domain.Snapshot) string {
	t.Helper()
	viewer := newListening(t)
	viewer.MockViewer.EXPECT().Snapshot().DoAndReturn(snapshot).AnyTimes()
	path := filepath.Join(shortDir(t), "s.sock")
	server, err := web.Open(web.Config{Socket: path, About: about()}, viewer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return path
}

// shortDir is a folder whose name leaves room for that of a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "web")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func client(socket string) *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
}

func get(t *testing.T, socket, method, path string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://x"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client(socket).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body.String()
}

// The whole document stands in testdata/status.json; -update writes it anew.
func TestTheStatusIsThisDocument(t *testing.T) {
	status, body := get(t, open(t, world), "GET", "/v1/status")
	var got bytes.Buffer
	if err := json.Indent(&got, []byte(body), "", "  "); err != nil || status != 200 {
		t.Fatal(status, err)
	}
	path := filepath.Join("testdata", "status.json")
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWhatIsToldIsReadAgain(t *testing.T) {
	socket := open(t, world)
	got, err := web.Ask(t.Context(), socket)
	if err != nil {
		t.Fatal(err)
	}
	conditions := map[string]domain.Condition{}
	for _, p := range got.Processes {
		conditions[p.Name] = p.Condition
	}
	want := map[string]domain.Condition{"web:well": "healthy", "web:ill": "unhealthy", "web:spent": "given up", "web:boots": "starting", "web:odd": "unknown",
		"web:new": "starting", "web:turns": "restarting", "web:off": "stopped", "web:done": "ended", "web:dead": "down"}
	if diff := cmp.Diff(want, conditions); diff != "" || got.Listener.Name != "healthcheck" || !got.At.Equal(noon()) {
		t.Errorf("%+v; -want +got:\n%s", got.Listener, diff)
	}
}

func TestWhetherTheListenerItselfIsWell(t *testing.T) {
	for name, tt := range map[string]struct {
		change  func(*domain.Snapshot)
		trouble string
	}{
		"it ticks":                            {func(*domain.Snapshot) {}, ""},
		"no tick for three periods and more":  {func(s *domain.Snapshot) { s.LastTick = noon().Add(-46 * time.Second) }, "no tick for 46s"},
		"a tick of an hour ago is young":      {func(s *domain.Snapshot) { s.LastTick, s.Period = noon().Add(-time.Hour), time.Hour }, ""},
		"it has never seen a tick":            {func(s *domain.Snapshot) { s.LastTick, s.Period = time.Time{}, 0 }, "no tick for 1h"},
		"supervisord's API does not work":     {func(s *domain.Snapshot) { s.Silent = errors.New("connection refused") }, "supervisord cannot be asked: connection refused"},
		"between the first tick and the next": {func(s *domain.Snapshot) { s.Period = 0 }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			socket := open(t, func() domain.Snapshot { s := world(); tt.change(&s); return s })
			got, err := web.Ask(t.Context(), socket)
			if err != nil || got.Listener.Trouble != tt.trouble {
				t.Errorf("%q %v", got.Listener.Trouble, err)
			}
			want := map[bool]int{true: 200, false: 503}[tt.trouble == ""]
			if status, body := get(t, socket, "GET", "/healthz"); status != want || !strings.Contains(body, tt.trouble) {
				t.Errorf("%d %s", status, body)
			}
		})
	}
}

func TestNothingElseIsServed(t *testing.T) {
	socket := open(t, world)
	for path, want := range map[string]int{"/v1/status/": 404, "/v1": 404, "/../etc/passwd": 404, "/v1/%2e%2e/x": 404} {
		if status, _ := get(t, socket, "GET", path); status != want && status != http.StatusMovedPermanently && status != http.StatusTemporaryRedirect {
			t.Errorf("%s: %d", path, status)
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "TRACE"} {
		if status, _ := get(t, socket, method, "/v1/status"); status != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, status)
		}
	}
}

// However many ask, the listener is asked seldom.
func TestThousandQuestionsAreOneLook(t *testing.T) {
	var mu sync.Mutex
	looks := 0
	socket := open(t, func() domain.Snapshot { mu.Lock(); defer mu.Unlock(); looks++; return world() })
	began := time.Now()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range 50 {
				if _, err := web.Ask(context.Background(), socket); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if most := 1 + int(time.Since(began)/(500*time.Millisecond)); looks > most {
		t.Errorf("%d looks in %s", looks, time.Since(began))
	}
}

// Who opens connections and says nothing keeps nobody else out for long.
func TestSilentClientsAreShownTheDoor(t *testing.T) {
	socket := open(t, world)
	for range 100 {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	deadline := time.Now().Add(time.Minute)
	for {
		if _, err := web.Ask(t.Context(), socket); err == nil {
			return
		} else if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func TestTheSocketIsItsOwners(t *testing.T) {
	viewer := newListening(t)
	path := filepath.Join(shortDir(t), "s.sock")
	server, err := web.Open(web.Config{Socket: path}, viewer)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != fs.ModeSocket|0o600 {
		t.Error(info.Mode(), err)
	}
	if _, err := web.Open(web.Config{Socket: path}, viewer); err == nil || !strings.Contains(err.Error(), "another listener has it") {
		t.Error(err)
	}
	server.Close()
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("it is still there:", err)
	}
	server, err = web.Open(web.Config{Socket: path, Mode: 0o660}, viewer)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if info, err := os.Stat(path); err != nil || info.Mode() != fs.ModeSocket|0o660 {
		t.Error(info.Mode(), err)
	}
}

func TestASocketThatWasLeftBehindIsReplacedAndNothingElse(t *testing.T) {
	viewer := newListening(t)
	path := filepath.Join(shortDir(t), "s.sock")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	left.Close()
	if _, err := web.Ask(t.Context(), path); !errors.Is(err, web.ErrNobody) {
		t.Error(err)
	}
	server, err := web.Open(web.Config{Socket: path}, viewer)
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := web.Open(web.Config{Socket: path}, viewer); err == nil || !strings.Contains(err.Error(), "something else has this name") {
		t.Error(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "precious" {
		t.Error(string(text), err)
	}
	for name, c := range map[string]web.Config{
		"too long":  {Socket: "/" + strings.Repeat("x", 300)},
		"no folder": {Socket: filepath.Join(path, "x")},
		"no group":  {Socket: path + "2", Group: "no-such-group-here"},
		"no socket": {},
	} {
		if _, err := web.Open(c, viewer); err == nil || strings.Count(err.Error(), "\n") > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestALongPathIsNoObstacle(t *testing.T) {
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("this system has no /proc/self/fd")
	}
	dir := filepath.Join(shortDir(t), strings.Repeat("deep", 30))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	viewer := newListening(t)
	viewer.MockViewer.EXPECT().Snapshot().DoAndReturn(world).AnyTimes()
	path := filepath.Join(dir, "s.sock")
	server, err := web.Open(web.Config{Socket: path}, viewer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := web.Ask(t.Context(), path); err != nil {
		t.Error(err)
	}
	server.Close()
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("it is still there:", err)
	}
}

func TestSocketsAreFoundByWhatIsKnown(t *testing.T) {
	dir := shortDir(t)
	one, other := web.SocketIn(dir, "supervisord-aaa", "web:check"), web.SocketIn(dir, "supervisord-bbb", "web:check")
	for _, path := range []string{one, other, filepath.Join(dir, "supervisord-aaa.json")} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{one, other}, web.Sockets(dir, "supervisord-")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{other}, web.Sockets(dir, "supervisord-bbb")); diff != "" {
		t.Error(diff)
	}
	if web.SocketIn(dir, "a", "x") == web.SocketIn(dir, "a", "y") {
		t.Error("two listeners have one socket")
	}
}

func TestAnotherVersionIsNotUnderstood(t *testing.T) {
	path := filepath.Join(shortDir(t), "s.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"version": 2}`)) })}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	if _, err := web.Ask(t.Context(), path); err == nil || !strings.Contains(err.Error(), "it tells in version 2, and this program reads version 1") {
		t.Error(err)
	}
}
