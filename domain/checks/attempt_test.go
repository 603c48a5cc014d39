package checks

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

type seenKey struct{}

// sight is what can be seen of a context.
type sight struct {
	Left, Cause, Err, Value string
	Done, Child, After      bool
}

// look looks at a context, and at what depends on it. Waits says whether somebody waited for it all the time.
func look(ctx context.Context, waits bool, story func(ctx context.Context)) (seen sight) {
	if waits {
		child, stop := context.WithCancel(ctx)
		defer stop()
		forget := context.AfterFunc(ctx, func() { seen.After = true })
		defer forget()
		defer func() { seen.Child = child.Err() != nil }()
	}
	story(ctx)
	synctest.Wait()
	until, _ := ctx.Deadline()
	seen.Left = time.Until(until).String()
	if err := ctx.Err(); err != nil {
		seen.Err, seen.Cause = err.Error(), context.Cause(ctx).Error()
	}
	select {
	case <-ctx.Done():
		seen.Done = true
	default:
	}
	seen.Value, _ = ctx.Value(seenKey{}).(string)
	synctest.Wait()
	return seen
}

func TestAnAttemptIsWhatContextMakes(t *testing.T) {
	for name, tt := range map[string]struct {
		parent time.Duration // until the parent's deadline; 0 for none
		story  func(ctx context.Context, parent, own context.CancelFunc, pass func(time.Duration))
	}{
		"nothing has happened":         {0, func(_ context.Context, _, _ context.CancelFunc, _ func(time.Duration)) {}},
		"its time is over":             {0, func(_ context.Context, _, _ context.CancelFunc, pass func(time.Duration)) { pass(2 * time.Minute) }},
		"the parent's time is over":    {time.Second, func(_ context.Context, _, _ context.CancelFunc, pass func(time.Duration)) { pass(2 * time.Second) }},
		"the parent has a longer time": {time.Hour, func(_ context.Context, _, _ context.CancelFunc, pass func(time.Duration)) { pass(2 * time.Second) }},
		"it was cancelled":             {0, func(_ context.Context, _, own context.CancelFunc, _ func(time.Duration)) { own() }},
		"it was cancelled twice":       {0, func(_ context.Context, _, own context.CancelFunc, _ func(time.Duration)) { own(); own() }},
		"the parent was cancelled":     {0, func(_ context.Context, parent, _ context.CancelFunc, _ func(time.Duration)) { parent() }},
		"the end remains what it was": {0, func(ctx context.Context, parent, _ context.CancelFunc, pass func(time.Duration)) {
			parent()
			ctx.Err()
			pass(2 * time.Minute)
		}},
		"the end is what was the first": {0, func(ctx context.Context, parent, own context.CancelFunc, pass func(time.Duration)) {
			pass(2 * time.Minute)
			ctx.Err()
			parent()
			own()
		}},
		"somebody waited in vain": {0, func(ctx context.Context, _, own context.CancelFunc, _ func(time.Duration)) { ctx.Done(); own() }},
	} {
		for _, waits := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					play := func(limited func(context.Context) (context.Context, context.CancelFunc)) sight {
						parent, stop := context.WithCancel(context.WithValue(t.Context(), seenKey{}, "seen"))
						defer stop()
						if tt.parent > 0 {
							parent, stop = context.WithTimeout(parent, tt.parent)
							defer stop()
						}
						ctx, cancel := limited(parent)
						defer cancel()
						return look(ctx, waits, func(ctx context.Context) { tt.story(ctx, stop, cancel, func(d time.Duration) { time.Sleep(d) }) })
					}
					want := play(func(ctx context.Context) (context.Context, context.CancelFunc) {
						return context.WithTimeout(ctx, time.Minute)
					})
					got := play(func(ctx context.Context) (context.Context, context.CancelFunc) {
						a := within(ctx, time.Minute)
						return a, a.cancel
					})
					if diff := cmp.Diff(want, got); diff != "" {
						t.Error(diff)
					}
				})
			})
		}
	}
}
