package checks

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// Memory are the settings of the memory check: a limit of the memory that a process has.
type Memory struct {
	MaxRSS     uint64     // in kilobytes of 1024 bytes; required without MaxPercent
	MaxPercent float64    // in place of MaxRSS: of the machine, or of the cgroup limit that holds the process where that is less
	Kind       MemoryKind // what is limited; MaxRSS too, whatever its name says
	Cumulative bool       // of the process and all its descendants together, not of the process alone

	Forecast time.Duration // warn when the limit will be reached within so long; 0: never
}

// MemoryKind is one way to count the memory of a process.
type MemoryKind int

const (
	// RSS is all that is resident; pages that several processes have count for each of them.
	RSS MemoryKind = iota
	// PSS counts pages that several processes have in parts.
	PSS
	// USS is what no other process has.
	USS
)

// String is the word of the kind.
func (k MemoryKind) String() string { return [...]string{"rss", "pss", "uss"}[k] }

// Table is the settings.
func (m *Memory) Table() []domain.Setting {
	return []domain.Setting{
		row(m, memoryForm(m), domain.Setting{
			Word: "limit", Also: []string{"max-rss"}, Main: true, JSON: "max_rss", Value: "SIZE",
			Flag: domain.Flag{Long: "max-rss", Alias: "msx-rss", Short: 'm', Value: "KB",
				Need: "give the limit in kilobytes, such as -m 102400", Doc: "the most resident memory that is healthy, in kilobytes"},
			Doc: "the most memory that is healthy, such as 800MB, or 90% of the machine or the container",
		}),
		row(&m.Kind, memoryKinds(), domain.Setting{
			Word: "kind", Value: "rss|pss|uss", Default: "rss",
			Doc: "what is limited: rss, which is resident; pss, where pages that several processes have count in parts; or uss, what no other has",
		}),
		row(&m.Cumulative, switches(), domain.Setting{
			Word: "cumulative", Also: []string{"tree"}, JSON: "cumulative", Value: "true|false", Default: "false",
			Flag: domain.Flag{Long: "cumulative", Short: 'c', Switch: true},
			Doc:  "count the child processes too",
		}),
		foretold(&m.Forecast),
	}
}

// memoryForm is a size or a percentage; the command line and JSON know kilobytes alone.
func memoryForm(settings *Memory) form[Memory] {
	size := kilobytes()
	with := func(kb uint64, percent float64, cure string) (Memory, string) {
		m := *settings
		m.MaxRSS, m.MaxPercent = kb, percent
		return m, cure
	}
	return form[Memory]{
		read: func(text string) (Memory, string) {
			if percent, ok := partOf(text); ok {
				return with(0, percent, "")
			}
			kb, cure := size.read(text)
			if cure != "" {
				cure += ", or a percentage of the machine or the container, such as 90%"
			}
			return with(kb, 0, cure)
		},
		flag: func(text string) (Memory, string) {
			kb, cure := size.flag(text)
			return with(kb, 0, cure)
		},
		json: func(raw json.RawMessage) (Memory, string) {
			kb, cure := size.json(raw)
			return with(kb, 0, cure)
		},
		show: func(m Memory) string {
			if m.MaxPercent > 0 {
				return percent(m.MaxPercent)
			}
			return size.show(m.MaxRSS)
		},
	}
}

func memoryKinds() form[MemoryKind] {
	return form[MemoryKind]{
		read: func(text string) (MemoryKind, string) {
			for _, kind := range []MemoryKind{RSS, PSS, USS} {
				if text == kind.String() {
					return kind, ""
				}
			}
			return RSS, "write rss, pss or uss"
		},
		show: MemoryKind.String,
	}
}

// Build makes the check.
func (m Memory) Build(w World) (domain.Check, error) {
	switch {
	case m.MaxRSS == 0 && m.MaxPercent != 0:
		if !isPart(m.MaxPercent) {
			return nil, wrong("limit", percent(m.MaxPercent), "write a percentage above 0% and up to 100%, such as 90%")
		}
	case m.MaxRSS == 0 || m.MaxRSS > math.MaxUint64/1024:
		return nil, wrong("max_rss", strconv.FormatUint(m.MaxRSS, 10), "write the limit in kilobytes, such as 204800 for 200 MB")
	}
	if m.Kind < RSS || m.Kind > USS {
		return nil, wrong("kind", strconv.Itoa(int(m.Kind)), "write rss, pss or uss")
	}
	if m.Forecast < 0 {
		return nil, notForetold(m.Forecast)
	}
	forecast := newForecast(m.Forecast, w.Clock)
	return forecast.of(&memoryCheck{stats: w.Stats, details: w.Details, settings: m, forecast: forecast}), nil
}

type memoryCheck struct {
	stats    ports.ProcessStats
	details  ports.ProcessDetails
	settings Memory
	forecast *forecast
}

