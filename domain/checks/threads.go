package checks

import (
	"context"
	"strconv"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// Threads are the settings of the threads check: a number of threads that a process may have.
type Threads struct {
	Max int // required
}

// Table is the settings.
func (t *Threads) Table() []domain.Setting {
	return []domain.Setting{
		row(&t.Max, counts("threads, such as 500"), domain.Setting{
			Word: "limit", Main: true, Value: "N",
			Doc: "the most threads that are healthy, such as 500",
		}),
	}
}

// Build makes the check.
func (t Threads) Build(w World) (domain.Check, error) {
	if t.Max < 1 {
		return nil, wrong("limit", strconv.Itoa(t.Max), "write a number of threads, such as 500")
	}
	return &threadsCheck{details: w.Details, most: t.Max}, nil
}

type threadsCheck struct {
	details ports.ProcessDetails
	most    int
}

// Name is "threads".
func (c *threadsCheck) Name() string { return "threads" }

func (c *threadsCheck) Local() bool { return true }

// Run compares the number of threads with the limit.
func (c *threadsCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	if p.PID == 0 {
		return noPID()
	}

	threads, err := c.details.Threads(ctx, p.PID)
	if verdict, failed := unmeasured(ctx, err); failed {
		return verdict
	}

	health := domain.Healthy
	if threads > c.most {
		health = domain.Unhealthy
	}
	return health.Because("%d threads, limit %d", threads, c.most).
		Measuring(domain.Measure{Of: domain.MeasuredThreads, Value: float64(threads), Limit: float64(c.most)})
}
