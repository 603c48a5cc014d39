package heartbeat_test

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"supervisor-healthcheck/adapters/heartbeat"
)

// victimPath makes the test binary a program that beats at this path until it is killed.
const victimPath = "HEARTBEAT_TEST_VICTIM"

func TestMain(m *testing.M) {
	if path := os.Getenv(victimPath); path != "" {
		for heartbeat.At(path).Beat() == nil {
			time.Sleep(time.Millisecond)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestBeatChangesTheCtimeOfAStaleFileOfAnyMode(t *testing.T) {
	for _, mode := range []os.FileMode{0, 0o200, 0o400, 0o444, 0o600, 0o777} {
		t.Run(mode.String(), func(t *testing.T) {
			beat := at(t)
			if err := os.WriteFile(beat.Path(), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(beat.Path(), mode); err != nil {
				t.Fatal(err)
			}
			withoutPrivileges(t, func() { wantNewCtime(t, beat) })
		})
	}
}

func TestBeatUnderAnUmaskThatTakesEverything(t *testing.T) {
	beat := at(t)
	old := syscall.Umask(0o777)
	err := beat.Beat()
	syscall.Umask(old)
	if err != nil {
		t.Fatal(err)
	}
	if got := stat(t, beat).Mode(); got != 0o600 {
		t.Errorf("the mode is %s, want -rw-------", got)
	}
}

func TestBeatAfterTheEarlierLifeWasKilled(t *testing.T) {
	beat := at(t)
	victim := exec.Command(os.Args[0])
	victim.Env = append(os.Environ(), victimPath+"="+beat.Path())
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	defer victim.Wait()
	defer victim.Process.Kill()
	for deadline := time.Now().Add(30 * time.Second); ; {
		if _, err := os.Stat(beat.Path()); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the earlier life did not beat")
		}
		time.Sleep(time.Millisecond)
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	victim.Wait()
	withoutPrivileges(t, func() { wantNewCtime(t, beat) })
}

// withoutPrivileges runs the function on a thread that has no capabilities, so that the modes of files count for
// root too.
func withoutPrivileges(t *testing.T, run func()) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlock: the thread ends with the goroutine
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		none := [2]unix.CapUserData{}
		err := unix.Capset(&header, &none[0])
		if err == nil {
			run()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// wantNewCtime beats until the kernel's clock for files has gone on. It uses no t.Fatal, which belongs to the
// goroutine of the test.
func wantNewCtime(t *testing.T, beat *heartbeat.Beat) {
	var before, after syscall.Stat_t
	if err := syscall.Stat(beat.Path(), &before); err != nil {
		t.Error(err)
		return
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		if err := errors.Join(beat.Beat(), syscall.Stat(beat.Path(), &after)); err != nil {
			t.Error(err)
			return
		}
		if after.Ctim.Nano() > before.Ctim.Nano() {
			return
		}
	}
	t.Error("the ctime stays the same")
}
