package supervisord_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// converse holds the conversation and returns the normalised transcript and the events.
func converse(t *testing.T, s subject) ([]string, map[string][]string) {
	c := &conversation{t: t, subject: s}
	c.until("sleeper", "RUNNING")
	c.until("flap", "FATAL")
	c.until("oneshot", "EXITED")
	c.questions()
	c.refusals()
	c.startsAndStops()
	c.groups()
	c.multicalls()
	c.wire()
	c.credentials()
	c.until("flap", "FATAL")
	c.until("ünï&cödé", "STOPPED") // which the last words of wire have not waited for
	c.say(xmlCall("supervisor.sendRemoteCommEvent", "mark", ""))
	events := recorded(t, s)
	c.restart()
	return c.transcript, events
}

type conversation struct {
	t *testing.T
	subject
	transcript []string
}

// send notes what comes of a raw request.
func (c *conversation) send(url, what, request string) {
	c.t.Helper()
	a, err := exchange(c.t, url, request)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.t.Fatalf("%s: no answer", what)
	}
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		err = errors.New("cut")
	}
	body := members(normal(c.subject, a.Body))
	c.transcript = append(c.transcript, strings.Split(fmt.Sprintf("%s\n%s %q %v\n%s", what, a.Status, a.Header, err, body), "\n")...)
}

func (c *conversation) say(body string) {
	c.t.Helper()
	c.send(c.url, normal(c.subject, body), post(body))
}

// until asks for a state until it has come.
func (c *conversation) until(name, state string) {
	c.t.Helper()
	eventually(c.t, name+" is "+state, func() bool {
		if _, err := os.Stat(strings.TrimPrefix(c.url, "unix://")); err != nil {
			return false
		}
		a, _ := exchange(c.t, c.url, post(xmlCall("supervisor.getProcessInfo", name)))
		return strings.Contains(a.Body, "<string>"+state+"</string>")
	})
}

func (c *conversation) questions() {
	for _, method := range []string{"getAPIVersion", "getVersion", "getSupervisorVersion", "getIdentification", "getState",
		"getAllProcessInfo", "getAllConfigInfo"} {
		c.say(xmlCall("supervisor." + method))
	}
	for _, name := range []string{"sleeper", "sleeper:sleeper", "trio:trio_1", "trio_1", "trio", "trio:*", "trio:", "flap", "bad",
		"ünï&cödé", "nö<&>'", "", "rec", "a:b:c"} {
		c.say(xmlCall("supervisor.getProcessInfo", name))
	}
}

func (c *conversation) refusals() {
	for _, name := range []string{"sleeper", "missing", "unfound", "folder", "data", "nobody", "trio", "ünï&cödé:x"} {
		c.say(xmlCall("supervisor.startProcess", name))
	}
	if err := os.Remove(filepath.Join(c.dir, "sleep")); err != nil { // while it runs
		c.t.Fatal(err)
	}
	c.say(xmlCall("supervisor.startProcess", "fleeting"))
	for _, name := range []string{"lazy", "oneshot", "flap", "trio", "nobody", "trio:nobody"} {
		c.say(xmlCall("supervisor.stopProcess", name))
		c.say(xmlCall("supervisor.signalProcess", name, "TERM"))
	}
	c.say(xmlCall("supervisor.signalProcess", "sleeper", "NOPE"))
	c.say(xmlCall("supervisor.signalProcess", "lazy", "NOPE"))
	for _, signal := range []any{0, "0", "cont", "SIGCONT", 18, 99, -1, ""} {
		c.say(xmlCall("supervisor.signalProcess", "sleeper", signal))
	}
	c.say(xmlCall("supervisor.startProcess", "flap"))
}

