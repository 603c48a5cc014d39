package checks

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"supervisor-healthcheck/domain"
)

// Uptime are the settings of the uptime check: how old a process may become before it is restarted, as planned.
type Uptime struct {
	Max    time.Duration // required
	Jitter time.Duration // each life may become older by a part of this, so that those that began together are not due together
}

// Table is the settings.
func (u *Uptime) Table() []domain.Setting {
	return []domain.Setting{
		row(&u.Max, ages(), domain.Setting{
			Word: "limit", Main: true, Value: "DURATION",
			Doc: "how long a process may run until it is restarted as planned, such as 7d; one at a time, and only while all of its group are well",
		}),
		row(&u.Jitter, ages(), domain.Setting{
			Word: "jitter", Value: "DURATION",
			Doc: "how much longer that may be, another part of it for each life, such as 1h",
		}),
	}
}

// ages are spans that are told in days where they are whole ones.
func ages() form[time.Duration] {
	f := spans()
	short := f.show
	f.show = func(d time.Duration) string {
		if d > 0 && d%day == 0 {
			return fmt.Sprintf("%dd", d/day)
		}
		return short(d)
	}
	return f
}

const day = 24 * time.Hour

// Build makes the check.
func (u Uptime) Build(World) (domain.Check, error) {
	if u.Max <= 0 {
		return nil, wrong("limit", u.Max.String(), "write how long a process may run, such as 7d")
	}
	if u.Jitter < 0 {
		return nil, wrong("jitter", u.Jitter.String(), "write how much longer that may be, such as 1h")
	}
	return uptimeCheck{u}, nil
}

type uptimeCheck struct{ settings Uptime }

// Name is "uptime".
func (uptimeCheck) Name() string { return "uptime" }

func (uptimeCheck) Local() bool { return true }

// Run plans a restart of what is old enough. Age is no illness: the verdict is Healthy.
func (c uptimeCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	if p.PID == 0 {
		return noPID()
	}
	if ctx.Err() != nil {
		return domain.Unknown.Because("%s", context.Cause(ctx))
	}

	limit := c.settings.Max + part(c.settings.Jitter, p.Instance())
	if p.Uptime < limit {
		return domain.Healthy.Because("up %s, restarted after %s", age(p.Uptime), age(limit))
	}
	more := ""
	if c.settings.Jitter > 0 {
		more = " and up to " + age(c.settings.Jitter) + " more"
	}
	verdict := domain.Healthy.Because("planned: up %s, restarted every %s%s", age(p.Uptime), age(c.settings.Max), more)
	verdict.Planned = true
	return verdict
}

// part is a part of a duration, always the same one for a life of a process.
func part(d time.Duration, i domain.Instance) time.Duration {
	hash := fnv.New64a()
	fmt.Fprintf(hash, "%s\x00%s\x00%d\x00%d", i.Group, i.Name, i.PID, i.Started.Unix())
	return time.Duration(float64(d) * (float64(mixed(hash.Sum64())>>11) / (1 << 53)))
}

// mixed spreads what differs in the last letters over all bits, as the end of MurmurHash3 does.
func mixed(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// age writes a duration in its two largest units, such as "7d 2h".
func age(d time.Duration) string {
	units := []struct {
		length time.Duration
		letter string
	}{{day, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}}
	for i, unit := range units {
		if d < unit.length {
			continue
		}
		text := fmt.Sprintf("%d%s", d/unit.length, unit.letter)
		if i+1 < len(units) {
			if rest := d % unit.length / units[i+1].length; rest > 0 {
				text += fmt.Sprintf(" %d%s", rest, units[i+1].letter)
			}
		}
		return text
	}
	return d.Round(time.Millisecond).String()
}
