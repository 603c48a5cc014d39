package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

const firstToken, secondToken = "0123456789abcdef-first", "0123456789abcdef-second"

// knock asks a listener over TCP.
func knock(t *testing.T, method, url, authorization string) (status int, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(`{"names": ["web"], "seconds": 900, "reason": "from afar"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var body bytes.Buffer
	if _, err := io.Copy(&body, response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body.String()
}

// secret writes a file that its owner alone may read.
func (s *sandbox) secret(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(s.path(name), []byte(text+"\n"), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func TestAnAddressForOtherMachinesWantsATokenUnderSupervisord(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	common := fmt.Sprintf("[healthcheck]\nlisten = 0.0.0.0:%d\n", port)
	s := beside(t, map[string]string{
		"00.conf":  common,
		"web.conf": service("web", "{bin}/fixture idle") + "[healthcheck:web]\nmemory = 1GB\n",
	})
	base := fmt.Sprintf("http://127.0.0.1:%d", port)
	refused := func(want string) {
		t.Helper()
		out, status := s.asks("check-config", "-c", s.path("conf"))
		if want = "error: " + s.path("conf.d/00.conf") + ":2: [healthcheck] listen " + fmt.Sprintf(`"0.0.0.0:%d": `, port) + want; status != 2 || !strings.Contains(out, want) {
			t.Errorf("%d: %s\nwant %s", status, out, want)
		}
	}
	refused("other machines can reach this address; if that is meant, write listen_beyond_this_machine = yes too")
	common += "listen_beyond_this_machine = yes\n"
	s.put("00.conf", common)
	refused("other machines can reach this address, and anybody there could see everything; write listen_token_file")
	s.secret("token", firstToken)
	s.secret("password", "hunter2")
	s.put("00.conf", common+"listen_token_file = {dir}/token\nlisten_user = me\nlisten_password_file = {dir}/password\n")
	if out, status := s.asks("check-config", "-c", s.path("conf")); status != 0 || strings.Contains(out, firstToken) || strings.Contains(out, "hunter2") {
		t.Fatalf("%d: %s", status, out)
	}
	s.start()
	s.ready("web")
	s.ticking(func() bool { return s.told(msgChecked, of("web"), found("healthy")) > 0 }, "web is judged")

	password := func(word string) string {
		r := &http.Request{Header: http.Header{}}
		r.SetBasicAuth("me", word)
		return r.Header.Get("Authorization")
	}
	for _, tt := range []struct {
		method, path, authorization string
		status                      int
	}{
		{"GET", "/v1/status", "", 401},
		{"GET", "/", "", 401},
		{"GET", "/", password("hunter2"), 200},
		{"GET", "/v1/status", password("hunter3"), 401},
		{"GET", "/v1/events", "Bearer " + firstToken, 200},
		{"GET", "/metrics", "Bearer " + firstToken, 200},
		{"POST", "/v1/pause", password("hunter2"), 403},
		{"POST", "/v1/pause", "Bearer " + firstToken, 200},
	} {
		if status, text := knock(t, tt.method, base+tt.path, tt.authorization); status != tt.status {
			t.Errorf("%s %s with %q: %d %.200s", tt.method, tt.path, tt.authorization, status, text)
		}
	}
	if out, status := s.asks("status", "web"); status != 0 || !strings.Contains(out, "from afar") { // by the socket nothing is asked for
		t.Errorf("%d: %s", status, out)
	}

	s.secret("token", secondToken)
	s.reload(msgReloaded)
	first, _ := knock(t, "GET", base+"/healthz", "Bearer "+firstToken)
	second, _ := knock(t, "GET", base+"/healthz", "Bearer "+secondToken)
	if first != 401 || second != 200 {
		t.Errorf("after a reload the old token is answered by %d, the new one by %d", first, second)
	}
	if err := os.Chmod(s.path("token"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.reload(msgNotReloaded)
	if second, _ = knock(t, "GET", base+"/healthz", "Bearer "+secondToken); second != 200 {
		t.Error(second)
	}
	_, text := knock(t, "GET", base+"/v1/status", "Bearer "+secondToken)
	for _, hidden := range []string{"hunter2", firstToken, secondToken} {
		if strings.Contains(text+s.stderr("check")+s.log(), hidden) {
			t.Errorf("%s is shown", hidden)
		}
	}
	s.intact()
}
