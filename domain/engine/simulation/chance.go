package simulation

import (
	"iter"
	"math"
	"math/rand/v2"
	"time"
)

const (
	day  = 24 * time.Hour
	year = 365 * day
	// never is later than the end of every simulation.
	never = time.Duration(math.MaxInt64)
)

// chance is a stream of draws. Equal seeds and keys make equal streams, whatever else was drawn elsewhere.
type chance struct{ *rand.Rand }

func newChance(seed uint64, keys ...uint64) chance {
	return chance{rand.New(rand.NewPCG(seed, mixed(0, keys...)))}
}

// mixed makes one number of several, such that near numbers become far ones (the finisher of splitmix64).
func mixed(seed uint64, keys ...uint64) uint64 {
	for _, key := range keys {
		seed += key + 0x9e3779b97f4a7c15
		seed = (seed ^ seed>>30) * 0xbf58476d1ce4e5b9
		seed = (seed ^ seed>>27) * 0x94d049bb133111eb
		seed ^= seed >> 31
	}
	return seed
}

// is reports true with the given probability.
func (c chance) is(probability float64) bool { return c.Float64() < probability }

// factor is between low and high.
func (c chance) factor(low, high float64) float64 { return low + (high-low)*c.Float64() }

// between is a time between the two.
func (c chance) between(low, high time.Duration) time.Duration {
	return low + time.Duration(c.Float64()*float64(high-low))
}

// spread is a time between the two whose logarithm is evenly spread: short times are as likely as long ones.
func (c chance) spread(low, high time.Duration) time.Duration { return spread(c.Float64(), low, high) }

// spread is the time between the two for a number from 0 to 1.
func spread(x float64, low, high time.Duration) time.Duration {
	return time.Duration(float64(low) * math.Pow(float64(high)/float64(low), x))
}

// around is a lognormal time with this median.
func (c chance) around(median time.Duration, sigma float64) time.Duration {
	return time.Duration(min(float64(median)*math.Exp(sigma*c.NormFloat64()), float64(never/4)))
}

// arrivals are moments before the end, independent of each other, one in each mean on average.
func (c chance) arrivals(mean, end time.Duration) iter.Seq[time.Duration] {
	return func(yield func(time.Duration) bool) {
		for at := c.pause(mean); at < end; at += c.pause(mean) {
			if !yield(at) {
				return
			}
		}
	}
}

func (c chance) pause(mean time.Duration) time.Duration {
	return time.Duration(min(c.ExpFloat64()*float64(mean), float64(never/4)))
}
