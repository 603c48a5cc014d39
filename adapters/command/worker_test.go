//go:build unix

package command_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/command"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// work is a worker with a manner of its own.
func work(args []string) int {
	type asked struct {
		ID      uint64
		Process struct{ Name, Group string }
	}
	manner, n := args[0], 0
	if manner == "waits" { // before it is ready
		ms, _ := strconv.Atoi(args[1])
		booting, booted := context.WithTimeout(context.Background(), time.Duration(ms)*time.Millisecond)
		defer booted()
		<-booting.Done()
	}
	if manner == "deaf" {
		signal.Ignore(syscall.SIGTERM)
		select {}
	}
	var held []asked
	for in := bufio.NewScanner(os.Stdin); in.Scan(); n++ {
		var q asked
		if err := json.Unmarshal(in.Bytes(), &q); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		answer := func(q asked) {
			fmt.Printf(`{"id": %d, "verdict": "healthy", "reason": "%s of %s by %d"}`+"\n", q.ID, q.Process.Name, q.Process.Group, os.Getpid())
		}
		switch manner {
		case "echoes":
			fmt.Printf(`{"id": %d, "verdict": "unhealthy", "reason": %q, "warning": "w"}`+"\n", q.ID, in.Text())
		case "dies":
			if limit, _ := strconv.Atoi(args[1]); n == limit {
				fmt.Fprintln(os.Stderr, "Traceback:\n  a line\nKeyError: 'a'")
				return 7
			}
			answer(q)
		case "mute":
		case "mute for bad":
			if q.Process.Name != "bad" {
				answer(q)
			}
		case "together": // two questions, the other way round
			if held = append(held, q); len(held) == 2 {
				answer(held[1])
				answer(held[0])
			}
		case "babbles":
			fmt.Print("ready?\n{}\n[1]\n{\"id\": 999, \"verdict\": \"healthy\"}\n\n")
			fmt.Fprintln(os.Stderr, "one is asked")
			answer(q)
		case "endless":
			fmt.Print(strings.Repeat("x", 1<<20))
		case "floods":
			for {
				if _, err := fmt.Println("x"); err != nil {
					return 1
				}
			}
		case "wrong":
			fmt.Printf(`{"id": %d, "verdict": "fine"}`+"\n", q.ID)
		default:
			answer(q)
		}
	}
	return 0
}

// hired is a worker of this manner with a timeout.
func hired(t testing.TB, r *command.Runner, atOnce int, timeout time.Duration, manner ...string) ports.Worker {
	t.Helper()
	c := of("worker", manner...)
	c.Timeout = timeout
	w := r.Worker(c, atOnce)
	t.Cleanup(w.Close)
	return w
}

func process(name string) domain.Process {
	return domain.Process{ID: domain.ID{Group: "web", Name: name}, State: domain.Running, PID: 4711,
		Started: time.Unix(1_700_000_000, 0), Uptime: 90061 * time.Second, StdoutLog: "/var/log/o", StderrLog: "/var/log/e"}
}

// ask returns the reason of an answer, which is the pid of the worker too, or the error.
func ask(t *testing.T, w ports.Worker, name string) (reason string, pid int, err error) {
	t.Helper()
	v, err := w.Ask(t.Context(), process(name))
	reason, by, _ := strings.Cut(v.Reason, " by ")
	pid, _ = strconv.Atoi(by)
	return reason, pid, err
}

