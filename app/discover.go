package app

import (
	"cmp"
	"context"

	"supervisor-healthcheck/adapters/clock"
	"supervisor-healthcheck/adapters/network"
	"supervisor-healthcheck/app/discovery"
)

// Discovered is what runs under a supervisord.
type Discovered struct {
	discovery.Findings
	discovery.Configuration
	ServerURL string // the supervisord that was asked
}

// Discover looks at what runs under a supervisord. Its error is a *discovery.FileError where the file that was named is the
// matter, a *domain.SettingError for an address that is none, and else says why supervisord cannot be asked.
func Discover(ctx context.Context, p Place, lookup discovery.Lookup) (Discovered, error) {
	c, server, client, err := p.client(ctx, lookup)
	found := Discovered{Configuration: c, ServerURL: server.URL}
	if err != nil {
		return found, err
	}
	if _, err := client.Identity(ctx); err != nil {
		return found, err
	}
	measures, probes := newMeasurer(), network.New()
	found.Findings, err = discovery.Look(ctx, discovery.World{Table: client, Sockets: measures.Sockets, Stats: measures.Stats,
		HTTP: probes, TCP: probes, Clock: clock.New()}, found.Configuration)
	return found, cmp.Or(err, ctx.Err())
}
