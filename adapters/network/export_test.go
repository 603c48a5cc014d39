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
