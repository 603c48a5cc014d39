package history

import "slices"

// mostSamples is how many samples of a process are told: about as many as a screen has points.
const mostSamples = 2000

// course gathers the samples of one process, and never holds more than a few thousand: it makes fewer of them as there are more.
type course struct{ all []Sample }

func (c *course) add(r Row) error {
	if n := len(c.all); n > 0 && c.all[n-1].At.Equal(r.At) {
		c.all[n-1].add(r)
		return nil
	}
	if len(c.all) >= 2*mostSamples {
		c.thin()
	}
	s := Sample{At: r.At, Measures: []Measured{}}
	s.add(r)
	c.all = append(c.all, s)
	return nil
}

// thin joins neighbours until there are no more than may be told. Whatever one of them had of the worst, the sum of them has.
func (c *course) thin() {
	if len(c.all) <= mostSamples {
		return
	}
	c.sort()
	first := c.all[0].At
	width := c.all[len(c.all)-1].At.Sub(first)/mostSamples + 1
	thinned := c.all[:1]
	for _, s := range c.all[1:] {
		last := &thinned[len(thinned)-1]
		if s.At.Sub(first)/width == last.At.Sub(first)/width {
			last.join(s)
		} else {
			thinned = append(thinned, s)
		}
	}
	clear(c.all[len(thinned):])
	c.all = thinned
}

func (c *course) sort() {
	slices.SortStableFunc(c.all, func(a, b Sample) int { return a.At.Compare(b.At) })
}

// told are the samples in their order. What a single watch says of a process stands in the sample itself.
func (c *course) told() []Sample {
	c.thin()
	c.sort()
	for i := range c.all {
		if len(c.all[i].Watches) == 1 {
			c.all[i].Watches = nil
		}
	}
	return slices.Clip(c.all)
}
