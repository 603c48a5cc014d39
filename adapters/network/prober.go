// Package network probes services over TCP and unix sockets: plain connections, HTTP and XML-RPC.
//
// It writes HTTP requests itself instead of through an http.Client: a probe uses every connection once, and the
// client's two goroutines for each connection make it dearer by a third or more (see the benchmarks). The parsing of
// answers is net/http's.
package network

import (
	"bufio"
	"context"
	"net"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var (
	_ ports.HTTPProber   = (*Prober)(nil)
	_ ports.TCPProber    = (*Prober)(nil)
	_ ports.XMLRPCProber = (*Prober)(nil)
)

// What is kept and what is endured of an answer, in bytes.
const (
	keptBody    = 64 << 10
	longestHTTP = 16 << 20
	longestXML  = 4 << 20
	longestHead = 256 << 10
)

// Prober probes. It holds no connection between probes and may be used by several goroutines at once.
//
// Its errors are meant for the operator: short and without credentials. For errors.Is they are the error of the
// context if that was done, and the syscall.Errno if the operating system refused.
type Prober struct {
	dialer  net.Dialer
	readers sync.Pool // of *bufio.Reader
}

// New returns a Prober.
func New() *Prober {
	return &Prober{
		dialer:  net.Dialer{KeepAlive: -1}, // a probe ends before a keep-alive packet would be sent
		readers: sync.Pool{New: func() any { return bufio.NewReader(nil) }},
	}
}

// TCP connects to host:port and closes the connection in the ordinary way, so that the service sees an end of file.
func (p *Prober) TCP(ctx context.Context, address string) error {
	start := time.Now()
	conn, err := p.dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return explain(ctx, start, connecting, err)
	}
	conn.Close() // what becomes of a connection that was made is no news about the service
	return nil
}

// HTTP makes one request and reads the answer to its end, up to 16 MB. Path is sent as it is written, except that
// it gets a leading slash and that blanks, control characters and bytes beyond ASCII are percent-encoded. Header
// prevails over what is sent anyway (Host, User-Agent, Accept-Encoding), but not over Username and Password; the
// fields that frame the message (Connection, Content-Length, Transfer-Encoding, Trailer, Expect) are left out of it.
func (p *Prober) HTTP(ctx context.Context, request domain.HTTPRequest) (domain.HTTPAnswer, error) {
	message, err := encode(request)
	if err != nil {
		return domain.HTTPAnswer{}, err
	}
	return p.exchange(ctx, call{
		network: "tcp", address: request.Address, message: message,
		head: request.Method == "HEAD", keep: keptBody, most: longestHTTP,
	})
}
