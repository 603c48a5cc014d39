package app_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	kolo "github.com/kolo/xmlrpc"

	"supervisor-healthcheck/adapters/xmlrpc"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks/supervisord"
)

// relayVariable makes TestRelay a listener. Its value is the path of the socket of the test that looks on.
const relayVariable = "HEALTHCHECK_TEST_RELAY"

// TestRelay is no test but a listener without a mind of its own: what supervisord writes goes to the test that looks
// on, and what that answers goes to supervisord.
func TestRelay(t *testing.T) {
	path := os.Getenv(relayVariable)
	if path == "" {
		t.Skip("it is a listener of other tests")
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		os.Exit(1)
	}
	go func() {
		_, _ = io.Copy(os.Stdout, conn) // it ends with the test that looks on
		os.Exit(0)
	}()
	_, _ = io.Copy(conn, os.Stdin) // it ends with supervisord
	os.Exit(0)
}

// home is a supervisord, real or not, whose listener is this very process.
type home struct {
	t      *testing.T
	client *xmlrpc.Client // of the test, not of the listener
	post   *http.Client
	url    string
	events net.Conn // of the listener: events come in, answers go out
}

// plan says what a home is made of.
type plan struct {
	dir      string
	events   []string
	programs []supervisord.Program
}

func listenerID() domain.ID { return domain.ID{Group: "relay", Name: "relay"} }

// homes are the two kinds of supervisord: the stand-in always, a real one if it is there.
func homes(t *testing.T, scene func(t *testing.T, build func(events []string, programs ...supervisord.Program) *home)) {
	t.Helper()
	for _, kind := range []struct {
		name string
		open func(*testing.T, plan) string
	}{{"the stand-in", standIn}, {"a real supervisord", genuine}} {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			scene(t, func(events []string, programs ...supervisord.Program) *home {
				return settle(t, plan{dir: shortDir(t), events: events, programs: programs}, kind.open)
			})
		})
	}
}

// settle opens a supervisord and waits for its listener.
func settle(t *testing.T, p plan, open func(*testing.T, plan) string) *home {
	t.Helper()
	relays, err := net.Listen("unix", p.relay())
	if err != nil {
		t.Fatal(err)
	}
	defer relays.Close()
	h := &home{t: t, url: open(t, p)}
	h.post = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DialContext: h.dial}}
	t.Cleanup(h.post.CloseIdleConnections)
	if h.client, err = xmlrpc.New(xmlrpc.Config{URL: h.url}); err != nil {
		t.Fatal(err)
	}
	if err := relays.(*net.UnixListener).SetDeadline(time.Now().Add(patient)); err != nil {
		t.Fatal(err)
	}
	if h.events, err = relays.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.events.Close() })
	return h
}

func (p plan) relay() string { return filepath.Join(p.dir, "r") }

func (h *home) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "unix", strings.TrimPrefix(h.url, "unix://"))
}

// order calls a method as an administrator does. A fault is an answer like any other.
func (h *home) order(method string, args ...any) {
	h.t.Helper()
	body, err := kolo.EncodeMethodCall("supervisor."+method, args...)
	if err != nil {
		h.t.Fatal(err)
	}
	answer, err := h.post.Post("http://localhost/RPC2", "text/xml", bytes.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		h.t.Fatalf("%s: %s %s %v", method, answer.Status, text, err)
	}
}

// list is a full listing, as a map.
func (h *home) list() map[domain.ID]domain.Process {
	h.t.Helper()
	processes, err := h.client.Processes(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	all := map[domain.ID]domain.Process{}
	for _, p := range processes {
		all[p.ID] = p
	}
	return all
}

// steady waits until no process is on its way to another state, and returns them. A process that has EXITED and is
// not the one that does so for good is started again.
func (h *home) steady() map[domain.ID]domain.Process {
	h.t.Helper()
	var all map[domain.ID]domain.Process
	moving := ""
	rest := func() bool {
		all, moving = h.list(), ""
		for id, p := range all {
			switch {
			case p.State == domain.Running, p.State == domain.Stopped, p.State == domain.Fatal, p.State == domain.Exited && id.Name == "brief":
			default:
				moving = fmt.Sprint(id, " is ", p.State)
			}
		}
		return moving == ""
	}
	if !eventually(rest) {
		h.t.Fatalf("after %s %s", patient, moving)
	}
	return all
}
