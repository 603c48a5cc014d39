package xmlrpc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/xmlrpc"
	"supervisor-healthcheck/domain"
)

var web = domain.ID{Group: "web", Name: "web_1"}

// kinds lists everything that callers may ask an error about.
func kinds(err error) []string {
	all := []string{}
	for _, known := range []error{
		domain.ErrNoSuchProcess, domain.ErrNotRunning, domain.ErrAlreadyStarted, domain.ErrCannotStart, domain.ErrShuttingDown,
		domain.ErrUnauthorized, domain.ErrUnreachable, domain.ErrNotSent, context.Canceled, context.DeadlineExceeded, io.EOF,
		io.ErrUnexpectedEOF, os.ErrDeadlineExceeded,
	} {
		if errors.Is(err, known) {
			all = append(all, known.Error())
		}
	}
	return all
}

func words(all ...error) []string {
	texts := []string{}
	for _, err := range all {
		texts = append(texts, err.Error())
	}
	return texts
}

func TestFaults(t *testing.T) {
	stop := func(c *xmlrpc.Client) error { return c.Stop(context.Background(), web) }
	begin := func(c *xmlrpc.Client) error { return c.Start(context.Background(), web) }
	list := func(c *xmlrpc.Client) error { _, err := c.Processes(context.Background()); return err }
	cases := map[string]struct {
		call func(*xmlrpc.Client) error
		code int
		text string
		want []string
	}{
		"shutting down":                {list, 6, "SHUTDOWN_STATE", words(domain.ErrShuttingDown)},
		"unknown name":                 {stop, 10, "BAD_NAME: web:wéb_1", words(domain.ErrNoSuchProcess)},
		"no file":                      {begin, 20, "NO_FILE: can't find command 'x'", words(domain.ErrCannotStart)},
		"not executable":               {begin, 21, "NOT_EXECUTABLE: x", words(domain.ErrCannotStart)},
		"start of an unknown state":    {begin, 30, "FAILED: unknown process state", words(domain.ErrCannotStart)},
		"stop that failed":             {stop, 30, "FAILED: kill", words()},
		"abnormal termination":         {begin, 40, "ABNORMAL_TERMINATION: x", words(domain.ErrCannotStart)},
		"spawn error":                  {begin, 50, "SPAWN_ERROR: x", words(domain.ErrCannotStart)},
		"already started":              {begin, 60, "ALREADY_STARTED: x", words(domain.ErrAlreadyStarted)},
		"not running":                  {stop, 70, "NOT_RUNNING: x", words(domain.ErrNotRunning)},
		"bad signal":                   {stop, 11, "BAD_SIGNAL: x", words()},
		"no rpcinterface section":      {list, 1, "UNKNOWN_METHOD", words()},
		"a fault of somebody's plugin": {list, 4711, "", words()},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := start(t, "unix", says(fault(c.code, c.text)))
			err := c.call(client(t, xmlrpc.Config{URL: f.URL}))
			if diff := cmp.Diff(c.want, kinds(err)); diff != "" {
				t.Errorf("%v: %s", err, diff)
			}
			var got *domain.Fault
			if !errors.As(err, &got) || *got != (domain.Fault{Code: c.code, Text: c.text}) {
				t.Errorf("%v holds the fault %v", err, got)
			}
			if !strings.Contains(err.Error(), c.text) || !strings.HasPrefix(err.Error(), "supervisor.") {
				t.Errorf("%q lacks supervisord's words or the method", err)
			}
			if c.code == 1 && !strings.Contains(err.Error(), "[rpcinterface:supervisor]") {
				t.Errorf("%q does not name the section", err)
			}
		})
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	ok := value("<boolean>1</boolean>")
	page := func(status string, rest string) string { return "HTTP/1.1 " + status + "\r\n" + rest }
	with := func(n int, body string) string {
		return page("200 OK", fmt.Sprintf("Content-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s", n, body))
	}
	whole := func(body string) string { return with(len(body), body) }
	lost := words(domain.ErrUnreachable)
	cases := map[string]struct {
		bytes string
		hold  bool
		want  []string
		text  string
	}{
		"closed without a word":             {"", false, lost, "closed without an answer"},
		"not HTTP":                          {"junk\r\n\r\n", false, lost, "it does not begin with HTTP/ and a status"},
		"a header cut":                      {"HTTP/1.1 200 OK\r\nContent-Le", false, lost, "supervisor.stopProcess"},
		"a header without end":              {page("200 OK", strings.Repeat("A: b\r\n", 20000)), true, lost, "header of the answer is longer than 32 kB"},
		"internal error":                    {page("500 Internal Server Error", "Content-Length: 0\r\n\r\n"), true, lost, "500"},
		"not found":                         {page("404 Not Found", "Content-Length: 0\r\n\r\n"), true, lost, "404"},
		"a redirect":                        {page("302 Found", "Location: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"), true, lost, "302"},
		"an empty body":                     {with(0, ""), true, lost, "cannot be read"},
		"a body cut":                        {with(len(ok), ok[:40]), false, lost, "in the middle of the answer"},
		"a length in characters":            {with(60, ok), true, lost, "cannot be read"},
		"a web page":                        {whole("<html></html>"), true, lost, "cannot be read"},
		"no XML":                            {whole("junk"), true, lost, "cannot be read"},
		"false":                             {whole(value("<boolean>0</boolean>")), true, lost, "not true"},
		"the list of a whole group":         {whole(value("<array><data></data></array>")), true, lost, "cannot be read"},
		"silence":                           {"", true, lost, "within 300ms"},
		"silence after the header":          {page("200 OK", "Content-Length: 100\r\n\r\n<"), true, lost, "within 300ms"},
		"a length over the limit":           {with(5<<20, ok), true, lost, "longer than 4 MB"},
		"more than the limit, unannounced":  {page("200 OK", "\r\n"+strings.Repeat(" ", 5<<20)), true, lost, "longer than 4 MB"},
		"other credentials wanted":          {page("401 Unauthorized", "Connection: close\r\nContent-Length: 0\r\n\r\n"), true, words(domain.ErrUnauthorized), "SUPERVISOR_USERNAME and SUPERVISOR_PASSWORD"},
		"a text longer than a log can bear": {whole(strings.Repeat("<a", 4500)), true, lost, "cannot be read"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := client(t, xmlrpc.Config{URL: raw(t, c.bytes, c.hold), Username: "me", Password: "hidden"}).Within(patience(c.text))
			err := client.Stop(t.Context(), web)
			if diff := cmp.Diff(c.want, kinds(err)); diff != "" {
				t.Errorf("%v: %s", err, diff)
			}
			text := fmt.Sprintf("%v %+v", err, client)
			if !strings.Contains(text, c.text) || strings.Contains(text, "hidden") || len(err.Error()) > 1000 {
				t.Errorf("%s does not say %q, or says too much", text, c.text)
			}
		})
	}
}

