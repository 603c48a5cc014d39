package network

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/kolo/xmlrpc"

	"supervisor-healthcheck/domain"
)

// longestFault bounds the text of a fault, in bytes: it ends up in a line of the log.
const longestFault = 1 << 10

// XMLRPC makes one call without arguments. A status other than 200, an answer over 4 MB and one that is not a
// complete methodResponse are errors. The text of a *domain.Fault is cut at 1 kB.
func (p *Prober) XMLRPC(ctx context.Context, request domain.XMLRPCRequest) error {
	message, err := encodeCall(request)
	if err != nil {
		return err
	}
	start := time.Now()
	answer, err := p.exchange(ctx, call{
		network: request.Network, address: request.Address, message: message,
		keep: longestXML, most: longestXML,
	})
	if err != nil {
		return err
	}
	if answer.Status != http.StatusOK {
		return errors.New(strings.TrimSpace(fmt.Sprintf("the server answered %d %s", answer.Status, http.StatusText(answer.Status))))
	}
	fault, err := readAnswer(ctx, answer.Body)
	switch {
	case ctx.Err() != nil:
		return explain(ctx, start, reading, ctx.Err())
	case err != nil:
		return err
	case fault:
		return decodeFault(answer.Body)
	}
	return nil
}

// encodeCall writes the whole request. The name of the method is escaped here, for xmlrpc writes it as it is.
func encodeCall(r domain.XMLRPCRequest) ([]byte, error) {
	var method bytes.Buffer
	if err := xml.EscapeText(&method, []byte(r.Method)); err != nil {
		return nil, fmt.Errorf("method %q: %w", r.Method, err)
	}
	body, err := xmlrpc.EncodeMethodCall(method.String())
	if err != nil {
		return nil, fmt.Errorf("method %q: %w", r.Method, err)
	}
	host := r.Address
	if r.Network == "unix" {
		host = "localhost"
	}
	return encode(domain.HTTPRequest{
		Method: http.MethodPost, Address: host, Path: r.Path, Body: string(body),
		Header:   map[string][]string{"Content-Type": {"text/xml"}},
		Username: r.Username, Password: r.Password,
	})
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
