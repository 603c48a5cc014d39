package app_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain/checks"
	"supervisor-healthcheck/mocks/logline"
)

// A reload that fails says all that is wrong and leaves everything as it was; one that succeeds is taken, with what it warns of.
func TestSIGHUPReloadsWhereThereIsAConfiguration(t *testing.T) {
	o := fine(t)
	taken, answers := make(chan bool, 1), make(chan error, 3)
	o.Warnings = []string{"a section is of no use"}
	o.Reload = func() (app.Reloaded, error) {
		if err := <-answers; err != nil {
			return app.Reloaded{}, err
		}
		other := watchBy(checks.Memory{MaxRSS: 1})
		other.Name = "other"
		return app.Reloaded{Watches: []app.Watch{other, o.Watches[0]}, From: []int{-1, 0}, Warnings: []string{"another one is, too"}, Later: []string{"state_dir"},
			Taken: func() { taken <- true }}, nil
	}
	dir, err := os.MkdirTemp("", "reload") // the name of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	o.Socket = filepath.Join(dir, "s")
	r := runs(t, o)
	r.untilReady()
	shown := func() (names []string) {
		t.Helper()
		var document struct{ Watches []struct{ Name string } }
		if err := web.Get(t.Context(), o.Socket, "/v1/settings", &document); err != nil {
			t.Fatal(err)
		}
		for _, w := range document.Watches {
			names = append(names, w.Name)
		}
		return names
	}
	says := func(times int, signs ...sign) {
		t.Helper()
		r.until(fmt.Sprint(signs), func() bool { return r.log.tells(signs...) == times })
	}
	says(1, msgNoUse, aWarning())
	answers <- errors.New("a: this is wrong\nb: that is wrong")
	r.signals <- syscall.SIGHUP
	says(1, msgNotReloaded, because("a: this is wrong"), anError())
	says(1, msgNotReloaded, because("b: that is wrong"), anError())
	if len(taken) > 0 {
		t.Error("it is taken")
	}
	if got := shown(); !slices.Equal(got, []string{"my_check"}) {
		t.Error("the settings are those of", got)
	}
	answers <- nil
	r.signals <- syscall.SIGHUP
	says(1, msgReloaded, ofWatch("other my_check"), logline.Equal("unchanged", "1"))
	says(2, msgNoUse, aWarning())
	says(1, msgLater, logline.Equal("settings", "state_dir"))
	if !<-taken {
		t.Error("it is not taken")
	}
	if got := shown(); !slices.Equal(got, []string{"other", "my_check"}) {
		t.Error("the settings are those of", got)
	}
	r.stop()
	if got := r.end(); got != app.ExitStopped {
		t.Errorf("the exit status is %d", got)
	}
}

func TestAfterATickAChangeOnDiskIsSaid(t *testing.T) {
	o := fine(t)
	changed := make(chan bool)
	o.Changed = func() bool { return <-changed }
	r := runs(t, o)
	r.untilReady()
	r.tick()
	changed <- true
	r.until("it is said", func() bool { return r.log.tells(msgChangedOnDisk, aWarning()) == 1 })
	close(changed)
	r.stop()
	r.end()
}
