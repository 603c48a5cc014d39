package app_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"supervisor-healthcheck/mocks/logline"
)

// logIsReal makes the story of the log block happen to the section that it is about, with a service that can be made
// to fail, and finds its lines in the log in their order.
func (r *readme) logIsReal(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it takes some twenty seconds")
	}
	need(t, "python3")
	dir, port := t.TempDir(), freePort(t)
	putFile(t, filepath.Join(dir, "web.py"), pythonService)
	bad, log := filepath.Join(dir, "bad"), filepath.Join(dir, "web_check.log")
	asked := func() bool { _, err := os.Stat(bad + ".asked"); return err == nil }
	text := strings.NewReplacer("/usr/local/bin", r.bin, "/var/log/supervisor", dir, "8080", strconv.Itoa(port),
		"--policy recommended", "--policy recommended --judge-interval 0").Replace(r.wiseText(t))
	s := startSupervisord(t, fmt.Sprintf("[program:web]\ncommand=python3 %s/web.py %d %s\n\n%s", dir, port, bad, text))
	all := strings.Split(strings.TrimSpace(r.in("log")[0]), "\n")
	for i, want := range all {
		s.waitFor(t, log, func() bool { return inOrder(log, all[:i+1]) })
		switch e, _ := logline.Parse(want); {
		case e.Has(msgWatching): // its first answer is a good one, which ends its grace
			s.waitFor(t, log, asked)
			putFile(t, bad, "")
		case e.Has(msgStop): // it heals
			if err := os.Remove(bad); err != nil {
				t.Fatal(err)
			}
		}
	}
}

const pythonService = `import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status = 503 if os.path.exists(sys.argv[2]) else 200
        open(sys.argv[2] + ".asked", "w").close()
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
`

// wiseText is the section of the first example.
func (r *readme) wiseText(t *testing.T) string {
	t.Helper()
	for _, text := range r.in("ini") {
		if i := strings.Index(text, "[eventlistener:web_check]"); i >= 0 {
			return text[i:]
		}
	}
	t.Fatal("no section web_check")
	return ""
}

// inOrder reports whether the log has these lines, one behind the other.
func inOrder(log string, want []string) bool {
	text, _ := os.ReadFile(log)
	for line := range strings.SplitSeq(string(text), "\n") {
		if len(want) > 0 && normal(line) == normal(want[0]) {
			want = want[1:]
		}
	}
	return len(want) == 0
}

// normal is a line of the log without what differs from run to run.
func normal(line string) string {
	line = regexp.MustCompile(`\b(`+varying+`)=\S+`).ReplaceAllString(line, "$1=x")
	return regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(line, "127.0.0.1:x")
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