// Name is "memory".
func (c *memoryCheck) Name() string { return "memory" }

func (c *memoryCheck) Local() bool { return true }

// Run compares the memory with the limit. The parts of shared pages are counted only where all that is resident is too much:
// they are never more, and much dearer to ask for.
func (c *memoryCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	if p.PID == 0 {
		return noPID()
	}

	usage, err := c.measure(ctx, p.PID)
	if verdict, failed := unmeasured(ctx, err); failed {
		return verdict
	}
	limit, err := c.limit(ctx, p.PID)
	if verdict, failed := unmeasured(ctx, err); failed {
		return verdict
	}

	if c.settings.Kind != RSS && usage.RSS > limit.bytes {
		return c.judgeShares(ctx, p, usage, limit)
	}
	health, of := domain.Healthy, ""
	if usage.RSS > limit.bytes {
		health = domain.Unhealthy
	}
	if c.settings.Kind != RSS {
		of = "for " + c.settings.Kind.String() + " "
	}
	verdict := domain.Verdict{Health: health, Reason: c.what("rss", usage.Processes) + " " + limit.amount(usage.RSS) + ", limit " + of + limit.String()}
	if c.settings.Kind != RSS {
		return verdict.Measuring(limit.measure(usage.RSS, 0))
	}
	return c.foretell(verdict, p, usage.RSS, limit)
}

func (c *memoryCheck) judgeShares(ctx context.Context, p domain.Process, usage domain.Usage, limit memoryLimit) domain.Verdict {
	shares, err := c.details.MemoryShares(ctx, p.PID, c.settings.Cumulative)
	if verdict, failed := unmeasured(ctx, err); failed {
		return verdict
	}

	health, bytes := domain.Healthy, shares.PSS
	if c.settings.Kind == USS {
		bytes = shares.USS
	}
	if bytes > limit.bytes {
		health = domain.Unhealthy
	}
	verdict := health.Because("%s %s, limit %s; rss %s", c.what(c.settings.Kind.String(), shares.Processes), limit.amount(bytes), limit, limit.amount(usage.RSS))
	return c.foretell(verdict, p, bytes, limit)
}

// foretell samples what is compared with the limit; resident memory says nothing of when its parts will reach it.
func (c *memoryCheck) foretell(v domain.Verdict, p domain.Process, bytes uint64, limit memoryLimit) domain.Verdict {
	v, left := c.forecast.warn(v, p.Instance(), bytes>>10, limit.bytes>>10, func(kb uint64) string {
		if kb < 1<<10 {
			return fmt.Sprintf("%d KB", kb)
		}
		return fmt.Sprintf("%d MB", kb>>10)
	})
	return v.Measuring(limit.measure(bytes, left))
}

func (c *memoryCheck) measure(ctx context.Context, pid int) (domain.Usage, error) {
	if c.settings.Cumulative {
		return c.stats.TreeMemory(ctx, pid)
	}
	return c.stats.Memory(ctx, pid)
}

func (c *memoryCheck) what(kind string, processes int) string {
	if c.settings.Cumulative {
		return fmt.Sprintf("%s of %d processes", kind, processes)
	}
	return kind
}

func (c *memoryCheck) limit(ctx context.Context, pid int) (memoryLimit, error) {
	if c.settings.MaxPercent == 0 {
		return memoryLimit{bytes: c.settings.MaxRSS * 1024}, nil
	}
	room, err := c.details.MemoryRoom(ctx, pid)
	return memoryLimit{bytes: uint64(float64(room.Bytes) * c.settings.MaxPercent / 100), percent: c.settings.MaxPercent, room: room}, err
}

// memoryLimit is how much a process may have, and of what that is how much.
type memoryLimit struct {
	bytes   uint64
	percent float64 // 0: it was written as a size
	room    domain.MemoryRoom
}

// measure is that of so many bytes, which will reach the limit in left.
func (l memoryLimit) measure(bytes uint64, left time.Duration) domain.Measure {
	return domain.Measure{Of: domain.MeasuredMemory, Value: float64(bytes), Limit: float64(l.bytes), Forecast: left.Seconds()}
}

// amount writes a size as the limit is written: a part of a machine in MB.
func (l memoryLimit) amount(bytes uint64) string {
	if l.percent == 0 {
		return strconv.FormatUint(bytes>>10, 10) + " KB"
	}
	return strconv.FormatUint(bytes>>20, 10) + " MB"
}

// String is the limit such as "720 MB, 90% of the container's 800 MB".
func (l memoryLimit) String() string {
	if l.percent == 0 {
		return l.amount(l.bytes)
	}
	whose := "machine"
	if l.room.Container {
		whose = "container"
	}
	return fmt.Sprintf("%s, %s of the %s's %s", l.amount(l.bytes), percent(l.percent), whose, l.amount(l.room.Bytes))
}
