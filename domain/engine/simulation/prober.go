package simulation

import "time"

// prober asks each process at moments of its own, one period apart, and saves the probes that are sure to succeed.
type prober struct {
	host   *Host
	period time.Duration
	phase  func(n int) time.Duration // of the moments of a process; nil: all at the same time
	ask    func(n int) bool          // one probe; true asks for the next one even if it is sure to succeed
	due    []bool
}

func (p *prober) begin(h *Host) { p.host, p.due = h, make([]bool, len(h.Processes())) }

// touched plans the next probe, unless it is sure to succeed.
func (p *prober) touched(n int) {
	if !p.due[n] && p.host.Doubtful(n) {
		p.plan(n, p.host.Now())
	}
}

// plan lets the process be asked at its first moment that is not before from.
func (p *prober) plan(n int, from time.Duration) {
	p.due[n] = true
	var phase time.Duration
	if p.phase != nil {
		phase = p.phase(n) % p.period
	}
	periods := (from - phase + p.period - 1) / p.period
	p.host.At(phase+periods*p.period, func() {
		p.due[n] = false
		if again := p.ask(n); again || p.host.Doubtful(n) {
			p.plan(n, p.host.Now()+1)
		}
	})
}

// staggered spreads the moments of the processes of a host.
func staggered(n int) time.Duration { return time.Duration(n) * 1700 * time.Millisecond }
