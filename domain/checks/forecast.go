package checks

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// forecast says of processes when what grows will reach its limit.
type forecast struct {
	within time.Duration // 0: it says nothing
	clock  ports.Clock
	step   time.Duration // the length of a bucket

	mu     sync.Mutex
	trends map[domain.ID]*trend
}

const (
	// buckets is how many parts the time has that is looked at, which is about as long as the time that is foretold.
	buckets = 24
	// fewestBuckets is how many must be known before anything is foretold.
	fewestBuckets = 8
	// stays is how much further away the limit may be once a warning holds, so that it does not come and go.
	stays = 1.5
	// furthest is how many times the time that is foretold something may be away: beyond that a line through some hours says nothing.
	furthest = 100
)

// foretold is the row of how long before that a warning is due.
func foretold(within *time.Duration) domain.Setting {
	return row(within, ages(), domain.Setting{
		Word: "forecast", Value: "DURATION",
		Doc: "warn of a leak when the limit will be reached within so long, such as 2h; nothing is restarted before it is",
	})
}

// notForetold is what Build says of a time that is none.
func notForetold(within time.Duration) error {
	return wrong("forecast", within.String(), "write how long before the limit is reached a warning is due, such as 2h")
}

func newForecast(within time.Duration, clock ports.Clock) *forecast {
	return &forecast{within: within, clock: clock, step: max(30*time.Minute, min(within, 24*time.Hour)) / buckets, trends: map[domain.ID]*trend{}}
}

// of is the check whose samples are remembered, which forgets them then. Without a forecast it has nothing to forget.
func (f *forecast) of(check domain.Local) domain.Check {
	if f.within == 0 {
		return check
	}
	return foretelling{check, f}
}

type foretelling struct {
	domain.Local
	forecast *forecast
}

// Forget drops the samples of all instances that are not alive.
func (f foretelling) Forget(alive func(domain.Instance) bool) { f.forecast.forget(alive) }

// warn takes a sample of what a verdict is about, and adds to it that the limit will be reached soon. The amount writes what is
// measured with its unit. It returns in how long that will be too; 0: nothing says that it ever will.
func (f *forecast) warn(v domain.Verdict, i domain.Instance, value, limit uint64, amount func(uint64) string) (domain.Verdict, time.Duration) {
	if f.within == 0 {
		return v, 0
	}
	left, hourly, soon := f.after(i, f.clock.Now(), narrow(value), narrow(limit))
	if !soon {
		return v, left
	}
	return v.Warn("the limit of %s will be reached in about %s at %s an hour", amount(limit), roughly(left), amount(uint64(max(1, math.Round(hourly))))), left
}

func narrow(n uint64) uint32 { return uint32(min(n, math.MaxUint32)) }

// roughly writes a duration in its largest unit, so that a warning does not change from round to round.
func roughly(d time.Duration) string {
	switch {
	case d >= 2*day:
		return fmt.Sprintf("%dd", d.Round(day)/day)
	case d >= time.Hour:
		return fmt.Sprintf("%dh", d.Round(time.Hour)/time.Hour)
	}
	return fmt.Sprintf("%dm", max(1, d.Round(time.Minute)/time.Minute))
}

// after takes a sample, and returns when the limit will be reached, 0 if nothing says that it ever will, and by how much the value
// grows in an hour; false if nothing says that it will be within the time.
func (f *forecast) after(i domain.Instance, now time.Time, value, limit uint32) (left time.Duration, hourly float64, reached bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.trends[i.ID]
	if t == nil || !t.life.Same(i) {
		t = &trend{life: i, began: now}
		f.trends[i.ID] = t
	}
	place := max(0, float64(now.Sub(t.began))/float64(f.step))
	t.add(int(place), value, limit)
	steps := float64(f.within) / float64(f.step)
	if t.told {
		steps *= stays
	}
	reached = t.reaches(place, steps, value, limit)
	t.told = reached
	until := t.line.until(place, float64(limit))
	if until <= furthest*steps && t.reaches(place, max(steps, stays*until), value, limit) {
		left = time.Duration(until * float64(f.step))
	}
	return left, t.line.slope * float64(time.Hour) / float64(f.step), reached
}

func (f *forecast) forget(alive func(domain.Instance) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	maps.DeleteFunc(f.trends, func(_ domain.ID, t *trend) bool { return !alive(t.life) })
}

