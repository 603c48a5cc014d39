package app

import (
	"context"

	"supervisor-healthcheck/app/discovery"
	"supervisor-healthcheck/domain"
)

// SendOrder has supervisord send an order to all listeners that want REMOTE_COMMUNICATION events. None of them answers. The errors are
// those of Discover; returned is the address of who was asked.
func SendOrder(ctx context.Context, p Place, lookup discovery.Lookup, o domain.Order) (serverURL string, err error) {
	data, err := o.Remote()
	if err != nil {
		return "", err
	}
	_, server, client, err := p.client(ctx, lookup)
	if err != nil {
		return server.URL, err
	}
	return server.URL, client.SendEvent(ctx, domain.RemoteType, data)
}