func TestAWorkerIsToldWhatSupervisordTells(t *testing.T) {
	t.Parallel()
	v, err := hired(t, newRunner(t, 0), 1, 5*time.Second, "echoes").Ask(t.Context(), process("web_0"))
	if err != nil || v.Health != domain.Unhealthy || len(v.Warnings) != 1 || v.Warnings[0].Text != "w" {
		t.Fatalf("%+v, %v", v, err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(v.Reason), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"id": 1.0, "timeout": 65.0, "process": map[string]any{"name": "web_0", "group": "web", "pid": 4711.0, "state": 20.0,
		"statename": "RUNNING", "start": 1.7e9, "stop": 0.0, "now": 1.7e9 + 90061, "description": "pid 4711, uptime 1 day, 1:01:01", "spawnerr": "",
		"exitstatus": 0.0, "logfile": "/var/log/o", "stdout_logfile": "/var/log/o", "stderr_logfile": "/var/log/e"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOneWorkerJudgesAll(t *testing.T) {
	t.Parallel()
	for _, atOnce := range []int{1, 4} {
		w := hired(t, newRunner(t, 0), atOnce, time.Minute, "answers")
		pids := make([]int, 50)
		var all sync.WaitGroup
		for i := range pids {
			all.Go(func() {
				reason, pid, err := ask(t, w, fmt.Sprint(i))
				if want := fmt.Sprintf("%d of web", i); reason != want || err != nil {
					t.Errorf("got %q, %v, want %q", reason, err, want)
				}
				pids[i] = pid
			})
		}
		all.Wait()
		for _, pid := range pids {
			if pid != pids[0] {
				t.Errorf("they were judged by %v", pids)
				break
			}
		}
	}
}

func TestAWorkerThatIsAskedSeveralThingsAnswersInAnyOrder(t *testing.T) {
	t.Parallel()
	w := hired(t, newRunner(t, 0), 2, time.Minute, "together")
	var both sync.WaitGroup
	for _, name := range []string{"a", "b"} {
		both.Go(func() {
			if reason, _, err := ask(t, w, name); reason != name+" of web" || err != nil {
				t.Errorf("%s: %s, %v", name, reason, err)
			}
		})
	}
	both.Wait()
}

func TestAWorkerThatHasEndedIsStartedAgainAfterAPause(t *testing.T) {
	t.Parallel()
	w := hired(t, newRunner(t, 0), 1, time.Minute, "dies", "2")
	_, first, _ := ask(t, w, "a")
	if _, pid, err := ask(t, w, "b"); pid != first || first == 0 || err != nil {
		t.Fatalf("%d, then %d, %v", first, pid, err)
	}
	const died = "the worker has ended with exit status 7: KeyError: 'a'"
	if _, _, err := ask(t, w, "c"); err == nil || err.Error() != died {
		t.Errorf("it ends with %v", err)
	}
	if _, _, err := ask(t, w, "c"); err == nil || err.Error() != died+"; it is started again in 1s" && err.Error() != died+"; it is started again in 2s" {
		t.Errorf("it is said of it: %v", err)
	}
	waitFor(t, "another life", func() bool { reason, pid, _ := ask(t, w, "c"); return pid > 0 && pid != first && reason == "c of web" })
}

func TestThePausesOfAWorkerThatNeverAnswersGrow(t *testing.T) {
	t.Parallel()
	w := hired(t, newRunner(t, 0), 1, time.Minute, "dies", "0")
	began := time.Now()
	lives := 0
	waitFor(t, "three lives", func() bool {
		if _, _, err := ask(t, w, "a"); err != nil && !strings.Contains(err.Error(), "started again") {
			lives++
		}
		return lives == 3
	})
	if took := time.Since(began); took < 3*time.Second {
		t.Errorf("three lives took %s, with pauses of one and two seconds", took)
	}
}

func TestAWorkerThatDoesNotAnswerIsEnded(t *testing.T) {
	t.Parallel()
	w := hired(t, newRunner(t, 0), 1, time.Second, "mute for bad")
	_, first, err := ask(t, w, "good")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := ask(t, w, "bad"); err == nil || err.Error() != "the worker has not answered within 1s" {
		t.Errorf("it was said: %v", err)
	}
	waitGone(t, first)
	waitFor(t, "an answer for another process", func() bool { _, pid, _ := ask(t, w, "good"); return pid > 0 && pid != first })
}

func TestOneQuestionWithoutAnAnswerDoesNotEndAWorkerThatAnswersOthers(t *testing.T) {
	t.Parallel()
	w := hired(t, newRunner(t, 0), 2, 2*time.Second, "mute for bad")
	_, first, err := ask(t, w, "good")
	if err != nil {
		t.Fatal(err)
	}
	bad := make(chan error)
	go func() {
		_, _, err := ask(t, w, "bad")
		bad <- err
	}()
	for {
		select {
		case err := <-bad:
			if err == nil {
				t.Error("there is an answer")
			}
			if _, pid, err := ask(t, w, "good"); pid != first || err != nil {
				t.Errorf("it was %d and is %d, %v", first, pid, err)
			}
			return
		case <-time.After(50 * time.Millisecond):
			if _, pid, err := ask(t, w, "good"); pid != first || err != nil {
				t.Fatalf("it was %d and is %d, %v", first, pid, err)
			}
		}
	}
}

func TestTheFirstAnswerOfAWorkerMayTakeLonger(t *testing.T) {
	t.Parallel()
	w := hired(t, newRunner(t, 0), 1, 100*time.Millisecond, "waits", "1000")
	if _, pid, err := ask(t, w, "a"); pid == 0 || err != nil {
		t.Error(err)
	}
}

func TestWhatAWorkerWritesIsBounded(t *testing.T) {
	t.Parallel()
	for manner, want := range map[string]string{
		"endless": "the worker has written a line of more than 65536 bytes",
		"floods":  "the worker has written 1000 lines that answer nothing",
		"wrong":   `the worker has answered with the verdict "fine": it must be healthy, unhealthy or unknown`,
	} {
		if _, _, err := ask(t, hired(t, newRunner(t, 0), 1, time.Minute, manner), "a"); err == nil || err.Error() != want {
			t.Errorf("%s: %v", manner, err)
		}
	}
	long := process(strings.Repeat("x", 1<<20))
	c := of("worker", "deaf")
	c.Timeout = -59 * time.Second // with the minute of the first answer it is a second
	w := newRunner(t, 0).Worker(c, 1)
	t.Cleanup(w.Close)
	if _, err := w.Ask(t.Context(), long); err == nil || err.Error() != "the worker has read nothing for 1s" {
		t.Errorf("deaf: %v", err)
	}
}

func TestWhatAWorkerWritesBesidesIsLogged(t *testing.T) {
	t.Parallel()
	var log safe
	r := command.New(0, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(r.Close)
	w := hired(t, r, 1, time.Minute, "babbles")
	for range 3 {
		if reason, _, err := ask(t, w, "a"); reason != "a of web" || err != nil {
			t.Errorf("%s, %v", reason, err)
		}
	}
	waitFor(t, "the lines", func() bool {
		text := log.String()
		return strings.Count(text, `msg="a worker says"`) == 3 && strings.Contains(text, `line="one is asked"`) &&
			strings.Count(text, `msg="a worker writes to stdout what is no answer"`) == 9
	})
}

// safe is a log for several goroutines.
type safe struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safe) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safe) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestAWorkerEndsWithWhoHasHiredIt(t *testing.T) {
	t.Parallel()
	for _, manner := range []string{"answers", "dies"} {
		r := newRunner(t, 0)
		w := hired(t, r, 1, time.Minute, manner, "99")
		_, pid, err := ask(t, w, "a")
		if err != nil {
			t.Fatal(err)
		}
		if manner == "answers" {
			w.Close()
		} else {
			r.Close()
			if alive(pid) {
				t.Error("it lives when Close of the runner has returned")
			}
		}
		waitGone(t, pid)
		if _, _, err := ask(t, w, "a"); err == nil {
			t.Error("it answers")
		}
	}
}

func TestACancelledQuestionIsForgotten(t *testing.T) {
	t.Parallel()
	w := hired(t, newRunner(t, 0), 1, time.Minute, "together")
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := w.Ask(ctx, process("a")); err == nil {
		t.Error("it is answered")
	}
	if reason, _, err := ask(t, w, "b"); reason != "b of web" || err != nil {
		t.Errorf("the next one: %s, %v", reason, err)
	}
}

func TestAWorkerThatCannotBeStarted(t *testing.T) {
	t.Parallel()
	w := newRunner(t, 0).Worker(domain.Command{Args: []string{"no-such-worker"}, Timeout: time.Second}, 1)
	t.Cleanup(w.Close)
	for _, end := range []string{"write its whole path", "it is started again in"} {
		if _, _, err := ask(t, w, "a"); err == nil || !strings.Contains(err.Error(), `there is no program "no-such-worker"`) || !strings.Contains(err.Error(), end) {
			t.Errorf("%v", err)
		}
	}
}