func patience(text string) time.Duration {
	if strings.Contains(text, "within") {
		return 300 * time.Millisecond
	}
	return 15 * time.Second
}

func TestNothingIsSentWhereNobodyListens(t *testing.T) {
	dir := t.TempDir()
	gone := filepath.Join(dir, "gone.sock")
	closed := abandoned(t, "unix", filepath.Join(dir, "closed.sock"))
	cases := map[string]struct{ url, text string }{
		"no socket":           {"unix://" + gone, "the socket is not there"},
		"a socket left over":  {"unix://" + closed, "nothing listens there"},
		"a closed port":       {"http://" + abandoned(t, "tcp", "127.0.0.1:0"), "nothing listens there"},
		"a path too long":     {"unix:///" + strings.Repeat("long", 50), "supervisor.startProcess"},
		"a file not a socket": {"unix://" + dir, "supervisor.startProcess"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := client(t, xmlrpc.Config{URL: c.url}).Start(t.Context(), web)
			if diff := cmp.Diff(words(domain.ErrUnreachable, domain.ErrNotSent), kinds(err)); diff != "" {
				t.Errorf("%v: %s", err, diff)
			}
			if !strings.Contains(err.Error(), c.text) {
				t.Errorf("%q does not say %q", err, c.text)
			}
		})
	}
}

func TestASocketOfAnotherUserNamesTheSettings(t *testing.T) {
	err := &net.OpError{Op: "dial", Net: "unix", Err: os.NewSyscallError("connect", syscall.EACCES)}
	if got, want := xmlrpc.Cure(err), "; let this user in with chmod= or chown= in [unix_http_server]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestASocketOfSomebodyElseNamesTheCure(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may connect to every socket")
	}
	f := start(t, "unix", says(value("<boolean>1</boolean>")))
	if err := os.Chmod(strings.TrimPrefix(f.URL, "unix://"), 0); err != nil {
		t.Fatal(err)
	}
	err := client(t, xmlrpc.Config{URL: f.URL}).Start(t.Context(), web)
	if diff := cmp.Diff(words(domain.ErrUnreachable, domain.ErrNotSent), kinds(err)); diff != "" {
		t.Errorf("%v: %s", err, diff)
	}
	if !strings.Contains(err.Error(), "chmod= or chown= in [unix_http_server]") {
		t.Errorf("%q does not name the cure", err)
	}
}

// abandoned is an address at which something listened once.
func abandoned(t *testing.T, network, address string) string {
	t.Helper()
	listener, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	if unix, ok := listener.(*net.UnixListener); ok {
		unix.SetUnlinkOnClose(false)
	}
	_ = listener.Close()
	return listener.Addr().String()
}

func TestTheCallersContextIsToldFromOurTimeout(t *testing.T) {
	cases := map[string]struct {
		ctx  func(asked <-chan string) (context.Context, context.CancelFunc)
		want []string
	}{
		"cancelled before": {func(<-chan string) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			return ctx, cancel
		}, words(domain.ErrNotSent, context.Canceled)},
		"cancelled while waiting": {func(asked <-chan string) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(context.Background())
			go func() { <-asked; cancel() }()
			return ctx, cancel
		}, words(context.Canceled)},
		"the caller's deadline": {func(<-chan string) (context.Context, context.CancelFunc) {
			return context.WithTimeout(context.Background(), 200*time.Millisecond)
		}, words(context.DeadlineExceeded)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := start(t, "unix", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
			ctx, cancel := c.ctx(f.Bodies)
			defer cancel()
			_, err := client(t, xmlrpc.Config{URL: f.URL}).Within(time.Minute).Process(ctx, web)
			if diff := cmp.Diff(c.want, kinds(err)); diff != "" {
				t.Errorf("%v: %s", err, diff)
			}
		})
	}
}
