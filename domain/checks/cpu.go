package checks

import (
	"context"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ domain.Forgetter = (*cpuCheck)(nil)

// CPU are the settings of the cpu check: a share of processor time that must not be exceeded for long.
type CPU struct {
	MaxPercent float64       // 100 is one core; required
	Interval   time.Duration // it may be above the share for so long without a break; required
	Cumulative bool          // of the process and all its descendants together, not of the process alone
}

// Table is the settings.
func (c *CPU) Table() []domain.Setting {
	return []domain.Setting{
		row(c, cpuForm(c), domain.Setting{
			Word: "cpu", Main: true, Value: "PERCENT for DURATION",
			Doc: "the most CPU use that is healthy, in percent of one CPU, and how long it may stay above that, such as 90% for 10m",
		}),
		row(&c.MaxPercent, percents(), domain.Setting{
			Word: "limit", Also: []string{"max-cpu", "max-cpu-percent"}, JSON: "max_cpu", Value: "PERCENT",
			Flag: domain.Flag{Long: "max-cpu-percent", Short: 'p', Need: "give the limit in percent of one CPU, such as -p 100"},
			Doc:  "the most CPU use that is healthy, in percent of one CPU",
		}),
		row(&c.Interval, spans(), domain.Setting{
			Word: "for", Also: []string{"interval"}, JSON: "interval", Value: "DURATION",
			Flag: domain.Flag{Long: "interval", Short: 'i', Need: "say how long the CPU use may stay above the limit, such as -i 1800"},
			Doc:  "how long it may stay above that",
		}),
		row(&c.Cumulative, switches(), domain.Setting{
			Word: "cumulative", Also: []string{"tree"}, JSON: "cumulative", Value: "true|false", Default: "false",
			Flag: domain.Flag{Long: "cumulative", Short: 'c', Switch: true, Added: true},
			Doc:  "count the child processes too, those that have ended meanwhile as well",
		}),
	}
}

// cpuForm is both in one, such as 90% for 10m. How long may be given apart.
func cpuForm(settings *CPU) form[CPU] {
	return form[CPU]{
		read: func(text string) (CPU, string) {
			limit, long, both := strings.Cut(text, " for ")
			c, why := CPU{Cumulative: settings.Cumulative}, ""
			if c.MaxPercent, why = percents().read(strings.TrimSpace(limit)); why == "" && both {
				c.Interval, why = spans().read(strings.TrimSpace(long))
			}
			if why != "" {
				return c, "write a percentage of one core and how long it may be above that, such as 90% for 10m"
			}
			return c, ""
		},
		show: func(c CPU) string {
			limit, long := percents().show(c.MaxPercent), spans().show(c.Interval)
			if limit == "" || long == "" {
				return limit
			}
			return limit + " for " + long
		},
	}
}

// Build makes the check.
func (c CPU) Build(w World) (domain.Check, error) {
	if !(c.MaxPercent > 0) || math.IsInf(c.MaxPercent, 0) {
		return nil, wrong("max_cpu", strconv.FormatFloat(c.MaxPercent, 'f', -1, 64), "write a percentage above 0, such as 90; 100 is one core")
	}
	if c.Interval <= 0 {
		return nil, wrong("interval", c.Interval.String(), "write how long it may be above max_cpu, such as 60 seconds")
	}
	return &cpuCheck{stats: w.Stats, clock: w.Clock, limits: c, records: map[domain.ID]*cpuRecord{}}, nil
}

// cpuCheck measures between one Run and the next, so that it waits for nothing.
type cpuCheck struct {
	stats  ports.ProcessStats
	clock  ports.Clock
	limits CPU

	mu      sync.Mutex
	records map[domain.ID]*cpuRecord // of the instance seen last
}

// Name is "cpu".
func (c *cpuCheck) Name() string { return "cpu" }

func (c *cpuCheck) Local() bool { return true }

// Run takes a sample and judges the time since the last one.
func (c *cpuCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	if p.PID == 0 {
		return noPID()
	}

	consumed, err := c.measure(ctx, p.PID)
	now := c.clock.Now()
	if verdict, failed := unmeasured(ctx, err); failed {
		return verdict
	}

	return c.judge(cpuSample{instance: p.Instance(), at: now, consumed: consumed})
}

func (c *cpuCheck) measure(ctx context.Context, pid int) (time.Duration, error) {
	if c.limits.Cumulative {
		return c.stats.TreeCPUTime(ctx, pid)
	}
	return c.stats.CPUTime(ctx, pid)
}

func (c *cpuCheck) judge(sample cpuSample) domain.Verdict {
	c.mu.Lock()
	defer c.mu.Unlock()
	record := c.records[sample.instance.ID]
	if record == nil {
		record = &cpuRecord{}
		c.records[sample.instance.ID] = record
	}
	*record = record.after(sample, c.limits)
	if record.elapsed == 0 {
		return record.verdict
	}
	return record.verdict.Measuring(domain.Measure{Of: domain.MeasuredCPU, Value: record.share / 100, Limit: c.limits.MaxPercent / 100})
}

// Forget drops the records of all instances that are not alive.
func (c *cpuCheck) Forget(alive func(domain.Instance) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, record := range c.records {
		if !alive(record.last.instance) {
			delete(c.records, id)
		}
	}
}

// cpuSample is the processor time that one instance had consumed at one moment.
type cpuSample struct {
	instance domain.Instance
	at       time.Time
	consumed time.Duration
}

// cpuRecord is what is known of one instance. The zero record is that of none.
type cpuRecord struct {
	last    cpuSample
	since   time.Time     // the beginning of the time above the limit; zero if it is not above it
	less    bool          // the sample after the last one had consumed less, and was passed over
	share   float64       // in percent of one CPU,
	elapsed time.Duration // over so long; 0: it is not known yet
	verdict domain.Verdict
}

// after returns the record with one more sample. The first sample of an instance is Healthy: the check says that the
// process is not known to be above its limit for longer than the interval, and Unknown would be logged as trouble of
// the checker at every start, and outweigh the other checks of the round.
func (r cpuRecord) after(sample cpuSample, limits CPU) cpuRecord {
	elapsed := sample.at.Sub(r.last.at)
	known := !r.last.at.IsZero() && r.last.instance.Same(sample.instance)
	if known && elapsed < 100*time.Millisecond { // the kernel counts in steps of 10 ms: too coarse to be divided
		return r
	}
	if known && limits.Cumulative && sample.consumed < r.last.consumed {
		return r.shrunk(sample)
	}
	if !known || sample.consumed < r.last.consumed {
		return cpuRecord{last: sample, verdict: domain.Healthy.Because("measuring since %s", sample.at.Format(time.RFC3339))}
	}
	next := cpuRecord{last: sample, share: 100 * float64(sample.consumed-r.last.consumed) / float64(elapsed), elapsed: elapsed}
	if next.share > limits.MaxPercent {
		next.since = r.since
		if next.since.IsZero() {
			next.since = r.last.at
		}
	}
	next.verdict = next.judge(limits)
	return next
}

// shrunk returns the record with a sample of a tree that has consumed less than before. What ended while it was measured is
// missing once, so that one such sample is passed over: the one after it is measured from the last one on. After two of them
// something has left the tree, and it is measured from here on. Neither tells anything of the time above the limit.
func (r cpuRecord) shrunk(sample cpuSample) cpuRecord {
	if r.less {
		r.last = sample
	}
	r.less = !r.less
	return r
}

func (r cpuRecord) judge(limits CPU) domain.Verdict {
	whose := ""
	if limits.Cumulative {
		whose = " with its children"
	}
	var room [64]byte // for what is said of thousand processes in each round
	text := append(append(append(strconv.AppendFloat(room[:0], r.share, 'f', 1, 64), '%'), whose...), " over "...)
	text = append(text, short(r.elapsed)...)
	if r.since.IsZero() {
		text = append(strconv.AppendFloat(append(text, ", limit "...), limits.MaxPercent, 'f', -1, 64), '%')
		return domain.Verdict{Health: domain.Healthy, Reason: string(text)}
	}
	measured := string(text)
	above, health := r.last.at.Sub(r.since), domain.Healthy
	if above > limits.Interval {
		health = domain.Unhealthy
	}
	return health.Because("%s, above the limit of %s for %s, allowed are %s", measured, percent(limits.MaxPercent),
		short(above), short(limits.Interval))
}

func percent(share float64) string { return strconv.FormatFloat(share, 'f', -1, 64) + "%" }

func short(d time.Duration) string { return d.Round(100 * time.Millisecond).String() }
