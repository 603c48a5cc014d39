package history_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supervisor-healthcheck/adapters/history"
	"supervisor-healthcheck/domain"
)

// crowd are so many processes under one watch.
func crowd(n int) (all []domain.ProcessStatus) {
	for i := range n {
		all = append(all, status(fmt.Sprintf("p%04d", i), domain.Running, "site"))
	}
	return all
}

func TestNumbersComeBackAsFarAsTheyAreTold(t *testing.T) {
	for _, x := range []float64{0, 1e-6, 0.0123, 1, 3.14159, 99.99, 5000, 123456789, 4e18, -86400 * 30} {
		if got := history.Through(x); math.Abs(got-x) > math.Abs(x)/1000 {
			t.Errorf("%g comes back as %g", x, got)
		}
	}
	for _, x := range []float64{1e-9, -1e-9, 1e300, math.Inf(1), math.Inf(-1)} {
		if got := history.Through(x); got == 0 || math.Signbit(got) != math.Signbit(x) || math.IsInf(got, 0) {
			t.Errorf("%g comes back as %g", x, got)
		}
	}
	if got := history.Through(math.NaN()); got != 0 {
		t.Error(got)
	}
}

// However many processes there are and for how long, the bound holds, and the samples reach back for days.
func TestSamplesOfManyAreCoarserAndNotMore(t *testing.T) {
	for name, tt := range map[string]struct {
		processes int
		lasting   time.Duration
		back      time.Duration // how far the samples reach back at least
		longest   time.Duration // what a sample is about, once it is known how many there are
	}{
		"few":  {3, 36 * time.Hour, 36 * time.Hour, 30 * time.Second},
		"many": {300, 5 * 24 * time.Hour, 24 * time.Hour, 10 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const bound = 1 << 20
				at, k, begun := path(t), &known{}, time.Now()
				k.set(crowd(tt.processes)...)
				h := sampling(t, at, bound, k)
				for range tt.lasting / (5 * time.Minute) {
					for i := range tt.processes {
						h.Report(probed(fmt.Sprintf("p%04d", i), "site", domain.Healthy, time.Duration(i+1)*time.Millisecond, answered(0.01), memory(float64(i+1), 800)))
					}
					time.Sleep(5 * time.Minute)
				}
				h.Close()
				if got := kept(t, at); got > bound*5/8 {
					t.Errorf("%d bytes of samples are kept", got)
				}
				first, longest, count := time.Time{}, time.Duration(0), 0
				err := history.Rows(at, history.RowQuery{Process: "web:p0002"}, func(r history.Row) error {
					if count == 0 {
						first = r.At
					}
					count++
					longest = max(longest, r.Span)
					return nil
				})
				if err != nil || time.Since(first) < tt.back-time.Hour || longest != tt.longest {
					t.Errorf("%d samples of up to %s reach back for %s: %v", count, longest, time.Since(first), err)
				}
				t.Log(count, longest, time.Since(begun), time.Since(first))
			})
		})
	}
}

// kept is how many bytes the samples take.
func kept(t *testing.T, at string) (all int64) {
	t.Helper()
	names, err := filepath.Glob(strings.TrimSuffix(at, "events.jsonl") + "samples.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		all += info.Size()
	}
	return all
}

// life is a listener that lives for so many samples of one process.
func life(t *testing.T, at string, samples int) {
	t.Helper()
	k := &known{}
	k.set(status("a", domain.Running, "site"))
	h := sampling(t, at, 1<<20, k)
	time.Sleep(time.Second)
	for range samples {
		h.Report(probed("a", "site", domain.Healthy, time.Second, answered(1)))
		time.Sleep(15 * time.Second)
	}
	h.Close()
	time.Sleep(14 * time.Second)
}

