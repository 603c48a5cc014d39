package wire

import (
	"context"
	"net"
	"time"

	"supervisor-healthcheck/domain"
)

// HostOf is what stands in the Host field for an address.
func HostOf(address string) string { return hostOf(domain.HTTPRequest{Address: address}) }

// Converse makes an exchange over a connection that exists.
func (w *Wire) Converse(conn net.Conn, c Call) error {
	at, err := w.converse(context.Background(), conn, &c)
	if err == nil || at == taken {
		return err
	}
	return w.explain(context.Background(), time.Now(), at, err)
}
