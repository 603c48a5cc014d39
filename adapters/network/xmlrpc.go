package network

import (
	"bytes"
	"context"
	"errors"

	"supervisor-healthcheck/adapters/wire"
	"supervisor-healthcheck/domain"
)

// longestXML is how many bytes an answer may have. Those of status calls have some hundred.
const longestXML = 256 << 10

// XMLRPC makes one call without arguments. A status other than 200, an answer over 256 kB and one that is not a
// complete methodResponse are errors. The text of a *domain.Fault is cut at 1 kB.
func (p *Prober) XMLRPC(ctx context.Context, request domain.XMLRPCRequest) error {
	message, err := wire.EncodeCall(request)
	if err != nil {
		return err
	}
	return p.wire.Exchange(ctx, wire.Call{
		Place:   wire.Place{Network: request.Network, Address: request.Address},
		Message: message, MaxBody: longestXML,
		Take: func(a wire.Answer) error { return judge(ctx, a) },
	})
}

// judge is nil for an answer without a fault.
func judge(ctx context.Context, a wire.Answer) error {
	if err := a.Unexpected(); err != nil {
		return err
	}
	var body bytes.Buffer
	if err := a.ReadInto(&body); err != nil {
		return err
	}
	fault, err := readAnswer(ctx, body.Bytes())
	if err != nil || !fault {
		return err
	}
	return decodeFault(body.Bytes())
}

// decodeFault always returns a *domain.Fault: a fault that cannot be read is one all the same.
func decodeFault(body []byte) error {
	var fault *domain.Fault
	if err := wire.Decode(body, new(bool)); errors.As(err, &fault) {
		return fault
	}
	return &domain.Fault{Text: "its code and text cannot be read"}
}
