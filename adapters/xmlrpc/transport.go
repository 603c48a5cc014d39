package xmlrpc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"supervisor-healthcheck/adapters/wire"
)

// exchange makes the call and has the answer read by take.
func (c *Client) exchange(ctx context.Context, m method, args []any, take func(wire.Answer) error) error {
	call := *c.server
	call.Method = m.name
	message, err := wire.EncodeCall(call, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", m.name, err)
	}
	timeout := c.timeout
	if m.slow {
		timeout *= listingFactor
	}
	own, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err = c.wire.Exchange(own, wire.Call{
		Place:   wire.Place{Network: call.Network, Address: call.Address},
		Message: message, MaxBody: m.max,
		Take: func(a wire.Answer) error {
			if a.Status == http.StatusUnauthorized {
				return unauthorized(call.Username != "" || call.Password != "")
			}
			if err := a.Unexpected(); err != nil {
				return unreachable(err.Error(), true)
			}
			return take(a)
		},
	})
	return c.about(m.name, c.blame(ctx, timeout, err))
}

// blame tells the caller's end of patience from ours and from what the connection met.
func (c *Client) blame(ctx context.Context, timeout time.Duration, err error) error {
	var met *wire.Failure
	switch {
	case !errors.As(err, &met):
		return err
	case ctx.Err() != nil:
		return given(ctx.Err(), met.Sent())
	case errors.Is(met, context.DeadlineExceeded):
		return unreachable(fmt.Sprintf("supervisord gave no complete answer within %s", timeout), met.Sent())
	}
	why, remedy := c.reason(met)
	f := unreachable(why, met.Sent())
	f.cure = remedy
	return f
}
