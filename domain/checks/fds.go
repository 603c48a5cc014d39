package checks

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// FDs are the settings of the fds check: a limit of the files, sockets and the like that a process has open.
type FDs struct {
	Max        int     // required without MaxPercent
	MaxPercent float64 // in place of Max: of the soft limit that the process itself has (ulimit -n)

	Forecast time.Duration // warn when the limit will be reached within so long; 0: never
}

// Table is the settings.
func (f *FDs) Table() []domain.Setting {
	return []domain.Setting{
		row(f, fdsForm(f), domain.Setting{
			Word: "limit", Main: true, Value: "PERCENT|N",
			Doc: "the most open files and sockets that are healthy: 80% of what the process itself may have (ulimit -n), or a number such as 5000",
		}),
		foretold(&f.Forecast),
	}
}

const fdsCure = "write a percentage of the process's own limit such as 80%, or a number such as 5000"

// fdsForm is a percentage or a number.
func fdsForm(settings *FDs) form[FDs] {
	number := counts("")
	return form[FDs]{
		read: func(text string) (FDs, string) {
			f := *settings
			f.Max, f.MaxPercent = 0, 0
			if percent, ok := partOf(text); ok {
				f.MaxPercent = percent
				return f, ""
			}
			var why string
			if f.Max, why = number.read(text); why != "" {
				why = fdsCure
			}
			return f, why
		},
		show: func(f FDs) string {
			if f.MaxPercent > 0 {
				return percent(f.MaxPercent)
			}
			return number.show(f.Max)
		},
	}
}

// Build makes the check.
func (f FDs) Build(w World) (domain.Check, error) {
	switch {
	case f.Max == 0 && f.MaxPercent != 0 && !isPart(f.MaxPercent):
		return nil, wrong("limit", percent(f.MaxPercent), fdsCure)
	case f.Max < 0 || f.Max == 0 && f.MaxPercent == 0:
		return nil, wrong("limit", strconv.Itoa(f.Max), fdsCure)
	}
	if f.Forecast < 0 {
		return nil, notForetold(f.Forecast)
	}
	forecast := newForecast(f.Forecast, w.Clock)
	return forecast.of(&fdsCheck{details: w.Details, settings: f, forecast: forecast}), nil
}

type fdsCheck struct {
	details  ports.ProcessDetails
	settings FDs
	forecast *forecast
}

// Name is "fds".
func (c *fdsCheck) Name() string { return "fds" }

func (c *fdsCheck) Local() bool { return true }

// Run compares the number of open files with the limit.
func (c *fdsCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	if p.PID == 0 {
		return noPID()
	}

	files, err := c.details.OpenFiles(ctx, p.PID)
	if verdict, failed := unmeasured(ctx, err); failed {
		return verdict
	}

	limit := min(uint64(min(c.most(files), math.MaxInt64)), files.Limit) // at its own one it fails to open more, whatever ours is
	verdict, left := c.forecast.warn(c.judge(files), p.Instance(), uint64(files.Open), limit, func(n uint64) string {
		return fmt.Sprintf("%d open files", n)
	})
	measure := domain.Measure{Of: domain.MeasuredFiles, Value: float64(files.Open), Forecast: left.Seconds()}
	if files.Limit < math.MaxInt64 || c.settings.Max > 0 {
		measure.Limit = float64(limit)
	}
	return verdict.Measuring(measure)
}

func (c *fdsCheck) judge(files domain.OpenFiles) domain.Verdict {
	most := c.most(files)
	health := domain.Healthy
	if float64(files.Open) > most {
		health = domain.Unhealthy
	}
	limited := files.Limit < math.MaxInt64
	switch {
	case c.settings.Max > 0:
		verdict := health.Because("%d open files, limit %d", files.Open, c.settings.Max)
		if limited && files.Limit <= uint64(c.settings.Max) {
			return verdict.Warn("the process may have %d open files itself, so that it never has more than the limit of %d", files.Limit, c.settings.Max)
		}
		return verdict
	case !limited:
		return health.Because("%d open files, and the process has no limit itself", files.Open)
	}
	return health.Because("%s, limit %s", usedOf(files), percent(c.settings.MaxPercent))
}

// most is the number above which it is unhealthy.
func (c *fdsCheck) most(files domain.OpenFiles) float64 {
	if c.settings.Max > 0 {
		return float64(c.settings.Max)
	}
	return float64(files.Limit) * c.settings.MaxPercent / 100
}

// usedOf is such as "820 of 1024 open files, 80.1%".
func usedOf(files domain.OpenFiles) string {
	text := fmt.Sprintf("%d of %d open files", files.Open, files.Limit)
	if files.Limit == 0 {
		return text
	}
	return text + fmt.Sprintf(", %.1f%%", 100*float64(files.Open)/float64(files.Limit))
}
