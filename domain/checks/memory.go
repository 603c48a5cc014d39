package checks

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// Memory are the settings of the memory check: a limit of the resident memory.
type Memory struct {
	MaxRSS     uint64 // in kilobytes of 1024 bytes; required
	Cumulative bool   // of the process and all its descendants together, not of the process alone
}

// Table is the settings.
func (m *Memory) Table() []domain.Setting {
	return []domain.Setting{
		row(&m.MaxRSS, kilobytes(), domain.Setting{
			Word: "limit", Also: []string{"max-rss"}, Main: true, JSON: "max_rss", Value: "SIZE",
			Flag: domain.Flag{Long: "max-rss", Alias: "msx-rss", Short: 'm', Value: "KB",
				Need: "give the limit in kilobytes, such as -m 102400", Doc: "the most resident memory that is healthy, in kilobytes"},
			Doc: "the most resident memory that is healthy, such as 800MB",
		}),
		row(&m.Cumulative, switches(), domain.Setting{
			Word: "cumulative", JSON: "cumulative", Value: "true|false", Default: "false",
			Flag: domain.Flag{Long: "cumulative", Short: 'c', Switch: true},
			Doc:  "count the child processes too",
		}),
	}
}

// Build makes the check.
func (m Memory) Build(w World) (domain.Check, error) {
	if m.MaxRSS == 0 || m.MaxRSS > math.MaxUint64/1024 {
		return nil, wrong("max_rss", strconv.FormatUint(m.MaxRSS, 10), "write the limit in kilobytes, such as 204800 for 200 MB")
	}
	return &memoryCheck{stats: w.Stats, limit: m.MaxRSS, cumulative: m.Cumulative}, nil
}

type memoryCheck struct {
	stats      ports.ProcessStats
	limit      uint64 // kilobytes
	cumulative bool
}

// Name is "memory".
func (c *memoryCheck) Name() string { return "memory" }

func (c *memoryCheck) Local() bool { return true }

// Run compares the resident memory with the limit.
func (c *memoryCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	if p.PID == 0 {
		return noPID()
	}

	usage, err := c.measure(ctx, p.PID)
	if verdict, failed := unmeasured(ctx, err); failed {
		return verdict
	}

	health := domain.Healthy
	if usage.RSS > c.limit*1024 {
		health = domain.Unhealthy
	}
	return health.Because("%s %d KB, limit %d KB", c.what(usage), usage.RSS/1024, c.limit)
}

func (c *memoryCheck) measure(ctx context.Context, pid int) (domain.Usage, error) {
	if c.cumulative {
		return c.stats.TreeMemory(ctx, pid)
	}
	return c.stats.Memory(ctx, pid)
}

func (c *memoryCheck) what(usage domain.Usage) string {
	if c.cumulative {
		return fmt.Sprintf("rss of %d processes", usage.Processes)
	}
	return "rss"
}
