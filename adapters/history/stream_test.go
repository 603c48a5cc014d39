package history_test

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/history"
)

// deadline is how long a request and an answer may take.
const deadline = 500 * time.Millisecond

// served serves a history with the deadlines that a listener has.
func served(t *testing.T, h *history.History) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	for _, pages := range []map[string]http.Handler{h.Pages(), h.Streams()} {
		for pattern, page := range pages {
			mux.Handle(pattern, page)
		}
	}
	server := httptest.NewUnstartedServer(mux)
	server.Config.ReadTimeout, server.Config.WriteTimeout = deadline, deadline
	server.Start()
	t.Cleanup(server.Close)
	return server
}

func follow(t *testing.T, server *httptest.Server) (lines *bufio.Scanner, status int) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/v1/events/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	if kind := response.Header.Get("Content-Type"); response.StatusCode == 200 && kind != "text/event-stream" {
		t.Error(kind)
	}
	return bufio.NewScanner(response.Body), response.StatusCode
}

// next is the data of the next event, empty at the end.
func next(lines *bufio.Scanner) string {
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			return data
		}
	}
	return ""
}

func TestAStreamTellsWhatHappensLongerThanAnAnswerMayTake(t *testing.T) {
	h := begin(t, "", 1<<20)
	server := served(t, h)
	lines, _ := follow(t, server)
	begun := time.Now()
	for i, reason := range []string{"one", "two\nlines", "three"} {
		eventually(t, func() bool { return i == 0 || time.Since(begun) > 2*deadline }, "the deadlines of the server are over")
		h.Report(judged("a", 0, reason))
		if got := next(lines); !strings.Contains(got, `"process":"web:a"`) || !strings.Contains(got, strings.ReplaceAll(reason, "\n", `\n`)) {
			t.Errorf("%d: %q", i, got)
		}
	}
	h.Close()
	if got := next(lines); got != "" {
		t.Error("it goes on: ", got)
	}
	if _, status := follow(t, server); status != http.StatusServiceUnavailable {
		t.Error(status)
	}
}

// Who opens a stream and does not read loses it; nobody waits for him, neither the listener nor another reader.
func TestWhoDoesNotReadLosesHisStream(t *testing.T) {
	h := begin(t, "", 1<<20)
	defer h.Close()
	server := served(t, h)
	for range 16 {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte("GET /v1/events/stream HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
	}
	lines, _ := follow(t, server)
	eventually(t, func() bool { return h.Followers() == 17 }, "all are served")
	for sent := 0; h.Followers() > 1; sent++ {
		if sent > 10_000 {
			t.Fatal("who does not read is not left")
		}
		for range 100 {
			h.Report(judged("a", 0, strings.Repeat("x", 2000)))
		}
		for range 100 {
			if next(lines) == "" {
				t.Fatal("who reads was left too")
			}
		}
	}
}
