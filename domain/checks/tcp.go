package checks

import (
	"context"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ domain.Listening = (*tcpCheck)(nil)

// TCP are the settings of the tcp check: a connection to 127.0.0.1 that must be accepted.
type TCP struct {
	Port    PortSpec      // required
	Timeout time.Duration // of one attempt; 0 is 15 s
	Retries *int          // attempts after the first one failed; nil is 2, new(0) is none
}

// Build makes the check.
func (t TCP) Build(w World) (domain.Check, error) {
	if err := t.Port.invalid(); err != nil {
		return nil, err
	}
	patience, err := newPatience(t.Timeout, t.Retries, w.Clock)
	if err != nil {
		return nil, err
	}
	return &tcpCheck{prober: w.TCP, port: t.Port, patience: patience}, nil
}

type tcpCheck struct {
	prober   ports.TCPProber
	port     PortSpec
	patience patience
}

// Name is "tcp".
func (c *tcpCheck) Name() string { return "tcp" }

// Port returns the port that is connected to.
func (c *tcpCheck) Port(p domain.Process) (int, bool) { return c.port.listening(p) }

// Run connects until an attempt is accepted or the retries are used up.
func (c *tcpCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	address, err := c.port.address(p)
	if p.PID == 0 {
		return noPID()
	}
	if err != nil {
		return domain.Unknown.Because("%s", err)
	}

	err = c.patience.try(ctx, func(ctx context.Context) error { return c.prober.TCP(ctx, address) })

	return judgeProbe(ctx, address, "connected", err, domain.Secrets{}, domain.Secrets{})
}
