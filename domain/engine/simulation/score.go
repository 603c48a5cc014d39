package simulation

import (
	"slices"
	"time"
)

// Score is what came of a run, by archetype.
type Score struct {
	Kinds  map[string]*Tally
	Broken []string // what must always hold and did not: the first ones of each host
}

func (s *Score) broken(what string) {
	if len(s.Broken) < 20 {
		s.Broken = append(s.Broken, what)
	}
}

// Tally is what came of some processes.
type Tally struct {
	Time            time.Duration // of all of them together
	Restarts        [classes]int  // by the keeper
	ByHand          int           // restarts by humans of what was down
	Outages         int           // of what a process depends on, each process for itself
	Lines           int           // of the log
	LostByFaults    time.Duration // work that was not done
	LostByRestarts  time.Duration // the same, because of restarts that cured nothing
	GivenUp         time.Duration // not watched, and that was said
	Silent          time.Duration // not watched, without a word
	FaultToStop     []time.Duration
	WellAfterOutage []time.Duration
}

func newScore() *Score { return &Score{Kinds: map[string]*Tally{}} }

func (s *Score) of(p *process) *Tally {
	if p.tally == nil {
		p.tally = s.kind(p.group.kind.Name)
	}
	return p.tally
}

func (s *Score) kind(name string) *Tally {
	t := s.Kinds[name]
	if t == nil {
		t = &Tally{}
		s.Kinds[name] = t
	}
	return t
}

// add takes in what came of another host.
func (s *Score) add(other *Score) {
	s.Broken = append(s.Broken, other.Broken...)
	for name, t := range other.Kinds {
		s.kind(name).add(t)
	}
}

// sort brings the times into their order, so that those of the same moment compare equal however they came.
func (s *Score) sort() {
	for _, t := range s.Kinds {
		slices.Sort(t.FaultToStop)
		slices.Sort(t.WellAfterOutage)
	}
}

// All is the sum over the archetypes.
func (s *Score) All() Tally {
	var all Tally
	for _, t := range s.Kinds {
		all.add(t)
	}
	return all
}

func (t *Tally) add(other *Tally) {
	t.Time += other.Time
	for c, n := range other.Restarts {
		t.Restarts[c] += n
	}
	t.ByHand += other.ByHand
	t.Outages += other.Outages
	t.Lines += other.Lines
	t.LostByFaults += other.LostByFaults
	t.LostByRestarts += other.LostByRestarts
	t.GivenUp += other.GivenUp
	t.Silent += other.Silent
	t.FaultToStop = append(t.FaultToStop, other.FaultToStop...)
	t.WellAfterOutage = append(t.WellAfterOutage, other.WellAfterOutage...)
}

func (t *Tally) unwatch(said bool, length time.Duration) {
	if said {
		t.GivenUp += length
	} else {
		t.Silent += length
	}
}

// ServiceDays is the time of all processes together in days.
func (t Tally) ServiceDays() float64 { return float64(t.Time) / float64(day) }

// PerYear is a count in one service-year.
func (t Tally) PerYear(count int) float64 { return float64(count) * float64(year) / float64(t.Time) }

// Minutes is a time in minutes for each service-day.
func (t Tally) Minutes(lost time.Duration) float64 { return lost.Minutes() / t.ServiceDays() }

// Unjust counts the restarts without which nothing would have been worse.
func (t Tally) Unjust() int {
	sum := 0
	for c, n := range t.Restarts {
		if Class(c) != Cure && Class(c) != Futile {
			sum += n
		}
	}
	return sum
}

// Cost is the minutes lost for each service-day, and k minutes for each restart that was no cure.
func (t Tally) Cost(k float64) float64 {
	noCure := float64(t.Unjust() + t.Restarts[Futile])
	return t.Minutes(t.LostByFaults+t.LostByRestarts) + k*noCure/t.ServiceDays()
}

// quantile is the value below which a share q of the values lies; 0 of none.
func quantile(values []time.Duration, q float64) time.Duration {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
