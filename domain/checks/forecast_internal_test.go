package checks

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"supervisor-healthcheck/domain"
)

const horizon = 2 * time.Hour

// series is a value over time.
type series func(at time.Duration, random *rand.Rand) float64

// watched lets a life pass with a sample every ten seconds, and returns the first warning.
func watched(long time.Duration, limit float64, random *rand.Rand, value series) (at, left time.Duration, warned bool) {
	f, began, life := newForecast(horizon, nil), time.Unix(1e9, 0), domain.Instance{PID: 1}
	for at := time.Duration(0); at < long; at += 10 * time.Second {
		v := value(at, random)
		if v > limit {
			return at, 0, false
		}
		if left, _, warned := f.after(life, began.Add(at), uint32(max(0, v)), uint32(limit)); warned {
			return at, left, true
		}
	}
	return 0, 0, false
}

// A leak is foretold within a fifth of the time that is really left, whatever its slope, under noise and garbage collection.
func TestALeakIsForetold(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		limit, hourly := 800_000.0, 20_000+random.Float64()*280_000
		base, noise, tooth := 100_000+random.Float64()*100_000, random.Float64()*5_000, time.Duration(20+random.IntN(60))*time.Second
		at, left, warned := watched(60*time.Hour, limit, random, func(at time.Duration, random *rand.Rand) float64 {
			saw := 20_000 * float64(at%tooth) / float64(tooth)
			return base + hourly*at.Hours() + random.NormFloat64()*noise + saw
		})
		real := time.Duration((limit-base-20_000)/hourly*float64(time.Hour)) - at
		if off := math.Abs(float64(left-real)) / float64(real); !warned || off > 0.2 || at > horizon && real < horizon*3/4 {
			t.Errorf("%.0f an hour, noise %.0f: at %s it is %s, and really %s", hourly, noise, at, left, real)
		}
	}
}

// What does not leak is hardly ever warned of, in two days of each of these lives.
func TestWhatDoesNotLeakIsNotWarnedOf(t *testing.T) {
	const limit, lives = 800_000.0, 40
	for name, make := range map[string]func(*rand.Rand) series{
		"flat and noisy": func(random *rand.Rand) series {
			base, noise := 200_000+random.Float64()*450_000, random.Float64()*30_000
			return func(_ time.Duration, random *rand.Rand) float64 { return base + random.NormFloat64()*noise }
		},
		"a garbage collector": func(random *rand.Rand) series {
			base, height, period := 100_000+random.Float64()*300_000, random.Float64()*250_000, time.Duration(30+random.IntN(1800))*time.Second
			return func(at time.Duration, random *rand.Rand) float64 {
				return base + height*float64(at%period)/float64(period) + random.NormFloat64()*2_000
			}
		},
		"a warm-up that levels off": func(random *rand.Rand) series {
			base, grows, tau := 50_000+random.Float64()*100_000, 100_000+random.Float64()*450_000, 2+random.Float64()*88
			return func(at time.Duration, random *rand.Rand) float64 {
				return base + grows*(1-math.Exp(-at.Minutes()/tau)) + random.NormFloat64()*2_000
			}
		},
		"a day and a night": func(random *rand.Rand) series {
			base, height := 200_000+random.Float64()*100_000, random.Float64()*200_000
			return func(at time.Duration, random *rand.Rand) float64 {
				return base + height*(1-math.Cos(2*math.Pi*at.Hours()/24)) + random.NormFloat64()*5_000
			}
		},
	} {
		random, warned := rand.New(rand.NewPCG(2, 2)), 0
		for range lives {
			if at, left, yes := watched(48*time.Hour, limit, random, make(random)); yes {
				warned++
				t.Logf("%s: at %s it is %s", name, at, left)
			}
		}
		if warned > lives/20 {
			t.Errorf("%s: %d of %d were warned of", name, warned, lives)
		}
	}
}

func TestALifeOfAProcessCostsLittle(t *testing.T) {
	if size := unsafe.Sizeof(trend{}) + unsafe.Sizeof(domain.ID{}); size > 512 {
		t.Errorf("a trend takes %d bytes", size)
	}
}

func TestAForecastBeginsAnewWithEachLifeAndForgets(t *testing.T) {
	f, now := newForecast(horizon, nil), time.Unix(1e9, 0)
	one, next := domain.Instance{PID: 1}, domain.Instance{PID: 2}
	for n := range 20 {
		f.after(one, now.Add(time.Duration(n)*5*time.Minute), uint32(100+n*10), 1000)
	}
	if f.trends[one.ID].line.slope <= 0 {
		t.Fatal("no slope is known")
	}
	f.after(next, now.Add(2*time.Hour), 300, 1000)
	if got := f.trends[next.ID]; got.line.slope != 0 || got.newest != 0 {
		t.Errorf("the next life begins with %+v", got.line)
	}
	f.forget(func(i domain.Instance) bool { return i.Same(next) })
	f.forget(func(i domain.Instance) bool { return i.Same(one) })
	if len(f.trends) != 0 {
		t.Errorf("%d are remembered", len(f.trends))
	}
}