func TestWhatIsDamagedIsPassedOver(t *testing.T) {
	for name, tt := range map[string]struct {
		damage func(content []byte) []byte
		left   int  // of 10 samples
		aside  bool // the file is put aside
	}{
		"whole":            {func(c []byte) []byte { return c }, 10, false},
		"torn":             {func(c []byte) []byte { return c[:len(c)-60] }, 8, false},
		"half a header":    {func(c []byte) []byte { return c[:9] }, 0, true},
		"a hole of zeros":  {func(c []byte) []byte { clear(c[len(c)/2 : len(c)/2+4]); return c }, 9, false},
		"zeros at the end": {func(c []byte) []byte { return append(c, make([]byte, 100_000)...) }, 10, false},
		"other bytes within": {func(c []byte) []byte {
			return append(c[:100:100], append([]byte("\xd5SH\x1a\xff\xff\xff\x00xx"), c[100:]...)...)
		}, 9, false},
		"of a newer format": {func(c []byte) []byte { c[8]++; return c }, 0, true},
		"of somebody else":  {func([]byte) []byte { return []byte("#!/bin/sh\nexit 0\n") }, 0, true},
		"empty":             {func([]byte) []byte { return nil }, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at := path(t)
				life(t, at, 10)
				content, err := os.ReadFile(slot(at, 0))
				if err == nil {
					err = os.WriteFile(slot(at, 0), tt.damage(content), 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
				if got := rows(t, at, history.RowQuery{}); len(got) != tt.left {
					t.Errorf("%d samples are left: %q", len(got), got)
				}
				life(t, at, 3)
				if got := rows(t, at, history.RowQuery{}); len(got) != tt.left+3 {
					t.Errorf("%d samples after another life: %q", len(got), got)
				}
				if _, err := os.Stat(strings.TrimSuffix(at, "events.jsonl") + "samples.bad"); (err == nil) != tt.aside {
					t.Error(err)
				}
			})
		})
	}
}

// Names that were lost with a block stand for nobody, and not for somebody else.
func TestALostNameIsNotMistaken(t *testing.T) {
	g := history.NewGathering()
	var blocks [][]byte
	for i := range 6 {
		g.Verdict(probed(fmt.Sprint("p", i), fmt.Sprint("w", i), domain.Healthy, time.Second, memory(float64(i), float64(800+i))))
		for j := range i {
			g.Verdict(probed(fmt.Sprint("p", j), fmt.Sprint("w", j), domain.Healthy, time.Second, memory(float64(j), float64(800+j))))
		}
		block, _ := g.Block(noon().Add(time.Duration(i) * time.Minute))
		blocks = append(blocks, bytes.Clone(block))
	}
	for lost := range blocks {
		content := append([]byte("SHsample\x01"), make([]byte, 7)...)
		for i, block := range blocks {
			if i == lost {
				block = bytes.Repeat([]byte("x"), len(block))
			}
			content = append(content, block...)
		}
		told := map[string]bool{}
		err := history.Read(content, func(r history.Row) error {
			told[r.Process] = true
			number := strings.TrimPrefix(r.Process, "web:p")
			if r.Watch != "w"+number || len(r.Measures) != 1 || fmt.Sprint(r.Measures[0].Limit/1e6-800) != number {
				t.Errorf("without block %d: %+v", lost, r)
			}
			return nil
		})
		if err != nil || len(told) == 0 && lost > 0 || told[fmt.Sprint("web:p", lost)] {
			t.Errorf("without block %d: %v %v", lost, told, err)
		}
	}
}

// Processes that come and go, and clocks that are set, do no harm.
func TestNamesComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const bound = 1 << 20
		at, k := path(t), &known{}
		h := sampling(t, at, bound, k)
		for i := range 3000 {
			k.set(status(fmt.Sprintf("job%d-%s", i, strings.Repeat("x", 200)), domain.Running, "site"), status("stays", domain.Running, "site"))
			time.Sleep(15 * time.Second)
		}
		h.Close()
		if got := kept(t, at); got > bound*5/8 {
			t.Errorf("%d bytes are kept", got)
		}
		if got := rows(t, at, history.RowQuery{Process: "web:stays"}); len(got) < 1000 {
			t.Error(len(got))
		}
	})
}

func TestASmallerBoundHoldsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at, k := path(t), &known{}
		k.set(crowd(200)...)
		h := sampling(t, at, 8<<20, k)
		time.Sleep(40 * time.Hour)
		h.Close()
		before := kept(t, at)
		h = sampling(t, at, 1<<20, k)
		time.Sleep(48 * time.Hour)
		h.Close()
		if after := kept(t, at); before < 5<<17 || after > 5<<17 {
			t.Errorf("%d bytes were kept, and %d are", before, after)
		}
	})
}

