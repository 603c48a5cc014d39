package checks

import (
	"cmp"
	"context"
	"slices"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ domain.Addressed = (*udpCheck)(nil)

// UDP are the settings of the udp check: a datagram that must be answered. Most services drop what they do not understand, and of a
// datagram that nobody answers nobody knows whether it was read, so there is always something to send, and an answer is always waited for.
type UDP struct {
	Host    string        // a name or an IP address, without brackets; default 127.0.0.1
	Port    PortSpec      // required
	Send    string        // the datagram; required
	Expect  string        // what must be in the answer; empty: any answer will do
	Timeout time.Duration // of one attempt; 0 is 15 s
	Retries *int          // attempts after the first one failed; nil is 2, new(0) is none
}

// Table is the settings.
func (u *UDP) Table() []domain.Setting {
	timeout, again := attempts(&u.Timeout, &u.Retries, "an answer", "datagram is sent again")
	return forSections(slices.Concat([]domain.Setting{
		row(u, udpForm(u), domain.Setting{
			Word: "address", Main: true, Value: "HOST:PORT",
			Doc: "where the datagram is sent, such as 127.0.0.1:5353; what is sent is udp.send",
		}),
		portRow(&u.Port), timeout, again,
	}, said(&u.Send, &u.Expect)))
}

// udpForm is host and port in one.
func udpForm(settings *UDP) form[UDP] {
	return form[UDP]{
		read: func(text string) (UDP, string) {
			u := *settings
			at, why := readAddress(text)
			if at.socket != "" {
				return u, "write host and port, such as 127.0.0.1:5353; a unix socket has no datagrams here"
			}
			u.Host, u.Port = at.host, at.port
			return u, why
		},
		show: func(u UDP) string { return u.place().address() },
	}
}

func (u UDP) place() place { return place{host: u.Host, port: u.Port} }

// String names the place, and nothing of what is said there.
func (u UDP) String() string { return "udp " + cmp.Or(u.place().address(), u.Port.String()) }

// Build makes the check.
func (u UDP) Build(w World) (domain.Check, error) {
	patience, err := newPatience(u.Timeout, u.Retries, w.Clock)
	if err := cmp.Or(u.place().invalid(), err); err != nil {
		return nil, err
	}
	if u.Send == "" {
		return nil, wrong("address", u.place().address(), "without a question there is no answer; write what is sent too, such as udp.send = ping")
	}
	return &udpCheck{prober: w.UDP, place: u.place(), patience: patience, talk: newTalk(domain.Dialogue{Send: u.Send, Expect: u.Expect})}, nil
}

type udpCheck struct {
	prober   ports.UDPProber
	place    place
	patience patience
	talk     talk
}

// Name is "udp".
func (c *udpCheck) Name() string { return "udp" }

// Addressed reports whether it is known where that is.
func (c *udpCheck) Addressed(p domain.Process) bool { return c.place.known(p) }

// Run sends until an attempt is answered with what is expected or the retries are used up.
func (c *udpCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	_, address, err := c.place.of(p)
	if err != nil {
		return domain.Unknown.Because("%s", err)
	}

	took, err := c.patience.try(ctx, func(ctx context.Context) error {
		heard, err := c.prober.UDP(ctx, c.talk.at("udp", address))
		return c.talk.judge(heard, err)
	})

	return timed(judgeProbe(ctx, "udp "+address, c.talk.success("answered"), err, c.talk.hide, domain.Secrets{}), err == nil, took, 0)
}
