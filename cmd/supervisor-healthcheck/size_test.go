package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestWhatIsNotLinked keeps 2 MB out of the memory of every listener: whoever uses the client or the server of net/http
// anywhere in the program links TLS and HTTP/2 with it.
func TestWhatIsNotLinked(t *testing.T) {
	binary := filepath.Join(t.TempDir(), self)
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	symbols, err := exec.Command("go", "tool", "nm", binary).Output()
	if err != nil {
		t.Fatal(err)
	}
	for function, linked := range map[string]bool{
		"net/http.ReadResponse":              true, // so that this test would see the others
		"net/http.(*Transport).RoundTrip":    false,
		"net/http.(*Server).Serve":           false,
		"crypto/tls.(*Conn).clientHandshake": false,
	} {
		if got := strings.Contains(string(symbols), " "+function+"\n"); got != linked {
			t.Errorf("%s: linked is %t", function, got)
		}
	}
}
