package checks

import (
	"context"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var (
	_ domain.Listening = (*tcpCheck)(nil)
	_ domain.Addressed = (*tcpCheck)(nil)
)

// TCP are the settings of the tcp check: a connection that must be accepted.
type TCP struct {
	Host    string        // a name or an IP address, without brackets; default 127.0.0.1
	Port    PortSpec      // required, unless there is a Socket
	Socket  string        // the path of a unix socket to connect to, in place of Host and Port
	Timeout time.Duration // of one attempt; 0 is 15 s
	Retries *int          // attempts after the first one failed; nil is 2, new(0) is none
}

// Table is the settings.
func (t *TCP) Table() []domain.Setting {
	timeout, again := attempts(&t.Timeout, &t.Retries, "a connection", "connection is tried again")
	return []domain.Setting{
		row(t, tcpForm(t), domain.Setting{
			Word: "address", Main: true, Value: "HOST:PORT",
			Doc: "what is connected to, such as 127.0.0.1:5432, or unix:/run/app.sock for a unix socket",
		}),
		portRow(&t.Port), timeout, again,
	}
}

// tcpForm is host and port, or socket, in one.
func tcpForm(settings *TCP) form[TCP] {
	return form[TCP]{
		read: func(text string) (TCP, string) {
			t := *settings
			at, why := readAddress(text)
			t.Host, t.Port, t.Socket = at.host, at.port, at.socket
			return t, why
		},
		show: func(t TCP) string {
			if at := t.place(); at.socket != "" || at.port.number != 0 {
				return at.text("")
			}
			return ""
		},
	}
}

func (t TCP) place() place { return place{host: t.Host, port: t.Port, socket: t.Socket} }

// Build makes the check.
func (t TCP) Build(w World) (domain.Check, error) {
	if err := t.place().invalid(); err != nil {
		return nil, err
	}
	patience, err := newPatience(t.Timeout, t.Retries, w.Clock)
	if err != nil {
		return nil, err
	}
	return &tcpCheck{prober: w.TCP, place: t.place(), patience: patience}, nil
}

type tcpCheck struct {
	prober   ports.TCPProber
	place    place
	patience patience
}

// Name is "tcp".
func (c *tcpCheck) Name() string { return "tcp" }

// Port returns the port that is connected to.
func (c *tcpCheck) Port(p domain.Process) (int, bool) { return c.place.listening(p) }

// Addressed reports whether it is known where that is.
func (c *tcpCheck) Addressed(p domain.Process) bool {
	_, _, err := c.place.of(p)
	return err == nil
}

// Run connects until an attempt is accepted or the retries are used up.
func (c *tcpCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	network, address, err := c.place.of(p)
	if err != nil {
		return domain.Unknown.Because("%s", err)
	}

	err = c.patience.try(ctx, func(ctx context.Context) error { return c.prober.TCP(ctx, network, address) })

	return judgeProbe(ctx, shown(network, address, ""), "connected", err, domain.Secrets{}, domain.Secrets{})
}