func (c *conversation) startsAndStops() {
	c.say(xmlCall("supervisor.startProcess", "lazy", false))
	c.say(xmlCall("supervisor.startProcess", "lazy", false))
	c.until("lazy", "RUNNING")
	c.say(xmlCall("supervisor.stopProcess", "lazy"))
	c.say(xmlCall("supervisor.getProcessInfo", "lazy"))
	c.say(xmlCall("supervisor.stopProcess", "sleeper"))
	c.say(xmlCall("supervisor.startProcess", "sleeper", true))
	c.say(xmlCall("supervisor.startProcess", "oneshot", false))
	c.until("oneshot", "EXITED")
	c.say(xmlCall("supervisor.getProcessInfo", "oneshot"))
	c.stubbornly()
}

// startStubborn waits until the shell has set its trap.
func (c *conversation) startStubborn() {
	c.t.Helper()
	trapped := filepath.Join(c.dir, "stubborn.trapped")
	if err := os.Remove(trapped); err != nil {
		c.t.Fatal(err)
	}
	c.say(xmlCall("supervisor.startProcess", "stubborn"))
	eventually(c.t, "stubborn has set its trap", func() bool {
		_, err := os.Stat(trapped)
		return err == nil
	})
}

// stubbornly asks all questions of a process that is STOPPING.
func (c *conversation) stubbornly() {
	c.say(xmlCall("supervisor.stopProcess", "stubborn", false))
	c.say(xmlCall("supervisor.getProcessInfo", "stubborn"))
	c.say(xmlCall("supervisor.stopProcess", "stubborn"))
	c.say(xmlCall("supervisor.signalProcess", "stubborn", "CONT"))
	c.say(xmlCall("supervisor.startProcess", "stubborn", false))
	c.say(xmlCall("supervisor.removeProcessGroup", "stubborn"))
	c.say(xmlCall("supervisor.startProcess", "stubborn", true))
	c.until("stubborn", "STOPPED")
	c.say(xmlCall("supervisor.getProcessInfo", "stubborn"))
}

func (c *conversation) groups() {
	c.say(xmlCall("supervisor.startProcessGroup", "trio"))
	c.say(xmlCall("supervisor.startProcess", "trio:trio_0"))
	c.say(xmlCall("supervisor.startProcess", "trio:*"))
	c.say(xmlCall("supervisor.signalProcess", "trio:*", "CONT"))
	c.say(xmlCall("supervisor.signalProcessGroup", "trio", "CONT"))
	c.say(xmlCall("supervisor.removeProcessGroup", "trio"))
	c.say(xmlCall("supervisor.stopProcess", "trio:trio_1"))
	c.say(xmlCall("supervisor.stopProcess", "trio:*"))
	c.say(xmlCall("supervisor.stopProcessGroup", "trio", false))
	for _, method := range []string{"addProcessGroup", "removeProcessGroup", "removeProcessGroup", "startProcessGroup",
		"stopProcessGroup", "signalProcessGroup", "addProcessGroup"} {
		c.say(xmlCall("supervisor."+method, "trio"))
		c.say(xmlCall("supervisor.getProcessInfo", "trio:trio_0"))
	}
	c.say(xmlCall("supervisor.addProcessGroup", "nobody"))
	c.say(xmlCall("supervisor.startProcess", "missing:*"))
	c.say(xmlCall("supervisor.startProcessGroup", "ünï&cödé"))
	c.say(xmlCall("supervisor.stopProcess", "ünï&cödé"))
}

func (c *conversation) multicalls() {
	c.say(multicall())
	c.say(multicall(inner("supervisor.getState"), inner("supervisor.getProcessInfo", "nobody"), inner("system.multicall"),
		inner("no.such"), inner("supervisor.getState", "too", "many"), "<value><struct></struct></value>", inner("supervisor.getVersion")))
	c.say(multicall(inner("supervisor.stopProcess", "sleeper"), inner("supervisor.startProcess", "sleeper", false),
		inner("supervisor.stopProcess", "lazy"), inner("supervisor.stopProcess", "trio:*")))
	c.until("sleeper", "RUNNING")
	c.say(xmlCall("supervisor.sendRemoteCommEvent", "tüpe", "dätä ☃😀\nline \"2\""))
	c.say(xmlCall("supervisor.sendRemoteCommEvent", "", ""))
}

