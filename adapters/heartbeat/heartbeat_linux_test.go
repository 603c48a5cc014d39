package heartbeat_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"supervisor-healthcheck/adapters/heartbeat"
)

// victimPath makes the test binary a program that beats at this path until it is killed. It says so after its first beat.
const victimPath = "HEARTBEAT_TEST_VICTIM"

func TestMain(m *testing.M) {
	if path := os.Getenv(victimPath); path != "" {
		os.Exit(victim(heartbeat.At(path)))
	}
	os.Exit(m.Run())
}

func victim(beat *heartbeat.Beat) int {
	if beat.Beat() == nil {
		fmt.Println("it beats")
		_ = beat.Every(context.Background(), time.Millisecond) // it ends when it cannot beat
	}
	return 1
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
	says, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	defer victim.Wait()
	defer victim.Process.Kill()
	if line, err := bufio.NewReader(says).ReadString('\n'); err != nil {
		t.Fatalf("the earlier life did not beat: %q, %v", line, err)
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
