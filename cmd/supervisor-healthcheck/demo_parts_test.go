package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supervisor-healthcheck/adapters/terminal"
)

// dyingSupervisord is one that ends when the channel is closed.
type dyingSupervisord struct {
	demoSupervisor
	gone chan struct{}
}

func (d dyingSupervisord) ended() <-chan struct{} { return d.gone }
func (d dyingSupervisord) obituary() string       { return "it is dead" }

func TestTheDemoDoesNotWaitForever(t *testing.T) {
	for name, test := range map[string]struct {
		dead, interrupted bool
		want              string
	}{
		"for what does not come":          {want: "after 10s, it did not come"},
		"for a supervisord that is over":  {dead: true, want: "it is dead"},
		"for anything when it is stopped": {interrupted: true, want: "context canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				under := dyingSupervisord{gone: make(chan struct{})}
				if test.interrupted {
					cancel()
				}
				if test.dead {
					close(under.gone)
				}
				err := new(demoStory).until(ctx, under, func() error { return errors.New("it did not come") })
				if err == nil || err.Error() != test.want {
					t.Errorf("%v, want %s", err, test.want)
				}
			})
		})
	}
}

// fakeDemoService answers with a pid.
func fakeDemoService(t *testing.T, pid int) demoService {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, "token %d", pid) }))
	t.Cleanup(server.Close)
	return demoService{port: server.Listener.Addr().(*net.TCPAddr).Port, token: "token"}
}

func TestTheDemoConcludesFromThePids(t *testing.T) {
	for name, test := range map[string]struct {
		ill, well int
		token     string
		want      string
	}{
		"the ill one has another":  {ill: 11, well: 2, token: "token"},
		"the ill one has the same": {ill: 1, well: 2, token: "token", want: "ILL was not restarted: its pid is still 1"},
		"the well one has another": {ill: 11, well: 12, token: "token", want: "WELL was well and was restarted: its pid was 2 and is 12"},
		"it is another program":    {ill: 11, well: 2, token: "other", want: "ILL does not answer: another program has taken its port"},
	} {
		t.Run(name, func(t *testing.T) {
			ill, well := fakeDemoService(t, test.ill), fakeDemoService(t, test.well)
			ill.token = test.token
			var out bytes.Buffer
			story := demoStory{out: &out, stage: &demoStage{services: []demoService{ill, well}}}
			err := story.conclude(t.Context(), []int{1, 2}, time.Now())
			want := strings.NewReplacer("ILL", ill.name(), "WELL", well.name(), "its port", "port "+strings.TrimPrefix(ill.name(), "web_")).Replace(test.want)
			if test.want == "" && err != nil || test.want != "" && (err == nil || err.Error() != want) {
				t.Errorf("%v, want %s", err, want)
			}
		})
	}
}

func TestTheVariableAloneMakesNoServiceOfTheDemo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "healthcheck-demo-1")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for role, want := range map[string]bool{
		"": false, "1": false, "healthcheck-demo-1": false, "healthcheck-demo-1:": false, "healthcheck-demo-2:8080": false,
		"healthcheck-demo-1:8080": true,
	} {
		t.Setenv(demoVariable, role)
		if _, _, is := demoRole(); is != want {
			t.Errorf("%q: %t", role, is)
		}
	}
}

func TestTheDemoReadsALogThatGrows(t *testing.T) {
	log := demoLog{path: filepath.Join(t.TempDir(), "log")}
	var got [][]string
	for _, piece := range []string{"", "msg=", "one\nmsg=\"t", "wo \\\"2\\\"\" process=p\n", "msg=one process=p down_for=1.5s\n"} {
		got = append(got, log.more())
		file, err := os.OpenFile(log.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteString(piece); err != nil {
			t.Fatal(err)
		}
		file.Close()
	}
	got = append(got, log.more(), log.more())
	want := [][]string{nil, nil, nil, {"msg=one"}, {`msg="two \"2\"" process=p`}, {"msg=one process=p down_for=1.5s"}, nil}
	if d := diff(want, got); d != "" {
		t.Error(d)
	}
	_, other := log.find("one", "q")
	any, _ := log.find(`two "2"`, "")
	last, found := log.find("one", "p")
	if !found || other || any.value("process") != "p" || last.duration("down_for") != 1500*time.Millisecond {
		t.Errorf("%q, %q, %t", any, last, other)
	}
}

func TestTheDemoFindsAFolderWithAShortPath(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("x", 80))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", long)
	dir, err := newDemoDir()
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if entries, _ := os.ReadDir(long); len(dir) > 70 || len(entries) > 0 {
		t.Errorf("%s, and there is %v in the other", dir, entries)
	}
}

func TestTheWordsOfTheDemoAreQuotedAsSupervisordReadsThem(t *testing.T) {
	if got, want := quotedForSupervisord([]string{"-p", demoPorts, "50%"}), `-p ".+_(\\d+)" 50%%`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestTheDemoIsAsWideAsATerminal(t *testing.T) {
	const line = `time=2026-11-26T10:10:26.188Z level=WARN msg=unhealthy process=web reason="GET 127.0.0.1:8080/ping: status 503, only 200 is healthy" watch=web`
	for name, tt := range map[string]struct {
		colour bool
		want   string
	}{
		"with colour": {true, "\x1b[33mlevel=WARN\x1b[0m msg=unhealthy process=web reason=\"GET\n" +
			"        |   127.0.0.1:8080/ping: status 503, only 200 is healthy\" watch=web\n"},
		"without": {false, "level=WARN msg=unhealthy process=web reason=\"GET\n" +
			"        |   127.0.0.1:8080/ping: status 503, only 200 is healthy\" watch=web\n"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log")
			if err := os.WriteFile(path, []byte(line+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			(&demoStory{out: &out, screen: terminal.Screen{Colours: tt.colour}, stage: &demoStage{log: demoLog{path: path}}}).show()
			_, got, _ := strings.Cut(out.String(), "| ")
			if d := diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
