// Package network probes services over TCP and unix sockets: plain connections, HTTP and XML-RPC.
package network

import (
	"context"
	"io"
	"math"

	"supervisor-healthcheck/adapters/wire"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var (
	_ ports.HTTPProber   = (*Prober)(nil)
	_ ports.TCPProber    = (*Prober)(nil)
	_ ports.XMLRPCProber = (*Prober)(nil)
)

// readBody is how many bytes of an answer's body are read: enough to see a service that hangs or breaks off after its
// header, and most bodies to their end, so that the service can send them in peace.
const readBody = 64 << 10

// Prober probes. It holds no connection between probes and may be used by several goroutines at once.
//
// Its errors are meant for the operator: short and without credentials. For errors.Is they are the error of the
// context if that was done, and the syscall.Errno if the operating system refused.
type Prober struct{ wire *wire.Wire }

// New returns a Prober.
func New() *Prober { return &Prober{wire: wire.New(0)} }

// TCP connects to host:port and closes the connection in the ordinary way, so that the service sees an end of file.
func (p *Prober) TCP(ctx context.Context, address string) error {
	conn, err := p.wire.Dial(ctx, wire.Place{Network: "tcp", Address: address})
	if err != nil {
		return err
	}
	conn.Close() // what becomes of a connection that was made is no news about the service
	return nil
}

// HTTP makes one request, see wire.Encode for what it sends, and reads the answer up to 64 kB of its body.
func (p *Prober) HTTP(ctx context.Context, request domain.HTTPRequest) (domain.HTTPAnswer, error) {
	message, err := wire.Encode(request)
	if err != nil {
		return domain.HTTPAnswer{}, err
	}
	var answer domain.HTTPAnswer
	err = p.wire.Exchange(ctx, wire.Call{
		Place:   wire.Place{Network: "tcp", Address: request.Address},
		Message: message, Head: request.Method == "HEAD", MaxBody: math.MaxInt64,
		Take: func(a wire.Answer) error {
			answer.Status = a.Status
			_, err := io.CopyN(io.Discard, a.Body, readBody)
			if err == io.EOF {
				return nil
			}
			return err
		},
	})
	if err != nil {
		return domain.HTTPAnswer{}, err
	}
	return answer, nil
}
