package gopsutil

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v3/mem"

	"supervisor-healthcheck/domain"
)

// host is a /proc and a /sys of our own.
func host(t *testing.T, mountinfo string, limits map[string]string) (dir string, c containers) {
	t.Helper()
	dir = t.TempDir()
	for path, text := range limits {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	mounts := filepath.Join(dir, "mountinfo")
	if err := os.WriteFile(mounts, []byte(strings.ReplaceAll(mountinfo, "DIR", dir)), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir, containers{proc: dir, self: mounts}
}

const (
	twoAtRoot = "30 23 0:26 / DIR/v2 rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
	twoInside = "30 23 0:26 /docker/ab DIR/v2 ro - cgroup2 cgroup rw\n"
	oneAtRoot = "35 31 0:32 / DIR/v1\\040x rw,relatime - cgroup cgroup rw,memory\n36 31 0:33 / DIR/cpu rw - cgroup cgroup rw,cpu\n"
	oneInside = "35 31 0:32 /docker/ab DIR/v1 ro - cgroup cgroup rw,cpu,memory\n"
)

func TestLimitsOfContainers(t *testing.T) {
	for name, c := range map[string]struct {
		mountinfo, place string
		limits           map[string]string
		want             uint64
	}{
		"version 2":                            {twoAtRoot, "0::/app\n", map[string]string{"v2/app/memory.max": "1000"}, 1000},
		"that of a cgroup above":               {twoAtRoot, "0::/a/b/c\n", map[string]string{"v2/a/memory.max": "1000", "v2/a/b/memory.max": "max", "v2/a/b/c/memory.max": "2000"}, 1000},
		"none":                                 {twoAtRoot, "0::/app\n", map[string]string{"v2/app/memory.max": "max"}, math.MaxUint64},
		"a hierarchy without memory":           {twoAtRoot, "0::/app\n", nil, math.MaxUint64},
		"in a namespace of its own":            {twoAtRoot, "0::/\n", map[string]string{"v2/memory.max": "1000"}, 1000},
		"outside of our namespace":             {twoAtRoot, "0::/../other\n", map[string]string{"v2/memory.max": "1000", "other/memory.max": "5"}, 1000},
		"the part of a container":              {twoInside, "0::/docker/ab/worker\n", map[string]string{"v2/memory.max": "3000", "v2/worker/memory.max": "1000"}, 1000},
		"another part":                         {twoInside, "0::/docker/abc\n", map[string]string{"v2/memory.max": "3000", "v2/c/memory.max": "1000"}, 3000},
		"a cgroup that is removed":             {twoAtRoot, "0::/a/gone (deleted)\n", map[string]string{"v2/a/memory.max": "1000"}, 1000},
		"version 1":                            {oneAtRoot, "9:cpu:/x\n4:memory:/app\n", map[string]string{"v1 x/app/memory.limit_in_bytes": "1000", "cpu/app/memory.limit_in_bytes": "5"}, 1000},
		"version 1 without a limit":            {oneAtRoot, "4:memory:/app\n", map[string]string{"v1 x/app/memory.limit_in_bytes": "9223372036854771712"}, 9223372036854771712},
		"the part of a container in version 1": {oneInside, "4:cpu,memory:/docker/ab\n", map[string]string{"v1/memory.limit_in_bytes": "1000"}, 1000},
		"both":                                 {oneAtRoot + twoAtRoot, "4:memory:/a\n0::/b\n", map[string]string{"v1 x/a/memory.limit_in_bytes": "1000", "v2/b/memory.max": "500"}, 500},
		"no hierarchy":                         {"", "0::/\n", nil, math.MaxUint64},
		"no sense":                             {"x\n- - -\n", "x\n:\n", nil, math.MaxUint64},
	} {
		t.Run(name, func(t *testing.T) {
			_, containers := host(t, c.mountinfo, c.limits)
			if got := containers.limit(c.place); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestTheRoomOfAProcess(t *testing.T) {
	all, err := mem.VirtualMemory()
	if err != nil {
		t.Fatal(err)
	}
	own := strconv.Itoa(os.Getpid())
	for name, c := range map[string]struct {
		limits map[string]string
		want   domain.MemoryRoom
	}{
		"the container's":              {map[string]string{own + "/cgroup": "0::/app", "v2/app/memory.max": "12345"}, domain.MemoryRoom{Bytes: 12345, Container: true}},
		"the machine's, without one":   {map[string]string{own + "/cgroup": "0::/app", "v2/app/memory.max": "max"}, domain.MemoryRoom{Bytes: all.Total}},
		"the machine's, if it is less": {map[string]string{own + "/cgroup": "0::/app", "v2/app/memory.max": "9223372036854771712"}, domain.MemoryRoom{Bytes: all.Total}},
		"the machine's, without file":  {nil, domain.MemoryRoom{Bytes: all.Total}},
	} {
		t.Run(name, func(t *testing.T) {
			_, containers := host(t, twoAtRoot, c.limits)
			s := &Stats{rooms: newRooms("/proc", containers)}
			if got, err := s.MemoryRoom(t.Context(), os.Getpid()); err != nil || got != c.want {
				t.Errorf("got %+v, %v, want %+v", got, err, c.want)
			}
		})
	}
	t.Run("real", func(t *testing.T) {
		got, err := New().MemoryRoom(t.Context(), os.Getpid())
		if err != nil || got.Bytes == 0 || got.Bytes > all.Total || !got.Container && got.Bytes != all.Total {
			t.Errorf("got %+v, %v of %d", got, err, all.Total)
		}
	})
}

// A limit that was changed counts after a minute, and until then it costs nothing to ask.
func TestRoomsAreKeptForAMinute(t *testing.T) {
	own := strconv.Itoa(os.Getpid())
	dir, containers := host(t, twoAtRoot, map[string]string{own + "/cgroup": "0::/app", "v2/app/memory.max": "1000"})
	r := newRooms("/proc", containers)
	ask := func(want uint64) {
		t.Helper()
		if got, err := r.of(context.Background(), os.Getpid()); err != nil || got.Bytes != want {
			t.Errorf("got %+v, %v, want %d", got, err, want)
		}
	}
	ask(1000)
	if err := os.WriteFile(filepath.Join(dir, "v2/app/memory.max"), []byte("2000"), 0o644); err != nil {
		t.Fatal(err)
	}
	ask(1000)
	r.began = r.began.Add(-time.Minute)
	ask(2000)
}
