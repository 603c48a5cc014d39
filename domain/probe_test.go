package domain_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func TestAttempts(t *testing.T) {
	tests := map[string]struct {
		retries  int
		succeeds int // at which attempt; 0 is never
		cancels  int // in which attempt ctx ends
		breaks   int // which sleep is interrupted
		attempts int
		slept    []time.Duration
		err      string
	}{
		"it succeeds at once":                       {retries: 3, succeeds: 1, attempts: 1},
		"without retries there is one attempt":      {retries: 0, attempts: 1, err: "attempt 1"},
		"it succeeds at the second":                 {retries: 3, succeeds: 2, attempts: 2, slept: seconds(3)},
		"it succeeds at the last":                   {retries: 3, succeeds: 4, attempts: 4, slept: seconds(3, 6, 9)},
		"the last error is told":                    {retries: 3, attempts: 4, slept: seconds(3, 6, 9), err: "attempt 4"},
		"a cancelled attempt is the last":           {retries: 3, cancels: 2, attempts: 2, slept: seconds(3), err: "attempt 2"},
		"an interrupted pause ends it":              {retries: 3, breaks: 2, attempts: 2, slept: seconds(3, 6), err: "attempt 2"},
		"success counts although ctx ended with it": {retries: 3, cancels: 1, succeeds: 1, attempts: 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			attempts := 0
			var slept []time.Duration
			sleep := func(_ context.Context, d time.Duration) error {
				if slept = append(slept, d); len(slept) == tt.breaks {
					return context.Canceled
				}
				return nil
			}
			err := domain.Attempts(ctx, tt.retries, sleep, func() error {
				attempts++
				if attempts == tt.cancels {
					cancel()
				}
				if attempts == tt.succeeds {
					return nil
				}
				return errors.New("attempt " + string(rune('0'+attempts)))
			})
			text := ""
			if err != nil {
				text = err.Error()
			}
			if diff := cmp.Diff(tt.slept, slept); diff != "" || attempts != tt.attempts || text != tt.err {
				t.Errorf("%d attempts, error %q; slept -want +got:\n%s", attempts, text, diff)
			}
		})
	}
}

func seconds(numbers ...int) []time.Duration {
	var all []time.Duration
	for _, n := range numbers {
		all = append(all, time.Duration(n)*time.Second)
	}
	return all
}

func TestAHolderBelongsToItselfAndItsAncestors(t *testing.T) {
	worker := domain.Listener{PID: 30, Ancestors: []int{20, 10, 1}}
	tests := map[string]struct {
		pids []int
		want bool
	}{
		"the holder":                 {[]int{5, 30}, true},
		"its parent":                 {[]int{20}, true},
		"the first of its ancestors": {[]int{5, 1}, true},
		"others":                     {[]int{5, 31}, false},
		"no pid":                     {[]int{0}, false},
		"nobody":                     {nil, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := worker.BelongsTo(test.pids...); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