// trend is what is known of one life: the lowest and the highest value in each of the last buckets. The lowest are what
// remains after a garbage collection, and the highest what meets the limit.
type trend struct {
	life      domain.Instance
	began     time.Time
	newest    int // counts the buckets since it began
	low, high [buckets]uint32
	peak      uint32 // the highest value since it last came down,
	crest     uint32 // and the highest from which it ever did
	line      course // through the buckets that are complete
	told      bool   // the last sample led to a warning
}

func (t *trend) add(bucket int, value, limit uint32) {
	if bucket > t.newest {
		for n := max(t.newest+1, bucket-buckets+1); n <= bucket; n++ {
			t.low[n%buckets], t.high[n%buckets] = 0, 0
		}
		complete := t.newest
		t.newest = bucket
		t.line = t.fit(complete)
	}
	low, high := &t.low[t.newest%buckets], &t.high[t.newest%buckets]
	if *high == 0 || value < *low {
		*low = value
	}
	*high = max(*high, value, 1) // 0 is a bucket without a sample
	t.peak = max(t.peak, value)
	if t.peak-value > limit/10 {
		t.crest, t.peak = max(t.crest, t.peak), value
	}
}

// course is where the values go.
type course struct {
	slope float64 // for each bucket; 0: nothing is known
	level float64 // of the high values, at the beginning of the life
	grown float64 // in the last third of the time
	ratio float64 // of that to what it had grown before: 1 for what grows as ever, less for what levels off
	third float64 // in buckets
}

// until is after how many buckets the line meets the limit.
func (l course) until(place, limit float64) float64 {
	if l.slope <= 0 {
		return 0
	}
	return max(0, (limit-l.level)/l.slope-place)
}

// reaches reports whether the limit will be reached within so many buckets, both if the value goes on growing and if it grows
// ever less, as it does now. What it came down from in this life is nothing new.
func (t *trend) reaches(place, steps float64, value, limit uint32) bool {
	l := t.line
	if l.slope <= 0 || value < t.crest || value > limit || l.until(place, float64(limit)) > steps {
		return false
	}
	growth, part := 0.0, l.grown
	for n := steps / l.third; n > 0; n-- {
		part *= l.ratio
		growth += part * min(n, 1)
	}
	return l.level+l.slope*place+growth >= float64(limit)
}

// fit puts a line through the buckets up to this one, if the lowest values rise steadily: most pairs of them rise, they never fall by
// a quarter of the rise, and they stray from the line by little of it.
func (t *trend) fit(last int) course {
	var at, low, high []float64
	for n := max(0, last-buckets+2); n <= last; n++ {
		if t.high[n%buckets] > 0 {
			at, low, high = append(at, float64(n)), append(low, float64(t.low[n%buckets])), append(high, float64(t.high[n%buckets]))
		}
	}
	n := len(at)
	if n < fewestBuckets {
		return course{}
	}
	slope, rising := steepness(at, low)
	rise := slope * (at[n-1] - at[0])
	if slope <= 0 || rising < 0.7 || fall(low) > rise/4 || strays(at, low, slope) > rise/8 {
		return course{}
	}
	k := n / 3
	before, middle, after := median(low[:k]), median(low[k:n-k]), median(low[n-k:])
	ratio := 1.0
	if middle > before {
		ratio = max(0, min(1, (after-middle)/(middle-before)))
	}
	for i := range high {
		high[i] -= slope * at[i]
	}
	return course{slope: slope, level: median(high), grown: after - middle, ratio: ratio, third: (at[n-1] - at[0]) * float64(n-k) / float64(2*(n-1))}
}

// steepness is the median of the slopes of all pairs (Theil and Sen), and how many more of them rise than fall (Kendall).
func steepness(at, value []float64) (slope, rising float64) {
	var all []float64
	for i := range at {
		for j := range i {
			s := (value[i] - value[j]) / (at[i] - at[j])
			all = append(all, s)
			switch {
			case s > 0:
				rising++
			case s < 0:
				rising--
			}
		}
	}
	return median(all), rising / float64(len(all))
}

// fall is by how much a value is at most below an earlier one.
func fall(value []float64) (most float64) {
	top := value[0]
	for _, v := range value {
		top = max(top, v)
		most = max(most, top-v)
	}
	return most
}

// strays is the median distance of the values from their line.
func strays(at, value []float64, slope float64) float64 {
	rest := make([]float64, len(at))
	for i := range at {
		rest[i] = value[i] - slope*at[i]
	}
	base := median(rest)
	for i := range rest {
		rest[i] = max(rest[i]-base, base-rest[i])
	}
	return median(rest)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
