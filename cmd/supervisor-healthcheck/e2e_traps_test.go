package main

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// trap is a web server and a listener that the Python package would have let down.
type trap struct {
	flags   string // of supervisor_http_check, but for the port
	ailment string
	health  string // that a check finds
	reason  string // a part of what it says
	request string // that the server has seen
}

func traps() map[string]trap {
	login := "Basic " + base64.StdEncoding.EncodeToString([]byte("admin:s3cr%et"))
	return map[string]trap{
		"a single bad status is retried":            {"-u /ping -r 2", "once", "healthy", "status 200", "GET /ping"},
		"a percent sign is just a character":        {"-u /ping?q=a%%20b%%2F -r 1", "", "healthy", "status 200", "GET /ping?q=a%20b%2F"},
		"a redirect is not followed":                {"-u /moved -r 0 --mode observe", "", "unhealthy", "status 302", ""},
		"the timeout is for the attempt as a whole": {"-u /drip -t 1 -r 0 --mode observe", "", "unhealthy", "1s", ""},
		"a login is sent and not told":              {"-u /ping -r 1 -U admin -P s3cr%%et", "", "healthy", "status 200", "GET /ping " + login},
		"a login is not told when it does not help": {"-u /bad -r 0 -U admin -P s3cr%%et --mode observe", "", "unhealthy", "status 503", ""},
		"an empty JSON document is sent as such":    {"-u /ping -r 1 -m POST -j {}", "", "healthy", "status 200", "POST /ping  application/json"},
	}
}

func TestTrapsOfThePythonPackageUnderSupervisord(t *testing.T) {
	t.Parallel()
	all := traps()
	port := freePorts(t, len(all))
	names, config := map[string]string{}, ""
	for sentence, c := range all {
		name := fmt.Sprintf("w%d", len(names))
		names[sentence] = name
		config += listenerCalled("check_"+name, fmt.Sprintf("{bin}/supervisor_http_check -g %s -n trap %s -p %d", name, c.flags, port[len(names)-1])) +
			service(name, fmt.Sprintf("{bin}/fixture web %d", port[len(names)-1]))
	}
	s := startSupervisord(t, config)
	everyone := []string{}
	for sentence, name := range names {
		everyone = append(everyone, name)
		s.eventually(func() bool { return s.listenerState("check_"+name) == "READY" }, "check_%s is READY", name)
		s.found(name, all[sentence].health)
		if all[sentence].ailment != "" {
			s.sicken(name, all[sentence].ailment)
		}
	}
	before := s.pids(everyone)
	s.quiet(2, everyone...)
	for sentence, c := range all {
		t.Run(sentence, func(t *testing.T) { c.see(t, s.entries("check_"+names[sentence]), s.file(names[sentence]+".stdout")) })
	}
	if after := s.pids(everyone); after != before {
		t.Errorf("the pids were %s and are %s", before, after)
	}
	s.intact()
}

func (c trap) see(t *testing.T, log []entry, seen string) {
	t.Helper()
	if len(with(log, msgChecked, found(c.health), because(c.reason))) == 0 {
		t.Errorf("no check was %s with %q:\n%s", c.health, c.reason, log)
	}
	if !strings.Contains(seen, c.request) {
		t.Errorf("the server has not seen %q but %q", c.request, seen)
	}
	if text := fmt.Sprint(log); strings.Contains(text, "s3cr") || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte("admin:"))[:6]) {
		t.Errorf("the password is in the log:\n%s", log)
	}
}

// The Python package stops at the first check that goes wrong itself.
func TestACheckThatCannotJudgeDoesNotHideTheNextUnderSupervisord(t *testing.T) {
	t.Parallel()
	s := startSupervisord(t, listener(`{bin}/supervisor_complex_check -g memory -n complex_check `+
		`-c '{"tcp":{"port":"port_(\\d+)"},"memory":{"max_rss":61440}}'`)+
		service("memory", "{bin}/fixture hog"))
	s.ready("memory")
	s.quiet(2, "memory")
	pid := s.pid("memory")
	s.sicken("memory", "")
	s.ticking(func() bool { return s.restarts("memory") > 0 }, "memory is restarted")
	s.restartedOnce("memory", pid)
	s.intact()
}

// A timer that outlived the process would condemn its next life at its first busy sample.
func TestTheNextLifeDoesNotInheritTheTimeAboveTheLimitUnderSupervisord(t *testing.T) {
	t.Parallel()
	s := startSupervisord(t, listener("{bin}/supervisor_cpu_check -g cpu -n cpu_check -p 10 -i 3600")+
		service("cpu", "{bin}/fixture burn"))
	s.ready("cpu")
	s.sicken("cpu", "")
	s.ticking(func() bool { return s.told(because(whyAboveLimit)) > 0 }, "the first life is above the limit")
	s.rpc("supervisor.stopProcess", "cpu")
	s.rpc("supervisor.startProcess", "cpu")
	pid := s.pid("cpu")
	s.sicken("cpu", "")
	s.ticking(func() bool { return s.told(ofPID(pid)) > 0 }, "the next life is measured")
	if first := s.entries("check", ofPID(pid))[0]; !first.Has(because(whyMeasuring)) {
		t.Errorf("the measurement did not begin anew: %s", first)
	}
	s.intact()
}
