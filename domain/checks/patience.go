package checks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// patience says how long one attempt may take and how many may follow the first.
type patience struct {
	timeout time.Duration
	retries int
	clock   ports.Clock
}

// newPatience fills in the defaults of the Python package: 15 s for 0, 2 retries for nil.
func newPatience(timeout time.Duration, retries *int, clock ports.Clock) (patience, error) {
	p := patience{timeout: cmp.Or(timeout, 15*time.Second), retries: 2, clock: clock}
	if retries != nil {
		p.retries = *retries
	}
	if p.timeout < 0 {
		return p, wrong("timeout", timeout.String(), "write a time above 0 for one attempt, such as 15 seconds")
	}
	if _, cure := domain.ParseWhole(strconv.Itoa(p.retries), 0, mostRetries); cure != "" {
		return p, wrong("num_retries", strconv.Itoa(p.retries), cure)
	}
	return p, nil
}

// try makes attempts until one succeeds, each bounded as a whole, and returns how long the last one took, and its error.
func (p patience) try(ctx context.Context, call func(context.Context) error) (took time.Duration, err error) {
	attempts := 0
	err = domain.Attempts(ctx, p.retries, p.clock.Sleep, func() error {
		attempts++
		var failed error
		took, failed = p.once(ctx, call)
		return failed
	})
	if err != nil && attempts > 1 {
		err = fmt.Errorf("%w (%d attempts)", err, attempts)
	}
	return took, err
}

// ask makes attempts to be answered as it should be. Answered reports whether there was an answer to the last one, whatever the judge
// says of it.
func ask[A any](ctx context.Context, p patience, question func(context.Context) (A, error), judge func(A) error) (a A, answered bool, took time.Duration, err error) {
	took, err = p.try(ctx, func(ctx context.Context) (err error) {
		a, err = question(ctx)
		if answered = err == nil; answered {
			err = judge(a)
		}
		return err
	})
	return a, answered, took, err
}

func (p patience) once(ctx context.Context, call func(context.Context) error) (time.Duration, error) {
	attempt := within(ctx, p.timeout)
	defer attempt.cancel()
	err := call(attempt)
	took := time.Since(attempt.began)
	if err != nil && attempt.Err() != nil && !strings.Contains(err.Error(), "timed out") {
		return took, fmt.Errorf("timed out after %s: %w", p.timeout, err)
	}
	return took, err
}

// timed adds how long an answer took, if there was one, whatever was thought of it.
func timed(v domain.Verdict, answered bool, took, slowest time.Duration) domain.Verdict {
	if !answered {
		return v
	}
	return v.Measuring(domain.Measure{Of: domain.MeasuredAnswer, Value: took.Seconds(), Limit: slowest.Seconds()})
}

// judgeProbe makes a verdict of the last error of a probe; what and seen say what was probed and what a success is. Echoes
// are hidden where an answer is quoted.
func judgeProbe(ctx context.Context, what, seen string, err error, hide, echoes domain.Secrets) domain.Verdict {
	if ctx.Err() != nil {
		return domain.Unknown.Because("%s", context.Cause(ctx))
	}
	if err == nil {
		return domain.Healthy.Because("%s: %s", what, seen)
	}
	if errors.Is(err, domain.ErrProber) {
		return domain.Unknown.Because("%s: %s", what, line(err, hide))
	}
	verdict := domain.Unhealthy.Because("%s: %s", what, line(err, hide))
	verdict.Answer = excerpt(err, hide, echoes)
	return verdict
}

// unmeasured returns the verdict where a measurement brought no value.
func unmeasured(ctx context.Context, err error) (domain.Verdict, bool) {
	if ctx.Err() != nil {
		return domain.Unknown.Because("%s", context.Cause(ctx)), true
	}
	if err != nil {
		return domain.Unknown.Because("%s", line(err, domain.Secrets{})), true
	}
	return domain.Verdict{}, false
}

func noPID() domain.Verdict { return domain.Unknown.Because("the process has no pid") }

// attempts are the rows of how long an attempt may take and how often it is made. In a section it is made once, because the
// policy counts failures there; the Python commands act at the first, and repeat attempts.
func attempts(timeout *time.Duration, again **int, takes, repeated string) (domain.Setting, domain.Setting) {
	return row(timeout, spans(), domain.Setting{
			Word: "timeout", JSON: "timeout", Value: "DURATION", Default: "15",
			Flag: domain.Flag{Long: "timeout", Short: 't'},
			Doc:  "how long " + takes + " may take",
		}), row(again, retries(), domain.Setting{
			Word: "retries", Also: []string{"num-retries"}, JSON: "num_retries", Value: "N", Default: "0",
			Flag: domain.Flag{Long: "num-retries", Short: 'r', Default: "2"},
			Doc:  "how often a failed " + repeated + " within one check",
		})
}
