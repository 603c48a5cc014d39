// Package network probes services over TCP, TLS, UDP and unix sockets: connections, dialogues, HTTP, XML-RPC, FastCGI, DNS and gRPC.
package network

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"supervisor-healthcheck/adapters/wire"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var (
	_ ports.HTTPProber    = (*Prober)(nil)
	_ ports.TCPProber     = (*Prober)(nil)
	_ ports.UDPProber     = (*Prober)(nil)
	_ ports.FastCGIProber = (*Prober)(nil)
	_ ports.DNSProber     = (*Prober)(nil)
	_ ports.GRPCProber    = (*Prober)(nil)
	_ ports.XMLRPCProber  = (*Prober)(nil)
)

// beginning is how many bytes of a bad answer are kept: more than are shown, because secrets are hidden before it is cut.
const beginning = 1 << 10

// Prober probes. It holds no connection between probes, though sessions of TLS, and may be used by several goroutines at once.
//
// Its errors are meant for the operator: short and without credentials. For errors.Is they are the error of the
// context if that was done, and the syscall.Errno if the operating system refused.
type Prober struct{ wire *wire.Wire }

// New returns a Prober.
func New() *Prober { return &Prober{wire: wire.New(0)} }

// HTTP makes one request, see wire.Encode for what it sends, and has the status once its line has come.
func (p *Prober) HTTP(ctx context.Context, request domain.HTTPRequest) (domain.HTTPAnswer, error) {
	message, err := wire.Encode(request)
	if err != nil {
		return domain.HTTPAnswer{}, err
	}
	w := &wanted{secured: request.TLS != nil, fields: len(request.Fields) > 0, body: request.Most > 0, begun: time.Now()}
	err = p.wire.Exchange(ctx, wire.Call{
		Place:   wire.Place{Network: cmp.Or(request.Network, "tcp"), Address: request.Address, TLS: request.TLS},
		Message: message, Head: request.Method == "HEAD", MaxBody: request.Most, Fields: request.Fields, Take: w.take,
	})
	if w.answer.Status != 0 { // a context that ends while the rest is read changes nothing
		w.answer.Torn = err
		return w.answer, nil
	}
	return domain.HTTPAnswer{}, withAnswer(err)
}

// wanted is what a request wants besides the status, and what has come of it.
type wanted struct {
	secured, fields, body bool
	begun                 time.Time
	answer                domain.HTTPAnswer
}

// take reads all that is wanted, and then what is there of the rest, for which nobody waits. The error is why something is missing.
func (w *wanted) take(a wire.Answer) (torn error) {
	w.answer.Status = a.Status
	if w.secured {
		w.answer.Expires = a.Expires()
	}
	if w.fields {
		w.answer.Header, torn = a.Header()
	}
	if w.body && torn == nil {
		w.answer.Body, torn = a.Beginning()
	}
	w.answer.Took = time.Since(w.begun)

	if a.Status == http.StatusOK || w.body {
		a.Leave(0)
	} else {
		w.answer.Beginning = a.Leave(beginning)
	}
	if a.Status >= 300 && a.Status <= 399 {
		w.answer.Location = a.Location()
	}
	return torn
}

// withAnswer hands on what was received, if that is what is wrong.
func withAnswer(err error) error {
	if failure, ok := errors.AsType[*wire.Failure](err); ok && len(failure.Said()) > 0 {
		return &domain.BadAnswer{Err: err, Beginning: failure.Said()}
	}
	return err
}
