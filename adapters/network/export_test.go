package network

import (
	"errors"
	"io"

	"supervisor-healthcheck/domain"
)

// EndOfInput reports whether the error could be taken for the end of the events.
func EndOfInput(err error) bool { return errors.Is(err, io.EOF) }

// ReadAnswer looks at the answer of an XML-RPC call.
func ReadAnswer(body io.Reader) error { return readAnswer(body) }

// ReadFastCGI reads the answer of an application of FastCGI.
func ReadFastCGI(conn io.Reader) (domain.FastCGIAnswer, error) { return readFastCGI(conn) }

// ReadDNS reads an answer whose number is that of the question; a truncated one has the code TRUNCATED.
func ReadDNS(request domain.DNSRequest, message []byte) (domain.DNSAnswer, error) {
	q, err := newDNSQuestion(request)
	if err != nil {
		return domain.DNSAnswer{}, err
	}
	if len(message) > 1 {
		q.id = uint16(message[0])<<8 | uint16(message[1])
	}
	truncated, err := q.read(message)
	if truncated {
		q.answer.Code = "TRUNCATED"
	}
	return q.answer, err
}

// ReadGRPC reads the answer of a server of gRPC.
func ReadGRPC(conn io.Reader) (domain.GRPCAnswer, error) {
	c := &grpcCall{}
	err := c.read(struct {
		io.Reader
		io.Writer
	}{conn, io.Discard})
	return c.answer, err
}
