package gopsutil

import (
	"context"
	"fmt"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// BenchmarkStats measures all roots of a forest in one round, each root with three children. cpu-ms/op is what it costs the
// machine, which counts where other work delays the time on the wall.
func BenchmarkStats(b *testing.B) {
	for _, roots := range []int{10, 100, 1000} {
		pids := forest(b, roots)
		for _, one := range []struct {
			name  string
			stats *Stats
		}{
			{"new", New()},
			{"table", &Stats{ways: onlyFast(), lookups: noLookup}},
			{"lookup", &Stats{ways: onlyFast(), lookups: onlyLookup}},
			{"library", portable()},
		} {
			for _, measure := range []struct {
				name string
				of   func(*Stats, *testing.B, []int)
			}{{"Memory", memories}, {"TreeMemory", trees}, {"CPUTime", cpuTimes}, {"one tree", oneTree}} {
				b.Run(fmt.Sprintf("%s/%d roots/%s", measure.name, roots, one.name), func(b *testing.B) {
					b.ReportAllocs()
					began := cpuMilliseconds()
					for b.Loop() {
						measure.of(one.stats, b, pids)
					}
					b.ReportMetric((cpuMilliseconds()-began)/float64(b.N), "cpu-ms/op")
				})
			}
		}
	}
}

func memories(s *Stats, b *testing.B, pids []int) {
	ctx := s.Round(b.Context(), pids)
	for _, pid := range pids {
		if _, err := s.Memory(ctx, pid); err != nil {
			b.Fatal(err)
		}
	}
}

func trees(s *Stats, b *testing.B, pids []int) {
	ctx := s.Round(b.Context(), pids)
	for _, pid := range pids {
		if usage, err := s.TreeMemory(ctx, pid); err != nil || usage.Processes != 4 {
			b.Fatal(usage, err)
		}
	}
}

func oneTree(s *Stats, b *testing.B, pids []int) { trees(s, b, pids[:1]) }

func cpuTimes(s *Stats, b *testing.B, pids []int) {
	ctx := s.Round(b.Context(), pids)
	for _, pid := range pids {
		if _, err := s.CPUTime(ctx, pid); err != nil {
			b.Fatal(err)
		}
	}
}

// forest starts so many roots with three children each, and returns the roots. All end with their stdin: cat is one of the children.
func forest(b *testing.B, roots int) []int {
	b.Helper()
	cmd := exec.Command("sh", "-c", fmt.Sprintf(`exec 3<&0
for i in $(seq %d); do
	sh -c 'cat <&3 >/dev/null & cat <&3 >/dev/null & cat <&3 >/dev/null & echo $$; wait' &
done
wait`, roots))
	_, pids, _ := start(b, cmd, roots)
	return pids
}

// BenchmarkDetails measures what few checks ask for, of all roots in one round.
func BenchmarkDetails(b *testing.B) {
	pids := forest(b, 100)
	for name, ask := range map[string]func(*Stats, context.Context, int) error{
		"Memory":     func(s *Stats, ctx context.Context, pid int) error { _, err := s.Memory(ctx, pid); return err },
		"MemoryRoom": func(s *Stats, ctx context.Context, pid int) error { _, err := s.MemoryRoom(ctx, pid); return err },
		"MemoryShares": func(s *Stats, ctx context.Context, pid int) error {
			_, err := s.MemoryShares(ctx, pid, false)
			return err
		},
		"MemoryShares of all": func(s *Stats, ctx context.Context, pid int) error {
			_, err := s.MemoryShares(ctx, pid, true)
			return err
		},
		"CPUTime":     func(s *Stats, ctx context.Context, pid int) error { _, err := s.CPUTime(ctx, pid); return err },
		"TreeMemory":  func(s *Stats, ctx context.Context, pid int) error { _, err := s.TreeMemory(ctx, pid); return err },
		"TreeCPUTime": func(s *Stats, ctx context.Context, pid int) error { _, err := s.TreeCPUTime(ctx, pid); return err },
		"OpenFiles":   func(s *Stats, ctx context.Context, pid int) error { _, err := s.OpenFiles(ctx, pid); return err },
		"Threads":     func(s *Stats, ctx context.Context, pid int) error { _, err := s.Threads(ctx, pid); return err },
	} {
		for way, s := range map[string]*Stats{"new": New(), "library": portable()} {
			s.rooms = New().rooms
			b.Run(name+"/100 roots/"+way, func(b *testing.B) {
				b.ReportAllocs()
				began := cpuMilliseconds()
				for b.Loop() {
					ctx := s.Round(b.Context(), pids)
					for _, pid := range pids {
						if err := ask(s, ctx, pid); err != nil {
							b.Fatal(err)
						}
					}
				}
				b.ReportMetric(10*(cpuMilliseconds()-began)/float64(b.N), "cpu-ms/1000")
			})
		}
	}
}

func cpuMilliseconds() float64 {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e6
}