// What stands in the way stays, is said once, and holds nobody up; when it is gone, samples are kept.
func TestSamplesThatCannotBeKept(t *testing.T) {
	for name, tt := range map[string]struct {
		make, end func(at string) error
		want      string
	}{
		"a directory":  {func(at string) error { return os.Mkdir(slot(at, 0), 0o700) }, func(at string) error { return os.Remove(slot(at, 0)) }, "something else has this name"},
		"a link":       {func(at string) error { return os.Symlink(os.DevNull, slot(at, 0)) }, func(at string) error { return os.Remove(slot(at, 0)) }, "something else has this name"},
		"no directory": {func(at string) error { return os.Remove(filepath.Dir(at)) }, func(at string) error { return os.Mkdir(filepath.Dir(at), 0o700) }, "no such file or directory"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				at, k := path(t), &known{}
				k.set(status("a", domain.Running, "site"))
				if err := tt.make(at); err != nil {
					t.Fatal(err)
				}
				var warned []error
				h := history.New()
				h.Keep(history.Config{Path: at, Bound: 1 << 20, Looked: k, Warn: func(err error) { warned = append(warned, err) }})
				time.Sleep(5 * time.Minute)
				synctest.Wait()
				if len(warned) != 1 || !strings.Contains(warned[0].Error(), tt.want) || !strings.Contains(warned[0].Error(), "samples") {
					t.Fatal(warned)
				}
				if err := tt.end(at); err != nil {
					t.Fatal(err)
				}
				time.Sleep(5 * time.Minute)
				h.Close()
				if got := rows(t, at, history.RowQuery{}); len(got) < 15 || len(warned) != 1 {
					t.Error(len(got), warned)
				}
			})
		})
	}
}

func TestSamplesHaveNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at, k := path(t), &known{}
		k.set(crowd(10_000)...)
		var warned []error
		h := history.New()
		h.Keep(history.Config{Path: at, Bound: 1 << 20, Looked: k, Warn: func(err error) { warned = append(warned, err) }})
		time.Sleep(time.Minute)
		h.Close()
		if len(warned) != 1 || !strings.Contains(warned[0].Error(), "write a larger size") || kept(t, at) > 1<<19 {
			t.Error(warned, kept(t, at))
		}
	})
}

// Another listener with the same name, and who only reads, leave the files of the first one alone.
func TestSamplesBelongToOneListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at, k := path(t), &known{}
		k.set(status("a", domain.Running, "site"))
		first := sampling(t, at, 1<<20, k)
		time.Sleep(time.Minute)
		var warned []error
		second := history.New()
		second.Keep(history.Config{Path: at, Bound: 1 << 20, Looked: k, Warn: func(err error) { warned = append(warned, err) }})
		time.Sleep(time.Minute)
		second.Close()
		if len(warned) != 1 || !strings.Contains(warned[0].Error(), "another listener has it") {
			t.Error(warned)
		}
		time.Sleep(time.Minute)
		first.Close()
		if got := rows(t, at, history.RowQuery{}); len(got) != 12 {
			t.Errorf("%d: %q", len(got), got)
		}
	})
}

func TestRowsAreToldUntilSomebodyHasEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := path(t)
		life(t, at, 3)
		enough := errors.New("enough")
		count := 0
		err := history.Rows(at, history.RowQuery{}, func(history.Row) error { count++; return enough })
		if count != 1 || !errors.Is(err, enough) {
			t.Error(count, err)
		}
	})
}

func FuzzSamples(f *testing.F) {
	g := history.NewGathering()
	content := append([]byte("SHsample\x01"), make([]byte, 7)...)
	for i := range 3 {
		leak := memory(float64(i), 800)
		leak.Forecast = float64(i * 60)
		g.Verdict(probed("a", "site", domain.Unhealthy, time.Second, answered(1), leak))
		k := &known{}
		k.set(status(fmt.Sprint("p", i), domain.Stopped, "site"))
		g.Look(k)
		block, _ := g.Block(noon())
		content = append(content, block...)
	}
	f.Add(content[16:])
	f.Add(content[20:])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, blocks []byte) {
		content := append(append([]byte("SHsample\x01"), make([]byte, 7)...), history.Sealed(blocks)...)
		count := 0
		err := history.Read(content, func(r history.Row) error {
			if count++; !strings.Contains(fmt.Sprint(domain.Worst()), string(r.Condition)) || r.At.IsZero() {
				t.Errorf("%+v", r)
			}
			return nil
		})
		if err != nil || count > len(content) {
			t.Error(count, err)
		}
	})
}
