package app_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/clock"
	"supervisor-healthcheck/adapters/files"
	"supervisor-healthcheck/adapters/gopsutil"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// fresh is whoever hears heartbeats; the last one has just come.
type fresh struct{}

func (fresh) Beats(context.Context, domain.Process) (domain.Beats, error) {
	return domain.Beats{Last: time.Now(), Ready: true, Anybody: true}, nil
}

// BenchmarkChecks judges a thousand processes by checks that ask neither a service nor for the memory or the time of a process. The
// floors of a file and of a log are the system calls that they cannot do without.
func BenchmarkChecks(b *testing.B) {
	dir := b.TempDir()
	all := make([]domain.Process, 1000)
	for i := range all {
		name := fmt.Sprintf("web_%d", i)
		all[i] = domain.Process{ID: domain.ID{Group: "web", Name: name}, State: domain.Running, PID: os.Getpid(), Uptime: time.Hour,
			Started: time.Now().Add(-time.Hour), StdoutLog: filepath.Join(dir, name+".log")}
		for _, path := range []string{all[i].StdoutLog, domain.HeartbeatPath(dir, all[i].ID, all[i].PID)} {
			if err := os.WriteFile(path, []byte("begun\n"), 0o600); err != nil {
				b.Fatal(err)
			}
		}
	}
	world := checks.World{Files: files.New(), Logs: files.New(), Owner: gopsutil.New(), Clock: clock.New(), Events: fresh{}, TempDir: dir}
	for _, c := range []struct {
		name     string
		settings checks.Settings
		written  bool // to each log a line before each look
	}{
		{"heartbeat by event", checks.File{By: checks.ByEvent, Timeout: time.Hour}, false},
		{"heartbeat by a file", checks.File{Timeout: time.Hour}, false},
		{"log, nothing new", checks.Log{Pattern: "ERROR|FATAL"}, false},
		{"log, a line each", checks.Log{Pattern: "ERROR|FATAL"}, true},
		{"uptime", checks.Uptime{Max: 24 * time.Hour, Jitter: time.Hour}, false},
		{"uptime, planned", checks.Uptime{Max: time.Minute, Jitter: time.Minute}, false},
	} {
		check, err := c.settings.Build(world)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			ofThousand(b, all, c.written, func(p domain.Process) error {
				if v := domain.Judge(b.Context(), []domain.Check{check}, p); v.Health != domain.Healthy {
					return fmt.Errorf("%s: %s", v.Health, v.Reason)
				}
				return nil
			})
		})
	}
	b.Run("floor of a file", func(b *testing.B) {
		ofThousand(b, all, false, func(p domain.Process) error {
			var found syscall.Stat_t
			return syscall.Lstat(domain.HeartbeatPath(dir, p.ID, p.PID), &found)
		})
	})
	b.Run("floor of a log", func(b *testing.B) {
		ofThousand(b, all, false, func(p domain.Process) error {
			var found syscall.Stat_t
			file, err := syscall.Open(p.StdoutLog, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
			if err != nil {
				return err
			}
			defer syscall.Close(file)
			return syscall.Fstat(file, &found)
		})
	})
}

// ofThousand tells what it costs to do one thing with all of them. What is written to their logs before is not counted.
func ofThousand(b *testing.B, all []domain.Process, written bool, do func(domain.Process) error) {
	b.ReportAllocs()
	var used time.Duration
	for b.Loop() {
		if written {
			for _, p := range all {
				line(b, p.StdoutLog)
			}
		}
		before := processorTime(b)
		for _, p := range all {
			if err := do(p); err != nil {
				b.Fatal(err)
			}
		}
		used += processorTime(b) - before
	}
	b.ReportMetric(float64(used.Microseconds())/1000/float64(b.N), "cpu-ms/op")
}

func line(b *testing.B, path string) {
	b.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString("2026-11-26 12:00:00 INFO 127.0.0.1 GET /ping 200 in 12 ms\n"); err != nil {
		b.Fatal(err)
	}
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
