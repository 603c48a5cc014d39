package network

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"supervisor-healthcheck/domain"
)

// HostOf is what stands in the Host field for an address.
func HostOf(address string) string { return hostOf(address) }

// EndOfInput reports whether the error could be taken for the end of the events.
func EndOfInput(err error) bool { return errors.Is(err, io.EOF) }

// ReadAnswer looks at the answer of an XML-RPC call.
func ReadAnswer(ctx context.Context, body []byte) (fault bool, err error) {
	return readAnswer(ctx, body)
}

// DecodeFault makes a fault of an answer that has one.
func DecodeFault(body []byte) error { return decodeFault(body) }

// Converse makes an exchange over a connection that exists.
func (p *Prober) Converse(conn net.Conn) (domain.HTTPAnswer, error) {
	answer, at, err := p.converse(conn, call{message: []byte("GET / HTTP/1.1\r\n\r\n"), keep: keptBody, most: longestHTTP})
	if err != nil {
		return domain.HTTPAnswer{}, explain(context.Background(), time.Now(), at, err)
	}
	return answer, nil
}
