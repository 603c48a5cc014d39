package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// needPHP ends a test that has no php-fpm, and returns its path otherwise.
func needPHP(t *testing.T) string {
	t.Helper()
	needSupervisord(t)
	all, _ := filepath.Glob("/usr/sbin/php-fpm*")
	if len(all) == 0 && os.Getenv("SUPERVISOR_HEALTHCHECK_E2E") == "required" {
		t.Fatal("no package php-fpm")
	} else if len(all) == 0 {
		t.Skip("no package php-fpm")
	}
	return slices.Max(all)
}

// The socket of a pool vanishes, and a restart brings it back.
func TestPHPUnderSupervisord(t *testing.T) {
	t.Parallel()
	php := needPHP(t)
	s := beside(t, map[string]string{"all.conf": "[healthcheck]\npolicy = drop-in\n" +
		service("php", php+" -F -R -n -y {dir}/php.conf", "startsecs=2") + "[healthcheck:php]\nfastcgi = unix:{dir}/php.sock\n" +
		service("web", "{bin}/fixture idle") + "[healthcheck:web]\nfastcgi = unix:{dir}/php.sock\nfastcgi.path = /other\n"})
	pool := "[global]\nerror_log = /dev/stderr\n[www]\nlisten = " + s.path("php.sock") + "\npm = static\npm.max_children = 1\nping.path = /ping\n"
	if os.Getuid() == 0 {
		pool += "user = root\ngroup = root\n"
	}
	if err := os.WriteFile(s.path("php.conf"), []byte(pool), 0o600); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.ready("php", "web")
	s.ticking(func() bool { return s.told(msgChecked, of("php"), because(`answered with "pong"`)) > 0 }, "the ping of php-fpm is answered")
	s.ticking(func() bool {
		return s.told(msgCannotJudge, of("web"), because("status 404: there is no such page")) > 0
	}, "php-fpm knows no other page")
	before := s.restarts("php")
	if err := os.Remove(s.path("php.sock")); err != nil {
		t.Fatal(err)
	}
	s.ticking(func() bool { return s.restarts("php") > before }, "php-fpm is restarted once it cannot be asked")
	pongs := s.told(msgChecked, of("php"), because(`answered with "pong"`))
	s.ticking(func() bool { return s.told(msgChecked, of("php"), because(`answered with "pong"`)) > pongs }, "and is asked at a new socket")
	s.intact()
}
