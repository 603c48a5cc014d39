package network

import (
	"context"
	"errors"
	"io"
	"runtime"

	"supervisor-healthcheck/adapters/wire"
	"supervisor-healthcheck/domain"
)

// longestXML is how many bytes an answer may have. Those of status calls have some hundred.
const longestXML = 256 << 10

// XMLRPC makes one call without arguments. A status other than 200, an answer over 256 kB and one that is not a
// complete methodResponse are errors. The text of a *domain.Fault is one line of at
// most 1024 characters, without the secrets of the request.
func (p *Prober) XMLRPC(ctx context.Context, request domain.XMLRPCRequest) error {
	message, err := wire.EncodeCall(request)
	if err != nil {
		return err
	}
	return withAnswer(p.wire.Exchange(ctx, wire.Call{
		Place:   wire.Place{Network: request.Network, Address: request.Address, TLS: request.TLS},
		Message: message, MaxBody: longestXML,
		Take: func(a wire.Answer) error {
			if err := a.Unexpected(); err != nil {
				return &domain.BadAnswer{Err: err, Beginning: a.Leave(beginning)}
			}
			return withoutSecrets(readAnswer(a.Body()), request)
		},
	}))
}

// readAnswer is nil for a complete methodResponse without a fault. It reads the answer as it comes and keeps nothing of it
// but its beginning. After each piece the others may go on: one processor is shared with those who answer events.
func readAnswer(body io.Reader) error {
	var seen shape
	scanner := newScanner(&seen)
	piece := make([]byte, 2<<10)
	var first []byte
	for {
		n, err := body.Read(piece)
		first = append(first, piece[:min(n, beginning-len(first))]...)
		bad := scanner.feed(piece[:n])
		if bad == nil && err == io.EOF {
			bad = scanner.finish()
		}
		if bad == nil && err == io.EOF {
			bad = seen.fault()
		}
		switch {
		case bad != nil:
			return withBeginning(bad, first)
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case n == len(piece):
			runtime.Gosched()
		}
	}
}

// withoutSecrets is an error whose fault, if it is one, repeats no secret of the request.
func withoutSecrets(err error, request domain.XMLRPCRequest) error {
	if fault, ok := errors.AsType[*domain.Fault](err); ok {
		return &domain.Fault{Code: fault.Code, Text: request.Secrets().Line(fault.Text, wire.LongestFault)}
	}
	return err
}

// withBeginning leaves faults as they are, for they tell themselves.
func withBeginning(err error, first []byte) error {
	if _, ok := errors.AsType[*domain.Fault](err); ok {
		return err
	}
	return &domain.BadAnswer{Err: err, Beginning: string(first)}
}