func (c *conversation) wire() {
	ask := xmlCall("supervisor.getVersion")
	for what, request := range ordered(map[string]string{
		"GET":                     "GET /RPC2 HTTP/1.1\r\nHost: x\r\n\r\n",
		"PUT":                     "PUT /RPC2 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
		"GET of nothing":          "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n",
		"wrong path":              "POST /rpc2 HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
		"longer path":             fmt.Sprintf("POST /RPC2/more HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s", len(ask), ask),
		"chunked":                 "POST /RPC2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
		"no blank after colon":    fmt.Sprintf("POST /RPC2 HTTP/1.1\r\nContent-Length:%d\r\n\r\n%s", len(ask), ask),
		"senseless length":        "POST /RPC2 HTTP/1.1\r\nContent-Length: x\r\n\r\n",
		"not XML":                 post("nonsense"),
		"no method":               post("<methodCall></methodCall>"),
		"empty method":            post("<methodCall><methodName></methodName></methodCall>"),
		"bad int":                 post(xmlCall("supervisor.getProcessInfo", raw("<value><int>x</int></value>"))),
		"untyped string":          post(xmlCall("supervisor.getProcessInfo", raw("<value>sleepy</value>"))),
		"number as name":          post(xmlCall("supervisor.getProcessInfo", 3)),
		"number in a multicall":   post(xmlCall("system.multicall", 3)),
		"too many arguments":      post(xmlCall("supervisor.getVersion", 3)),
		"too few arguments":       post(xmlCall("supervisor.getProcessInfo")),
		"no such method":          post(xmlCall("supervisor.nothing")),
		"no such name space":      post(xmlCall("nothing.getVersion")),
		"no name space":           post(xmlCall("getVersion")),
		"three parts":             post(xmlCall("a.b.c")),
		"not UTF-8":               post("<methodCall><methodName>\xff</methodName></methodCall>"),
		"broken request line":     "POST\r\n\r\n",
		"close":                   post(ask, "Connection: close"),
		"old":                     fmt.Sprintf("POST /RPC2 HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s", len(ask), ask),
		"old with keep-alive":     fmt.Sprintf("POST /RPC2 HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: %d\r\n\r\n%s", len(ask), ask),
		"waits for 100":           post(ask, "Expect: 100-continue"),
		"escaped path":            fmt.Sprintf("POST /%%52PC2 HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s", len(ask), ask),
		"fault with wait, in ü":   post(xmlCall("supervisor.startProcess", "ünï&cödé:*", "")),
		"wait is an empty string": post(xmlCall("supervisor.stopProcess", "ünï&cödé", "")),
	}) {
		c.send(c.url, what, request)
	}
}

func (c *conversation) credentials() {
	ask := xmlCall("supervisor.getVersion")
	for what, header := range ordered(map[string]string{
		"right":            "Authorization: Basic dTpw",
		"lower case":       "authorization: basic dTpw",
		"wrong password":   "Authorization: Basic dTp4",
		"wrong user":       "Authorization: Basic eDpw",
		"none":             "X-Nothing: x",
		"no colon":         "Authorization: Basic dXA=",
		"not base64":       "Authorization: Basic dTp",
		"digest":           "Authorization: Digest username=u",
		"scheme and blank": "Authorization: Basic ",
	}) {
		c.send(c.locked, "credentials: "+what, post(ask, header))
	}
}

// restart reloads while a stubborn program holds the reload up.
func (c *conversation) restart() {
	c.startStubborn()
	c.say(xmlCall("supervisor.restart"))
	for _, body := range []string{xmlCall("supervisor.getState"), xmlCall("supervisor.getProcessInfo", "nobody"), xmlCall("supervisor.restart"),
		xmlCall("supervisor.getState", "too many"), xmlCall("supervisor.sendRemoteCommEvent", "", ""),
		multicall(inner("supervisor.getState"), inner("no.such"))} {
		c.say(body)
	}
	c.until("sleeper", "RUNNING")
	c.say(xmlCall("supervisor.shutdown"))
	c.say(xmlCall("supervisor.getVersion"))
}
