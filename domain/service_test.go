package domain_test

import (
	"math/rand/v2"
	"time"

	"supervisor-healthcheck/domain"
)

// service is one process of the simulation: what is wrong with it, what is remembered of it, and what came of it.
type service struct {
	kind    ailment
	random  *rand.Rand
	process domain.Process
	born    time.Time
	sick    time.Time // since when it hangs; zero if it does not
	falls   time.Time // when it will hang, or die, next
	record  domain.Record
	guard   guard
	totals  totals
	wrong   string // the first rule that was broken
}

// ailment is what a service suffers from.
type ailment struct {
	count    int           // of services that suffer from it
	boot     time.Duration // how long it is Unhealthy after each start
	hangs    bool          // it hangs every 20 minutes to 6 hours, which a restart cures
	hopeless bool          // it is never Healthy
	dies     bool          // it dies every 1 to 3 minutes, and supervisord starts it again
	visited  bool          // a human stops it every 3 hours, and starts it 10 minutes later
	outage   bool          // it is Unhealthy while what it depends on is away, from hour 12 to 13
}

// totals is what happened to a service in a day.
type totals struct {
	Faults, Cured, Restarts, Flapping, GivenUp, Visits int
	Slowest                                            time.Duration // the longest time from a fault to its cure
	Lines                                              int           // of the log
}

func newService(kind ailment, n int, begin time.Time, random *rand.Rand) *service {
	s := &service{kind: kind, random: random, born: begin.Add(-time.Hour)}
	s.process = domain.Process{ID: domain.ID{Group: "g", Name: string(rune('a' + n%26))}, State: domain.Running, PID: 1, Started: s.born}
	s.guard.policy = domain.Recommended()
	s.falls = s.next(begin)
	return s
}

func (s *service) next(now time.Time) time.Time {
	switch {
	case s.kind.dies:
		return now.Add(time.Minute + time.Duration(s.random.IntN(120))*time.Second)
	case s.kind.hangs:
		return now.Add(20*time.Minute + time.Duration(s.random.IntN(340))*time.Minute)
	}
	return now.Add(1000 * time.Hour)
}

func (s *service) spawn(now time.Time) {
	s.born = now
	s.process.PID++
	s.process.State, s.process.Started = domain.Running, now
	s.guard.begin()
}

// happen is what happens to the service by itself and by humans, at the given time of the day.
func (s *service) happen(day time.Duration, now time.Time) {
	if s.kind.visited && day > 0 && day%(3*time.Hour) == 0 {
		s.process.State, s.process.PID, s.guard.down = domain.Stopped, s.process.PID+1000, true
	}
	if s.guard.down && day%(3*time.Hour) == 10*time.Minute {
		s.record.Budget = s.record.Budget.Rearm()
		s.guard.rearm()
		s.totals.Visits++
		s.spawn(now)
	}
	if now.Before(s.falls) || day > 23*time.Hour+30*time.Minute {
		return
	}
	s.falls = s.next(now)
	switch {
	case s.kind.dies:
		var over bool
		s.record.Budget, over = s.record.Budget.Died(domain.Recommended(), now)
		s.guard.died(now)
		s.spawn(now)
		if over {
			s.totals.Flapping++
		}
	case s.sick.IsZero():
		s.sick = now
		s.totals.Faults++
	}
}

// verdict is what a check says of it.
func (s *service) verdict(day time.Duration, now time.Time) domain.Verdict {
	away := s.kind.outage && day >= 12*time.Hour && day < 13*time.Hour
	switch {
	case s.kind.hopeless, !s.sick.IsZero(), away, now.Sub(s.born) < s.kind.boot:
		return domain.Unhealthy.Because("no answer")
	case s.random.IntN(100) == 0:
		return domain.Unknown.Because("no file descriptor left")
	}
	return domain.Healthy.Because("it answers")
}

func (s *service) conclude(round domain.Round, now time.Time) {
	before := s.record.Budget.GivenUp
	var d domain.Decision
	s.record, d = s.record.After(round, domain.Recommended(), now)
	if wrong := s.guard.wrong(round, d, now); wrong != "" && s.wrong == "" {
		s.wrong = wrong
	}
	if d.Tell && round.Verdict.Health == domain.Unhealthy {
		s.totals.Lines++
	}
	if !before && s.record.Budget.GivenUp {
		s.totals.GivenUp++
	}
	if d.Kind == domain.Do {
		s.restart(now)
	}
}

// restart carries a transaction to its end, with a supervisord that does what it is asked at once.
func (s *service) restart(now time.Time) {
	restart, step := domain.NewRestart(s.process, "check", "no answer", 1, now)
	for n := 0; step.Act != domain.Finish && n < 100; n++ {
		restart = restart.Sending(step.Act)
		switch step.Act {
		case domain.SendStop:
			s.record.Budget = s.record.Budget.Spend(domain.Recommended(), now)
			s.guard.acted(now)
			s.process.State = domain.Stopped
			restart, step = restart.StopAnswered(nil)
		case domain.SendStart:
			s.spawn(now)
			restart, step = restart.StartAnswered(nil)
		default:
			restart, step = restart.Saw(s.process, now)
		}
	}
	if step.Outcome != domain.Restarted && s.wrong == "" {
		s.wrong = "a restart has ended with: " + step.Why
	}
	s.totals.Restarts++
	if !s.sick.IsZero() {
		s.totals.Cured++
		s.totals.Slowest = max(s.totals.Slowest, now.Sub(s.sick))
		s.sick = time.Time{}
	}
}
