// Package network probes services over TCP and unix sockets: plain connections, HTTP and XML-RPC.
package network

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"supervisor-healthcheck/adapters/wire"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var (
	_ ports.HTTPProber   = (*Prober)(nil)
	_ ports.TCPProber    = (*Prober)(nil)
	_ ports.XMLRPCProber = (*Prober)(nil)
)

// beginning is how many bytes of a bad answer are kept: more than are shown, because secrets are hidden before it is cut.
const beginning = 1 << 10

// Prober probes. It holds no connection between probes and may be used by several goroutines at once.
//
// Its errors are meant for the operator: short and without credentials. For errors.Is they are the error of the
// context if that was done, and the syscall.Errno if the operating system refused.
type Prober struct{ wire *wire.Wire }

// New returns a Prober.
func New() *Prober { return &Prober{wire: wire.New(0)} }

// TCP connects and closes the connection in the ordinary way, so that the service sees an end of file.
func (p *Prober) TCP(ctx context.Context, network, address string) error {
	conn, err := p.wire.Dial(ctx, wire.Place{Network: network, Address: address})
	if err != nil {
		return err
	}
	conn.Close() // what becomes of a connection that was made is no news about the service
	return nil
}

// HTTP makes one request, see wire.Encode for what it sends, and has the status once its line has come.
func (p *Prober) HTTP(ctx context.Context, request domain.HTTPRequest) (domain.HTTPAnswer, error) {
	message, err := wire.Encode(request)
	if err != nil {
		return domain.HTTPAnswer{}, err
	}
	var answer domain.HTTPAnswer
	err = p.wire.Exchange(ctx, wire.Call{
		Place:   wire.Place{Network: cmp.Or(request.Network, "tcp"), Address: request.Address},
		Message: message, Head: request.Method == "HEAD",
		Take: func(a wire.Answer) error {
			answer.Status = a.Status
			if a.Status == http.StatusOK {
				a.Leave(0)
			} else {
				answer.Beginning = a.Leave(beginning)
			}
			return nil
		},
	})
	if answer.Status != 0 { // a context that ends while the rest is read changes nothing
		return answer, nil
	}
	return domain.HTTPAnswer{}, withAnswer(err)
}

// withAnswer hands on what was received, if that is what is wrong.
func withAnswer(err error) error {
	if failure, ok := errors.AsType[*wire.Failure](err); ok && len(failure.Said()) > 0 {
		return &domain.BadAnswer{Err: err, Beginning: failure.Said()}
	}
	return err
}
