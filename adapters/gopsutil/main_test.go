package gopsutil

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

const roleKey = "GOPSUTIL_TEST_ROLE"

// TestMain lets the test binary play the processes that the tests look at. The role is what they do, all until the end of stdin:
// "2,1" has two children with one child each, "" has none, "zombie" has a dead child that it does not bury, "dropped" is no longer root,
// "listen" holds a TCP port, "files" has 40 files more than it was started with and a limit of 100, "threads" has 20 threads more and
// "spent" a child that has consumed a tenth of a second and was waited for.
func TestMain(m *testing.M) {
	role, play := os.LookupEnv(roleKey)
	if !play {
		goleak.VerifyTestMain(m)
		return
	}
	held := act(role)
	fmt.Println(os.Getpid())
	io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(held)
}

func act(role string) any {
	switch role {
	case "dead":
		os.Exit(0)
	case "dropped": // what belongs to it in /proc is root's from now on
		if err := syscall.Setreuid(64002, 64001); err != nil {
			panic(err)
		}
	case "files":
		return openMany(40)
	case "threads":
		for range 20 {
			ready := make(chan struct{})
			go func() { runtime.LockOSThread(); close(ready); select {} }()
			<-ready
		}
	case "busy":
		for began := time.Now(); time.Since(began) < 100*time.Millisecond || spentByUs() < 100*time.Millisecond; {
		}
		os.Exit(0)
	case "spent":
		if err := player("busy").Run(); err != nil {
			panic(err)
		}
	case "zombie":
		fmt.Println(fork("dead"))
	case "listen":
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			panic(err)
		}
		fmt.Println(listener.Addr().(*net.TCPAddr).Port)
		return listener
	case "":
		for began := time.Now(); time.Since(began) < 50*time.Millisecond; {
		}
		return touched(4 << 20)
	default:
		count, rest, _ := strings.Cut(role, ",")
		for range atoi(count) {
			fork(rest)
		}
	}
	return touched(2 << 20)
}

// spentByUs is the processor time of this process.
func spentByUs() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// openMany lowers the soft limit to 100 and opens so many files. The runtime has raised it to the hard one at the start.
func openMany(n int) any {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		panic(err)
	}
	limit.Cur = 100
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		panic(err)
	}
	var files []*os.File
	for range n {
		file, err := os.Open(os.DevNull)
		if err != nil {
			panic(err)
		}
		files = append(files, file)
	}
	return files
}

// fork starts a child from a thread that does nothing else afterwards, so that it is no child of the main thread.
func fork(role string) int {
	pid := make(chan int)
	go func() {
		runtime.LockOSThread()
		cmd := player(role)
		cmd.Stdin, cmd.Stdout = os.Stdin, os.Stdout
		if err := cmd.Start(); err != nil {
			panic(err)
		}
		pid <- cmd.Process.Pid
		select {}
	}()
	return <-pid
}

func player(role string) *exec.Cmd {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(path)
	cmd.Env = append(os.Environ(), roleKey+"="+role, "GORACE=atexit_sleep_ms=0") // else it sleeps for a second before it ends
	cmd.Stderr = os.Stderr
	return cmd
}

func touched(size int) []byte {
	memory := make([]byte, size)
	for i := 0; i < size; i += 1024 {
		memory[i] = 1
	}
	return memory
}

func atoi(text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		panic(err)
	}
	return n
}

// start starts the process, reads so many lines that it and its descendants say, and returns its pid, the numbers in the lines, in
// order, and what ends them all.
func start(t testing.TB, cmd *exec.Cmd, lines int) (pid int, said []int, end func()) {
	t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	end = func() {
		if !ended {
			ended = true
			in.Close()
			io.Copy(io.Discard, out)
			cmd.Wait()
		}
	}
	t.Cleanup(end)
	text := bufio.NewReader(out)
	for range lines {
		line, err := text.ReadString('\n')
		if err != nil {
			t.Fatalf("the process said %d of %d lines: %v", len(said), lines, err)
		}
		said = append(said, atoi(line))
	}
	slices.Sort(said)
	return cmd.Process.Pid, said, end
}

// eventually asks until it is told true, for as long as a loaded machine may need.
func eventually(t testing.TB, what string, ask func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ask(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came true that %s", what)
		}
	}
}
