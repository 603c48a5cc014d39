package network_test

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"supervisor-healthcheck/adapters/network"
	"supervisor-healthcheck/domain"
)

// TestWhatCurlTakesForAnAnswerIsOne has no answer refused in which curl finds a status, or another status found.
func TestWhatCurlTakesForAnAnswerIsOne(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	const head = "HTTP/1.1 200 OK\r\n"
	for name, text := range map[string]string{
		"nothing":                     "",
		"a length":                    head + "Content-Length: 2\r\n\r\nok",
		"no length":                   head + "\r\nok",
		"HTTP/1.0":                    "HTTP/1.0 503 No\r\n\r\nno",
		"no reason":                   "HTTP/1.1 404\r\n\r\n",
		"line feeds alone":            "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
		"half a body":                 head + "Content-Length: 9\r\n\r\nok",
		"half a chunk":                head + "Transfer-Encoding: chunked\r\n\r\n9\r\nok",
		"no chunk":                    head + "Transfer-Encoding: chunked\r\n\r\nok, all is well\r\n",
		"chunked twice":               head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
		"identity":                    head + "Transfer-Encoding: identity\r\n\r\nok",
		"an unknown coding":           head + "Transfer-Encoding: rot13\r\n\r\nok",
		"a line without a colon":      head + "what is this\r\nContent-Length: 2\r\n\r\nok",
		"a line of blanks":            head + " \t\r\nContent-Length: 2\r\n\r\nok",
		"a length that is none":       head + "Content-Length: two\r\n\r\nok",
		"two lengths":                 head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
		"information before":          "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + head + "Content-Length: 2\r\n\r\nok",
		"a header that is not ended":  head + "Server: x",
		"a status that is not usual":  "HTTP/1.1 799 What\r\nContent-Length: 0\r\n\r\n",
		"more than was announced":     head + "Content-Length: 2\r\n\r\nok and more",
		"a protocol of somebody else": "SSH-2.0-OpenSSH_9.2\r\n",
		"a page alone":                "<html>ok</html>",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := serve(t, say(text))
			out, _ := exec.CommandContext(t.Context(), curl, "--silent", "--noproxy", "*", "--max-time", "20", "--output", "/dev/null", "--write-out", "%{http_code}", "http://"+address+"/").Output()
			theirs, err := strconv.Atoi(strings.TrimSpace(string(out)))
			if err != nil {
				t.Fatalf("curl says %q", out)
			}
			ours, err := network.New().HTTP(t.Context(), domain.HTTPRequest{Address: address, Path: "/"})
			if theirs != 0 && (err != nil || ours.Status != theirs) {
				t.Errorf("curl finds status %d, and here it is %d with error %v", theirs, ours.Status, err)
			}
			if theirs == 0 && ours.Status != 0 {
				t.Logf("curl finds none of the status %d", ours.Status)
			}
		})
	}
}
