package checks_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

const mb = 1 << 20

// A share is of what the process may have at most, and the reason says whose that is.
func TestMemoryAsAShare(t *testing.T) {
	container := domain.MemoryRoom{Bytes: 800 * mb, Container: true}
	for sentence, c := range map[string]struct {
		rss     uint64
		room    domain.MemoryRoom
		roomErr error
		want    domain.Verdict
	}{
		"at the limit of the container": {rss: 720 * mb, room: container,
			want: domain.Healthy.Because("%s", "rss 720 MB, limit 720 MB, 90% of the container's 800 MB")},
		"above it": {rss: 721 * mb, room: container,
			want: domain.Unhealthy.Because("%s", "rss 721 MB, limit 720 MB, 90% of the container's 800 MB")},
		"of the machine": {rss: 721 * mb, room: domain.MemoryRoom{Bytes: 1000 * mb},
			want: domain.Healthy.Because("%s", "rss 721 MB, limit 900 MB, 90% of the machine's 1000 MB")},
		"nobody can tell": {rss: 721 * mb, roomErr: errors.New("no such figure"), want: domain.Unknown.Because("no such figure")},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			w.stats.EXPECT().Memory(gomock.Any(), 4711).Return(domain.Usage{RSS: c.rss, Processes: 1}, nil)
			w.details.EXPECT().MemoryRoom(gomock.Any(), 4711).Return(c.room, c.roomErr)
			wantVerdict(t, build(t, checks.Memory{MaxPercent: 90}, w).Run(t.Context(), web()), c.want)
		})
	}
}

// The shares of pages are asked for only where all that is resident is too much.
func TestMemoryThatIsShared(t *testing.T) {
	pss := checks.Memory{MaxRSS: 100, Kind: checks.PSS}
	for sentence, c := range map[string]struct {
		settings checks.Memory
		rss      uint64
		asked    bool
		shares   domain.MemoryShares
		err      error
		want     domain.Verdict
	}{
		"all that is resident is little": {settings: pss, rss: 100 << 10,
			want: domain.Healthy.Because("rss 100 KB, limit for pss 100 KB")},
		"the parts are little": {settings: pss, rss: 300 << 10, asked: true, shares: domain.MemoryShares{PSS: 100 << 10, USS: 50 << 10, Processes: 1},
			want: domain.Healthy.Because("pss 100 KB, limit 100 KB; rss 300 KB")},
		"the parts are too much": {settings: pss, rss: 300 << 10, asked: true, shares: domain.MemoryShares{PSS: 101 << 10, USS: 50 << 10, Processes: 1},
			want: domain.Unhealthy.Because("pss 101 KB, limit 100 KB; rss 300 KB")},
		"what is its own is little": {settings: checks.Memory{MaxRSS: 100, Kind: checks.USS}, rss: 300 << 10, asked: true,
			shares: domain.MemoryShares{PSS: 101 << 10, USS: 50 << 10, Processes: 1}, want: domain.Healthy.Because("uss 50 KB, limit 100 KB; rss 300 KB")},
		"of a tree": {settings: checks.Memory{MaxRSS: 100, Kind: checks.USS, Cumulative: true}, rss: 300 << 10, asked: true,
			shares: domain.MemoryShares{USS: 200 << 10, Processes: 3}, want: domain.Unhealthy.Because("uss of 3 processes 200 KB, limit 100 KB; rss 300 KB")},
		"the system does not tell": {settings: pss, rss: 300 << 10, asked: true, err: errors.ErrUnsupported, want: domain.Unknown.Because("unsupported operation")},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			w.stats.EXPECT().Memory(gomock.Any(), 4711).Return(domain.Usage{RSS: c.rss, Processes: 1}, nil).AnyTimes()
			w.stats.EXPECT().TreeMemory(gomock.Any(), 4711).Return(domain.Usage{RSS: c.rss, Processes: 3}, nil).AnyTimes()
			if c.asked {
				w.details.EXPECT().MemoryShares(gomock.Any(), 4711, c.settings.Cumulative).Return(c.shares, c.err)
			}
			wantVerdict(t, build(t, c.settings, w).Run(t.Context(), web()), c.want)
		})
	}
}

