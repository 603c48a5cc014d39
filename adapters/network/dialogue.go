package network

import (
	"context"

	"supervisor-healthcheck/adapters/wire"
	"supervisor-healthcheck/domain"
)

// mostHeard is how many bytes are read of who does not say what is expected.
const mostHeard = 64 << 10

// TCP connects, has its dialogue if there is one to have, and closes the connection in the ordinary way, so that the service sees
// an end of file.
func (p *Prober) TCP(ctx context.Context, d domain.Dialogue) (domain.Heard, error) {
	return p.wire.Talk(ctx, wire.Talk{
		Place: wire.Place{Network: d.Network, Address: d.Address, TLS: d.TLS},
		Send:  d.Send, Listen: d.Expect != "", Expect: d.Expect, Most: mostHeard,
	})
}

// UDP sends a datagram and reads those that are answered.
func (p *Prober) UDP(ctx context.Context, d domain.Dialogue) (domain.Heard, error) {
	return p.wire.Talk(ctx, wire.Talk{
		Place: wire.Place{Network: "udp", Address: d.Address},
		Send:  d.Send, Listen: true, Expect: d.Expect, Most: mostHeard,
	})
}
