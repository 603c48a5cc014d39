package gopsutil

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// both are the ways one by one.
func both() map[string]*Stats {
	return map[string]*Stats{"fast": {ways: onlyFast(), lookups: newStats().lookups}, "library": portable()}
}

func TestOpenFilesAndTheirLimit(t *testing.T) {
	pid, _, _ := start(t, player("files"), 1)
	want := domain.OpenFiles{Open: len(descriptors(t, pid)), Limit: 100}
	if want.Open < 43 {
		t.Fatalf("the process has %d files", want.Open)
	}
	for name, s := range both() {
		if got, err := s.OpenFiles(t.Context(), pid); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, want)
		}
	}
}

func descriptors(t *testing.T, pid int) []os.DirEntry {
	t.Helper()
	all, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(pid), "fd"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestThreads(t *testing.T) {
	pid, _, _ := start(t, player("threads"), 1)
	for name, s := range both() {
		eventually(t, name+": the threads are those that the kernel lists", func() bool {
			listed, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(pid), "task"))
			got, failed := s.Threads(t.Context(), pid)
			return err == nil && failed == nil && len(listed) > 20 && got == len(listed)
		})
	}
}

// The shares are those that the kernel tells, by either way, and lie below the resident memory.
func TestMemoryShares(t *testing.T) {
	root, said, _ := start(t, player("2,1"), 5)
	for name, s := range both() {
		eventually(t, name+": an idle moment has the same numbers", func() bool {
			want := domain.MemoryShares{Processes: 5}
			for _, pid := range said {
				want.PSS += rollup(t, pid, "Pss")
				want.USS += rollup(t, pid, "Private_Clean") + rollup(t, pid, "Private_Dirty")
			}
			got, err := s.MemoryShares(s.Round(t.Context(), []int{root}), root, true)
			off := int64(got.PSS) - int64(want.PSS)
			got.PSS = want.PSS // smaps has kB for each mapping, and so loses some
			return err == nil && got == want && off <= 0 && off > -(5*4<<20)
		})
		own, err := s.MemoryShares(t.Context(), root, false)
		usage, failed := s.Memory(t.Context(), root)
		if err != nil || failed != nil || own.Processes != 1 || own.USS < 2<<20 || own.USS > own.PSS || own.PSS > usage.RSS {
			t.Errorf("%s: %+v, %v of %+v, %v", name, own, err, usage, failed)
		}
	}
}

// rollup is a figure of smaps_rollup in bytes.
func rollup(t *testing.T, pid int, name string) uint64 {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "smaps_rollup"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n"+name+":")
	n, err := strconv.ParseUint(strings.Fields(rest + " x")[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n << 10
}

// A child that has ended counts: its parent has its time as soon as it has waited for it.
func TestTreeTimeKeepsThatOfChildrenThatHaveEnded(t *testing.T) {
	pid, _, _ := start(t, player("spent"), 1)
	s := New()
	own, err := s.CPUTime(t.Context(), pid)
	tree, failed := s.TreeCPUTime(t.Context(), pid)
	if err != nil || failed != nil || tree-own < 90*time.Millisecond {
		t.Errorf("the process has spent %v, %v, with its child %v, %v", own, err, tree, failed)
	}
}

// The tree never has less while children come, burn and end under a parent that waits for them, but for a moment.
func TestTreeTimeOfChildrenThatComeAndGo(t *testing.T) {
	cmd := exec.Command("sh", "-c", `echo $$; while sh -c 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done'; do :; done <&0 & read x; kill $!; wait`)
	pid, _, _ := start(t, cmd, 1)
	s := New()
	var last time.Duration
	fell := 0
	for deadline := time.Now().Add(20 * time.Second); last < 300*time.Millisecond; {
		spent, err := s.TreeCPUTime(t.Context(), pid)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("after %v: %v", last, err)
		}
		if spent < last {
			fell++
		} else {
			fell, last = 0, spent
		}
		if fell > 5 {
			t.Fatalf("it has spent %v, and was at %v before", spent, last)
		}
	}
}

func TestDetailsOfWhatIsGone(t *testing.T) {
	gone, _, end := start(t, player(""), 1)
	end()
	parent, said, _ := start(t, player("zombie"), 2)
	zombie := said[0] + said[1] - parent
	for name, s := range both() {
		s.rooms = New().rooms
		for pid, ended := range map[int]bool{gone: true, zombie: false} {
			eventually(t, name+": nothing is measured of it", func() bool {
				_, threads := s.Threads(t.Context(), pid)
				_, files := s.OpenFiles(t.Context(), pid)
				_, shares := s.MemoryShares(t.Context(), pid, false)
				_, spent := s.TreeCPUTime(t.Context(), pid)
				_, room := s.MemoryRoom(t.Context(), pid)
				return allGone(map[string]error{"threads": threads, "files": files, "shares": shares, "cpu": spent}) &&
					(!ended || errors.Is(room, domain.ErrGone))
			})
		}
	}
}

func TestParseRollup(t *testing.T) {
	const whole = "55-7f ---p 00000000 00:00 0   [rollup]\nRss:  900 kB\nPss:   500 kB\nPss_Dirty: 3 kB\nPrivate_Clean:  20 kB\nPrivate_Dirty: 300 kB\nPrivate_Hugetlb: 7 kB\n"
	for name, c := range map[string]struct {
		text string
		want domain.MemoryShares
		err  error
	}{
		"as the kernel writes it": {whole, domain.MemoryShares{PSS: 500 << 10, USS: 320 << 10}, nil},
		"nothing":                 {"", domain.MemoryShares{}, errFormat},
		"an end before the rest":  {whole[:70], domain.MemoryShares{}, errFormat},
		"a word for a number":     {strings.Replace(whole, "500", "5x0", 1), domain.MemoryShares{}, errFormat},
		"more than there can be":  {strings.Replace(whole, "500", "9999999999999999", 1), domain.MemoryShares{}, errFormat},
	} {
		if got, err := parseRollup([]byte(c.text)); cmp.Diff(c.want, got) != "" || err != c.err {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func FuzzRollup(f *testing.F) {
	f.Add([]byte("x\nPss:   500 kB\nPrivate_Clean:  20 kB\nPrivate_Dirty: 300 kB\n"))
	f.Add([]byte("Pss:"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, err := parseRollup(text); err != nil && got != (domain.MemoryShares{}) || got.PSS%1024 != 0 {
			t.Errorf("%q gave %+v, %v", text, got, err)
		}
	})
}
