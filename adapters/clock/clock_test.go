package clock_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"supervisor-healthcheck/adapters/clock"
)

func TestSleep(t *testing.T) {
	tests := map[string]struct {
		limit  time.Duration // of the context; none if 0
		cancel time.Duration // when the context is cancelled; never if 0
		sleep  time.Duration
		want   error
		took   time.Duration
	}{
		"it waits to the end":                         {sleep: time.Hour, took: time.Hour},
		"a limit after the end does not matter":       {limit: 2 * time.Hour, sleep: time.Hour, took: time.Hour},
		"a limit before the end cuts it short":        {limit: time.Minute, sleep: time.Hour, want: context.DeadlineExceeded, took: time.Minute},
		"a cancellation cuts it short":                {cancel: time.Second, sleep: time.Hour, want: context.Canceled, took: time.Second},
		"no time at all is over at once":              {sleep: 0},
		"negative time is over at once":               {sleep: -time.Hour},
		"no time at all still tells that ctx is done": {limit: -1, sleep: 0, want: context.DeadlineExceeded},
		"a done context does not begin to wait":       {limit: -1, sleep: time.Hour, want: context.DeadlineExceeded},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if tt.limit != 0 {
					ctx, cancel = context.WithTimeout(ctx, tt.limit)
					defer cancel()
				}
				if tt.cancel != 0 {
					defer time.AfterFunc(tt.cancel, cancel).Stop()
				}
				start := time.Now()
				if err := clock.New().Sleep(ctx, tt.sleep); err != tt.want {
					t.Errorf("got error %v, want %v", err, tt.want)
				}
				if took := time.Since(start); took != tt.took {
					t.Errorf("it took %s, want %s", took, tt.took)
				}
			})
		})
	}
}

func TestNowIsTheTimeOfTheSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clock.New()
		before := c.Now()
		time.Sleep(90 * time.Second)
		if got := c.Now().Sub(before); got != 90*time.Second {
			t.Errorf("the clock went on by %s, want 1m30s", got)
		}
	})
}

func TestNowHasAMonotonicReading(t *testing.T) {
	if now := clock.New().Now(); now == now.Round(0) {
		t.Error("differences of two readings would follow a clock that is set")
	}
}
