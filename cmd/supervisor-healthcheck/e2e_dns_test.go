package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// needDNS ends a test that has no dnsmasq, and returns its path otherwise.
func needDNS(t *testing.T) string {
	t.Helper()
	needSupervisord(t)
	const usual = "/usr/sbin/dnsmasq"
	path, err := exec.LookPath("dnsmasq")
	if err != nil {
		path, err = exec.LookPath(usual)
	}
	if err != nil && os.Getenv("SUPERVISOR_HEALTHCHECK_E2E") == "required" {
		t.Fatal("no package dnsmasq-base")
	} else if err != nil {
		t.Skip("no package dnsmasq-base")
	}
	return path
}

// A server of names that hangs is restarted; names that it does not know, or knows otherwise, are told apart.
func TestDNSUnderSupervisord(t *testing.T) {
	t.Parallel()
	dnsmasq, port := needDNS(t), freePort(t)
	where := fmt.Sprintf("dns.server = 127.0.0.1:%d\n", port)
	s := beside(t, map[string]string{"all.conf": "[healthcheck]\npolicy = drop-in\ndns.timeout = 2s\n" +
		service("names", fmt.Sprintf("%s --keep-in-foreground --conf-file=/dev/null --pid-file= --user=root --no-resolv --no-hosts --bind-interfaces "+
			"--listen-address=127.0.0.1 --port=%d --address=/app.test/192.0.2.10 --local=/test/", dnsmasq, port), "") +
		"[healthcheck:names]\ndns = app.test\ndns.expect = 192.0.2.10\n" + where +
		service("other", "{bin}/fixture idle") + "[healthcheck:other]\nmode = observe\ndns = app.test\ndns.expect = 192.0.2.11\n" + where +
		service("none", "{bin}/fixture idle") + "[healthcheck:none]\nmode = observe\ndns = none.test\n" + where})
	s.start()
	s.ready("names", "other", "none")
	healthy := func() int { return s.told(msgChecked, of("names"), because(`is "192.0.2.10"`)) }
	s.ticking(func() bool { return healthy() > 0 }, "the name is known")
	s.ticking(func() bool { return s.told(of("other"), because(`expected "192.0.2.11", seen "192.0.2.10"`)) > 0 }, "it is another address")
	s.ticking(func() bool { return s.told(of("none"), because("the server knows no such name")) > 0 }, "no such name is known")
	before, pid := s.restarts("names"), s.pid("names")
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	s.ticking(func() bool { return s.restarts("names") > before }, "who hangs is restarted")
	answers := healthy()
	s.ticking(func() bool { return healthy() > answers }, "and answers again")
	s.intact()
}