func TestFDs(t *testing.T) {
	for sentence, c := range map[string]struct {
		settings checks.FDs
		files    domain.OpenFiles
		err      error
		want     domain.Verdict
	}{
		"at the share": {settings: checks.FDs{MaxPercent: 80}, files: domain.OpenFiles{Open: 800, Limit: 1000},
			want: domain.Healthy.Because("%s", "800 of 1000 open files, 80.0%, limit 80%")},
		"above it": {settings: checks.FDs{MaxPercent: 80}, files: domain.OpenFiles{Open: 801, Limit: 1000},
			want: domain.Unhealthy.Because("%s", "801 of 1000 open files, 80.1%, limit 80%")},
		"a process without a limit": {settings: checks.FDs{MaxPercent: 80}, files: domain.OpenFiles{Open: 801, Limit: math.MaxUint64},
			want: domain.Healthy.Because("801 open files, and the process has no limit itself")},
		"a process that may have none": {settings: checks.FDs{MaxPercent: 80}, files: domain.OpenFiles{Open: 3},
			want: domain.Unhealthy.Because("%s", "3 of 0 open files, limit 80%")},
		"at the number": {settings: checks.FDs{Max: 500}, files: domain.OpenFiles{Open: 500, Limit: 1024},
			want: domain.Healthy.Because("500 open files, limit 500")},
		"above the number": {settings: checks.FDs{Max: 500}, files: domain.OpenFiles{Open: 501, Limit: math.MaxUint64},
			want: domain.Unhealthy.Because("501 open files, limit 500")},
		"a number that cannot be reached": {settings: checks.FDs{Max: 5000}, files: domain.OpenFiles{Open: 501, Limit: 1024},
			want: domain.Healthy.Because("501 open files, limit 5000").Warn("the process may have 1024 open files itself, so that it never has more than the limit of 5000")},
		"nobody may look": {settings: checks.FDs{Max: 5000}, err: errors.New("permission denied"), want: domain.Unknown.Because("permission denied")},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			w.details.EXPECT().OpenFiles(gomock.Any(), 4711).Return(c.files, c.err)
			wantVerdict(t, build(t, c.settings, w).Run(t.Context(), web()), c.want)
		})
	}
}

func TestThreads(t *testing.T) {
	for sentence, c := range map[string]struct {
		threads int
		err     error
		want    domain.Verdict
	}{
		"at the limit":    {threads: 500, want: domain.Healthy.Because("500 threads, limit 500")},
		"above it":        {threads: 501, want: domain.Unhealthy.Because("501 threads, limit 500")},
		"nobody can tell": {err: domain.ErrGone, want: domain.Unknown.Because("the process is gone")},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			w.details.EXPECT().Threads(gomock.Any(), 4711).Return(c.threads, c.err)
			wantVerdict(t, build(t, checks.Threads{Max: 500}, w).Run(t.Context(), web()), c.want)
		})
	}
}

// The time of a tree may go back, and that is neither a break nor ever less than nothing.
func TestCPUOfATree(t *testing.T) {
	const s = time.Second
	first := domain.Healthy.Because("measuring since 2026-11-22T12:00:00Z")
	busy := domain.Healthy.Because("95.0%% with its children over 10s, above the limit of 90%% for 10s, allowed are 25s")
	for sentence, samples := range map[string][]sample{
		"what ends while it is measured is missing once": {
			{at: 0, consumed: 100 * s, want: first},
			{at: 10 * s, consumed: 109500 * time.Millisecond, want: busy},
			{at: 20 * s, consumed: 5 * s, want: busy},
			{at: 30 * s, consumed: 129500 * time.Millisecond,
				want: domain.Unhealthy.Because("100.0%% with its children over 20s, above the limit of 90%% for 30s, allowed are 25s")},
		},
		"what has left the tree is no break": {
			{at: 0, consumed: 100 * s, want: first},
			{at: 10 * s, consumed: 109500 * time.Millisecond, want: busy},
			{at: 20 * s, consumed: 20 * s, want: busy},
			{at: 30 * s, consumed: 30 * s, want: busy},
			{at: 40 * s, consumed: 40 * s,
				want: domain.Unhealthy.Because("100.0%% with its children over 10s, above the limit of 90%% for 40s, allowed are 25s")},
		},
		"nor does it make a quiet one busy": {
			{at: 0, consumed: 100 * s, want: first},
			{at: 10 * s, consumed: 101 * s, want: domain.Healthy.Because("10.0%% with its children over 10s, limit 90%%")},
			{at: 20 * s, consumed: 20 * s, want: domain.Healthy.Because("10.0%% with its children over 10s, limit 90%%")},
			{at: 30 * s, consumed: 21 * s, want: domain.Healthy.Because("10.0%% with its children over 10s, limit 90%%")},
			{at: 40 * s, consumed: 22 * s, want: domain.Healthy.Because("10.0%% with its children over 10s, limit 90%%")},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			check := build(t, checks.CPU{MaxPercent: 90, Interval: 25 * s, Cumulative: true}, w)
			for _, one := range samples {
				w.stats.EXPECT().TreeCPUTime(gomock.Any(), 4711).Return(one.consumed, nil)
				w.clock.EXPECT().Now().Return(noon().Add(one.at))
				wantVerdict(t, check.Run(t.Context(), web()), one.want)
			}
		})
	}
}
