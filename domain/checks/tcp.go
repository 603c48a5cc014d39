package checks

import (
	"cmp"
	"context"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var (
	_ domain.Listening = (*tcpCheck)(nil)
	_ domain.Addressed = (*tcpCheck)(nil)
)

// TCP are the settings of the tcp check: a connection that must be accepted, and what must be said over it.
type TCP struct {
	Host    string        // a name or an IP address, without brackets; default 127.0.0.1
	Port    PortSpec      // required, unless there is a Socket
	Socket  string        // the path of a unix socket to connect to, in place of Host and Port
	Timeout time.Duration // of one attempt; 0 is 15 s
	Retries *int          // attempts after the first one failed; nil is 2, new(0) is none

	Send   string // what is sent; empty: nothing
	Expect string // what must come; empty: nothing is waited for
	Secure bool   // the connection is secured by TLS
	TLS    TLS
}

// Table is the settings.
func (t *TCP) Table() []domain.Setting {
	timeout, again := attempts(&t.Timeout, &t.Retries, "a connection", "connection is tried again")
	return slices.Concat([]domain.Setting{
		row(t, placeForm(t, (*TCP).at), domain.Setting{
			Word: "address", Main: true, Value: "HOST:PORT",
			Doc: "what is connected to, such as 127.0.0.1:5432, or unix:/run/app.sock for a unix socket",
		}),
		portRow(&t.Port), timeout, again,
	}, said(&t.Send, &t.Expect), []domain.Setting{
		secureRow(&t.Secure),
	}, t.TLS.rows(), t.TLS.warning())
}

// said are the rows of a dialogue.
func said(send, expect *string) []domain.Setting {
	return []domain.Setting{
		row(send, escaped(), domain.Setting{
			Word: "send", Value: "TEXT", Secret: true,
			Doc: `what is sent, with escapes as in Go, such as PING\r\n`,
		}),
		row(expect, escaped(), domain.Setting{
			Word: "expect", Value: "TEXT",
			Doc: "what must be in the answer, such as +PONG",
		}),
	}
}

// at is what an address sets.
func (t *TCP) at() (host *string, port *PortSpec, socket *string) { return &t.Host, &t.Port, &t.Socket }

func (t TCP) place() place { return place{host: t.Host, port: t.Port, socket: t.Socket} }

// String names the place, and nothing of what is said there.
func (t TCP) String() string { return "tcp " + cmp.Or(t.place().address(), t.Port.String()) }

// Build makes the check.
func (t TCP) Build(w World) (domain.Check, error) {
	patience, err := newPatience(t.Timeout, t.Retries, w.Clock)
	if err := cmp.Or(t.place().invalid(), err, t.TLS.invalid()); err != nil {
		return nil, err
	}
	d := domain.Dialogue{TLS: t.TLS.of(t.Secure, ""), Send: t.Send, Expect: t.Expect}
	return &tcpCheck{prober: w.TCP, place: t.place(), patience: patience, talk: newTalk(d), tls: t.TLS}, nil
}

type tcpCheck struct {
	prober   ports.TCPProber
	place    place
	patience patience
	talk     talk
	tls      TLS
}

// Name is "tcp".
func (c *tcpCheck) Name() string { return "tcp" }

// Port returns the port that is connected to.
func (c *tcpCheck) Port(p domain.Process) (int, bool) { return c.place.listening(p) }

// Addressed reports whether it is known where that is.
func (c *tcpCheck) Addressed(p domain.Process) bool { return c.place.known(p) }

// Run connects until an attempt brings what is expected or the retries are used up.
func (c *tcpCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	network, address, err := c.place.of(p)
	if err != nil {
		return domain.Unknown.Because("%s", err)
	}

	var heard domain.Heard
	took, err := c.patience.try(ctx, func(ctx context.Context) error {
		heard, err = c.prober.TCP(ctx, c.talk.at(network, address))
		return c.talk.judge(heard, err)
	})

	verdict := judgeProbe(ctx, shown(network, address, ""), c.talk.success("connected"), err, c.talk.hide, domain.Secrets{})
	return c.tls.warn(timed(verdict, err == nil, took, 0), heard.Expires, c.patience.clock)
}
