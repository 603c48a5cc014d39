package network

import (
	"context"
	"io"
	"strings"

	"github.com/kolo/xmlrpc"

	"supervisor-healthcheck/adapters/wire"
	"supervisor-healthcheck/domain"
)

const (
	longestXML   = 4 << 20 // bytes of an answer
	longestFault = 1 << 10 // bytes of the text of a fault: it ends up in a line of the log
)

// XMLRPC makes one call without arguments. A status other than 200, an answer over 4 MB and one that is not a
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
	body, err := io.ReadAll(a.Body)
	if err != nil {
		return err
	}
	fault, err := readAnswer(ctx, body)
	if err != nil || !fault {
		return err
	}
	return decodeFault(body)
}

// decodeFault always returns a *domain.Fault: a fault that cannot be read is one all the same.
func decodeFault(body []byte) error {
	var fault xmlrpc.FaultError
	if xmlrpc.Response(body).Unmarshal(&fault) != nil {
		return &domain.Fault{Text: "its code and text cannot be read"}
	}
	text := fault.String
	if len(text) > longestFault {
		text = strings.ToValidUTF8(text[:longestFault], "") + "..."
	}
	return &domain.Fault{Code: fault.Code, Text: text}
}
