package checks_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// sample is one Run: so long after noon, so much processor time consumed, and what is said of it.
type sample struct {
	at, consumed time.Duration
	want         domain.Verdict
	process      domain.Process // web() if it has no pid
}

func TestCPU(t *testing.T) {
	const s = time.Second
	first := domain.Healthy.Because("measuring since 2026-11-22T12:00:00Z")
	busy := domain.Healthy.Because("95.0%% over 10s, above the limit of 90%% for 10s, allowed are 25s")
	next := web()
	next.PID, next.Started = 4712, noon()
	reused := web()
	reused.Started = noon()
	for sentence, samples := range map[string][]sample{
		"below and at the limit it is healthy": {
			{at: 0, consumed: 100 * s, want: first},
			{at: 10 * s, consumed: 101 * s, want: domain.Healthy.Because("10.0%% over 10s, limit 90%%")},
			{at: 20 * s, consumed: 110 * s, want: domain.Healthy.Because("90.0%% over 10s, limit 90%%")},
		},
		"above it for longer than the interval it is not": {
			{at: 0, consumed: 0, want: first},
			{at: 10 * s, consumed: 9500 * time.Millisecond, want: busy},
			{at: 25 * s, consumed: 40 * s, want: domain.Healthy.Because("203.3%% over 15s, above the limit of 90%% for 25s, allowed are 25s")},
			{at: 35 * s, consumed: 50 * s, want: domain.Unhealthy.Because("100.0%% over 10s, above the limit of 90%% for 35s, allowed are 25s")},
		},
		"a break begins anew": {
			{at: 0, consumed: 0, want: first},
			{at: 20 * s, consumed: 20 * s, want: domain.Healthy.Because("100.0%% over 20s, above the limit of 90%% for 20s, allowed are 25s")},
			{at: 30 * s, consumed: 21 * s, want: domain.Healthy.Because("10.0%% over 10s, limit 90%%")},
			{at: 40 * s, consumed: 31 * s, want: domain.Healthy.Because("100.0%% over 10s, above the limit of 90%% for 10s, allowed are 25s")},
		},
		"one long measure above the limit is enough": {
			{at: 0, consumed: 0, want: first},
			{at: 60 * s, consumed: 60 * s, want: domain.Unhealthy.Because("100.0%% over 1m0s, above the limit of 90%% for 1m0s, allowed are 25s")},
		},
		"two samples within 100 ms are one": {
			{at: 0, consumed: 0, want: first},
			{at: 99 * time.Millisecond, consumed: s, want: first},
			{at: 10 * s, consumed: 9500 * time.Millisecond, want: busy},
			{at: 10*s + 50*time.Millisecond, consumed: 30 * s, want: busy},
			{at: 9 * s, consumed: 9 * s, want: busy},
		},
		"consumed time that goes backwards begins anew": {
			{at: 0, consumed: 50 * s, want: first},
			{at: 20 * s, consumed: 70 * s, want: domain.Healthy.Because("100.0%% over 20s, above the limit of 90%% for 20s, allowed are 25s")},
			{at: 30 * s, consumed: 69 * s, want: domain.Healthy.Because("measuring since 2026-11-22T12:00:30Z")},
			{at: 40 * s, consumed: 79 * s, want: domain.Healthy.Because("100.0%% over 10s, above the limit of 90%% for 10s, allowed are 25s")},
		},
		"another pid begins anew": {
			{at: 0, consumed: 0, want: first},
			{at: 20 * s, consumed: 20 * s, want: domain.Healthy.Because("100.0%% over 20s, above the limit of 90%% for 20s, allowed are 25s")},
			{at: 30 * s, consumed: 30 * s, process: next, want: domain.Healthy.Because("measuring since 2026-11-22T12:00:30Z")},
		},
		"the same pid with another start begins anew": {
			{at: 0, consumed: 0, want: first},
			{at: 50 * time.Millisecond, consumed: 20 * s, process: reused, want: first},
			{at: 30 * s, consumed: 21 * s, process: reused, want: domain.Healthy.Because("3.3%% over 30s, limit 90%%")},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			runSamples(t, build(t, checks.CPU{MaxPercent: 90, Interval: 25 * s}, w), w, samples)
		})
	}
}

func runSamples(t *testing.T, check domain.Check, w world, samples []sample) {
	t.Helper()
	for _, one := range samples {
		process := web()
		if one.process.PID != 0 {
			process = one.process
		}
		w.stats.EXPECT().CPUTime(gomock.Any(), process.PID).Return(one.consumed, nil)
		w.clock.EXPECT().Now().Return(noon().Add(one.at))
		wantVerdict(t, check.Run(t.Context(), process), one.want)
	}
}

func TestCPUForgetsTheDead(t *testing.T) {
	w := newWorld(t)
	check := build(t, checks.CPU{MaxPercent: 90, Interval: time.Second}, w).(domain.Forgetter)
	other := domain.Process{ID: domain.ID{Group: "db", Name: "db"}, PID: 5, Started: noon()}
	first := domain.Healthy.Because("measuring since 2026-11-22T12:00:00Z")
	runSamples(t, check, w, []sample{{want: first}, {process: other, want: first}})

	check.Forget(func(i domain.Instance) bool { return i.Same(other.Instance()) })

	runSamples(t, check, w, []sample{
		{at: time.Minute, want: domain.Healthy.Because("measuring since 2026-11-22T12:01:00Z")},
		{at: time.Minute, process: other, want: domain.Healthy.Because("0.0%% over 1m0s, limit 90%%")},
	})
}

func TestCPUIsSharedByWatches(t *testing.T) {
	w := newWorld(t)
	w.stats.EXPECT().CPUTime(gomock.Any(), gomock.Any()).Return(time.Second, nil).AnyTimes()
	w.clock.EXPECT().Now().Return(noon()).AnyTimes()
	check := build(t, checks.CPU{MaxPercent: 90, Interval: time.Second}, w).(domain.Forgetter)
	var wg sync.WaitGroup
	for pid := range 20 {
		wg.Go(func() {
			process := domain.Process{ID: domain.ID{Name: string(rune('a' + pid))}, PID: pid + 1}
			if got := check.Run(context.Background(), process); got.Health != domain.Healthy {
				t.Error(got)
			}
			check.Forget(func(i domain.Instance) bool { return i.PID%2 == 0 })
		})
	}
	wg.Wait()
}
