package report

import (
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// outcome is how a trouble has ended.
type outcome int

const (
	healed    outcome = iota // by itself
	restarted                // after something that we have done
	byOthers                 // in another life of the process that is not our work, or it was stopped
	open                     // not at all yet
	unseen                   // nobody knows
)

// trouble is a time without health under one watch.
type trouble struct {
	process    *process
	watch      watch
	check      string
	begin, end time.Time
	counts     bool // it has lasted beyond the grace
	rounds     int
	causes     []string // why restarts were held
	failures   int      // how many are needed, 0 if that is not told
	would      time.Time
	acts       int
	booting    bool    // the process was restarted, and not seen ill after its grace since
	tardy      bool    // it was seen ill after the grace that followed a restart
	up         float64 // how old the process was when the trouble was over
	doubt      bool
	outcome    outcome
}

// slack is how far two clocks, that of supervisord's starts and ours, may be apart.
const slack = 5 * time.Second

// judged takes a verdict that was news.
func (p *process) judged(e told, w watch) {
	unhealthy := e.Health == domain.Unhealthy.String()
	switch {
	case e.Health == domain.Unknown.String():
		if !again(e) {
			p.sums.Unjudged++
		}
	case !unhealthy && e.Decision == domain.Keep.String():
		p.recovered(e, w)
	case !unhealthy:
		p.planned[w] = e.Cause == domain.CausePlanned.String()
	default:
		p.unwell(e, w)
	}
}

func (p *process) unwell(e told, w watch) {
	t := p.open[w]
	if t == nil {
		t = &trouble{process: p, watch: w, begin: e.At.Add(-seconds(e.Seconds))}
		p.open[w] = t
		p.troubles = append(p.troubles, t)
	}
	t.check, t.doubt, t.rounds = e.Check, false, max(t.rounds, e.Rounds)
	if e.Cause == domain.CauseGrace.String() {
		t.held(e)
		return
	}
	if !t.counts {
		t.counts, t.begin = true, e.At.Add(-seconds(e.Seconds))
		p.note(t.begin, ill)
	}
	t.tardy = t.tardy || t.booting
	t.booting = false
	switch {
	case e.Decision == domain.Hold.String():
		t.held(e)
	case e.Decision == domain.GiveUp.String():
		p.gaveUp(e, w)
	case e.Cause == domain.CauseObserve.String(), e.Cause == domain.CauseNoAction.String():
		if t.would.IsZero() {
			t.would = e.At
		}
	}
}

func (t *trouble) held(e told) {
	if !slices.Contains(t.causes, e.Cause) {
		t.causes = append(t.causes, e.Cause)
	}
	if e.Cause == domain.CauseFailures.String() {
		t.failures = e.Of
	}
}

func (p *process) gaveUp(e told, w watch) {
	if p.givenUp[w] {
		return
	}
	if p.givenUp == nil {
		p.givenUp = map[watch]bool{}
	}
	p.givenUp[w] = true
	p.sums.GiveUps.Count++
	p.note(e.At, spent)
}

// recovered ends a trouble. One whose beginning was not kept has lasted for as long as the event says.
func (p *process) recovered(e told, w watch) {
	delete(p.givenUp, w)
	t := p.open[w]
	if t != nil {
		t.rounds, t.up = max(t.rounds, e.Rounds), e.Up
		p.close(t, e.At, t.recovery(e))
	}
	if len(p.open) == 0 {
		p.note(e.At, well)
	}
}

// recovery is what a trouble has ended by. A process that is younger than its trouble was started meanwhile.
func (t *trouble) recovery(e told) outcome {
	switch {
	case t.acts > 0:
		return restarted
	case e.Up > 0 && seconds(e.Up)+slack < e.At.Sub(t.begin):
		return byOthers
	}
	return healed
}

func (p *process) close(t *trouble, at time.Time, o outcome) {
	t.end, t.outcome = at, o
	delete(p.open, t.watch)
}

func (t *trouble) lasted() time.Duration { return max(0, t.end.Sub(t.begin)) }

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
