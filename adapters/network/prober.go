// Package network probes services over TCP, TLS, UDP and unix sockets: connections, dialogues, HTTP and XML-RPC.
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
	_ ports.HTTPProber   = (*Prober)(nil)
	_ ports.TCPProber    = (*Prober)(nil)
	_ ports.UDPProber    = (*Prober)(nil)
	_ ports.XMLRPCProber = (*Prober)(nil)
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
	var answer domain.HTTPAnswer
	begun := time.Now()
	err = p.wire.Exchange(ctx, wire.Call{
		Place:   wire.Place{Network: cmp.Or(request.Network, "tcp"), Address: request.Address, TLS: request.TLS},
		Message: message, Head: request.Method == "HEAD", MaxBody: request.Most, Fields: fields(request),
		Take: func(a wire.Answer) error {
			answer.Status = a.Status
			torn := wanted(a, request, &answer)
			answer.Took = time.Since(begun)
			leave(a, request, &answer)
			return torn
		},
	})
	if answer.Status != 0 { // a context that ends while the rest is read changes nothing
		answer.Torn = err
		return answer, nil
	}
	return domain.HTTPAnswer{}, withAnswer(err)
}

// location is the field that says where a redirect leads.
const location = "Location"

// fields are those that are wanted. Most probes want none besides the location.
func fields(request domain.HTTPRequest) []string {
	return append([]string{location}, request.Fields...)
}

// wanted reads what the request wants besides the status.
func wanted(a wire.Answer, request domain.HTTPRequest, into *domain.HTTPAnswer) (torn error) {
	if request.TLS != nil {
		into.Expires = a.Expires()
	}
	if len(request.Fields) > 0 {
		_, torn = a.Header()
	}
	if request.Most > 0 && torn == nil {
		into.Body, torn = a.Beginning()
	}
	return torn
}

// leave takes what is there of the rest, of which nothing is waited for.
func leave(a wire.Answer, request domain.HTTPRequest, into *domain.HTTPAnswer) {
	keep := int64(beginning)
	if a.Status == http.StatusOK || request.Most > 0 {
		keep = 0
	}
	into.Beginning = a.Leave(keep)
	for _, field := range a.Seen() {
		switch {
		case field.Name != location:
			into.Header = append(into.Header, field)
		case into.Location == "" && a.Status >= 300 && a.Status <= 399:
			into.Location = field.Value
		}
	}
}

// withAnswer hands on what was received, if that is what is wrong.
func withAnswer(err error) error {
	if failure, ok := errors.AsType[*wire.Failure](err); ok && len(failure.Said()) > 0 {
		return &domain.BadAnswer{Err: err, Beginning: failure.Said()}
	}
	return err
}
